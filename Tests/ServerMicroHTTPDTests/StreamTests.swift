import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

@Suite struct `Streamed answers` {
    private static let request = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Hands out one stream per request and remembers how they end.
    private final class Source: HTTPHandler {
        private let open = Mutex<[AsyncStream<[UInt8]>.Continuation]>([])
        let ended = Atomic(0)

        func respond(to request: HTTPRequest) async -> HTTPResponse {
            let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
            continuation.onTermination = { [self] _ in ended.add(1, ordering: .relaxed) }
            open.withLock { $0.append(continuation) }
            return HTTPResponse(status: 200, headers: ["Content-Type": "text/event-stream"], stream: stream)
        }

        var count: Int { open.withLock(\.count) }
        func yield(_ text: String) { for one in open.withLock({ $0 }) { one.yield(Array(text.utf8)) } }
        func finish() { for one in open.withLock({ $0 }) { one.finish() } }
        var endedCount: Int { ended.load(ordering: .relaxed) }
    }

    @Test func `each piece is sent as it comes, and the end ends the answer`() async throws {
        let source = Source()
        try await withServer(handler: source) { port, _, _ in
            let client = try RawClient(port: port)
            client.send(Self.request)
            let head = try await onOwnThread { client.receive(until: "\r\n\r\n") }
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(head.contains("Content-Type: text/event-stream"))
            #expect(head.contains("X-Request-Id: request-1"))
            for number in 1...3 {
                source.yield("data: \(number)\n\n")
                #expect(
                    try await onOwnThread { client.receive(until: "data: \(number)\n\n") }.contains(
                        "data: \(number)\n\n"))
            }
            source.finish()
            #expect(try await onOwnThread { client.receive(until: "0\r\n\r\n") }.hasSuffix("0\r\n\r\n"))
        }
        #expect(source.endedCount == 1)
    }

    @Test func `a stream ends when its client goes away, without a piece being sent`() async throws {
        let source = Source()
        try await withServer(limits: .short(), handler: source) { port, server, _ in
            var client: RawClient? = try RawClient(port: port)
            client?.send(Self.request)
            _ = try await eventually { server.counters.streamsOpen == 1 }
            client = nil
            #expect(try await eventually { source.endedCount == 1 && server.counters.streamsOpen == 0 })
        }
    }

    @Test func `a stream outlives the deadlines of other answers`() async throws {
        let source = Source()
        try await withServer(limits: .short { $0.sendDeadline = .milliseconds(200) }, handler: source) { port, _, _ in
            let client = try RawClient(port: port)
            client.send(Self.request)
            _ = try await eventually { source.count == 1 }
            try await Task.sleep(for: .milliseconds(700))
            source.yield("still here\n")
            #expect(try await onOwnThread { client.receive(until: "still here\n") }.contains("still here\n"))
        }
    }

    @Test func `one stream too many gets 503`() async throws {
        let source = Source()
        var limits = ServerLimits.short()
        limits.streamsMax = 2
        try await withServer(limits: limits, handler: source) { port, server, _ in
            let clients = try (0..<2).map { _ in try RawClient(port: port) }
            for client in clients { client.send(Self.request) }
            #expect(try await eventually { server.counters.streamsOpen == 2 })
            let late = try RawClient(port: port)
            late.send(Self.request)
            let answer = try await onOwnThread { try #require(late.receiveResponse()) }
            #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.head.contains("Retry-After: "))
            #expect(try await eventually { source.endedCount == 1 })
            source.yield("data\n")
            #expect(try await onOwnThread { clients[0].receive(until: "data\n") }.contains("data\n"))
        }
    }

    @Test func `a drain ends streams in order`() async throws {
        let source = Source()
        try await withServer(limits: .short(), handler: source) { port, server, stop in
            let client = try RawClient(port: port)
            client.send(Self.request)
            _ = try await eventually { server.counters.streamsOpen == 1 }
            source.yield("last\n")
            _ = try await onOwnThread { client.receive(until: "last\n") }
            stop()
            let rest = try await onOwnThread { try #require(client.receiveToEnd()) }
            #expect(rest.hasSuffix("0\r\n\r\n"))
        }
        #expect(source.endedCount == 1)
    }

    @Test func `a client that reads slowly holds the stream back and gets all of it`() async throws {
        let pieces = 400
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        let handler = ClosureHandler { _ in
            HTTPResponse(
                status: 200,
                stream: AsyncStream { continuation in
                    for _ in 0..<pieces { continuation.yield(piece) }
                    continuation.finish()
                }
            )
        }
        let count = try await withServer(handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                var all: [UInt8] = []
                while !all.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8) { all += try #require(client.receive()) }
                return all.count { $0 == UInt8(ascii: "x") }
            }
        }
        #expect(count == pieces * piece.count)
    }

    @Test func `HEAD gets the header of a stream and lets it go`() async throws {
        let source = Source()
        try await withServer(handler: source) { port, server, _ in
            let client = try RawClient(port: port)
            client.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await onOwnThread { client.receive(until: "\r\n\r\n") }.hasPrefix("HTTP/1.1 200 "))
            #expect(try await eventually { source.endedCount == 1 && server.counters.streamsOpen == 0 })
        }
    }
}
