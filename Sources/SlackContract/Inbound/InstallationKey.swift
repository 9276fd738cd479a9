import Support

/// Which installation of the app a payload belongs to (slack.md 1.7).
package struct InstallationKey: Hashable, Sendable {
    package var team: String?
    package var enterprise: String?
    /// The app is installed on the whole organisation, not on one workspace.
    package var isEnterpriseInstall: Bool

    package init(team: String?, enterprise: String? = nil, isEnterpriseInstall: Bool = false) {
        self.team = team
        self.enterprise = enterprise
        self.isEnterpriseInstall = isEnterpriseInstall
    }

    /// Under which name the token is stored.
    package enum Place: Hashable, Sendable {
        case workspace(String)
        case organisation(String)
    }

    /// Where both kinds of installation exist, the flag decides. `nil` when the payload names neither.
    package var place: Place? {
        if let enterprise, isEnterpriseInstall || team == nil { return .organisation(enterprise) }
        return team.map(Place.workspace)
    }
}

/// One account of one person: their workspace and their id in it. Names are never part of it.
package struct SlackAccount: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var team: String
    package var user: String

    package init(team: String, user: String) {
        self.team = team
        self.user = user
    }

    package static func < (left: Self, right: Self) -> Bool { (left.team, left.user) < (right.team, right.user) }
    package var description: String { "\(team)/\(user)" }
}

/// Who did what the payload tells.
package struct SlackActor: Hashable, Sendable {
    package var account: SlackAccount
    /// Whether the payload itself says which workspace the person belongs to. If not, `account.team` is a guess from
    /// the payload's workspace, and an outsider may look like one of ours: ask `users.info` before deciding anything.
    package var isTeamStated: Bool
    /// To show to people, nothing else: names are neither unique nor checked.
    package var displayName: String?

    package init(account: SlackAccount, isTeamStated: Bool, displayName: String? = nil) {
        self.account = account
        self.isTeamStated = isTeamStated
        self.displayName = displayName
    }
}

extension InstallationKey {
    /// For interactive payloads, by the table of slack.md 1.7.
    init(interactive payload: JSONValue) {
        let team = payload["team"]
        self.init(
            team: payload["view"]?.string("app_installed_team_id") ?? team?.string("id")
                ?? payload["user"]?.string("team_id") ?? payload["view"]?.string("team_id"),
            enterprise: payload["enterprise"]?.string("id") ?? team?.string("enterprise_id"),
            isEnterpriseInstall: payload.boolean("is_enterprise_install")
        )
    }
}

extension SlackActor {
    /// For interactive payloads. In functions of workflows the person stands in `interactivity.interactor`.
    init(interactive payload: JSONValue) throws(SlackDecodingError) {
        let person = payload["user"] ?? payload["interactivity"]?["interactor"] ?? .null
        let user = try person.required("id", of: "user")
        let stated = person.string("team_id")
        guard
            let team = stated ?? payload["team"]?.string("id") ?? payload["view"]?.string("team_id")
                ?? payload["enterprise"]?.string("id")
        else { throw .unexpected(path: "user.team_id", expected: "text", found: "nothing") }
        self.init(
            account: SlackAccount(team: team, user: user), isTeamStated: stated != nil,
            displayName: person.string("name") ?? person.string("username")
        )
    }
}
