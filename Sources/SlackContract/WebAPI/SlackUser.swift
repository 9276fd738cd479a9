package import Support

/// A person or bot as Slack describes them. Deactivated accounts lack many members (slack.md 2.2).
package struct SlackUser: Hashable, Sendable {
    package var id: String
    package var teamID: String?
    package var name: String?
    package var realName: String?
    package var displayName: String?
    /// Needs `users:read.email`; absent for bots and for many people of other workspaces.
    package var email: String?
    /// IANA name.
    package var timeZone: String?
    package var isDeleted: Bool
    package var isBot: Bool
    /// Any guest of our own workspace.
    package var isRestricted: Bool
    /// A guest of a single channel.
    package var isUltraRestricted: Bool
    /// Shares no channel with us. False says nothing about belonging to us.
    package var isStranger: Bool
    /// Has not accepted the invitation yet.
    package var isInvited: Bool
    package var isAdmin: Bool
    package var isOwner: Bool
    package var enterpriseUser: EnterpriseUser?

    /// The person behind accounts in several workspaces of one organisation.
    package struct EnterpriseUser: Hashable, Sendable {
        package var id: String
        package var enterpriseID: String?
        package var teams: [String]
    }

    /// `USLACKBOT`, which is not marked as a bot.
    private static let slackbot = "USLACKBOT"

    package init?(_ json: JSONValue?) {
        guard let json, let id = json.string("id") else { return nil }
        let profile = json["profile"]
        self.id = id
        teamID = json.string("team_id") ?? profile?.string("team")
        name = json.string("name")
        realName = json.string("real_name") ?? profile?.string("real_name")
        displayName = profile?.string("display_name")
        email = profile?.string("email")
        timeZone = json.string("tz")
        isDeleted = json.boolean("deleted")
        isBot = json.boolean("is_bot") || id == Self.slackbot
        isRestricted = json.boolean("is_restricted") || json.boolean("is_ultra_restricted")
        isUltraRestricted = json.boolean("is_ultra_restricted")
        isStranger = json.boolean("is_stranger")
        isInvited = json.boolean("is_invited_user")
        isAdmin = json.boolean("is_admin")
        isOwner = json.boolean("is_owner") || json.boolean("is_primary_owner")
        if let enterprise = json["enterprise_user"], let enterpriseID = enterprise.string("id") {
            enterpriseUser = EnterpriseUser(
                id: enterpriseID, enterpriseID: enterprise.string("enterprise_id"), teams: enterprise.strings("teams")
            )
        }
    }

    /// What to call the person on a card.
    package var shownName: String { displayName ?? realName ?? name ?? id }

    /// Whether the person belongs to another workspace than `team`, the one of the installation (slack.md 1.7). Unknown
    /// counts as yes.
    package func isExternal(to team: String) -> Bool {
        if isStranger { return true }
        return teamID != team && !(enterpriseUser?.teams.contains(team) ?? false)
    }
}
