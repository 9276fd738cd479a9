package import Support

/// Someone types into a select whose options we load. The answer is `SuggestedOptions`, within three seconds.
package struct BlockSuggestion: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    package var blockID: String
    package var actionID: String
    /// What was typed so far.
    package var query: String
    package var container: Container
    package var view: InboundView?

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        blockID = payload.string("block_id") ?? ""
        actionID = try payload.required("action_id", of: "block_suggestion")
        query = payload["value"]?.text ?? ""
        container = Container(of: payload)
        view = try InboundView(optional: payload["view"])
    }
}

/// Someone chose a global shortcut.
package struct GlobalShortcut: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    package var callbackID: String
    package var triggerID: Secret?
    package var actionTS: String?

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        callbackID = try payload.required("callback_id", of: "shortcut")
        triggerID = payload.triggerID
        actionTS = payload.string("action_ts")
    }
}

/// Someone chose a shortcut in the menu of a message.
package struct MessageAction: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    package var callbackID: String
    package var triggerID: Secret?
    package var responseURL: ResponseURL?
    package var channel: String?
    package var messageTS: String?
    package var message: InboundMessage?
    package var actionTS: String?

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        callbackID = try payload.required("callback_id", of: "message_action")
        triggerID = payload.triggerID
        responseURL = payload.string("response_url").map(ResponseURL.init)
        channel = payload["channel"]?.string("id")
        message = InboundMessage(payload["message"])
        messageTS = payload.string("message_ts") ?? message?.ts
        actionTS = payload.string("action_ts")
    }
}
