import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing
import TransportCurl

/// Answers with what it was asked, in a form that tests can read.
private struct Mirror: HTTPHandler {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        if request.path == "/slow" { try? await Task.sleep(for: .seconds(5)) }
        var text = "\(request.method) \(request.target)\n"
        for field in request.headers.fields where !field.name.isEqualIgnoringCase(to: "X-Request-Id") {
            text += "\(field.name): \(field.value)\n"
        }
        var response = HTTPResponse(
            status: 207, headers: ["X-Mixed-Case": "  v a l  "], body: Array(text.utf8) + request.body)
        response.headers.append("Set-Cookie", "a=1")
        response.headers.append("Set-Cookie", "b=2")
        return response
    }
}

private func withMirror<R: Sendable>(
    _ body: @Sendable (_ url: String, _ server: MicroHTTPServer) async throws -> R
) async throws -> R {
    var limits = ServerLimits()
    limits.drainDeadline = .milliseconds(300)
    limits.drainIdleDeadline = .milliseconds(100)
    let server = MicroHTTPServer(settings: ServerSettings(port: 0, limits: limits), handler: Mirror(), log: .silent)
    let url = "http://127.0.0.1:\(try server.start())"
    let running = Task { try await server.run() }
    let result: Result<R, any Error>
    do { result = .success(try await body(url, server)) } catch { result = .failure(error) }
    running.cancel()
    try await running.value
    return try result.get()
}

private func failure(
    of transport: CurlTransport = CurlTransport(), _ request: HTTPRequest, within timeout: Duration = .seconds(30),
    bodyBytesMax: Int = 1 << 20
) async -> TransportError? {
    do throws(TransportError) {
        _ = try await transport.send(request, within: timeout, bodyBytesMax: bodyBytesMax)
        return nil
    } catch {
        return error
    }
}

@Suite struct `Sending requests` {
    private let transport = CurlTransport()

    @Test(arguments: [
        ("GET", ""), ("GET", "body"), ("POST", ""), ("POST", "a=1\0&b"), ("PUT", "x"), ("PATCH", "x"), ("DELETE", ""),
        ("DELETE", "x"),
    ])
    func `method, headers and body arrive as they were given`(method: String, body: String) async throws {
        let response = try await withMirror { url, _ in
            try await transport.send(
                HTTPRequest(
                    method: method, target: url + "/p%20q?x=%26", headers: ["X-One": "1", "X-Empty": ""],
                    body: Array(body.utf8)
                ),
                within: .seconds(30), bodyBytesMax: 1000
            )
        }
        let text = String(decoding: response.bytes, as: UTF8.self)
        #expect(text.hasPrefix("\(method) /p%20q?x=%26\n"))
        #expect(text.hasSuffix("\n" + body))
        #expect(text.contains("\nX-One: 1\n"))
        #expect(text.contains("\nX-Empty: \n"))
        #expect(!text.contains("Content-Type"))
        #expect(!text.contains("Expect"))
        #expect(!text.contains("Accept-Encoding"))
        #expect(response.status == 207)
        #expect(response.headers.fields.contains(.init(name: "X-Mixed-Case", value: "v a l")))
        #expect(response.headers.values(of: "set-cookie") == ["a=1", "b=2"])
    }

    @Test func `HEAD has headers and no body`() async throws {
        let response = try await withMirror { url, _ in
            try await transport.send(HTTPRequest(method: "HEAD", target: url), within: .seconds(30), bodyBytesMax: 10)
        }
        #expect(response.status == 207)
        #expect(response.bytes.isEmpty)
    }

    @Test func `a large body arrives whole`() async throws {
        let body = [UInt8](repeating: 7, count: 1_500_000)
        let response = try await withMirror { url, _ in
            try await transport.send(
                HTTPRequest(method: "POST", target: url, body: body), within: .seconds(30), bodyBytesMax: 2 << 20
            )
        }
        #expect(response.bytes.count { $0 == 7 } == body.count)
    }

    @Test func `requests one after the other share a connection`() async throws {
        let accepted = try await withMirror { url, server in
            for number in 0..<50 {
                let request = HTTPRequest(method: "POST", target: url, body: Array("\(number)".utf8))
                let response = try await transport.send(request, within: .seconds(30), bodyBytesMax: 1000)
                #expect(String(decoding: response.bytes, as: UTF8.self).hasSuffix("\n\(number)"))
            }
            return server.counters.connectionsAccepted
        }
        #expect(accepted == 1)
    }

