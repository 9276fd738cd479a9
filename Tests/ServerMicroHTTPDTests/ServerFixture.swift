import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization

/// A handler that is a closure, and counts its requests.
final class ClosureHandler: HTTPHandler {
    private let body: @Sendable (HTTPRequest) async -> HTTPResponse
    private let longer: Duration?
    private let atOnce: Bool
    private let asked = Atomic(0)

    /// - Parameter atOnce: whether all requests but those for `/elsewhere` are begun on the server's own threads.
    init(longer: Duration? = nil, atOnce: Bool = false, _ body: @escaping @Sendable (HTTPRequest) async -> HTTPResponse)
    {
        self.body = body
        self.longer = longer
        self.atOnce = atOnce
    }

    var requests: Int { asked.load(ordering: .acquiring) }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        asked.add(1, ordering: .acquiringAndReleasing)
        return await body(request)
    }

    /// `/patient` waits as long as any test does.
    func answerDeadline(for request: HTTPRequest) -> Duration? { request.path == "/patient" ? .seconds(60) : longer }

    func beginsAtOnce(_ request: HTTPRequest) -> Bool { atOnce && request.path != "/elsewhere" }

    static let echo = { @Sendable (request: HTTPRequest) in
        HTTPResponse.text("\(request.method) \(request.target) \(String(decoding: request.body, as: UTF8.self))")
    }
}

extension ServerLimits {
    /// A drain short enough to wait for. A test shortens the one deadline that it is about, and no other: on a busy
    /// machine any of them may pass.
    static func short(_ change: (inout ServerLimits) -> Void = { _ in }) -> ServerLimits {
        var limits = ServerLimits()
        for deadline in [\ServerLimits.headerDeadline, \.bodyDeadline, \.answerDeadline, \.idleDeadline] {
            limits[keyPath: deadline] = .seconds(60)
        }
        limits.drainIdleDeadline = .milliseconds(100)
        limits.drainDeadline = .milliseconds(800)
        change(&limits)
        return limits
    }
}

/// Runs a server on a free port while `body` does, then drains it and waits for its end.
func withServer<R: Sendable>(
    limits: ServerLimits = ServerLimits(), trustedProxies: [AddressRange] = [], log: Log = .silent,
    handler: any HTTPHandler = ClosureHandler(ClosureHandler.echo),
    _ body: @Sendable (_ port: Int, _ server: MicroHTTPServer, _ stop: @escaping @Sendable () -> Void) async throws -> R
) async throws -> R {
    let settings = ServerSettings(port: 0, trustedProxies: trustedProxies, limits: limits)
    let ids = Numbers()
    let server = MicroHTTPServer(
        settings: settings, handler: handler, log: log, ids: IDGenerator { "request-\(ids.next())" }
    )
    let port = try server.start()
    let running = Task { try await server.run() }
    _ = try await eventually { server.isAnswering }
    let result: Result<R, any Error>
    do { result = .success(try await body(port, server, { running.cancel() })) } catch { result = .failure(error) }
    running.cancel()
    try await running.value
    return try result.get()
}

final class Numbers: Sendable {
    private let last = Atomic(0)
    var count: Int { last.load(ordering: .acquiring) }
    @discardableResult func next() -> Int { last.add(1, ordering: .acquiringAndReleasing).newValue }
}

/// Waits, within reason, until something is so.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

/// Opens once, and lets everybody through from then on.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}
