import Crypto
import HTTPModel
import Support

/// A system that access is switched on in. It checks signatures, honours idempotency keys as a real one should,
/// remembers every order, and misbehaves on demand.
final class TargetSystem: HTTPHandler {
    /// One call, as it arrived.
    struct Order: Sendable {
        var at: Timestamp
        var step: String
        var key: String
        var run: String
        var identity: String
        var body: JSONValue
        var isSigned: Bool

        var target: String? { body["target"]?["name"]?.text }
        var epoch: Int? { key.split(separator: "/").last.flatMap { Int($0) } }
    }

    enum Answer: Sendable {
        /// Does it and says so.
        case performed
        /// Does nothing and answers with this status.
        case status(Int, error: String, headers: HTTPHeaders = [:])
        /// Does it, but the answer does not come before `release()`.
        case performedButSilent
        /// Does it once `release()` is called, and then says so.
        case performedLate
    }

    private struct State {
        var orders: [Order] = []
        /// What was done, once for each key.
        var performed: [Order] = []
        var answers: [String: [Answer]] = [:]
        var isReleased = false
        var knowsKeys = true
    }

    let secret: String
    private let state = Watched(State())

    init(secret: String) { self.secret = secret }

    // MARK: What tests say and see

    /// The next orders of this step are answered so, one after the other; later ones are performed.
    func answers(_ step: Step, with answers: Answer...) {
        state.change { $0.answers[step.rawValue, default: []] += answers }
    }

    /// From now on each call is a new one to it, as if it came under a key of its own.
    func forgetsKeys() { state.change { $0.knowsKeys = false } }

    /// Lets what was held back go on.
    func release() { state.change { $0.isReleased = true } }

    enum Step: String { case escalate, deescalate }

    func orders(_ step: Step) -> [Order] { state.read { $0.orders.filter { $0.step == step.rawValue } } }
    func performed(_ step: Step) -> [Order] { state.read { $0.performed.filter { $0.step == step.rawValue } } }
    var allOrders: [Order] { state.read { $0.orders } }

    /// The runs that have access now.
    var holders: Set<String> {
        state.read { state in
            var holders: Set<String> = []
            for order in state.performed {
                if order.step == "escalate" { holders.insert(order.run) } else { holders.remove(order.run) }
            }
            return holders
        }
    }

    /// Waits until so many orders of a step have arrived.
    func waits(for count: Int, _ step: Step, within time: Duration = .seconds(30)) async throws -> [Order] {
        let found = await state.wait(upTo: time) { state -> [Order]? in
            let orders = state.orders.filter { $0.step == step.rawValue }
            return orders.count >= count ? orders : nil
        }
        guard let found else { throw HarnessError("the target saw fewer than \(count) orders to \(step.rawValue)") }
        return found
    }

    // MARK: Answering

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "POST", request.path == "/grants",
            let body = try? JSONValue(parsing: request.body), let step = body["step"]?.text,
            let run = body["run"]?["id"]?.text, let key = request.headers["Idempotency-Key"]
        else { return .text("no order\n", status: 400) }
        let order = Order(
            at: WallClock.system.now(), step: step, key: key, run: run, identity: body["identity"]?.text ?? "",
            body: body, isSigned: isSigned(request)
        )
        let answer = note(order)
        switch answer {
        case .performed: return perform(order)
        case .status(let status, let error, let headers):
            var response = HTTPResponse(
                status: status, headers: headers, body: JSONValue.object(["error": .string(error)]).bytes
            )
            response.headers["Content-Type"] = "application/json"
            return response
        case .performedButSilent:
            _ = perform(order)
            await waitForRelease()
            return .text("too late\n", status: 500)
        case .performedLate:
            await waitForRelease()
            return perform(order)
        }
    }

    func answerDeadline(for request: HTTPRequest) -> Duration? { .seconds(120) }

    private func note(_ order: Order) -> Answer {
        var answer = Answer.performed
        state.change { state in
            state.orders.append(order)
            if !order.isSigned {
                answer = .status(401, error: "the signature is wrong")
            } else if state.answers[order.step]?.isEmpty == false {
                answer = state.answers[order.step]?.removeFirst() ?? .performed
            }
        }
        return answer
    }

    private func perform(_ order: Order) -> HTTPResponse {
        state.change { state in
            let isKnown = state.knowsKeys && state.performed.contains { $0.key == order.key }
            if !isKnown { state.performed.append(order) }
        }
        let body: JSONValue = ["output": ["grant": .string("grant of " + order.run)]]
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: body.bytes)
    }

    private func isSigned(_ request: HTTPRequest) -> Bool {
        guard let timestamp = request.headers["X-Symflow-Timestamp"], let seconds = Int64(timestamp),
            abs(seconds - WallClock.system.now().seconds) <= 300
        else { return false }
        let code = HMACSHA256.code(for: Array("v0:\(timestamp):".utf8) + request.body, key: Array(secret.utf8))
        return request.headers["X-Symflow-Signature"] == "v0=" + Hex.text(code)
    }

    // MARK: Waiting

    private func waitForRelease() async { _ = await state.wait(upTo: .seconds(110)) { $0.isReleased ? true : nil } }
}
