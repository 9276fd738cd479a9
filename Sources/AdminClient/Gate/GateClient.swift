package import HTTPModel
package import Support

/// Calls the Events API for `symflow request` and `symflow run`: patiently, since a server that is being restarted is
/// no answer, and so that what is sent twice is done once.
package struct GateClient: Sendable {
    private let transport: any HTTPTransport
    private let address: APIAddress
    private let token: Secret
    private let wait: @Sendable (Duration) async throws -> Void
    /// Called when the server did not answer, and is going to be asked again.
    private let trouble: @Sendable (_ what: String) -> Void

    /// How long the server may be away before it is given up.
    package static let patience: Duration = .seconds(600)
    private static let firstPause: Duration = .milliseconds(500)
    private static let longestPause: Duration = .seconds(15)
    private static let callTime: Duration = .seconds(20)
    private static let answerBytesMax = 4 << 20

    /// - Parameter wait: returns after so long a time; throws when the task is cancelled.
    package init(
        transport: any HTTPTransport, address: APIAddress, token: Secret,
        wait: @escaping @Sendable (Duration) async throws -> Void, trouble: @escaping @Sendable (String) -> Void
    ) {
        self.transport = transport
        self.address = address
        self.token = token
        self.wait = wait
        self.trouble = trouble
    }

    /// What the server answers; asked again while it does not.
    ///
    /// - Parameters:
    ///   - key: makes a repeated call the same call. Calls that are the same anyway need none.
    ///   - polling: how much longer the answer may take.
    ///   - patience: how long the server may be away.
    /// - Throws: `GateError`; `CancellationError`.
    package func call(
        _ method: String, _ path: String, _ body: JSONObject? = nil, key: String? = nil,
        polling: Duration = .zero, patience: Duration = GateClient.patience
    ) async throws -> JSONObject {
        var request = HTTPRequest(method: method, target: address.url(path))
        request.headers["Authorization"] = token.reveal { "Bearer \($0)" }
        request.headers["Accept"] = "application/json"
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = JSONValue.object(body).bytes
        }
        if let key { request.headers["Idempotency-Key"] = key }
        var pause = Self.firstPause
        var away: Duration = .zero
        while true {
            try Task.checkCancellation()
            var what = "\(address.base) cannot be reached"
            var asked: Duration?
            if let response = try await send(request, within: Self.callTime + polling) {
                guard Self.isTemporary(response.status) else { return try answer(response) }
                what = "the server answers \(response.status)"
                asked = response.headers["Retry-After"].flatMap { Int64($0) }.map { .seconds($0) }
            }
            guard away < patience else {
                throw GateError("\(what), for \(patience.components.seconds) seconds now. Is SYM_API_URL right?")
            }
            trouble(what)
            let time = max(pause, min(asked ?? .zero, Self.longestPause * 4))
            try await wait(time)
            away += time
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// `nil` where there was no answer, and may be one later.
    private func send(_ request: HTTPRequest, within time: Duration) async throws -> HTTPResponse? {
        do throws(TransportError) {
            return try await transport.send(request, within: time, bodyBytesMax: Self.answerBytesMax)
        } catch {
            switch error {
            case .invalidRequest(let reason): throw GateError("\(address.base): \(reason)")
            case .responseTooLarge: throw GateError("The answer of \(address.base) is too long.")
            case .cancelled: throw CancellationError()
            case .unreachable, .timedOut, .interrupted: return nil
            }
        }
    }

    private static func isTemporary(_ status: Int) -> Bool { [429, 502, 503, 504].contains(status) }

    private func answer(_ response: HTTPResponse) throws -> JSONObject {
        let body = (try? JSONValue(parsing: response.bytes))?.object
        if (200...299).contains(response.status), let body { return body }
        guard let message = body?["message"]?.text else {
            throw GateError(
                "\(address.base) answers \(response.status), and not as the API does. Is SYM_API_URL right?"
            )
        }
        let code = body?["code"]?.text.map { " (\($0))" } ?? ""
        throw GateError(Printable.line(message + code), isRefusal: true)
    }
}
