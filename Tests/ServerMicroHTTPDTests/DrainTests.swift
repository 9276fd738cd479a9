import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

@Suite struct `Draining` {
    @Test(arguments: [false, true])
    func `a request that was accepted is answered, and its client told to go`(atOnce: Bool) async throws {
        let gate = Gate()
        let asked = Gate()
        let handler = ClosureHandler(atOnce: atOnce) { _ in
            asked.open()
            await gate.wait()
            return .text(Task.isCancelled ? "cancelled" : "finished")
        }
        let answer = try await withServer(handler: handler) { port, _, stop in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asked.wait()
            stop()
            gate.open()
            return try await onOwnThread { try #require(client.receiveToEnd()) }
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        #expect(answer.hasSuffix("finished"))
    }

    @Test(arguments: [false, true]) func `keep-alive clients lose nothing`(atOnce: Bool) async throws {
        for _ in 0..<3 {
            let server = MicroHTTPServer(
                settings: ServerSettings(port: 0), handler: ClosureHandler(atOnce: atOnce, ClosureHandler.echo),
                log: .silent
            )
            let port = try server.start()
            let running = Task { try await server.run() }
            let answered = Numbers()
            let outcomes = try await withThrowingTaskGroup(of: (told: Bool, lost: Int).self) { group in
                for _ in 0..<8 {
                    let client = try RawClient(port: port)
                    group.addTask {
                        try await onOwnThread {
                            for _ in 0..<100_000 {
                                client.send("GET /k HTTP/1.1\r\nHost: a\r\n\r\n")
                                guard let answer = client.receiveResponse() else { return (false, 1) }
                                guard answer.body == "GET /k " else { return (false, 1) }
                                if answered.next() == 500 { running.cancel() }
                                if answer.head.lowercased().contains("connection: close") { return (true, 0) }
                            }
                            return (false, 0)
                        }
                    }
                }
                var outcomes: [(told: Bool, lost: Int)] = []
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            try await running.value
            #expect(outcomes.allSatisfy { $0.told })
            #expect(outcomes.allSatisfy { $0.lost == 0 })
        }
    }

    @Test(arguments: [false, true])
    func `connections that nobody has accepted yet are served`(atOnce: Bool) async throws {
        // Started, not run: the requests are queued when the drain begins.
        let server = MicroHTTPServer(
            settings: ServerSettings(port: 0), handler: ClosureHandler(atOnce: atOnce, ClosureHandler.echo),
            log: .silent
        )
        let port = try server.start()
        let clients = try (0..<50).map { number in
            let client = try RawClient(port: port)
            client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        let running = Task { try await server.run() }
        running.cancel()
        let bodies = try await onOwnThread { clients.map { $0.receiveResponse()?.body } }
        #expect(bodies == (0..<50).map { "GET /\($0) " })
        try await running.value
    }

    @Test func `nobody gets in afterwards, and the port is free`() async throws {
        let port = try await withServer { port, _, _ in port }
        #expect(throws: SocketFailure.self) { try RawClient(port: port) }
        let next = MicroHTTPServer(
            settings: ServerSettings(port: port), handler: ClosureHandler(ClosureHandler.echo), log: .silent
        )
        #expect(try next.start() == port)
    }

    @Test func `a handler that never answers does not hold the drain for ever`() async throws {
        let handler = ClosureHandler(longer: .seconds(3600)) { _ in
            try? await Task.sleep(for: .seconds(3600))
            return .text("never")
        }
        let start = MonotonicInstant.now()
        let answer = try await withServer(limits: .short(), handler: handler) { port, _, stop in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await eventually { handler.requests == 1 }
            stop()
            return try await onOwnThread { try #require(client.receiveToEnd()) }
        }
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(MonotonicInstant.now() - start < .seconds(30))
    }

    @Test func `an idle server stops at once, also with idle clients`() async throws {
        let start = MonotonicInstant.now()
        try await withServer(limits: .short()) { port, _, stop in
            let client = try RawClient(port: port)
            stop()
            _ = try await onOwnThread { try #require(client.receiveToEnd()) }
        }
        #expect(MonotonicInstant.now() - start < .seconds(30))
    }

    @Test func `a server that was started and dropped gives its port back`() async throws {
        let port = try MicroHTTPServer(
            settings: ServerSettings(port: 0), handler: ClosureHandler(ClosureHandler.echo), log: .silent
        ).start()
        #expect(try await eventually { (try? RawClient(port: port)) == nil })
    }
}
