import CMicroHTTPD
import HTTPModel
import Support
import Synchronization

/// One request and its answer. Begins at the request line and is over when libmicrohttpd says that it has completed,
/// which is later than the answer.
final class Exchange: Sendable {
    private enum Stage {
        /// The header is arriving.
        case begun
        /// The body is arriving, for the request so far. What is too long is counted and dropped.
        case receiving(HTTPRequest, dropped: Int)
        /// Whole, and on its way to the handler, which may be at work. The connection is not suspended: who answers now
        /// leaves the rest to libmicrohttpd's thread, which is still in `hand`.
        case handing
        /// The connection is suspended until there is an answer.
        case waiting(since: MonotonicInstant)
        /// libmicrohttpd's thread is about to take the answer.
        case answered(Answer)
        case sending(StreamBuffer?)
        case over
    }

    private enum Answer {
        case whole(HTTPResponse)
        case stream(HTTPResponse, StreamBuffer)

        var status: Int {
            switch self {
            case .whole(let response), .stream(let response, _): response.status
            }
        }
    }

    let id: String
    let connection: ClientConnection
    private let target: String
    private let handle: ConnectionHandle
    private let core: ServerCore
    private let stage = Mutex(Stage.begun)
    private let isWhole = Atomic(false)
    /// Whether its handler has returned; for `EarlyHandlers` alone, under its lock.
    let isHandled = Atomic(false)

    init(id: String, target: String, connection: ClientConnection, handle: ConnectionHandle, core: ServerCore) {
        self.id = id
        self.target = target
        self.connection = connection
        self.handle = handle
        self.core = core
    }

    // MARK: On libmicrohttpd's thread

    /// Takes the next step; called when the header has arrived, for each part of the body, at its end, and after being
    /// resumed.
    func step(method: String, version: String, body: UnsafeRawBufferPointer) -> MHD_Result {
        enum Next { case check, more, giveUp, refuse, hand(HTTPRequest), take, nothing }
        let next = stage.withLock { stage -> Next in
            switch stage {
            case .begun: return .check
            case .receiving(var request, var dropped):
                if body.isEmpty {
                    if dropped > 0 { return .refuse }
                    stage = .handing
                    return .hand(request)
                }
                // Out of the enum while it grows, or each part would copy all before it.
                stage = .begun
                if dropped > 0 || request.body.count + body.count > core.limits.bodyBytesMax {
                    dropped += request.body.count + body.count
                    request.body = []
                } else {
                    request.body.append(contentsOf: body)
                }
                stage = .receiving(request, dropped: dropped)
                return dropped > core.limits.droppedBytesMax ? .giveUp : .more
            case .answered: return .take
            case .handing, .waiting, .sending, .over: return .nothing
            }
        }
        switch next {
        case .check: return check(method: method, version: version)
        case .more, .nothing: return .YES
        case .giveUp:
            core.tally.requestsRejected.up()
            // Who sends this much after all is not waiting for an answer.
            _ = connection.cut()
            return .NO
        case .refuse: return refuse(413, "the body is too large")
        case .hand(let request): return hand(request)
        case .take: return takeAnswer().map(send) ?? .YES
        }
    }

    private func check(method: String, version: String) -> MHD_Result {
        var fields: [HTTPHeaders.Field] = []
        withUnsafeMutablePointer(to: &fields) { pointer in
            _ = MHD_get_connection_values_n(handle.pointer, .HEADER_KIND, collectField, pointer)
        }
        let verdict = RequestCheck.verdict(
            method: method, version: version, target: target, fields: fields, bodyBytesMax: core.limits.bodyBytesMax
        )
        guard case .fine(let declared) = verdict else {
            guard case .refused(let status, let reason) = verdict else { return .NO }
            return refuse(status, reason)
        }
        var headers = HTTPHeaders(fields)
        let client = core.settings.trustedProxies.client(behind: connection.peer, forwarded: headers)
        headers["X-Request-Id"] = id
        var request = HTTPRequest(method: method, target: target, headers: headers, peer: client.description)
        if let declared { request.body.reserveCapacity(declared) }
        stage.withLock { $0 = .receiving(request, dropped: 0) }
        connection.enter(.receivingBody(since: .now()))
        return .YES
    }

    private func refuse(_ status: Int, _ reason: String) -> MHD_Result {
        core.tally.requestsRejected.up()
        core.log.debug("A request was refused.", ["request": id, "status": "\(status)", "error": reason])
        stage.withLock { $0 = .sending(nil) }
        var response = HTTPResponse.text(reason + "\n", status: status)
        response.headers["Connection"] = "close"
        return send(.whole(response))
    }

    /// Asks the handler: here and now where it may begin at once, so that there often is an answer already when it lets
    /// go of this thread; else the connection is suspended until there is one.
    private func hand(_ request: HTTPRequest) -> MHD_Result {
        isWhole.store(true, ordering: .relaxed)
        guard core.tally.handlersRunning.load(ordering: .relaxed) < core.limits.handlersMax else {
            return refuse(503, "too many requests are being answered")
        }
        core.tally.requests.up()
        let deadline = core.handler.answerDeadline(for: request) ?? core.limits.answerDeadline
        let now = MonotonicInstant.now()
        connection.enter(.answering(self, until: now + deadline))
        core.tally.handlersRunning.up()
        let isEarly = core.early.isOpen && core.handler.beginsAtOnce(request)
        if isEarly {
            core.early.begin(self, request, core)
            if let answer = takeAnswer() {
                tell(answer, since: now)
                return send(answer)
            }
        }
        suspend(since: now)
        if !isEarly { core.arrivals.yield((self, request)) }
        return .YES
    }

