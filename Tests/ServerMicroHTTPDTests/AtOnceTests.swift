import Dispatch
import Glibc
import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

/// Holds the thread it is called on until it is opened; what a handler must not do for long. It gives up after a while, so
/// that a test which fails before it opens it ends all the same.
private final class Barrier: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    private static let patience: DispatchTimeInterval = .seconds(60)

    func open() { opened.signal() }

    func hold() {
        held.signal()
        _ = opened.wait(timeout: .now() + Self.patience)
    }

    /// Returns whether a thread is held.
    func waitUntilHeld() -> Bool { held.wait(timeout: .now() + Self.patience) == .success }
}

@Suite struct `Answers that are begun at once` {
    /// Notes on which thread it is asked what.
    private final class Threads: HTTPHandler {
        private let seen = Mutex<[(question: String, thread: pthread_t)]>([])

        var noted: [(question: String, thread: pthread_t)] { seen.withLock { $0 } }

        func beginsAtOnce(_ request: HTTPRequest) -> Bool {
            seen.withLock { $0.append(("begins \(request.path)", pthread_self())) }
            return request.path == "/here"
        }

        func respond(to request: HTTPRequest) async -> HTTPResponse {
            seen.withLock { $0.append(("respond \(request.path)", pthread_self())) }
            return .text("fine")
        }
    }

    @Test(arguments: [("/here", true), ("/there", false)])
    func `the handler says which run on the server's own thread`(path: String, isHere: Bool) async throws {
        let handler = Threads()
        try await withServer(handler: handler) { port, server, _ in
            let answer = try await get(path, port)
            #expect(answer == "fine")
            #expect(server.counters.handlersRunning == 0 && server.counters.requests == 1)
        }
        let noted = handler.noted
        try #require(noted.map(\.question) == ["begins \(path)", "respond \(path)"])
        #expect((noted[0].thread == noted[1].thread) == isHere)
    }

