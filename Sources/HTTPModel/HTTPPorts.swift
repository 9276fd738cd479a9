/// Answers requests. A server calls it for each request that arrived whole and within the limits.
package protocol HTTPHandler: Sendable {
    /// Answers one request. May be called for many requests at once; must not wait for longer than the server's
    /// answer deadline, after which the client gets 503 and the answer is dropped.
    func respond(to request: HTTPRequest) async -> HTTPResponse

    /// How long the answer to this request may take, where that is not what the server allows all others: for long
    /// polls. `nil`: the server's answer deadline.
    func answerDeadline(for request: HTTPRequest) -> Duration?

    /// Whether the answer to this request may be begun on the thread that reads and writes sockets. It is, where the
    /// way to the answer, or to its first wait, is always short: other clients of that thread wait meanwhile.
    func beginsAtOnce(_ request: HTTPRequest) -> Bool

    /// Is told of each answer to a request that it was asked, late ones included.
    ///
    /// Called from any thread; must not wait.
    ///
    /// - Parameters:
    ///   - target: of the request.
    ///   - time: from the last byte of the request until the answer was ready to be sent.
    func answered(_ target: String, status: Int, after time: Duration)
}

extension HTTPHandler {
    package func answerDeadline(for request: HTTPRequest) -> Duration? { nil }
    package func beginsAtOnce(_ request: HTTPRequest) -> Bool { false }
    package func answered(_ target: String, status: Int, after time: Duration) {}
}

/// Sends one request and returns one response. Retries, redirects and authentication belong to the caller.
package protocol HTTPTransport: Sendable {
    /// - Parameters:
    ///   - timeout: for the whole exchange, connecting included.
    ///   - bodyBytesMax: a longer response body fails with `.responseTooLarge`.
    func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse
}

package enum TransportError: Error, Hashable, Sendable {
    /// The request did not reach the other side: no address, no connection, no TLS.
    case unreachable(reason: String)
    /// The request may or may not have reached the other side.
    case timedOut(after: Duration)
    /// The connection broke after the request was, or may have been, sent.
    case interrupted(reason: String)
    /// The response body is longer than the caller allows. The request did reach the other side.
    case responseTooLarge(limit: Int)
    /// The caller's task was cancelled. The request may or may not have reached the other side.
    case cancelled
    /// The request itself cannot be sent: a malformed URL, a scheme that is not allowed.
    case invalidRequest(reason: String)
}

extension TransportError {
    /// Whether the other side may have acted on the request.
    package var mayHaveArrived: Bool {
        switch self {
        case .unreachable, .invalidRequest: false
        case .timedOut, .interrupted, .responseTooLarge, .cancelled: true
        }
    }
}
