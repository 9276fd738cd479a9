import HTTPModel
import Support

extension Emulator {
    static let waitUsual = Duration.seconds(5)
    static let waitMax = Duration.seconds(60)

    /// Answers once something is so, or when the time is over.
    func wait(_ request: ControlRequest) async throws -> JSONObject {
        guard let until = request["until"]?.object, !until.isEmpty else {
            throw ControlProblem(error: "missing_argument", message: "\"until\" is missing.")
        }
        let timeout = min(request.integer("timeout_ms").map { .milliseconds($0) } ?? Self.waitUsual, Self.waitMax)
        let end = MonotonicInstant.now() + timeout
        while true {
            let (found, seen) = try change { world in (try world.satisfied(until), world.journal.last) }
            if let found { return JSONObject.ok.merging(found) }
            let left = end - MonotonicInstant.now()
            guard left > .zero, !Task.isCancelled else {
                return ["ok": false, "error": "timeout", "message": "It has not become so in time."]
            }
            await waitForChange(after: seen, upTo: left)
        }
    }

    // MARK: Server-sent events

    /// A comment goes out after so much silence, so that both sides notice a dead connection.
    static let pingInterval = Duration.seconds(15)

    /// Changes as they happen. With `Last-Event-ID` (or `?since=`) it goes on where the client stopped; where that is
    /// further back than the journal reaches, a `reset` event says that the client must read everything anew.
    func events(_ request: HTTPRequest) -> HTTPResponse {
        let query = (try? ControlRequest(request))?.integer("since")
        let resume = request.headers["Last-Event-ID"].flatMap { Int64($0) } ?? query
        let start = change { world -> (seen: Int64, isLost: Bool) in
            guard let resume else { return (world.journal.last, false) }
            let oldest = (world.journal.changes.first?.id ?? world.journal.last + 1) - 1
            return resume < oldest || resume > world.journal.last ? (world.journal.last, true) : (resume, false)
        }
        let cursor = EventCursor(seen: start.seen, isLost: start.isLost)
        let stream = AsyncStream<[UInt8]> {
            if Task.isCancelled { return nil }
            return await self.nextEvents(cursor)
        }
        return HTTPResponse(
            status: 200,
            headers: ["Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"], stream: stream)
    }

    private func nextEvents(_ cursor: EventCursor) async -> [UInt8]? {
        let (seen, greeting) = cursor.begin()
        if let greeting { return Array(greeting.utf8) }
        var changes = pending(after: seen)
        if changes.isEmpty {
            await waitForChange(after: seen, upTo: Self.pingInterval)
            if Task.isCancelled { return nil }
            changes = pending(after: seen)
        }
        guard let last = changes.last else { return Array(": ping\n\n".utf8) }
        cursor.move(to: last.id)
        let text = changes.map { change in
            "id: \(change.id)\nevent: \(change.kind)\ndata: \(JSONValue.object(change.body).compact)\n\n"
        }
        return Array(text.joined().utf8)
    }

    private func pending(after seen: Int64) -> [Journal.Change] {
        change { world in world.journal.changes.filter { $0.id > seen } }
    }
}

extension World {
    /// What satisfies a condition of `/emulator/wait`, or `nil` where it is not so yet.
    func satisfied(_ until: JSONObject) throws -> JSONObject? {
        if let wanted = until["message"]?.object { return try message(wanted) }
        if let wanted = until["no_message"]?.object { return try message(wanted) == nil ? [:] : nil }
        if let wanted = until["view"]?.object { return try view(wanted) }
        if let wanted = until["no_view"]?.object { return try view(wanted) == nil ? [:] : nil }
        if let wanted = until["call"]?.object { return calls(wanted) }
        throw ControlProblem(
            error: "invalid_condition", message: "Known are message, no_message, view, no_view and call.")
    }

    private func says(_ document: JSONValue, _ wanted: JSONObject) -> Bool {
        (wanted["contains"]?.text.map { document.contains(text: $0) } ?? true)
            && (wanted["lacks"]?.text.map { !document.contains(text: $0) } ?? true)
    }

    /// The newest message that is as wanted.
    private func message(_ wanted: JSONObject) throws -> JSONObject? {
        let request = ControlRequest(body: wanted)
        let person = request["user"] == nil ? nil : try person(request)
        var conversations = directory.conversations
        if request["channel"] != nil {
            if let person {
                // The DM with the app comes into being with its first message.
                conversations = [conversation(named: try request.required("channel"), for: person)].compactMap { $0 }
            } else {
                conversations = [try anyConversation(request)]
            }
        }
        var found: [Message] = []
        for conversation in conversations where person.map({ isReader($0, of: conversation) }) ?? true {
            found += (messages[conversation.id] ?? []).filter { message in
                let isSeen = person == nil || message.onlyFor == nil || message.onlyFor == person?.id
                let isLater = request.text("after").flatMap(MessageStamp.init).map { after in
                    MessageStamp(message.ts).map { after < $0 } ?? false
                }
                return isSeen && isLater ?? true && (request.text("ts").map { $0 == message.ts } ?? true)
                    && (request.text("thread_ts").map { $0 == message.thread } ?? true)
                    && (request["ephemeral"]?.flag.map { $0 == message.isEphemeral } ?? true)
                    && (request["from_app"]?.flag.map { $0 == (message.installation != nil) } ?? true)
                    && says(said(by: message), wanted)
            }
        }
        let newest = found.max { (MessageStamp($0.ts) ?? .zero) < (MessageStamp($1.ts) ?? .zero) }
        return newest.map { ["message": shown($0, for: person)] }
    }

    private func said(by message: Message) -> JSONValue {
        [.string(message.text), .array(message.blocks), message.attachments ?? []]
    }

    /// The topmost view that is as wanted.
    private func view(_ wanted: JSONObject) throws -> JSONObject? {
        let request = ControlRequest(body: wanted)
        let person = try person(request)
        let isHome = request["home"]?.flag == true
        let all =
            isHome
            ? views.values.filter { $0.isHome && $0.user == person.id } : Array(stack(of: person.id).reversed())
        let found = all.first { view in
            (request.text("view_id").map { $0 == view.id } ?? true)
                && (request.text("callback_id").map { $0 == view.content["callback_id"]?.text } ?? true)
                && says(.object(view.content), wanted)
        }
        return found.map { ["view": shown($0)] }
    }

    private func calls(_ wanted: JSONObject) -> JSONObject? {
        let request = ControlRequest(body: wanted)
        let found = journal.calls.filter {
            $0.id > request.integer("since") ?? 0 && $0.record.matchesCall(wanted)
                && says(.object($0.record), wanted)
        }
        guard found.count >= request.integer("count") ?? 1 else { return nil }
        return ["calls": .array(found.map { .object($0.record) })]
    }
}
