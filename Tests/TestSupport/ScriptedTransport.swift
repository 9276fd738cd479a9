package import HTTPModel
package import Support
import Synchronization

/// Answers requests as the test says, by the last part of the path (for Slack: the method), and remembers them. What
/// nobody scripted is not sent, and is remembered as such.
package final class ScriptedTransport: HTTPTransport {
    package enum Reply: Sendable {
        case response(HTTPResponse)
        case failure(TransportError)

        package static func json(_ body: JSONValue, status: Int = 200, headers: HTTPHeaders = [:]) -> Reply {
            var headers = headers
            headers["Content-Type"] = "application/json; charset=utf-8"
            return .response(HTTPResponse(status: status, headers: headers, body: body.bytes))
        }

        package static func status(_ status: Int, headers: HTTPHeaders = [:], text: String = "") -> Reply {
            .response(HTTPResponse(status: status, headers: headers, body: Array(text.utf8)))
        }
    }

    package struct Sent: Sendable {
        package var name: String
        package var request: HTTPRequest
        package var timeout: Duration
        package var bodyBytesMax: Int

        /// The body: JSON, or a form as an object of texts.
        package var body: JSONValue {
            if request.mediaType == "application/x-www-form-urlencoded" {
                let fields = FormURLEncoded.decode(request.body) ?? []
                return .object(JSONObject(fields.map { ($0.name, .string($0.value)) }))
            }
            return (try? JSONValue(parsing: request.body)) ?? .null
        }
    }

    private struct State {
        var queued: [String: [Reply]] = [:]
        var standing: [String: Reply] = [:]
        /// Who waits at a closed gate.
        var gates: [String: [CheckedContinuation<Void, Never>]] = [:]
        var sent: [Sent] = []
        var unscripted: [String] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The next answers to a method, in order; they come before its standing answer.
    package func expect(_ name: String, _ replies: Reply...) {
        state.withLock { $0.queued[name, default: []] += replies }
    }

    /// What is answered when no other answer is left.
    package func always(_ name: String, _ reply: Reply) { state.withLock { $0.standing[name] = reply } }

    /// Requests of this name wait until `open`.
    package func close(_ name: String) { state.withLock { $0.gates[name] = [] } }

    package func open(_ name: String) {
        let waiting = state.withLock { $0.gates.removeValue(forKey: name) ?? [] }
        for continuation in waiting { continuation.resume() }
    }

    package var sent: [Sent] { state.withLock { $0.sent } }
    package var names: [String] { sent.map(\.name) }
    package func bodies(of name: String) -> [JSONValue] { sent.filter { $0.name == name }.map(\.body) }
    /// Requests that no script answered.
    package var unscripted: [String] { state.withLock { $0.unscripted } }
    /// Methods with answers that nobody asked for.
    package var unused: [String] { state.withLock { $0.queued.filter { !$0.value.isEmpty }.keys.sorted() } }

    package func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse {
        let name = String(request.path.split(separator: "/").last ?? "")
        state.withLock {
            $0.sent.append(Sent(name: name, request: request, timeout: timeout, bodyBytesMax: bodyBytesMax))
        }
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                guard state.gates[name] != nil else { return true }
                state.gates[name]?.append(continuation)
                return false
            }
            if passes { continuation.resume() }
        }
        if Task.isCancelled { throw .cancelled }
        let reply = state.withLock { state -> Reply? in
            if state.queued[name]?.isEmpty == false { return state.queued[name]?.removeFirst() }
            if let standing = state.standing[name] { return standing }
            state.unscripted.append(name)
            return nil
        }
        switch reply {
        case .response(let response):
            if response.bytes.count > bodyBytesMax { throw .responseTooLarge(limit: bodyBytesMax) }
            return response
        case .failure(let error): throw error
        case nil: throw .invalidRequest(reason: "no script answers \(name)")
        }
    }
}
