import HTTPModel
import ServerMicroHTTPD
import Support
import Testing

@Suite struct `Absolute deadlines` {
    @Test func `a header that drips in is cut`() async throws {
        let limits = ServerLimits.short { $0.headerDeadline = .milliseconds(300) }
        let time = try await timeUntilCut(
            limits, first: "", drip: "GET / HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        #expect(time > .milliseconds(250) && time < .seconds(30))
    }

    @Test func `a body that drips in is cut`() async throws {
        let first = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
        let limits = ServerLimits.short { $0.bodyDeadline = .milliseconds(300) }
        let time = try await timeUntilCut(limits, first: first, drip: String(repeating: "b", count: 500))
        #expect(time > .milliseconds(250) && time < .seconds(30))
    }

    @Test func `a second request that drips in is cut before the idle deadline`() async throws {
        let limits = ServerLimits.short { $0.headerDeadline = .milliseconds(300) }
        let time = try await timeUntilCut(
            limits, first: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            drip: "GET / HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaa"
        )
        #expect(time > .milliseconds(250) && time < .seconds(30))
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHo"])
    func `a connection on which nothing more comes is closed`(first: String) async throws {
        let limits = ServerLimits.short {
            $0.headerDeadline = .milliseconds(300)
            $0.idleDeadline = .milliseconds(300)
        }
        try await withServer(limits: limits) { port, server, _ in
            let time = try await onOwnThread {
                let client = try RawClient(port: port)
                let start = MonotonicInstant.now()
                client.send(first)
                _ = try #require(client.receiveToEnd(), "the connection stays open")
                return MonotonicInstant.now() - start
            }
            #expect(time > .milliseconds(250) && time < .seconds(30))
            #expect(try await eventually { server.counters.connectionsCut == 1 })
        }
    }

    @Test func `an answer that comes too late is replaced by 503 and dropped`() async throws {
        let limits = ServerLimits.short { $0.answerDeadline = .milliseconds(300) }
        let gate = Gate()
        let handler = ClosureHandler { _ in
            await gate.wait()
            return .text("late")
        }
        let (answer, next, counters) = try await withServer(limits: limits, handler: handler) { port, server, _ in
            let client = try RawClient(port: port)
            let answer = try await onOwnThread {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try #require(client.receiveResponse())
            }
            gate.open()
            let next = try await onOwnThread {
                client.send("GET /patient HTTP/1.1\r\nHost: a\r\n\r\n")
                return try #require(client.receiveResponse())
            }
            return (answer, next, server.counters)
        }
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.contains("X-Request-Id: request-1"))
        #expect(!answer.body.contains("late"))
        #expect(next.body == "late")
        #expect(counters.answersLate == 1)
    }

    @Test func `a handler may ask for a longer deadline`() async throws {
        let limits = ServerLimits.short { $0.answerDeadline = .milliseconds(300) }
        let handler = ClosureHandler(longer: .seconds(20)) { _ in
            try? await Task.sleep(for: .milliseconds(600))
            return .text("long polled")
        }
        let answer = try await withServer(limits: limits, handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try #require(client.receiveResponse())
            }
        }
        #expect(answer.body == "long polled")
    }

    /// Sends `first`, then one byte of `drip` every 20 ms, until the server closes; returns how long that took.
    private func timeUntilCut(_ limits: ServerLimits, first: String, drip: String) async throws -> Duration {
        try await withServer(limits: limits) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                if first.hasPrefix("GET") {
                    client.send(first)
                    _ = try #require(client.receiveResponse())
                } else {
                    client.send(first)
                }
                let start = MonotonicInstant.now()
                let dripping = Dripping(client: client, bytes: Array(drip.utf8))
                dripping.start()
                _ = try #require(client.receiveToEnd(), "the connection stays open")
                return MonotonicInstant.now() - start
            }
        }
    }
}