    @Test func `one that waits is answered later, and its connection goes on`() async throws {
        let gate = Gate()
        let handler = ClosureHandler(atOnce: true) { request in
            if request.path == "/held" { await gate.wait() }
            return ClosureHandler.echo(request)
        }
        try await withServer(handler: handler) { port, server, _ in
            let client = try RawClient(port: port)
            client.send("POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
            #expect(try await eventually { handler.requests == 1 })
            // Its thread serves others meanwhile.
            for _ in 0..<8 {
                let answer = try await get("/quick", port)
                #expect(answer == "GET /quick ")
            }
            gate.open()
            try await onOwnThread {
                #expect(client.receiveResponse()?.body == "POST /held body")
                client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(client.receiveResponse()?.body == "GET /next ")
            }
            #expect(try await eventually { server.counters.handlersRunning == 0 && server.counters.requestsOpen == 0 })
        }
    }

    @Test func `each gets its own answer, whether handlers wait or not`() async throws {
        // Yielding lets another thread answer while the first is still letting go of the connection.
        let handler = ClosureHandler(atOnce: true) { request in
            for _ in 0..<(request.target.utf8.last ?? 0) % 3 { await Task.yield() }
            return ClosureHandler.echo(request)
        }
        try await withServer(handler: handler) { port, server, _ in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for name in 0..<8 {
                    group.addTask {
                        try await onOwnThread {
                            let client = try RawClient(port: port)
                            return (0..<300).count { number in
                                client.send("GET /\(name)/\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                                return client.receiveResponse()?.body == "GET /\(name)/\(number) "
                            }
                        }
                    }
                }
                for try await right in group { #expect(right == 300) }
            }
            #expect(server.counters.requests == 2400)
            #expect(try await eventually { server.counters.handlersRunning == 0 && server.counters.requestsOpen == 0 })
        }
    }

    @Test func `requests that come together are answered in turn`() async throws {
        let handler = ClosureHandler(atOnce: true) { request in
            if request.path == "/waits" { await Task.yield() }
            return ClosureHandler.echo(request)
        }
        try await withServer(handler: handler) { port, _, _ in
            let client = try RawClient(port: port)
            let paths = ["/first", "/waits", "/elsewhere", "/last"]
            client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let answers = try await onOwnThread { client.receive(until: "GET /last ") }
            let bodies = answers.split(separator: "GET ").dropFirst().map { "\($0.prefix { $0 != " " })" }
            #expect(bodies == paths)
        }
    }

    @Test func `the client has gone when the answer comes`() async throws {
        let gate = Gate()
        let handler = ClosureHandler(atOnce: true) { request in
            if request.path == "/held" { await gate.wait() }
            return .text("fine")
        }
        try await withServer(handler: handler) { port, server, _ in
            var client: RawClient? = try RawClient(port: port)
            client?.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await eventually { handler.requests == 1 })
            client = nil
            gate.open()
            #expect(try await eventually { server.counters.requestsOpen == 0 && server.counters.handlersRunning == 0 })
            let answer = try await get("/quick", port)
            #expect(answer == "fine")
        }
    }

    @Test func `one that is too late is answered for when its thread is free again`() async throws {
        let barrier = Barrier()
        let limits = ServerLimits.short { $0.answerDeadline = .milliseconds(300) }
        let handler = ClosureHandler(atOnce: true) { _ in
            barrier.hold()
            return .text("late")
        }
        try await withServer(limits: limits, handler: handler) { port, server, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let isLate = try await eventually { server.counters.answersLate == 1 }
            barrier.open()
            #expect(isLate)
            let answer = try await onOwnThread { try #require(client.receiveResponse()) }
            #expect(answer.head.hasPrefix("HTTP/1.1 503 ") && !answer.body.contains("late"))
        }
    }

    @Test func `long work that may not begin there keeps nobody waiting`() async throws {
        let barrier = Barrier()
        let handler = ClosureHandler(atOnce: true) { request in
            if request.path == "/elsewhere" { barrier.hold() }
            return ClosureHandler.echo(request)
        }
        try await withServer(handler: handler) { port, _, _ in
            // All of it on one thread of its own: the handler holds one of those that tasks run on.
            try await onOwnThread {
                defer { barrier.open() }
                let slow = try RawClient(port: port)
                slow.send("GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(barrier.waitUntilHeld())
                for _ in 0..<8 {
                    let quick = try RawClient(port: port)
                    quick.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(quick.receiveResponse()?.body == "GET /quick ")
                }
                barrier.open()
                #expect(slow.receiveResponse()?.body == "GET /elsewhere ")
            }
        }
    }

    /// Asks for something that begins at once, and for something that does not.
    private func askBothWays(_ port: Int) throws -> [RawClient] {
        try ["/here", "/elsewhere"].map { path in
            let client = try RawClient(port: port)
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
    }

    @Test func `a drain finishes both kinds, and cancels none of them`() async throws {
        let gate = Gate()
        let handler = ClosureHandler(atOnce: true) { request in
            await gate.wait()
            return .text("\(request.path) \(Task.isCancelled ? "cancelled" : "finished")")
        }
        try await withServer(handler: handler) { port, server, stop in
            let clients = try askBothWays(port)
            #expect(try await eventually { handler.requests == 2 })
            stop()
            #expect(try await eventually { server.isDraining })
            gate.open()
            let answers = try await onOwnThread { clients.map { $0.receiveToEnd() ?? "none" } }
            #expect(answers[0].hasSuffix("/here finished") && answers[1].hasSuffix("/elsewhere finished"))
            #expect(answers.allSatisfy { $0.lowercased().contains("\r\nconnection: close\r\n") })
        }
    }

    @Test func `who still works after the drain is cancelled, and waited for`() async throws {
        let ended = Numbers()
        let gate = Gate()
        let handler = ClosureHandler(atOnce: true) { _ in
            // Cancellation ends this wait, and the handler takes its time after it.
            try? await Task.sleep(for: .seconds(3600))
            await Task.detached { await gate.wait() }.value
            ended.next()
            return .text("never")
        }
        try await withServer(limits: .short(), handler: handler) { port, server, stop in
            let clients = try askBothWays(port)
            #expect(try await eventually { handler.requests == 2 })
            stop()
            let answers = try await onOwnThread { clients.map { $0.receiveToEnd() ?? "none" } }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 503 ") })
            #expect(ended.count == 0)
            gate.open()
        }
        #expect(ended.count == 2)
    }

    @Test func `a stream is sent while its handler goes on`() async throws {
        let gate = Gate()
        let handler = ClosureHandler(atOnce: true) { _ in
            let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
            continuation.yield(Array("first".utf8))
            Task {
                await gate.wait()
                continuation.yield(Array("second".utf8))
                continuation.finish()
            }
            return HTTPResponse(status: 200, stream: stream)
        }
        try await withServer(handler: handler) { port, server, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await onOwnThread { client.receive(until: "first") }.contains("first"))
            gate.open()
            #expect(try await onOwnThread { client.receive(until: "0\r\n\r\n") }.contains("second"))
            #expect(try await eventually { server.counters.streamsOpen == 0 })
        }
    }

    private func get(_ path: String, _ port: Int) async throws -> String {
        try await onOwnThread {
            let client = try RawClient(port: port)
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            return try #require(client.receiveResponse()).body
        }
    }
}
