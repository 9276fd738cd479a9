package import ApprovalCore
import FlowConfig
import Support

extension ApprovalEngine {
    /// The person behind an account, asking Slack when what we know is older than `Person.freshFor`. Creates people
    /// just in time (SYM-40).
    ///
    /// - Parameter workspace: whose installation asks.
    package func person(_ account: Account, from workspace: String) async throws -> Person {
        if let known = try await store.person(account), known.isFresh(at: clock.now()) { return known }
        let facts = try await directory.look(up: account, from: workspace)
        let person = try await remember(facts)
        if facts.account != account { try await store.save(person, seenAs: account) }
        return person
    }

    /// Keeps what Slack said about an account, with the role that makes.
    package func remember(_ facts: PersonFacts) async throws(StoreError) -> Person {
        let configuration = configuration()
        let (role, isHome) = configuration.role(of: facts)
        return try await store.save(
            Person(
                id: PersonID(ids.next()), account: facts.account, name: facts.name,
                email: facts.email?.lowercased(), role: role, isActive: !facts.isDeleted, isBot: facts.isBot,
                isHome: isHome, timeZone: facts.timeZone, observedAt: clock.now()
            )
        )
    }
}

extension Configuration {
    /// The role of somebody whom Slack describes so (SYM-38 to 46; decisions.md 4): whoever comes from another
    /// workspace, or is a Slack guest of ours, is a guest whatever else is said; then what the configuration says of
    /// the person counts, then their e-mail domain.
    package func role(of facts: PersonFacts) -> (role: Role, isHome: Bool) {
        let isHome = !facts.isExternal && workspaces[facts.account.workspace] == true
        guard isHome, !facts.isRestricted else { return (.guest, isHome) }
        if let user = organization.user(facts.account) { return (user.role, true) }
        if let email = facts.email {
            if let user = organization.user(email: email) { return (user.role, true) }
            if organization.ownsDomain(of: email) { return (.member, true) }
        }
        return (.guest, true)
    }
}
