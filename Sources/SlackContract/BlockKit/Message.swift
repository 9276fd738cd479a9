package import Support

/// A message. `text` is what notifications show and screen readers say, so it is always there (slack.md 2.2).
package struct Message: Hashable, Sendable {
    package var text: Mrkdwn
    /// Without blocks, `text` is the message.
    package var blocks: [Block]
    package var metadata: Metadata?

    /// Readable by other apps and by members: ids only.
    package struct Metadata: Hashable, Sendable {
        package var eventType: String
        package var eventPayload: JSONObject

        package init(eventType: String, eventPayload: JSONObject) {
            self.eventType = eventType
            self.eventPayload = eventPayload
        }

        /// - Parameter json: of a message that Slack sent back.
        package init?(_ json: JSONValue?) {
            guard let json, let eventType = json.string("event_type") else { return nil }
            self.eventType = eventType
            eventPayload = json["event_payload"]?.object ?? [:]
        }
    }

    package init(text: Mrkdwn, blocks: [Block] = [], metadata: Metadata? = nil) {
        self.text = text
        self.blocks = blocks
        self.metadata = metadata
    }

    /// The members that every way of posting takes.
    package var json: JSONObject {
        var json: JSONObject = ["text": .string(text.fitted(to: Limits.messageText))]
        if !blocks.isEmpty { json["blocks"] = .array(BlockList.json(blocks, countMax: Limits.messageBlocks)) }
        if let metadata {
            json["metadata"] = [
                "event_type": .string(metadata.eventType), "event_payload": .object(metadata.eventPayload),
            ]
        }
        return json
    }
}

/// The answer to a slash command, or what is sent to a response URL (slack.md 1.3, 1.11).
package enum ResponseMessage: Hashable, Sendable {
    /// Only the person sees it.
    case ephemeral(Message)
    /// Everyone in the channel sees it.
    case inChannel(Message)
    /// Takes the place of the message that the payload came from. Who sees it stays as it was.
    case replaceOriginal(Message)
    case deleteOriginal

    package var json: JSONValue {
        switch self {
        case .ephemeral(let message): with(message, "response_type", "ephemeral")
        case .inChannel(let message): with(message, "response_type", "in_channel")
        case .replaceOriginal(let message): with(message, "replace_original", true)
        case .deleteOriginal: ["delete_original": true]
        }
    }

    private func with(_ message: Message, _ name: String, _ value: JSONValue) -> JSONValue {
        var json = message.json
        json[name] = value
        if name == "response_type" { json["replace_original"] = false }
        return .object(json)
    }
}
