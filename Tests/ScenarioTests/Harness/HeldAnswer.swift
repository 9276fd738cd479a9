import HTTPModel
import ServerMicroHTTPD
import Support

/// An address that a flow's Python asks, and hears from once the test lets it.
final class HeldAnswer: HTTPHandler {
    private static let releasedAtLast: Duration = .seconds(60)
    private let isReleased = Watched(false)

    func release() { isReleased.change { $0 = true } }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        _ = await isReleased.wait(upTo: Self.releasedAtLast) { $0 ? true : nil }
        return .text("go on\n")
    }

    func answerDeadline(for request: HTTPRequest) -> Duration? { Self.releasedAtLast * 2 }

    /// Hands over the answer and its address, and serves it meanwhile.
    static func run(_ body: (HeldAnswer, _ url: String) async throws -> Void) async throws {
        let answer = HeldAnswer()
        let server = MicroHTTPServer(settings: .forTests, handler: answer, log: .silent)
        let port = try server.start()
        let serving = Task { try? await server.run() }
        defer {
            answer.release()
            serving.cancel()
        }
        try await body(answer, "http://127.0.0.1:\(port)/")
    }
}
