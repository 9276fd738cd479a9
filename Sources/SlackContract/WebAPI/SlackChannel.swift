package import Support

/// A conversation as Slack describes it.
package struct SlackChannel: Hashable, Sendable {
    package var id: String
    /// Absent for direct messages.
    package var name: String?
    package var isDirectMessage: Bool
    package var isGroupMessage: Bool
    package var isPrivate: Bool
    package var isArchived: Bool
    /// Whether the bot is in it.
    package var isMember: Bool
    /// Shared with another organisation. `is_shared` would also mean sharing within one.
    package var isExternallyShared: Bool
    package var connectedTeams: [String]
    package var sharedTeams: [String]
    package var contextTeam: String?
    /// Why nobody can write any more, such as `connection_severed`.
    package var frozenReason: String?
    /// The other person of a direct message.
    package var user: String?
    package var memberCount: Int?

    package init?(_ json: JSONValue?) {
        guard let json, let id = json.string("id") else { return nil }
        self.id = id
        name = json.string("name")
        isDirectMessage = json.boolean("is_im")
        isGroupMessage = json.boolean("is_mpim")
        isPrivate = json.boolean("is_private") || json.boolean("is_group")
        isArchived = json.boolean("is_archived")
        isMember = json.boolean("is_member")
        isExternallyShared = json.boolean("is_ext_shared")
        connectedTeams = json.strings("connected_team_ids")
        sharedTeams = json.strings("shared_team_ids")
        contextTeam = json.string("context_team_id")
        frozenReason = json.string("frozen_reason")
        user = json.string("user")
        memberCount = json["num_members"]?.integer.flatMap { Int(exactly: $0) }
    }
}
