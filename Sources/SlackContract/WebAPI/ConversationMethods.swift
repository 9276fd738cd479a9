package import Support

/// Opens the direct message with one person, or the group message with up to eight; tells its id.
package struct ConversationsOpen: SlackMethod {
    package static let name = "conversations.open"
    package static let encoding = SlackEncoding.json
    package static let usersMax = 8
    package let arguments: JSONObject

    package init(users: [String]) { arguments = ["users": .string(users.joined(separator: ","))] }

    /// The id of the conversation.
    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> String {
        try body.requiredObject("channel", of: name).required("id", of: "channel")
    }
}

package struct ConversationsInfo: SlackMethod {
    package static let name = "conversations.info"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(channel: String) { arguments = ["channel": .string(channel)] }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackChannel {
        try SlackChannel(required: body, of: name)
    }
}

package struct ConversationsList: SlackMethod {
    package static let name = "conversations.list"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    /// - Parameter team: must be given with the token of an organisation.
    package init(
        types: [String] = ["public_channel", "private_channel"], team: String? = nil, cursor: String? = nil,
        limit: Int = SlackPaging.limit
    ) {
        var arguments: JSONObject = ["types": .string(types.joined(separator: ",")), "exclude_archived": true]
        arguments.add("team_id", team)
        arguments.addPage(cursor: cursor, limit: limit)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackPage<SlackChannel> {
        SlackPage(body, "channels") { SlackChannel($0) }
    }
}

/// The ids of those who are in a conversation.
package struct ConversationsMembers: SlackMethod {
    package static let name = "conversations.members"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(channel: String, cursor: String? = nil, limit: Int = SlackPaging.limit) {
        var arguments: JSONObject = ["channel": .string(channel)]
        arguments.addPage(cursor: cursor, limit: limit)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackPage<String> {
        SlackPage(body, "members", \.text)
    }
}

/// Joins a public channel.
package struct ConversationsJoin: SlackMethod {
    package static let name = "conversations.join"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject

    package init(channel: String) { arguments = ["channel": .string(channel)] }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackChannel {
        try SlackChannel(required: body, of: name)
    }
}

/// Messages of a channel with their metadata, newest first: finds a card whose posting got no answer.
package struct ConversationsHistory: SlackMethod {
    package static let name = "conversations.history"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    /// - Parameter oldest: a `ts`; messages after it.
    package init(channel: String, oldest: String? = nil, cursor: String? = nil, limit: Int = SlackPaging.limit) {
        var arguments: JSONObject = ["channel": .string(channel), "include_all_metadata": true]
        arguments.add("oldest", oldest)
        arguments.addPage(cursor: cursor, limit: limit)
        self.arguments = arguments
    }

    package struct Entry: Hashable, Sendable {
        package var ts: String
        package var botID: String?
        package var user: String?
        package var metadata: Message.Metadata?
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackPage<Entry> {
        SlackPage(body, "messages") { message in
            message.string("ts").map {
                Entry(
                    ts: $0, botID: message.string("bot_id"), user: message.string("user"),
                    metadata: Message.Metadata(message["metadata"])
                )
            }
        }
    }
}

extension SlackChannel {
    init(required body: JSONValue, of method: String) throws(SlackDecodingError) {
        let channel = try body.requiredObject("channel", of: method)
        guard let known = SlackChannel(channel) else {
            throw .unexpected(path: "channel.id", expected: "text", found: "nothing")
        }
        self = known
    }
}
