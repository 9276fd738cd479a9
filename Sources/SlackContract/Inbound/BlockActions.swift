package import Support

/// Someone pressed a button or changed an element in a message, modal or Home tab.
package struct BlockActions: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    /// Opens one modal, within three seconds.
    package var triggerID: Secret?
    /// Present in messages only.
    package var responseURL: ResponseURL?
    package var container: Container
    /// Normally exactly one.
    package var actions: [BlockAction]
    /// Absent in views and for ephemeral messages.
    package var message: InboundMessage?
    package var view: InboundView?
    /// Every stateful element of the message or view, not only the one that changed.
    package var state: FormState

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        triggerID = payload.triggerID
        responseURL = payload.string("response_url").map(ResponseURL.init)
        container = Container(of: payload)
        actions = (payload["actions"]?.elements ?? []).map(BlockAction.init)
        message = InboundMessage(payload["message"])
        view = try InboundView(optional: payload["view"])
        state = view?.state ?? FormState()
        if payload["state"]?.object != nil { state = FormState(of: payload) }
    }
}

/// Where an element stands. What it says itself wins over the rest of the payload.
package struct Container: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case message
        /// Within a legacy attachment or an unfurled link.
        case messageAttachment
        case view
        case other(String)
    }

    package var kind: Kind
    package var channel: String?
    package var messageTS: String?
    package var threadTS: String?
    package var isEphemeral: Bool
    package var viewID: String?

    init(of payload: JSONValue) {
        let container = payload["container"] ?? [:]
        let view = container.string("view_id") ?? payload["view"]?.string("id")
        switch container.string("type") {
        case "message": kind = .message
        case "message_attachment": kind = .messageAttachment
        case "view": kind = .view
        case nil: kind = view == nil ? .message : .view
        case let type?: kind = .other(type)
        }
        viewID = view
        channel = container.string("channel_id") ?? payload["channel"]?.string("id")
        messageTS =
            container.string("message_ts") ?? payload.string("message_ts") ?? payload["message"]?.string("ts")
        threadTS = container.string("thread_ts") ?? payload["message"]?.string("thread_ts")
        isEphemeral = container.boolean("is_ephemeral")
    }
}

/// One element that was used.
package struct BlockAction: Hashable, Sendable {
    package var blockID: String
    /// As received. Where a block held one id several times, the copies were made unique: see `name`.
    package var actionID: String
    /// The type of the element, such as `button`.
    package var type: String
    package var actionTS: String?
    package var value: FieldState

    init(_ json: JSONValue) {
        blockID = json.string("block_id") ?? ""
        actionID = json.string("action_id") ?? ""
        type = json.string("type") ?? ""
        actionTS = json.string("action_ts")
        value = FieldState(json)
    }

    /// The action id that our code gave, without what made it unique within its block.
    package var name: String { UniqueIDs.original(of: actionID) }
}

/// The message under an element or shortcut, as far as we look at it.
package struct InboundMessage: Hashable, Sendable {
    package var ts: String
    package var threadTS: String?
    package var text: String
    /// Who posted it; a bot has `botID` as well.
    package var user: String?
    package var botID: String?
    package var appID: String?
    /// `{event_type, event_payload}`, where the app may read it.
    package var metadata: JSONValue?

    init?(_ json: JSONValue?) {
        guard let json, let ts = json.string("ts") else { return nil }
        self.ts = ts
        threadTS = json.string("thread_ts")
        text = json["text"]?.text ?? ""
        user = json.string("user")
        botID = json.string("bot_id")
        appID = json.string("app_id")
        metadata = json.present("metadata")
    }
}

extension JSONValue {
    /// Spent by whoever sees it first, so it is no less a secret than a token.
    var triggerID: Secret? { string("trigger_id").map(Secret.init) }
}