    @Test func `many tasks send at once, over a limited number of connections, and each gets its own answer`()
        async throws
    {
        let (answers, accepted) = try await withMirror { url, server in
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let request = HTTPRequest(method: "POST", target: url, body: Array("n\(number)".utf8))
                        let response = try await transport.send(request, within: .seconds(30), bodyBytesMax: 1000)
                        return String(decoding: response.bytes, as: UTF8.self).hasSuffix("\nn\(number)")
                    }
                }
                var answers: [Bool] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            return (answers, server.counters.connectionsAccepted)
        }
        #expect(answers.count == 300 && !answers.contains(false))
        #expect(accepted <= TransportSettings().connectionsPerHostMax)
    }

    @Test func `a redirect is an answer like any other`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
            peer.waitForEnd()
        }
        let response = try await transport.send(HTTPRequest(target: server.url), within: .seconds(30), bodyBytesMax: 10)
        #expect(response.status == 302)
        #expect(response.headers["location"] == "/elsewhere")
        #expect(server.connections == 1)
    }

    @Test func `a compressed body stays as it is`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")
            peer.waitForEnd()
        }
        let response = try await transport.send(HTTPRequest(target: server.url), within: .seconds(30), bodyBytesMax: 10)
        #expect(response.bytes == Array("zzzz".utf8))
    }

    @Test func `an interim response is not the response`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send(
                "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: 0\r\n\r\n"
            )
            peer.waitForEnd()
        }
        let response = try await transport.send(HTTPRequest(target: server.url), within: .seconds(30), bodyBytesMax: 10)
        #expect(response.status == 200)
        #expect(response.headers["X-Early"] == nil)
        #expect(response.headers["X-Late"] == "1")
    }
}

@Suite struct `Failing with the truth` {
    private let transport = CurlTransport()

    @Test func `a refused connection: unreachable`() async throws {
        let error = await failure(
            of: transport, HTTPRequest(method: "POST", target: "http://127.0.0.1:\(try refusedPort())"))
        guard case .unreachable = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(error?.mayHaveArrived == false)
    }

