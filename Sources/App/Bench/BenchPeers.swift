import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization

/// Stand-ins for Slack and for a target system that answer at once, so that what is measured is the server. They take
/// everything for good; whether Slack would is what the emulator is for.
final class BenchPeers: HTTPHandler {
    /// What reached us, as far as somebody waits for it.
    enum Arrival: Sendable {
        /// A card for approvers, with the run and the round in its buttons.
        case card(button: String, channel: String, ts: String, blocks: JSONValue)
        case granted(run: String, at: MonotonicInstant)
        case removed(run: String, at: MonotonicInstant)
    }

    private struct Counts: Sendable {
        var slackCalls = 0
        var targetCalls = 0
        var nextTS: Int64 = 1
    }

    private let counts = Mutex(Counts())
    /// Where arrivals go while somebody listens.
    private let listener = Mutex<AsyncStream<Arrival>.Continuation?>(nil)

    var slackCalls: Int { counts.withLock { $0.slackCalls } }
    var targetCalls: Int { counts.withLock { $0.targetCalls } }

    func listen() -> AsyncStream<Arrival> {
        let (stream, continuation) = AsyncStream<Arrival>.makeStream()
        listener.withLock { $0 = continuation }
        return stream
    }

    func stopListening() {
        listener.withLock { listener in
            listener?.finish()
            listener = nil
        }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let isTarget = request.path == "/grants"
        counts.withLock { counts in
            if isTarget { counts.targetCalls += 1 } else { counts.slackCalls += 1 }
        }
        let body = (try? JSONValue(parsing: request.body)) ?? .object([:])
        let answer =
            isTarget ? target(body) : slack(String(request.path.split(separator: "/").last ?? ""), body, request)
        return HTTPResponse(
            status: 200, headers: ["Content-Type": "application/json; charset=utf-8"], body: answer.bytes
        )
    }

    private func target(_ order: JSONValue) -> JSONValue {
        if let run = order["run"]?["id"]?.text, let step = order["step"]?.text {
            tell(step == "escalate" ? .granted(run: run, at: .now()) : .removed(run: run, at: .now()))
        }
        return ["output": ["grant": "bench"]]
    }

    private func slack(_ method: String, _ body: JSONValue, _ request: HTTPRequest) -> JSONValue {
        switch method {
        case "auth.test":
            return [
                "ok": true, "url": "https://bench.slack.com/", "team": "Bench",
                "team_id": .string(BenchInstallation.workspace), "user": "sym", "user_id": "U0BOT",
                "bot_id": "B0BENCH",
            ]
        case "chat.postMessage": return posted(body)
        case "chat.update": return ["ok": true, "channel": body["channel"] ?? "", "ts": body["ts"] ?? "", "text": ""]
        case "conversations.open":
            let users = field("users", body, request)
            return ["ok": true, "channel": ["id": .string("D" + users.dropFirst())]]
        case "conversations.info":
            let channel: JSONValue = [
                "id": .string(field("channel", body, request)), "name": "approvals", "is_channel": true,
                "is_member": true,
            ]
            return ["ok": true, "channel": channel]
        case "users.info":
            let user = field("user", body, request)
            let number = (Int(user.dropFirst("U0P".count)) ?? 100_000) - 100_000
            return [
                "ok": true,
                "user": [
                    "id": .string(user), "team_id": .string(BenchInstallation.workspace),
                    "name": .string("person\(number)"), "real_name": .string("Person \(number)"),
                    "tz": "Europe/Berlin",
                    "profile": ["email": .string("person\(number)@\(BenchInstallation.mailDomain)")],
                ],
            ]
        default: return ["ok": true, "view": ["id": "V0BENCH", "hash": "1.2"]]
        }
    }

    private func posted(_ body: JSONValue) -> JSONValue {
        let number = counts.withLock { counts in
            counts.nextTS += 1
            return counts.nextTS
        }
        let ts = "\(1_800_000_000 + number / 1000).\(100_000 + number % 1000)"
        let channel = body["channel"]?.text ?? ""
        let blocks = body["blocks"] ?? []
        let buttons = (blocks.elements ?? []).flatMap { $0["elements"]?.elements ?? [] }
        if let button = buttons.first(where: { $0["action_id"]?.text == "sym_approve" })?["value"]?.text {
            tell(.card(button: button, channel: channel, ts: ts, blocks: blocks))
        }
        return ["ok": true, "channel": .string(channel), "ts": .string(ts), "message": ["ts": .string(ts)]]
    }

    private func tell(_ arrival: Arrival) { _ = listener.withLock { $0?.yield(arrival) } }

    /// Arguments come as JSON, as a form, or in the query.
    private func field(_ name: String, _ body: JSONValue, _ request: HTTPRequest) -> String {
        if let text = body[name]?.text { return text }
        let form = FormURLEncoded.decode(request.body) ?? []
        let query = FormURLEncoded.decode(Array(request.query.utf8)) ?? []
        return (form + query).first { $0.name == name }?.value ?? ""
    }
}
