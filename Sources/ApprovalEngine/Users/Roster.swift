package import ApprovalCore
package import FlowConfig
import Support

/// The users of the organisation and its domains as they are in the store, in memory: so that a click finds out what a
/// person may do without reading anything (decisions.md 1).
package struct Roster: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var id: PersonID
        package var role: Role?
        package var isDeleted: Bool
    }

    /// Counts commits that touched users and the organisation; the roster is true as long as these stand.
    struct Generation: Hashable, Sendable {
        var users: Int64
        var organization: Int64
    }

    package private(set) var organization: OrganizationRecord
    private(set) var generation: Generation
    private var members: [PersonID: Member] = [:]
    private var ids: [String: PersonID] = [:]

    init(users: [User], organization: OrganizationRecord, generation: Generation) {
        self.organization = organization
        self.generation = generation
        // Whoever was deleted is found by their names only while nobody else has them.
        for user in users where user.isDeleted { keep(user) }
        for user in users where !user.isDeleted { keep(user) }
    }

    /// Takes over a user who was just committed.
    mutating func keep(_ user: User) {
        members[user.id] = Member(id: user.id, role: user.role, isDeleted: user.isDeleted)
        var names = user.accounts.map(\.description)
        if let email = user.email { names.append(email) }
        for name in names {
            if user.isDeleted, let other = ids[name].flatMap({ members[$0] }), !other.isDeleted { continue }
            ids[name] = user.id
        }
    }

    /// Takes over the organisation as it was just committed.
    mutating func keep(_ organization: OrganizationRecord) { self.organization = organization }

    /// Whether some user has this account among their identities.
    func knows(_ account: Account) -> Bool { ids[account.description] != nil }

    /// Whose e-mail address it is.
    func id(email: String) -> PersonID? { ids[email.lowercased()] }

    /// The user whom somebody in Slack is (decisions.md 4): by account, by the id that they have in our books, or by
    /// e-mail address, which links accounts of full members of home workspaces only. Whoever was deleted is found last.
    ///
    /// - Parameter email: only where it may link.
    package func member(_ account: Account, id: PersonID?, email: String?) -> Member? {
        let found = [ids[account.description], id, email.flatMap { ids[$0.lowercased()] }]
            .compactMap { $0.flatMap { members[$0] } }
        return found.first { !$0.isDeleted } ?? found.first
    }
}

extension Person {
    /// Of a home workspace, and no guest there.
    package var isFullMember: Bool { isHome && !(isRestricted ?? (role == .guest)) }
}

extension User {
    /// In Slack.
    package var accounts: [Account] {
        identities.filter { $0.service.type == "slack" }.compactMap { identity in
            identity.matcher["user_id"]?.text.map { Account(workspace: identity.service.externalID, user: $0) }
        }
    }
}

/// Who has which role: what the configuration folder says of a person, then what an administrator gave them through the
/// API, then their e-mail domain, of either (SYM-40, 45, 46).
package struct RoleRules: Sendable {
    package let configuration: Configuration
    package let roster: Roster

    package init(configuration: Configuration, roster: Roster) {
        self.configuration = configuration
        self.roster = roster
    }

    /// The role of somebody whom Slack describes so (decisions.md 4): whoever comes from another workspace, or is a
    /// Slack guest of ours, is a guest whatever else is said.
    package func role(of facts: PersonFacts) -> (role: Role, isHome: Bool) {
        let isHome = !facts.isExternal && configuration.workspaces[facts.account.workspace] == true
        guard isHome, !facts.isRestricted else { return (.guest, isHome) }
        let member = roster.member(facts.account, id: nil, email: facts.email)
        return (role(facts.account, email: facts.email, member: member), true)
    }

    /// A person of our books as they are now: with the id and role of the user whom they turned out to be, inactive
    /// where that user was deleted.
    package func current(_ person: Person) -> Person {
        var person = person
        let mayLink = person.isFullMember
        guard let member = roster.member(person.account, id: person.id, email: mayLink ? person.email : nil) else {
            if mayLink { person.role = role(person.account, email: person.email, member: nil) }
            return person
        }
        person.id = member.id
        if member.isDeleted { person.isActive = false }
        if mayLink { person.role = role(person.account, email: person.email, member: member) }
        return person
    }

    /// What is known of somebody who acts. Granting needs exactly one person: an address of ours, or a user's of ours,
    /// means nothing at an account that another company's workspace speaks for.
    package func evidence(of person: Person) -> Evidence {
        guard !person.isHome, let email = person.email else { return Evidence(person: person) }
        let owner = roster.id(email: email)
        return Evidence(person: person, emailIsTheirs: owner == person.id || (owner == nil && !ownsDomain(of: email)))
    }

    private func role(_ account: Account, email: String?, member: Roster.Member?) -> Role {
        if let user = configuration.organization.user(account) { return user.role }
        if let user = email.flatMap({ configuration.organization.user(email: $0) }) { return user.role }
        if let role = member?.role { return role }
        return email.map(ownsDomain) == true ? .member : .guest
    }

    /// Whether an e-mail address is of a domain of ours.
    package func ownsDomain(of email: String) -> Bool {
        configuration.organization.ownsDomain(of: email) || roster.organization.ownsDomain(of: email)
    }

    /// What the configuration folder says of a user, who is the folder's to change then.
    package func configured(_ user: User) -> Organization.User? {
        if let found = user.email.flatMap({ configuration.organization.user(email: $0) }) { return found }
        return user.accounts.lazy.compactMap { configuration.organization.user($0) }.first
    }
}
