package import Support

package typealias PersonID = Identifier<Person>

/// What a person may do (SYM-42). Ordered: a rule that asks for a member is content with an admin.
package enum Role: String, Codable, Hashable, Sendable, Comparable, CaseIterable {
    case guest, member, admin

    package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .guest: 0
        case .member: 1
        case .admin: 2
        }
    }
}

/// A person's account in one Slack workspace: the only name under which Slack knows them (slack.md 1.7).
package struct Account: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    /// The workspace the account belongs to, `T…`.
    package var workspace: String
    /// `U…` or `W…`.
    package var user: String

    package init(workspace: String, user: String) {
        self.workspace = workspace
        self.user = user
    }

    package static func < (left: Account, right: Account) -> Bool {
        (left.workspace, left.user) < (right.workspace, right.user)
    }

    package var description: String { workspace + "/" + user }

    /// Stands in the place of a workspace for whoever is in no Slack: a bot with a token, a person who only ever used
    /// the API.
    package static let noWorkspace = "sym"

    /// The account of somebody who is in no Slack.
    package init(ofNobodyInSlack id: PersonID) { self.init(workspace: Account.noWorkspace, user: id.text) }

    /// Whether Slack knows this account, so that it can be written to and looked up.
    package var isInSlack: Bool { workspace != Account.noWorkspace }
}

/// Somebody who asks or decides, as we know them from one account.
///
/// Everything but `id` and `account` can change behind our back: `observedAt` says when Slack was last asked, and a
/// decision accepts facts that are at most `freshFor` old (decisions.md 1 and 4).
package struct Person: Hashable, Codable, Sendable {
    package var id: PersonID
    package var account: Account
    package var name: String
    /// Lower case; absent where Slack does not show it, as for most people of other workspaces.
    package var email: String?
    package var role: Role
    /// False once deactivated: such a person never decides.
    package var isActive: Bool
    package var isBot: Bool
    /// Whether the account belongs to a workspace of ours that is marked `home`.
    package var isHome: Bool
    /// Whether they are a guest in Slack itself, of any kind; `nil` where an earlier release did not ask.
    package var isRestricted: Bool?
    /// IANA name, for texts that cannot use Slack's own date tokens.
    package var timeZone: String?
    package var observedAt: Timestamp

    package static let freshFor: Duration = .seconds(60)

    package init(
        id: PersonID, account: Account, name: String, email: String? = nil, role: Role, isActive: Bool = true,
        isBot: Bool = false, isHome: Bool = true, isRestricted: Bool? = nil,
        timeZone: String? = nil, observedAt: Timestamp
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.email = email
        self.role = role
        self.isActive = isActive
        self.isBot = isBot
        self.isHome = isHome
        self.isRestricted = isRestricted
        self.timeZone = timeZone
        self.observedAt = observedAt
    }

    /// Not where the clock was set back since: nobody knows then how old the facts are.
    package func isFresh(at now: Timestamp) -> Bool {
        let age = now - observedAt
        return age <= Person.freshFor && age >= .zero - Person.freshFor
    }

    /// Whether two records may be one human. Used where doubt must refuse: own requests and second votes
    /// (decisions.md 4). Granting needs more than this.
    package func mayBeSameHuman(as other: Person) -> Bool {
        id == other.id || account == other.account || (email != nil && email == other.email)
    }
}