    /// Suspends the connection, and only then says so: an answer that came in between was not told of, and did not
    /// resume what might not have been suspended yet.
    private func suspend(since arrived: MonotonicInstant) {
        handle.suspend()
        let early = stage.withLock { stage -> Answer? in
            if case .answered(let answer) = stage { return answer }
            stage = .waiting(since: arrived)
            return nil
        }
        guard let early else { return }
        tell(early, since: arrived)
        handle.resume()
    }

    private func takeAnswer() -> Answer? {
        stage.withLock { stage in
            guard case .answered(let answer) = stage else { return nil }
            if case .stream(_, let buffer) = answer { stage = .sending(buffer) } else { stage = .sending(nil) }
            return answer
        }
    }

    private func send(_ answer: Answer) -> MHD_Result {
        let library: OpaquePointer?
        var response: HTTPResponse
        switch answer {
        case .whole(let whole):
            response = whole
            connection.enter(.sending(since: .now()))
            library = whole.bytes.withUnsafeBytes { mhd_door_response($0.baseAddress, $0.count) }
        case .stream(let head, let buffer):
            response = head
            connection.enter(.streaming(buffer))
            let context = Unmanaged.passRetained(buffer).toOpaque()
            library = mhd_door_stream(readStream, context, releaseStream)
            if library == nil { releaseStream(context) }
        }
        guard let library else { return .NO }
        defer { MHD_destroy_response(library) }
        if response.headers["X-Request-Id"] == nil { response.headers["X-Request-Id"] = id }
        if core.isDraining { response.headers["Connection"] = "close" }
        for field in response.headers.fields where !isOurs(field, in: response) {
            guard MHD_add_response_header(library, field.name, field.value) == .YES else { return .NO }
        }
        return MHD_queue_response(handle.pointer, UInt32(response.status), library)
    }

    /// libmicrohttpd frames messages and decides about the connection; of a handler's wishes only `close` counts.
    private func isOurs(_ field: HTTPHeaders.Field, in response: HTTPResponse) -> Bool {
        if field.name.isEqualIgnoringCase(to: "Connection") { return !field.value.isEqualIgnoringCase(to: "close") }
        return field.name.isEqualIgnoringCase(to: "Content-Length")
            || field.name.isEqualIgnoringCase(to: "Transfer-Encoding")
    }

    /// libmicrohttpd has done with this request, one way or another, and will not mention it again.
    func complete() {
        let buffer = stage.withLock { stage -> StreamBuffer? in
            defer { stage = .over }
            switch stage {
            case .sending(let buffer): return buffer
            // The client went away before the answer could be taken.
            case .answered(.stream(_, let buffer)): return buffer
            case .begun, .receiving, .handing, .waiting, .answered, .over: return nil
            }
        }
        buffer?.breakOff()
        connection.becomeIdle(whole: isWhole.load(ordering: .relaxed), at: .now())
    }

    // MARK: From any thread

    /// Answers, unless that has happened already.
    /// - Returns: whether this was the answer.
    @discardableResult func answer(_ response: HTTPResponse) -> Bool { settle(.whole(sendable(response))) }

    /// Answers with a stream, unless there is an answer already.
    /// - Returns: where the stream's pieces go.
    func answerStreaming(_ head: HTTPResponse) -> StreamBuffer? {
        let head = sendable(head)
        guard case .stream = head.body else {
            answer(head)
            return nil
        }
        let buffer = StreamBuffer(handle: handle, bytesMax: core.limits.streamBytesMax)
        // The stream itself stays with the pump alone: it ends when the pump lets go of it.
        let answer = HTTPResponse(status: head.status, headers: head.headers)
        return settle(.stream(answer, buffer)) ? buffer : nil
    }

    private func settle(_ answer: Answer) -> Bool {
        enum Found { case handing, waiting(since: MonotonicInstant), another }
        let found = stage.withLock { stage -> Found in
            switch stage {
            case .handing:
                stage = .answered(answer)
                return .handing
            case .waiting(let since):
                stage = .answered(answer)
                return .waiting(since: since)
            case .begun, .receiving, .answered, .sending, .over: return .another
            }
        }
        switch found {
        case .another: return false
        case .handing: return true
        case .waiting(let since):
            tell(answer, since: since)
            // Suspended, and resumed by the first answer only.
            handle.resume()
            return true
        }
    }

    /// Before anybody can have the answer: who has it finds it counted.
    private func tell(_ answer: Answer, since arrived: MonotonicInstant) {
        core.handler.answered(target, status: answer.status, after: .now() - arrived)
    }

    private func sendable(_ response: HTTPResponse) -> HTTPResponse {
        guard (200...999).contains(response.status), response.headers.fields.allSatisfy(\.isWellFormed) else {
            core.log.error(
                "A handler's answer cannot be sent: its status or a header field is malformed.", ["request": id])
            return .text("internal error\n", status: 500)
        }
        return response
    }
}
