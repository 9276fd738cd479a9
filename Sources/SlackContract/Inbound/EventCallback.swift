package import Support

/// Something happened in Slack (slack.md 1.6). The same event may arrive several times under one `eventID`.
package struct EventCallback: Hashable, Sendable {
    package var installation: InstallationKey
    /// Who caused it, where the event says so.
    package var actor: SlackActor?
    package var apiAppID: String?
    /// Identical across retries; unique otherwise.
    package var eventID: String
    package var eventTime: Timestamp?
    /// Our own user in the installation, where Slack says so.
    package var botUser: String?
    /// The channel is shared with another organisation.
    package var isInSharedChannel: Bool
    /// From whose view the event is told, in shared channels.
    package var contextTeam: String?
    package var contextEnterprise: String?
    /// Asks `apps.event.authorizations.list` for everyone who can see the event.
    package var eventContext: String?
    package var event: SlackEvent

    init(_ body: JSONValue) throws(SlackDecodingError) {
        let event = try body.requiredObject("event", of: "event_callback")
        let authorization = body["authorizations"]?[0]
        installation = InstallationKey(
            team: authorization?.string("team_id") ?? body.string("team_id"),
            // Where the authorisation names our workspace it speaks for our side: the envelope's organisation may be
            // the other side of a shared channel (slack.md 1.7).
            enterprise: authorization?.string("enterprise_id")
                ?? (authorization?.string("team_id") == nil ? body.string("enterprise_id") : nil),
            isEnterpriseInstall: authorization?.boolean("is_enterprise_install") ?? false
        )
        apiAppID = body.string("api_app_id")
        eventID = try body.required("event_id", of: "event_callback")
        eventTime = body["event_time"]?.integer.map { Timestamp(seconds: $0) }
        botUser = authorization?.boolean("is_bot") == true ? authorization?.string("user_id") : nil
        isInSharedChannel = body.boolean("is_ext_shared_channel")
        contextTeam = body.string("context_team_id")
        contextEnterprise = body.string("context_enterprise_id")
        eventContext = body.string("event_context")
        self.event = SlackEvent(event)
        actor = Self.actor(of: event, in: body)
    }

    private static func actor(of event: JSONValue, in body: JSONValue) -> SlackActor? {
        let person = event["user"] ?? .null
        guard let user = person.text ?? person.string("id"), !user.isEmpty else { return nil }
        let stated = person.string("team_id") ?? event.string("user_team")
        let team = stated ?? event.string("source_team") ?? event.string("team") ?? body.string("team_id")
        return team.map { SlackActor(account: SlackAccount(team: $0, user: user), isTeamStated: stated != nil) }
    }
}
