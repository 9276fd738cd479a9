package import ApprovalCore
import FlowConfig
import Support

extension ApprovalEngine {
    /// The person behind an account who does something, asking Slack when what we know is older than
    /// `Person.freshFor`. Joins them to the user they are, or makes one, the first time (SYM-40).
    ///
    /// - Parameter workspace: whose installation asks.
    package func person(_ account: Account, from workspace: String) async throws -> Person {
        if let known = try await store.person(account), known.isFresh(at: clock.now()) {
            return try await roleRules().current(known)
        }
        let facts = try await directory.look(up: account, from: workspace)
        let person = try await remember(facts)
        if facts.account != account { try await store.save(person, seenAs: account) }
        if try await welcome(person, facts) { return try await roleRules().current(person) }
        return person
    }

    /// Keeps what Slack said about an account, with the role that makes. Makes nobody a user: it is not they who act.
    package func remember(_ facts: PersonFacts) async throws(StoreError) -> Person {
        let rules = try await roleRules()
        let (role, isHome) = rules.role(of: facts)
        let user = rules.roster.member(facts.account, id: nil, email: isHome && !facts.isRestricted ? facts.email : nil)
        let person = try await store.save(
            Person(
                id: PersonID(ids.next()), account: facts.account, name: facts.name,
                email: facts.email?.lowercased(), role: role,
                isActive: !facts.isDeleted && user?.isDeleted != true, isBot: facts.isBot, isHome: isHome,
                isRestricted: facts.isRestricted, timeZone: facts.timeZone, observedAt: clock.now()
            )
        )
        return rules.current(person)
    }

    /// A person as they are now: with the user's id and role, inactive where the user was deleted. Reads nothing but
    /// what is in memory.
    package func current(_ person: Person) async throws(StoreError) -> Person { try await roleRules().current(person) }

    /// Puts somebody who acts among the users, or their account among a user's identities. People of other workspaces
    /// are guests of one conversation, and no users: nothing but their own workspace vouches for their address.
    ///
    /// - Returns: whether anything changed.
    private func welcome(_ person: Person, _ facts: PersonFacts) async throws(StoreError) -> Bool {
        guard person.isHome, !person.isBot, person.isActive, let email = person.email else { return false }
        let service = ServiceKey(type: "slack", externalID: person.account.workspace)
        let account = ServiceIdentity(service: service, matcher: ["user_id": .string(person.account.user)])
        let rules = try await roleRules()
        let roster = rules.roster
        if let member = roster.member(person.account, id: person.id, email: facts.isRestricted ? nil : email) {
            guard !member.isDeleted, !roster.knows(person.account) else { return false }
            var isNew = false
            try await change(
                user: member.id, "identityKept", by: "system", details: ["service": .string(service.description)]
            ) { user in
                guard var user, user.identity(in: service) == nil else { return user }
                user.keep(account)
                isNew = true
                return user
            }
            return isNew
        }
        do {
            try await change(user: person.id, "userCreated", by: "system", details: ["email": .string(email)]) {
                user in
                if let user { return user }
                var user = User(of: person, at: clock.now())
                // Users stay what they are when their domain is removed (sym-api.md 3).
                if !facts.isRestricted, rules.ownsDomain(of: email) { user.role = .member }
                return user
            }
            return true
        } catch {
            // A user has this address already, and this account may not be linked to it.
            guard case .taken = error else { throw error }
            return false
        }
    }
}
