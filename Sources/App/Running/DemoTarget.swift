import HTTPModel
import Support
import Synchronization

/// A target system for the demo: it switches access on and off as it is told, remembers who has it, and honours
/// idempotency keys as a real one should.
final class DemoTarget: HTTPHandler {
    private struct Grant {
        var target: String
        var identity: String
        var since: Timestamp
    }

    private struct State {
        /// By run.
        var grants: [String: Grant] = [:]
        var seen: [String: [UInt8]] = [:]
        var history: [JSONValue] = []
    }

    private let state = Mutex(State())
    private let clock: WallClock

    private static let historyMax = 1000

    /// Where orders go.
    static let path = "/grants"

    init(clock: WallClock) { self.clock = clock }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch (request.method, request.path) {
        case ("GET", "/"), ("GET", "/grants"): return .json(listing)
        case ("POST", "/grants"): return change(request)
        default: return .text("There is only /grants here.\n", status: 404)
        }
    }

    /// Who has access now, and what was done.
    var listing: JSONValue {
        ["grants": grants, "history": .array(state.withLock { $0.history })]
    }

    /// Who has access now.
    var grants: JSONValue {
        state.withLock { state in
            .array(
                state.grants.sorted { $0.value.since < $1.value.since }.map { run, grant in
                    [
                        "run": .string(run), "target": .string(grant.target), "identity": .string(grant.identity),
                        "since": .string(grant.since.description),
                    ]
                })
        }
    }

    private func change(_ request: HTTPRequest) -> HTTPResponse {
        guard let order = try? JSONValue(parsing: request.body), let step = order["step"]?.text,
            let run = order["run"]?["id"]?.text, let key = request.headers["Idempotency-Key"]
        else { return .json(["error": "expected an order of symflow"], status: 400) }
        let now = clock.now()
        let answer: [UInt8] = state.withLock { state in
            if let earlier = state.seen[key] { return earlier }
            let identity = order["identity"]?.text ?? ""
            let target = order["target"]?["name"]?.text ?? ""
            if step == "escalate" {
                state.grants[run] = Grant(target: target, identity: identity, since: now)
            } else {
                state.grants[run] = nil
            }
            state.history.append(
                [
                    "at": .string(now.description), "step": .string(step), "run": .string(run),
                    "target": .string(target), "identity": .string(identity), "key": .string(key),
                ]
            )
            if state.history.count > Self.historyMax { state.history.removeFirst() }
            let answer = JSONValue.object(["output": ["grant": .string("demo-" + run)]]).bytes
            state.seen[key] = answer
            return answer
        }
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: answer)
    }
}

extension HTTPResponse {
    fileprivate static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "application/json; charset=utf-8"], body: Array(value.pretty.utf8)
        )
    }
}
