import HTTPModel
import Support

extension Emulator {
    /// One use of a response URL (slack.md 1.11).
    func respondToResponse(_ id: String, _ request: HTTPRequest) async -> HTTPResponse {
        let started = MonotonicInstant.now()
        let faults = change { world in
            world.faults.strike(method: "response_url", channel: world.responseURLs[id]?.channel)
        }
        for fault in faults where fault.kind == .delay { try? await Task.sleep(for: fault.wait) }
        let fault = faults.first { $0.kind != .delay }
        var response: HTTPResponse
        switch fault?.kind {
        case .tooMany: response = Self.tooMany(retryAfter: fault?.retryAfter ?? 1)
        case .internalError: response = .text("Internal Server Error\n", status: 500)
        case .outage: response = .text("Service Unavailable\n", status: 503)
        default:
            response = change { world in
                do throws(SlackRefusal) {
                    try world.use(responseURL: id, request)
                    return .text("ok")
                } catch {
                    return .json(error.document, status: error.error.hasSuffix("_url") ? 404 : 400)
                }
            }
        }
        let shown = response
        change { world in
            world.journal.record(call: [
                "kind": "response_url", "at": .string(world.now.description), "method": "response_url",
                "channel": .optional(world.responseURLs[id]?.channel), "status": .int(Int64(shown.status)),
                "ok": .bool(shown.status == 200),
                "duration_ms": .int((MonotonicInstant.now() - started).milliseconds),
                "request": Redaction.redacted((try? JSONValue(parsing: request.body)) ?? nil),
                "response": .string(String(decoding: shown.bytes, as: UTF8.self)),
            ])
        }
        if fault?.kind == .lostAnswer { response = .text("Internal Server Error\n", status: 500) }
        return response
    }
}

extension World {
    /// Posts, replaces or deletes through a response URL.
    mutating func use(responseURL id: String, _ request: HTTPRequest) throws(SlackRefusal) {
        guard request.method == "POST" else { throw SlackRefusal("invalid_post_type") }
        guard let permit = responseURLs[id] else { throw SlackRefusal("expired_url") }
        if now - permit.issued > ResponseURL.life { throw SlackRefusal("expired_url") }
        if permit.uses >= ResponseURL.usesMax { throw SlackRefusal("used_url") }
        guard let document = try? JSONValue(parsing: request.body), let body = document.object else {
            throw SlackRefusal("invalid_payload")
        }
        let arguments = Arguments(values: body, isJSON: true)
        if arguments.flag("delete_original") {
            responseURLs[id]?.uses += 1
            if let origin = permit.origin { remove(origin, in: permit.channel) }
            return
        }
        let content = try MessageContent(arguments, cuts: false)
        if content.isEmpty { throw SlackRefusal("no_text") }
        responseURLs[id]?.uses += 1
        if arguments.flag("replace_original"), let origin = permit.origin,
            let message = message(origin, in: permit.channel)
        {
            replace(message, with: content)
        } else {
            answer(
                content, user: permit.user, installation: permit.installation, channel: permit.channel,
                isVisible: arguments.text("response_type") == "in_channel", thread: arguments.text("thread_ts"))
        }
    }

    /// Who can see a message does not change when it is replaced.
    private mutating func replace(_ message: Message, with content: MessageContent) {
        let blocks = content.blocks.map { filled(blocks: $0) }
        let edited = newStamp()
        change(message.ts, in: message.channel) { message in
            message.text = content.text ?? ""
            message.blocks = blocks ?? []
            message.attachments = content.attachments
            if !message.isEphemeral { message.edited = edited }
        }
    }

    /// Posts an answer in the name of the app, which need not be a member.
    mutating func answer(
        _ content: MessageContent, user: String, installation: String, channel: String, isVisible: Bool,
        thread: String? = nil
    ) {
        guard let installation = directory.installation(in: installation),
            let conversation = directory.conversation(channel)
        else { return }
        var message = newMessage(content, in: conversation, of: installation)
        message.thread = thread
        message.metadata = content.metadata
        if !isVisible { message.onlyFor = user }
        add(message)
    }
}
