import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

/// Notes what it is told of its answers.
private final class NotingHandler: HTTPHandler {
    struct Note: Hashable {
        var target: String
        var status: Int
        var time: Duration
    }

    private let notes = Mutex<[Note]>([])
    private let gate = Gate()

    var noted: [Note] { notes.withLock { $0 } }

    func open() { gate.open() }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        if request.path == "/held" { await gate.wait() }
        return .text("fine\n", status: 201)
    }

    func answered(_ target: String, status: Int, after time: Duration) {
        notes.withLock { $0.append(Note(target: target, status: status, time: time)) }
    }
}

@Suite struct `What a handler is told of its answers` {
    @Test func `each once, before its client has it, also the late one that was given in its place`() async throws {
        let handler = NotingHandler()
        let limits = ServerLimits.short { $0.answerDeadline = .milliseconds(300) }
        let refused = try await withServer(limits: limits, handler: handler) { port, server, _ in
            let client = try RawClient(port: port)
            try await onOwnThread {
                client.send("GET /held?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try #require(client.receiveResponse())
            }
            #expect(handler.noted.map(\.status) == [503])
            handler.open()
            return try await onOwnThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\n\r\n")
                return try #require(client.receiveResponse())
            }
        }
        #expect(refused.head.hasPrefix("HTTP/1.1 400"))
        // The handler was not asked about the last one, and its own late answer went nowhere.
        #expect(handler.noted.map(\.target) == ["/held?x=1"])
        #expect(try #require(handler.noted.first).time >= .milliseconds(300))
    }

    @Test func `an answer in time, and how long it took`() async throws {
        let handler = NotingHandler()
        try await withServer(handler: handler) { port, _, _ in
            let client = try RawClient(port: port)
            try await onOwnThread {
                client.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try #require(client.receiveResponse())
            }
        }
        let note = try #require(handler.noted.first)
        #expect(handler.noted.count == 1)
        #expect(note.target == "/quick" && note.status == 201 && note.time >= .zero)
    }
}
