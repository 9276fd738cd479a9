import HTTPModel
import ServerMicroHTTPD
import Support
import Testing

@Suite(.serialized) struct `A crowd of connections` {
    private static let request = "GET /new HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a new request is served behind 1500 idle connections`() async throws {
        let (answer, time, open) = try await withServer(limits: .short()) { port, server, _ in
            let crowd = try await onOwnThread { try (0..<1500).map { _ in try RawClient(port: port) } }
            let (answer, time) = try await onOwnThread {
                let start = MonotonicInstant.now()
                let client = try RawClient(port: port)
                client.send(Self.request)
                return (try #require(client.receiveResponse()), MonotonicInstant.now() - start)
            }
            return withExtendedLifetime(crowd) { (answer, time, server.counters.connectionsOpen) }
        }
        #expect(answer.body == "GET /new ")
        #expect(time < .seconds(20))
        #expect(open >= 1500)
    }

    @Test func `idle connections make room, the longest idle first, and busy ones stay`() async throws {
        var limits = ServerLimits()
        limits.connectionsMax = 20
        let gate = Gate()
        let handler = ClosureHandler { request in
            if request.target == "/busy" { await gate.wait() }
            return .text("done")
        }
        let (busy, served, evicted) = try await withServer(limits: limits, handler: handler) { port, server, _ in
            let busy = try RawClient(port: port)
            busy.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
            let served = try await onOwnThread {
                var kept: [RawClient] = []
                return try (0..<60).map { _ in
                    let client = try RawClient(port: port)
                    kept.append(client)
                    client.send(Self.request)
                    return client.receiveResponse()?.body
                }
            }
            gate.open()
            let answer = try await onOwnThread { busy.receiveResponse()?.body }
            return (answer, served, server.counters.connectionsEvicted)
        }
        #expect(busy == "done")
        #expect(served.allSatisfy { $0 == "done" })
        #expect(evicted > 30)
    }

    @Test func `loopback may have more connections than an address usually may`() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 2
        let (bodies, refused) = try await withServer(limits: limits) { port, server, _ in
            let clients = try (0..<5).map { _ in try RawClient(port: port) }
            let bodies = try await onOwnThread {
                clients.map { client in
                    client.send(Self.request)
                    return client.receiveResponse()?.body
                }
            }
            return (bodies, server.counters.connectionsRefused)
        }
        #expect(bodies.allSatisfy { $0 == "GET /new " })
        #expect(refused == 0)
    }
}
