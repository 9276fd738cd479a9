import HTTPModel
import ServerMicroHTTPD
import Support
import Testing

@Suite struct `Refusing what is ambiguous or too large` {
    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{1}b\r\n\r\n",
    ])
    func `a request that two readers could read differently gets 400 and the connection ends`(bytes: String)
        async throws
    {
        let handler = ClosureHandler(ClosureHandler.echo)
        let answer = try await withServer(handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send(bytes)
                return try #require(client.receiveToEnd(), "the connection stays open")
            }
        }
        // A header line without a colon is no HTTP at all; libmicrohttpd may close without a word.
        let mayBeSilent = bytes.contains("no colon")
        #expect(answer.hasPrefix("HTTP/1.1 400 ") || mayBeSilent && answer.isEmpty)
        #expect(answer.lowercased().contains("\r\nconnection: close\r\n") || mayBeSilent && answer.isEmpty)
        #expect(!answer.contains(" 200 "))
        #expect(handler.requests == 0)
    }

    @Test func `a request without Host is refused by us, once and with a name`() async throws {
        let answer = try await exchange("GET / HTTP/1.1\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains("\r\nX-Request-Id: request-1\r\n"))
        #expect(answer.ranges(of: "HTTP/1.1").count == 1)
    }

    @Test func `a transfer coding other than chunked is not implemented`() async throws {
        let answer = try await exchange(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 501 "))
    }

    @Test func `a request of HTTP 1.0 needs no Host`() async throws {
        let answer = try await exchange("GET /x HTTP/1.0\r\n\r\n")
        #expect(answer.contains(" 200 "))
        #expect(answer.hasSuffix("GET /x "))
    }

    @Test func `headers of 100 KB get 431`() async throws {
        let field = "X-Long: " + String(repeating: "a", count: 100 << 10) + "\r\n"
        let answer = try await exchange("GET / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
    }

    @Test func `a body that is declared too large gets 413 before it is sent`() async throws {
        let answer = try await exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
    }

    @Test func `a client that sends its too large body all the same sees the 413`() async throws {
        let body = String(repeating: "b", count: 3_000_000)
        let answer = try await exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body)
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `a chunked body that turns out too large gets 413`() async throws {
        let chunk = "10000\r\n" + String(repeating: "c", count: 0x10000) + "\r\n"
        let body = String(repeating: chunk, count: 40) + "0\r\n\r\n"
        let answer = try await exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `a chunked body without an end is broken off`() async throws {
        var limits = ServerLimits()
        limits.bodyBytesMax = 100_000
        let handler = ClosureHandler(ClosureHandler.echo)
        let wasCut = try await withServer(limits: limits, handler: handler) { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "10000\r\n" + String(repeating: "c", count: 0x10000) + "\r\n"
                for _ in 0..<2000 where !client.send(chunk) { return true }
                return false
            }
        }
        #expect(wasCut)
        #expect(handler.requests == 0)
    }

    @Test func `a chunked body within the limit arrives whole`() async throws {
        let body = "5\r\nhello\r\n7;note=1\r\n, world\r\n0\r\n\r\n"
        let answer = try await exchange(
            "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n" + body
        )
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.hasSuffix("POST /c hello, world"))
    }

    @Test func `a body of exactly the limit is accepted, one byte more is not`() async throws {
        var limits = ServerLimits()
        limits.bodyBytesMax = 100_000
        let handler = ClosureHandler { .text("\($0.body.count)") }
        let answers = try await withServer(limits: limits, handler: handler) { port, _, _ in
            try await onOwnThread {
                try [100_000, 100_001].map { count in
                    let client = try RawClient(port: port)
                    let body = String(repeating: "b", count: count)
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n" + body)
                    return try #require(client.receiveResponse())
                }
            }
        }
        #expect(answers[0].head.hasPrefix("HTTP/1.1 200 "))
        #expect(answers[0].body == "100000")
        #expect(answers[1].head.hasPrefix("HTTP/1.1 413 "))
    }

    private func exchange(_ bytes: String) async throws -> String {
        try await withServer { port, _, _ in
            try await onOwnThread {
                let client = try RawClient(port: port)
                client.send(bytes)
                return try #require(client.receiveToEnd(), "the connection stays open")
            }
        }
    }
}
