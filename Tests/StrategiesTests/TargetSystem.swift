import HTTPModel
import Support
import Synchronization

/// A target system that answers from a script, in order, and keeps what it was sent.
final class TargetSystem: HTTPTransport {
    struct Call: Sendable {
        var request: HTTPRequest
        var timeout: Duration
        var bodyBytesMax: Int

        var json: JSONValue? { try? JSONValue(parsing: request.body) }
    }

    private let script: Mutex<[Result<HTTPResponse, TransportError>]>
    private let received = Mutex<[Call]>([])

    init(_ script: Result<HTTPResponse, TransportError>...) { self.script = Mutex(script) }

    var calls: [Call] { received.withLock { $0 } }

    func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse {
        received.withLock { $0.append(Call(request: request, timeout: timeout, bodyBytesMax: bodyBytesMax)) }
        let next = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .unreachable(reason: "the script is over") }
        return try next.get()
    }
}

extension Result<HTTPResponse, TransportError> {
    static func answer(_ status: Int, _ body: String = "", _ headers: HTTPHeaders = [:]) -> Self {
        .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
    }
}
