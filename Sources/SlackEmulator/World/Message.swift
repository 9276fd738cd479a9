import Support

/// What people entered or chose, by block and action: entries of `state.values`.
typealias Inputs = [String: [String: JSONValue]]

/// One message, or one ephemeral message.
struct Message: Sendable {
    var ts: String
    var channel: String
    /// Who wrote it: a person or a bot user.
    var user: String
    /// The workspace of the author.
    var team: String
    /// Of an app's message: the workspace of the installation, which owns its buttons.
    var installation: String?
    var botID: String?
    var text: String
    var blocks: [JSONValue] = []
    var attachments: JSONValue?
    var metadata: JSONValue?
    var thread: String?
    var isBroadcast = false
    var edited: String?
    /// Ephemeral: the one person who sees it.
    var onlyFor: String?
    /// `username`, `icon_url`, `icon_emoji` where the app chose them.
    var appearance = JSONObject()
    /// What each person chose in this message's own menus.
    var inputs: [String: Inputs] = [:]

    var isEphemeral: Bool { onlyFor != nil }

    /// The message as Slack's answers and payloads show it.
    func document(app: String, withMetadata: Bool) -> JSONObject {
        var document: JSONObject = [
            "type": "message", "user": .string(user), "ts": .string(ts), "team": .string(team), "text": .string(text),
        ]
        if let botID {
            document["bot_id"] = .string(botID)
            document["app_id"] = .string(app)
        }
        if !blocks.isEmpty { document["blocks"] = .array(blocks) }
        if let attachments { document["attachments"] = attachments }
        if withMetadata, let metadata { document["metadata"] = metadata }
        if let thread { document["thread_ts"] = .string(thread) }
        if isBroadcast { document["subtype"] = "thread_broadcast" }
        if let edited { document["edited"] = ["user": .string(user), "ts": .string(edited)] }
        return document.merging(appearance)
    }
}

extension World {
    mutating func add(_ message: Message) {
        messages[message.channel, default: []].append(message)
        note(message, message.isEphemeral ? "ephemeral" : "posted")
    }

    /// Looks from the newest back: that is where most edits and clicks go.
    func message(_ ts: String, in channel: String) -> Message? { messages[channel]?.last { $0.ts == ts } }

    mutating func change(_ ts: String, in channel: String, _ body: (inout Message) -> Void) {
        guard let index = messages[channel]?.lastIndex(where: { $0.ts == ts }) else { return }
        body(&messages[channel]![index])
        if let message = messages[channel]?[index] { note(message, "changed") }
    }

    mutating func remove(_ ts: String, in channel: String) {
        guard let message = message(ts, in: channel) else { return }
        messages[channel]?.removeAll { $0.ts == ts }
        note(message, "deleted")
    }

    private mutating func note(_ message: Message, _ change: String) {
        journal.record(
            "message",
            [
                "channel": .string(message.channel), "ts": .string(message.ts), "change": .string(change),
                "only_for": .optional(message.onlyFor),
            ])
    }
}