    @Test func `an unknown host: unreachable`() async {
        let error = await failure(of: transport, HTTPRequest(target: "http://nobody.invalid/"))
        guard case .unreachable = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test func `plain text where TLS is wanted: unreachable`() async throws {
        let server = try RawServer { peer, _ in peer.send("no TLS here\r\n\r\n") }
        let error = await failure(
            of: transport, HTTPRequest(method: "POST", target: "https://127.0.0.1:\(server.port)"))
        guard case .unreachable = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "127.0.0.1", "http://a b/", "http://[::1/", "",
    ])
    func `what cannot be sent is not sent`(target: String) async {
        let error = await failure(of: transport, HTTPRequest(target: target))
        guard case .invalidRequest = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test(arguments: [
        HTTPRequest(method: "GET / HTTP/1.1\r\nX:", target: "http://127.0.0.1:1/"),
        HTTPRequest(target: "http://127.0.0.1:1/", headers: ["X": "a\r\nHost: forged"]),
        HTTPRequest(target: "http://127.0.0.1:1/", headers: ["X Y": "a"]),
        HTTPRequest(target: "http://127.0.0.1:1/", headers: ["Transfer-Encoding": "chunked"]),
    ])
    func `a header that would become something else is not sent`(request: HTTPRequest) async {
        let error = await failure(of: transport, request)
        guard case .invalidRequest = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test func `no answer in time: timed out, after the time that was given`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
        let start = MonotonicInstant.now()
        let error = await failure(
            of: transport, HTTPRequest(method: "POST", target: server.url, body: [1]), within: .milliseconds(300)
        )
        let time = MonotonicInstant.now() - start
        #expect(error == .timedOut(after: .milliseconds(300)))
        #expect(time >= .milliseconds(290) && time < .seconds(30))
        #expect(server.connections == 1)
    }

    @Test func `an answer that drips in does not move the deadline`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while peer.send("x") { peer.pause(milliseconds: 50) }
        }
        let error = await failure(of: transport, HTTPRequest(target: server.url), within: .milliseconds(400))
        #expect(error == .timedOut(after: .milliseconds(400)))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `a connection that breaks after the request was read: interrupted, and not tried again`(answer: String)
        async throws
    {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send(answer)
        }
        let error = await failure(of: transport, HTTPRequest(method: "POST", target: server.url, body: [1]))
        guard case .interrupted = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(error?.mayHaveArrived == true)
        #expect(server.connections == 1)
    }

    @Test(arguments: [("POST", true), ("PATCH", true), ("DELETE", true), ("GET", false)])
    func `on a kept connection that breaks, only a request that is harmless to repeat is sent again`(
        method: String, breaks: Bool
    ) async throws {
        let received = Numbers()
        let server = try RawServer { peer, number in
            while !peer.readRequest().isEmpty {
                // The second request of the first connection is read and left without an answer.
                if received.next() == 2, number == 1 { return }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let request = HTTPRequest(method: method, target: server.url)
        _ = try await transport.send(request, within: .seconds(30), bodyBytesMax: 10)
        let error = await failure(of: transport, request)
        if breaks {
            guard case .interrupted = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(received.last == 2)
        } else {
            #expect(error == nil)
            #expect(received.last == 3)
        }
    }

    @Test func `a declared length over the limit: too large, without reading it`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
            peer.waitForEnd()
        }
        let error = await failure(of: transport, HTTPRequest(target: server.url), bodyBytesMax: 1000)
        #expect(error == .responseTooLarge(limit: 1000))
    }

    @Test func `a chunked body without an end: too large`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
            while peer.send(chunk) {}
        }
        let error = await failure(of: transport, HTTPRequest(target: server.url), bodyBytesMax: 100_000)
        #expect(error == .responseTooLarge(limit: 100_000))
    }

    @Test(arguments: [(1000, true), (999, false)])
    func `a body of exactly the limit is not too large`(limit: Int, fits: Bool) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + String(repeating: "x", count: 1000))
        }
        let error = await failure(of: transport, HTTPRequest(target: server.url), bodyBytesMax: limit)
        #expect(error == (fits ? nil : .responseTooLarge(limit: limit)))
    }

    @Test func `a header without an end: interrupted`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n")
            while peer.send("X-More: and more\r\n") {}
        }
        let error = await failure(of: transport, HTTPRequest(target: server.url))
        guard case .interrupted = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
}

@Suite struct `Ending early` {
    @Test func `cancelling ends a request at once, and only that one`() async throws {
        let transport = CurlTransport()
        let server = try RawServer { peer, number in
            _ = peer.readRequest()
            if number == 1 { return peer.waitForEnd() }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let target = server.url
        let task = Task { await failure(of: transport, HTTPRequest(target: target), within: .seconds(60)) }
        while server.connections == 0 { try await Task.sleep(for: .milliseconds(2)) }
        let start = MonotonicInstant.now()
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(MonotonicInstant.now() - start < .seconds(30))
        #expect(await failure(of: transport, HTTPRequest(target: target)) == nil)
    }

    @Test func `a cancellation is never lost, whenever it comes`() async throws {
        let transport = CurlTransport()
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
        let target = server.url
        let outcomes = await withTaskGroup(of: TransportError?.self) { group in
            for round in 0..<200 {
                let task = Task { await failure(of: transport, HTTPRequest(target: target), within: .seconds(60)) }
                group.addTask {
                    for _ in 0..<round { await Task.yield() }
                    task.cancel()
                    return await task.value
                }
            }
            var outcomes: [TransportError?] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes.count == 200 && outcomes.allSatisfy { $0 == .cancelled })
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let transport = CurlTransport()
        let server = try RawServer { peer, _ in peer.waitForEnd() }
        let target = server.url
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await failure(of: transport, HTTPRequest(target: target))
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(server.connections == 0)
    }

    @Test func `shutting down ends what is under way and refuses what comes later`() async throws {
        let transport = CurlTransport()
        let server = try RawServer { peer, _ in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
        let target = server.url
        let task = Task { await failure(of: transport, HTTPRequest(target: target), within: .seconds(60)) }
        while server.connections == 0 { try await Task.sleep(for: .milliseconds(2)) }
        transport.shutdown()
        guard case .interrupted = await task.value else { return #expect(Bool(false)) }
        guard case .unreachable = await failure(of: transport, HTTPRequest(target: target)) else {
            return #expect(Bool(false))
        }
    }
}
