package import Support

/// Someone submitted a modal. There is no channel in it (slack.md 1.4).
package struct ViewSubmission: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    package var triggerID: Secret?
    package var view: InboundView
    /// For selects with `response_url_enabled`.
    package var responseURLs: [ChannelResponseURL]

    package struct ChannelResponseURL: Hashable, Sendable {
        package var blockID: String
        package var actionID: String
        package var channel: String
        package var url: ResponseURL
    }

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        triggerID = payload.triggerID
        view = try InboundView(payload.requiredObject("view", of: "view_submission"))
        responseURLs = (payload["response_urls"]?.elements ?? []).compactMap { entry in
            guard let url = entry.string("response_url"), let channel = entry.string("channel_id") else { return nil }
            return ChannelResponseURL(
                blockID: entry.string("block_id") ?? "", actionID: entry.string("action_id") ?? "", channel: channel,
                url: ResponseURL(url)
            )
        }
    }
}

/// Someone closed a modal that had `notify_on_close`. It may never arrive, so nothing depends on it.
package struct ViewClosed: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    package var view: InboundView
    /// The whole stack was closed, not only this view.
    package var isCleared: Bool

    init(_ payload: JSONValue) throws(SlackDecodingError) {
        installation = InstallationKey(interactive: payload)
        actor = try SlackActor(interactive: payload)
        apiAppID = payload.string("api_app_id")
        view = try InboundView(payload.requiredObject("view", of: "view_closed"))
        isCleared = payload.boolean("is_cleared")
    }
}
