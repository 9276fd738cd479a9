import Support

/// What a message says, checked.
struct MessageContent: Sendable {
    /// More is cut off when posting, and refused in an edit (slack.md 2.2).
    static let textMax = 40_000
    static let markdownMax = 12_000
    static let attachmentsMax = 100
    /// Slack names no figure for `metadata_too_large`; this is far above what run ids need.
    static let metadataBytesMax = 8000

    var text: String?
    var blocks: [JSONValue]?
    var attachments: JSONValue?
    var metadata: JSONValue?
    var wasCut = false

    /// - Parameter cuts: whether text that is too long is cut off rather than refused.
    init(_ arguments: Arguments, cuts: Bool) throws(SlackRefusal) {
        text = arguments.values["text"]?.text
        if let count = text?.unicodeScalars.count, count > Self.textMax {
            guard cuts else { throw SlackRefusal("msg_too_long") }
            text = String(String.UnicodeScalarView(text!.unicodeScalars.prefix(Self.textMax)))
            wasCut = true
        }
        if let given = try arguments.nested("blocks", refusing: "invalid_blocks_format") {
            guard let elements = given.elements else { throw SlackRefusal("invalid_blocks_format") }
            let findings = BlockRules.findings(inMessage: given)
            guard findings.isEmpty else { throw SlackRefusal("invalid_blocks", findings: findings) }
            blocks = elements
        }
        if let markdown = arguments.text("markdown_text") {
            guard text == nil, blocks == nil else { throw SlackRefusal("markdown_text_conflict") }
            guard markdown.unicodeScalars.count <= Self.markdownMax else { throw SlackRefusal("msg_too_long") }
            text = markdown
        }
        if let given = try arguments.nested("attachments", refusing: "invalid_attachments") {
            guard let elements = given.elements else { throw SlackRefusal("invalid_attachments") }
            if elements.count > Self.attachmentsMax { throw SlackRefusal("too_many_attachments") }
            attachments = elements.isEmpty ? nil : given
        }
        if let given = try arguments.nested("metadata", refusing: "invalid_metadata_format") {
            try Self.check(metadata: given)
            metadata = given
        }
    }

    private static func check(metadata: JSONValue) throws(SlackRefusal) {
        guard let object = metadata.object else { throw SlackRefusal("invalid_metadata_format") }
        if object.isEmpty { return }
        guard object["event_type"]?.text?.isEmpty == false, object["event_payload"]?.object != nil else {
            throw SlackRefusal("invalid_metadata_schema")
        }
        if metadata.bytes.count > metadataBytesMax { throw SlackRefusal("metadata_too_large") }
    }

    var isEmpty: Bool { (text ?? "").isEmpty && (blocks ?? []).isEmpty && attachments == nil }
}

extension World {
    mutating func postMessage(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try MessageContent(call.arguments, cuts: true)
        if content.isEmpty { throw SlackRefusal("no_text") }
        let conversation = try destination(call)
        var message = newMessage(content, in: conversation, of: call.installation)
        try place(&message, inThreadOf: call, conversation: conversation)
        message.metadata = content.metadata
        for name in ["username", "icon_url", "icon_emoji"] {
            guard let text = call.arguments.text(name) else { continue }
            try call.require(scope: "chat:write.customize")
            message.appearance[name] = .string(text)
        }
        add(message)
        var answer: JSONObject = [
            "channel": .string(conversation.id), "ts": .string(message.ts),
            "message": .object(message.document(app: directory.app.id, withMetadata: true)),
        ]
        if content.wasCut {
            answer["warning"] = "message_truncated"
            answer["response_metadata"] = ["warnings": ["message_truncated"]]
        }
        return answer
    }

    mutating func postEphemeral(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try MessageContent(call.arguments, cuts: false)
        if content.isEmpty { throw SlackRefusal("no_text") }
        let conversation = try destination(call)
        if !conversation.members.contains(call.installation.botUser) { throw SlackRefusal("not_in_channel") }
        guard let person = directory.person(call.arguments.text("user") ?? ""), isReader(person, of: conversation)
        else { throw SlackRefusal("user_not_in_channel") }
        var message = newMessage(content, in: conversation, of: call.installation)
        try place(&message, inThreadOf: call, conversation: conversation)
        message.onlyFor = person.id
        add(message)
        return ["message_ts": .string(message.ts)]
    }

    mutating func updateMessage(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try MessageContent(call.arguments, cuts: false)
        let message = try ownMessage(call, named: "ts", refusing: "cant_update_message")
        let hasSomething =
            call.arguments["text"] != nil || content.blocks != nil || content.metadata != nil
            || content.attachments != nil || call.arguments["markdown_text"] != nil
        guard hasSomething else { throw SlackRefusal("no_text") }
        let edited = newStamp()
        let blocks = content.blocks.map { filled(blocks: $0) }
        change(message.ts, in: message.channel) { message in
            // Text without blocks takes the old blocks away; neither keeps them; `[]` clears (slack.md 2.2).
            if let blocks { message.blocks = blocks } else if content.text != nil { message.blocks = [] }
            if let text = content.text { message.text = text }
            if let attachments = content.attachments { message.attachments = attachments }
            if let metadata = content.metadata { message.metadata = metadata }
            message.edited = edited
        }
        guard let changed = self.message(message.ts, in: message.channel) else { throw SlackRefusal("update_failed") }
        return [
            "channel": .string(message.channel), "ts": .string(message.ts), "text": .string(changed.text),
            "message": .object(changed.document(app: directory.app.id, withMetadata: true)),
        ]
    }

