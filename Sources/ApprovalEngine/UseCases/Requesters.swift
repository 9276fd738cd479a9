package import ApprovalCore
import Support

/// The human on whose behalf a bot asks (SYM-53).
package enum HumanName: Hashable, Sendable {
    case email(String)
    case user(PersonID)

    package var text: String {
        switch self {
        case .email(let email): email
        case .user(let id): id.text
        }
    }
}

extension ApprovalEngine {
    /// The human of that name, as Slack shows them; `nil` where there is nobody, more than one (decisions.md 4), or a
    /// bot.
    ///
    /// - Parameter workspace: the one in which the request is going to stand.
    package func human(_ name: HumanName, in workspace: String) async throws -> Person? {
        let user: User?
        switch name {
        case .email(let email): user = try await self.user(email: email)
        case .user(let id): user = try await self.user(id)
        }
        if let user {
            guard !user.isDeleted, user.kind == .normal else { return nil }
            if let account = user.account(in: workspace) { return try await known(account, in: workspace) }
        }
        guard let email = user?.email ?? name.email else { return nil }
        let people = try await store.people(email: email)
        if Set(people.map(\.id)).count > 1 { return nil }
        if let person = people.first(where: { $0.account.workspace == workspace }) ?? people.first {
            return person.isBot ? nil : try await known(person.account, in: workspace)
        }
        guard let facts = try await directory.account(email: email, in: workspace), !facts.isBot else { return nil }
        return try await remember(facts)
    }

    /// What Slack says now; while it says nothing, what it said before.
    private func known(_ account: Account, in workspace: String) async throws -> Person? {
        do { return try await person(account, from: workspace) } catch let error as LookupError {
            if case .notFound = error { return nil }
            guard let known = try await store.person(account) else { throw error }
            return known
        }
    }
}

extension HumanName {
    fileprivate var email: String? { if case .email(let email) = self { email.lowercased() } else { nil } }
}
