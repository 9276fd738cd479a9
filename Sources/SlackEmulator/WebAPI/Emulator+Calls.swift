import HTTPModel
import Support

extension Emulator {
    /// How long an answer that never comes is held back, unless the rule says otherwise. Clients give up before.
    static let neverAnswered = Duration.seconds(30)

    /// One call of the Web API, with the faults and rates that are switched on.
    func respondToCall(_ method: String, _ request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "POST" || request.method == "GET" else {
            return .text("method not allowed\n", status: 405)
        }
        let started = MonotonicInstant.now()
        let call = IncomingCall(method: method, request: request)
        let channel = call.values?.text("channel")
        let faults = change { $0.faults.strike(method: method, channel: channel) }
        for fault in faults where fault.kind == .delay { try? await Task.sleep(for: fault.wait) }
        let response = await answer(call, channel: channel, fault: faults.first { $0.kind != .delay })
        record(call, response.shown, request: request, started: started)
        return response.sent
    }

    private struct Answer {
        var sent: HTTPResponse
        /// What the log shows.
        var shown: HTTPResponse

        init(_ response: HTTPResponse) { (sent, shown) = (response, response) }
    }

    private func answer(_ call: IncomingCall, channel: String?, fault: FaultRule?) async -> Answer {
        switch fault?.kind {
        case .tooMany: return Answer(Self.tooMany(retryAfter: fault?.retryAfter ?? 1))
        case .internalError: return Answer(.text("Internal Server Error\n", status: 500))
        case .outage: return Answer(.text("Service Unavailable\n", status: 503))
        case .error: return Answer(.json(["ok": false, "error": .string(fault?.error ?? "internal_error")]))
        default: break
        }
        let performed = change { world -> HTTPResponse in
            let workspace = try? world.installation(for: call.token).workspace
            if let workspace,
                let wait = world.limits.take(call.method, workspace: workspace, channel: channel, at: world.now)
            {
                return Self.tooMany(retryAfter: max(1, wait.components.seconds))
            }
            do throws(SlackRefusal) {
                return .json(JSONObject.ok.merging(try world.perform(call)), headers: world.scopes(of: call))
            } catch {
                return .json(error.document, headers: world.scopes(of: call))
            }
        }
        guard let fault, fault.kind == .lostAnswer else { return Answer(performed) }
        var answer = Answer(performed)
        switch fault.lostAnswer {
        case .internalError: answer.sent = .text("Internal Server Error\n", status: 500)
        case .truncated:
            answer.sent = HTTPResponse(
                status: 200, headers: performed.headers, body: Array(performed.bytes.prefix(performed.bytes.count / 2)))
        case .never:
            try? await Task.sleep(for: fault.wait > .zero ? fault.wait : Self.neverAnswered)
            answer.sent = .text("Internal Server Error\n", status: 500)
        }
        return answer
    }

    static func tooMany(retryAfter: Int64) -> HTTPResponse {
        .json(["ok": false, "error": "ratelimited"], status: 429, headers: ["Retry-After": "\(retryAfter)"])
    }

    private func record(
        _ call: IncomingCall, _ response: HTTPResponse, request: HTTPRequest, started: MonotonicInstant
    ) {
        let body = (try? JSONValue(parsing: response.bytes)) ?? .string(String(decoding: response.bytes, as: UTF8.self))
        let milliseconds = (MonotonicInstant.now() - started).milliseconds
        change { world in
            var record: JSONObject = [
                "kind": "call", "at": .string(world.now.description), "method": .string(call.method),
                "team": .optional(try? world.installation(for: call.token).workspace),
                "channel": .optional(call.values?.text("channel") ?? world.place(of: call)),
                "user": .optional(world.reader(of: call)), "status": .int(Int64(response.status)),
                "ok": body["ok"] ?? false, "duration_ms": .int(milliseconds),
            ]
            record["error"] = body["error"]
            record["request"] = Redaction.redacted(.object(call.values?.legible ?? [:]))
            record["response"] = Redaction.redacted(body)
            world.journal.record(call: record)
        }
    }
}

extension World {
    /// Who would see what a call shows, where that is one person.
    fileprivate func reader(of call: IncomingCall) -> String? {
        guard let values = call.values else { return nil }
        return values.text("user") ?? values.text("user_id") ?? values.text("view_id").flatMap { views[$0]?.user }
            ?? values.text("trigger_id").flatMap { triggers[$0]?.user }
    }

    /// The conversation in which a view was asked for.
    fileprivate func place(of call: IncomingCall) -> String? {
        call.values?.text("trigger_id").flatMap { triggers[$0]?.channel }
            ?? call.values?.text("view_id").flatMap { views[$0]?.channel }
    }

    func scopes(of call: IncomingCall) -> HTTPHeaders {
        guard let installation = try? installation(for: call.token) else { return [:] }
        return ["X-OAuth-Scopes": installation.scopes.joined(separator: ",")]
    }
}
