package import Support

/// Where a message stands. Comes from Slack's answer: the channel of a direct message is not what was asked for.
package struct MessagePlace: Hashable, Sendable {
    package var channel: String
    package var ts: String

    package init(channel: String, ts: String) {
        self.channel = channel
        self.ts = ts
    }

    init(_ body: JSONValue, of method: String) throws(SlackDecodingError) {
        channel = try body.required("channel", of: method)
        ts = try body.required("ts", of: method)
    }
}

/// Posts a message. There is no idempotency key: one that timed out may have been posted.
package struct ChatPostMessage: SlackMethod {
    package static let name = "chat.postMessage"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject
    package let rateChannel: String?

    package init(channel: String, message: Message, threadTS: String? = nil) {
        var arguments = message.json
        arguments["channel"] = .string(channel)
        arguments.add("thread_ts", threadTS)
        // What people type must not fetch pages into the card.
        arguments["unfurl_links"] = false
        arguments["unfurl_media"] = false
        self.arguments = arguments
        rateChannel = channel
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> MessagePlace {
        try MessagePlace(body, of: name)
    }
}

/// Changes one of our own messages; never an ephemeral one.
package struct ChatUpdate: SlackMethod {
    package static let name = "chat.update"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject
    package let rateChannel: String?

    package init(place: MessagePlace, message: Message) {
        var arguments = message.json
        arguments["channel"] = .string(place.channel)
        arguments["ts"] = .string(place.ts)
        self.arguments = arguments
        rateChannel = place.channel
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> MessagePlace {
        try MessagePlace(body, of: name)
    }
}

/// Posts what one person sees. It can be changed through a response URL only.
package struct ChatPostEphemeral: SlackMethod {
    package static let name = "chat.postEphemeral"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject
    package let rateChannel: String?

    package init(channel: String, user: String, message: Message, threadTS: String? = nil) {
        var arguments = message.json
        arguments["metadata"] = nil
        arguments["channel"] = .string(channel)
        arguments["user"] = .string(user)
        arguments.add("thread_ts", threadTS)
        self.arguments = arguments
        rateChannel = channel
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackDone { SlackDone() }
}

package struct ChatDelete: SlackMethod {
    package static let name = "chat.delete"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject
    package let rateChannel: String?

    package init(place: MessagePlace) {
        arguments = ["channel": .string(place.channel), "ts": .string(place.ts)]
        rateChannel = place.channel
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackDone { SlackDone() }
}

package struct ChatGetPermalink: SlackMethod {
    package static let name = "chat.getPermalink"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(place: MessagePlace) {
        arguments = ["channel": .string(place.channel), "message_ts": .string(place.ts)]
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> String {
        try body.required("permalink", of: name)
    }
}