    mutating func deleteMessage(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let message = try ownMessage(call, named: "ts", refusing: "cant_delete_message")
        remove(message.ts, in: message.channel)
        return ["channel": .string(message.channel), "ts": .string(message.ts)]
    }

    func permalink(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        let ts = call.arguments.text("message_ts") ?? ""
        guard let message = message(ts, in: conversation.id), !message.isEphemeral else {
            throw SlackRefusal("message_not_found")
        }
        let domain = directory.workspace(call.workspace)?.domain ?? ""
        let place = "https://\(domain).slack.com/archives/\(conversation.id)/p\(ts.filter { $0 != "." })"
        return ["channel": .string(conversation.id), "permalink": .string(place)]
    }

    // MARK: Parts

    mutating func newMessage(
        _ content: MessageContent, in conversation: Conversation, of installation: Installation
    ) -> Message {
        Message(
            ts: newStamp(), channel: conversation.id, user: installation.botUser, team: installation.workspace,
            installation: installation.workspace, botID: installation.botID, text: content.text ?? "",
            blocks: filled(blocks: content.blocks ?? []), attachments: content.attachments)
    }

    private func place(
        _ message: inout Message, inThreadOf call: WebCall, conversation: Conversation
    ) throws(SlackRefusal) {
        guard let thread = call.arguments.text("thread_ts") else { return }
        guard let parent = self.message(thread, in: conversation.id), !parent.isEphemeral else {
            throw SlackRefusal("thread_not_found")
        }
        message.thread = parent.thread ?? parent.ts
        message.isBroadcast = call.arguments.flag("reply_broadcast")
    }

    /// Where a call posts: a conversation, a name, or a person, who is written to in a DM.
    private mutating func destination(_ call: WebCall) throws(SlackRefusal) -> Conversation {
        let wanted = call.arguments.text("channel") ?? ""
        if let person = directory.person(wanted) {
            let members = [person.id, call.installation.botUser]
            try checkDirect(with: [person], call, unseen: "channel_not_found")
            return try writable(direct(among: members, workspace: call.workspace).conversation, call)
        }
        let name = wanted.hasPrefix("#") ? String(wanted.dropFirst()) : wanted
        let found =
            directory.conversation(wanted)
            ?? directory.conversations.first {
                $0.name == name && !name.isEmpty && $0.workspaces.contains(call.workspace)
            }
        guard let found else { throw SlackRefusal("channel_not_found") }
        return try writable(found, call)
    }

    private func writable(_ conversation: Conversation, _ call: WebCall) throws(SlackRefusal) -> Conversation {
        guard conversation.workspaces.contains(call.workspace) else { throw SlackRefusal("channel_not_found") }
        let isMember = conversation.members.contains(call.installation.botUser)
        if !isMember, conversation.kind != .open { throw SlackRefusal("channel_not_found") }
        if conversation.isArchived { throw SlackRefusal("is_archived") }
        if conversation.isDirect {
            if !directory.app.hasMessagesTab { throw SlackRefusal("messages_tab_disabled") }
            let others = conversation.members.filter { $0 != call.installation.botUser }
            let people = others.compactMap { directory.person($0) }
            // A DM with an outsider ends with the last shared channel.
            if people.contains(where: { !directory.knows(call.workspace, $0) }) {
                throw SlackRefusal("channel_not_found")
            }
            // Unsure which code Slack gives for the DM of somebody who was deactivated.
            if people.allSatisfy(\.isDeactivated) { throw SlackRefusal("is_archived") }
        }
        if !isMember, !call.installation.scopes.contains("chat:write.public") { throw SlackRefusal("not_in_channel") }
        return conversation
    }

    /// A message that this installation's bot wrote, by the channel's and its own id. Ephemeral ones cannot be found.
    private func ownMessage(
        _ call: WebCall, named name: String, refusing error: String
    ) throws(SlackRefusal) -> Message {
        guard let conversation = directory.conversation(call.arguments.text("channel") ?? ""),
            conversation.workspaces.contains(call.workspace),
            conversation.kind == .open || conversation.members.contains(call.installation.botUser)
        else { throw SlackRefusal("channel_not_found") }
        guard let message = message(call.arguments.text(name) ?? "", in: conversation.id), !message.isEphemeral else {
            throw SlackRefusal("message_not_found")
        }
        guard message.user == call.installation.botUser else { throw SlackRefusal(error) }
        if conversation.isArchived { throw SlackRefusal("is_inactive") }
        return message
    }
}
