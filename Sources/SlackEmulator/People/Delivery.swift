import Crypto
import HTTPModel
import Support

/// One request from Slack to the app, not yet signed.
struct Outgoing: Sendable {
    enum Body: Sendable {
        /// A slash command.
        case form(JSONObject)
        /// The JSON text in the field `payload`.
        case payload(JSONObject)
        /// The Events API.
        case json(JSONObject)
    }

    /// `command`, `block_actions`, `view_submission`, `view_closed`, `block_suggestion`, `shortcut`, `message_action`,
    /// `event`.
    var kind: String
    var url: String?
    var channel: String?
    var body: Body
    var headers: HTTPHeaders = [:]
}

/// What became of it.
struct Delivery: Sendable {
    /// Slack waits this long for every answer (slack.md 1.9).
    static let deadline = Duration.seconds(3)
    static let answerBytesMax = 1_000_000

    enum Outcome: Sendable {
        case answered(HTTPResponse)
        case failed(TransportError)
    }

    var kind: String
    var outcome: Outcome
    var milliseconds: Int64
    /// The faults that were switched on for it.
    var faults: [String] = []

    var status: Int? { if case .answered(let response) = outcome { response.status } else { nil } }
    var isAccepted: Bool { status.map { (200..<300).contains($0) } ?? false }
    var body: [UInt8] { if case .answered(let response) = outcome { response.bytes } else { [] } }

    /// The code that Slack shows for a delivery that failed.
    var error: String? {
        switch outcome {
        case .answered(let response): (200..<300).contains(response.status) ? nil : "dispatch_failed"
        case .failed(.timedOut): "operation_timeout"
        case .failed: "dispatch_failed"
        }
    }

    var document: JSONObject {
        var document: JSONObject = ["kind": .string(kind), "duration_ms": .int(milliseconds)]
        switch outcome {
        case .answered(let response):
            document["status"] = .int(Int64(response.status))
            document["body"] = Redaction.redacted(.string(String(decoding: response.bytes, as: UTF8.self)))
        case .failed(let error):
            document["status"] = nil as JSONValue
            document["failure"] = .string("\(error)")
        }
        if !faults.isEmpty { document["faults"] = .strings(faults) }
        return document
    }
}

extension Emulator {
    /// Signs and sends one request to the app. All deliveries that came of it, the first one decides.
    func deliver(_ outgoing: Outgoing) async -> [Delivery] {
        let (faults, settings, now) = change { world in
            (world.faults.strike(delivery: outgoing.kind, channel: outgoing.channel), world.settings, world.now)
        }
        for fault in faults where fault.kind == .delay { try? await Task.sleep(for: fault.wait) }
        let kinds = faults.map(\.kind)
        let document = shown(outgoing, kinds)
        guard let url = outgoing.url, !kinds.contains(.outage) else {
            let failure = TransportError.unreachable(reason: outgoing.url == nil ? "no request URL" : "outage")
            return [finish(outgoing, .failed(failure), 0, faults, document)]
        }
        let request = signed(
            outgoing, document, url: url, settings: settings,
            at: kinds.contains(.staleTimestamp) ? now - Self.staleAge : now,
            wrongly: kinds.contains(.wrongSignature))
        let copies = kinds.contains(.duplicate) ? 2 : 1
        let sent = await withTaskGroup(of: (Int, Delivery.Outcome, Int64).self) { group in
            for copy in 0..<copies {
                group.addTask {
                    let started = MonotonicInstant.now()
                    let outcome = await self.send(request)
                    return (copy, outcome, (MonotonicInstant.now() - started).milliseconds)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return sent.sorted { $0.0 < $1.0 }.map { _, outcome, milliseconds in
            let isLost = kinds.contains(.lostAnswer)
            return finish(
                outgoing, isLost ? .failed(.timedOut(after: Delivery.deadline)) : outcome, milliseconds, faults,
                document)
        }
    }

    /// Older than any app accepts (slack.md 1.1).
    static let staleAge = Duration.seconds(400)

    private func send(_ request: HTTPRequest) async -> Delivery.Outcome {
        do throws(TransportError) {
            return .answered(
                try await transport.send(
                    request, within: Delivery.deadline, bodyBytesMax: Delivery.answerBytesMax))
        } catch {
            return .failed(error)
        }
    }

    private func shown(_ outgoing: Outgoing, _ faults: [FaultRule.Kind]) -> JSONObject {
        switch outgoing.body {
        case .form(let object), .json(let object): return object
        case .payload(var object):
            if faults.contains(.withoutUserTeam) { object["user"] = object["user"]?.with("team_id", nil) }
            return object
        }
    }

    private func signed(
        _ outgoing: Outgoing, _ document: JSONObject, url: String, settings: EmulatorSettings, at time: Timestamp,
        wrongly: Bool
    ) -> HTTPRequest {
        let body: [UInt8]
        var type = "application/x-www-form-urlencoded"
        switch outgoing.body {
        case .form:
            body = Array(FormURLEncoded.encode(document.map { ($0.name, $0.value.text ?? "") }).utf8)
        case .payload:
            body = Array(FormURLEncoded.encode([("payload", JSONValue.object(document).compact)]).utf8)
        case .json:
            type = "application/json"
            body = JSONValue.object(document).bytes
        }
        let stamp = String(time.seconds)
        let key = wrongly ? Array("not the signing secret".utf8) : settings.signingSecret.reveal { Array($0.utf8) }
        let code = HMACSHA256.code(for: Array("v0:\(stamp):".utf8) + body, key: key)
        var headers = outgoing.headers
        headers["Content-Type"] = type
        headers["User-Agent"] = "Slackbot 1.0 (+https://api.slack.com/robots)"
        headers["X-Slack-Request-Timestamp"] = stamp
        headers["X-Slack-Signature"] = "v0=" + Hex.text(code)
        return HTTPRequest(method: "POST", target: url, headers: headers, body: body)
    }

    private func finish(
        _ outgoing: Outgoing, _ outcome: Delivery.Outcome, _ milliseconds: Int64, _ faults: [FaultRule],
        _ document: JSONObject
    ) -> Delivery {
        let delivery = Delivery(
            kind: outgoing.kind, outcome: outcome, milliseconds: milliseconds, faults: faults.map(\.kind.rawValue))
        change { world in
            var record: JSONObject = [
                "kind": "delivery", "at": .string(world.now.description), "method": .string(outgoing.kind),
                "channel": .optional(outgoing.channel), "ok": .bool(delivery.isAccepted),
            ]
            for (name, value) in delivery.document where name != "kind" && name != "body" { record[name] = value }
            record["request"] = Redaction.redacted(.object(document))
            let text = String(decoding: delivery.body, as: UTF8.self)
            record["response"] = Redaction.redacted((try? JSONValue(parsing: text)) ?? .string(text))
            if let retry = outgoing.headers["X-Slack-Retry-Num"] { record["retry_num"] = .string(retry) }
            world.journal.record(call: record)
        }
        return delivery
    }
}
