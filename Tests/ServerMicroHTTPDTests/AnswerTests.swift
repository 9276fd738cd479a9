import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

@Suite struct `Requests and answers` {
    @Test func `the handler gets the request as it was sent`() async throws {
        let seen = Mutex<HTTPRequest?>(nil)
        let handler = ClosureHandler { request in
            seen.withLock { $0 = request }
            return HTTPResponse(status: 201, headers: ["Location": "/x"], body: [0, 255, 10])
        }
        let answer = try await withServer(handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send(
                    "PUT /a%20b/%2F?q=%26&r=+ HTTP/1.1\r\nHost: a\r\nX-Twice: 1\r\nx-twice: 2\r\n"
                        + "Content-Length: 4\r\nConnection: close\r\n\r\n"
                )
                client.send([0, 1, 254, 255])
                return try #require(client.receiveToEnd())
            }
        }
        let request = try #require(seen.withLock { $0 })
        #expect(request.method == "PUT")
        #expect(request.target == "/a%20b/%2F?q=%26&r=+")
        #expect(request.body == [0, 1, 254, 255])
        #expect(request.headers.values(of: "X-Twice") == ["1", "2"])
        #expect(request.headers.fields.contains { $0.name == "x-twice" })
        #expect(request.peer == "127.0.0.1")
        #expect(answer.hasPrefix("HTTP/1.1 201 "))
        #expect(answer.contains("\r\nLocation: /x\r\n"))
        #expect(answer.contains("\r\nContent-Length: 3\r\n"))
    }

    @Test func `every answer names its request, and the handler knows the name`() async throws {
        let handler = ClosureHandler { request in
            var response = HTTPResponse.text(request.headers["X-Request-Id"] ?? "none")
            if request.target == "/own" { response.headers["X-Request-Id"] = "own" }
            return response
        }
        let answers = try await withServer(handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                return try ["/a", "/own", "/c"].map { target in
                    client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nX-Request-Id: forged\r\n\r\n")
                    return try #require(client.receiveResponse())
                }
            }
        }
        #expect(answers.map(\.body) == ["request-1", "request-2", "request-3"])
        #expect(answers[0].head.contains("\r\nX-Request-Id: request-1"))
        #expect(answers[1].head.contains("\r\nX-Request-Id: own"))
        #expect(!answers[1].head.contains("request-2"))
    }

    @Test func `pipelined requests are answered in their order`() async throws {
        let all = try await withServer { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return try #require(client.receiveToEnd())
            }
        }
        let first = try #require(all.firstRange(of: "GET /1"))
        let second = try #require(all.firstRange(of: "GET /2"))
        #expect(first.lowerBound < second.lowerBound)
    }

    @Test func `many connections are answered at once`() async throws {
        let gate = Gate()
        let waiting = Numbers()
        let handler = ClosureHandler { _ in
            if waiting.next() == 40 { gate.open() }
            await gate.wait()
            return .text("together")
        }
        let bodies = try await withServer(handler: handler) { port, _, _ in
            let clients = try (0..<40).map { _ in try RawClient(port: port) }
            for client in clients { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            return try await onOwnThread { clients.map { $0.receiveResponse()?.body } }
        }
        #expect(bodies.allSatisfy { $0 == "together" })
    }

    @Test(arguments: [
        HTTPResponse(status: 200, headers: ["Location": "/a\r\nSet-Cookie: forged=1"]),
        HTTPResponse(status: 200, headers: ["Bad name": "1"]),
        HTTPResponse(status: 42),
    ])
    func `an answer that would become another one is replaced by 500`(response: HTTPResponse) async throws {
        let lines = Mutex<[String]>([])
        let log = Log(threshold: .error) { line in lines.withLock { $0.append(line) } }
        let answer = try await withServer(log: log, handler: ClosureHandler { _ in response }) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try #require(client.receiveResponse())
            }
        }
        #expect(answer.head.hasPrefix("HTTP/1.1 500 "))
        #expect(!answer.head.contains("forged"))
        #expect(lines.withLock(\.count) == 1)
    }

    @Test func `a client that goes away before its answer harms nobody`() async throws {
        let gate = Gate()
        let handler = ClosureHandler { _ in
            await gate.wait()
            return .text("unheard")
        }
        try await withServer(handler: handler) { port, server, _ in
            var client: RawClient? = try RawClient(port: port)
            client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await eventually { handler.requests == 1 }
            client = nil
            gate.open()
            #expect(try await eventually { server.counters.connectionsOpen == 0 && server.counters.requestsOpen == 0 })
        }
    }

    @Test(arguments: [
        ([], "203.0.113.9", "127.0.0.1"),
        (["127.0.0.0/8"], "203.0.113.9", "203.0.113.9"),
        (["127.0.0.1", "10.0.0.0/8"], "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        (["127.0.0.1"], "1.1.1.1, nonsense", "127.0.0.1"),
        (["127.0.0.1"], "2001:db8::1", "2001:db8::1"),
        (["::1"], "203.0.113.9", "127.0.0.1"),
    ])
    func `forwarded addresses count only from trusted proxies`(
        proxies: [String], forwarded: String, expected: String
    ) async throws {
        let ranges = proxies.compactMap(AddressRange.init)
        #expect(ranges.count == proxies.count)
        let body = try await withServer(trustedProxies: ranges, handler: ClosureHandler { .text($0.peer) }) {
            port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \(forwarded)\r\n\r\n")
                return try #require(client.receiveResponse()).body
            }
        }
        #expect(body == expected)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::1/129", "1.2.3.4/-1", "1.2.3.4/8/8"])
    func `what is no address range is not taken for one`(text: String) { #expect(AddressRange(text) == nil) }

    @Test func `a server starts once, and not on a port in use`() throws {
        let handler = ClosureHandler(ClosureHandler.echo)
        let server = MicroHTTPServer(settings: ServerSettings(port: 0), handler: handler, log: .silent)
        let port = try server.start()
        #expect(throws: ServerError.alreadyStarted) { try server.start() }
        let other = MicroHTTPServer(settings: ServerSettings(port: port), handler: handler, log: .silent)
        #expect(throws: ServerError.cannotListen(address: "127.0.0.1:\(port)", reason: "Address already in use")) {
            try other.start()
        }
    }

    @Test func `the counters count`() async throws {
        let counters = try await withServer { port, server, _ in
            let client = try RawClient(port: port)
            try await onOwnThread {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try #require(client.receiveResponse())
                let refused = try RawClient(port: port)
                refused.send("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")
                _ = try #require(refused.receiveToEnd())
            }
            _ = try await eventually { server.counters.connectionsOpen == 1 && server.counters.requestsOpen == 0 }
            return withExtendedLifetime(client) { server.counters }
        }
        var expected = ServerCounters()
        expected.connectionsOpen = 1
        expected.connectionsAccepted = 2
        expected.requests = 1
        expected.requestsRejected = 1
        #expect(counters == expected)
    }
}
