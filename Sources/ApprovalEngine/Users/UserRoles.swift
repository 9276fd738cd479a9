package import ApprovalCore
import FlowConfig

extension ApprovalEngine {
    /// The role that a user has when they call the API. A bot acts with the role it was given, and for Terraform and
    /// the command line that is an administrator's unless somebody said otherwise (sym-api.md 1.2).
    package func role(of user: User) async throws(StoreError) -> Role {
        try await role(of: user, behind: try await people(behind: user))
    }

    /// The role that a user's token has; `nil` where it has none: somebody who was deleted, or whom Slack has told us to
    /// be deactivated in every workspace, acts no more, also while their token is good (decisions.md 4).
    package func roleOfCaller(_ user: User) async throws(StoreError) -> Role? {
        let accounts = try await people(behind: user)
        guard !user.isDeleted, accounts.isEmpty || accounts.contains(where: \.isActive) else { return nil }
        return try await role(of: user, behind: accounts)
    }

    /// Whoever is known behind a user's accounts in Slack.
    private func people(behind user: User) async throws(StoreError) -> [Person] {
        var people: [Person] = []
        for account in user.accounts { if let person = try await store.person(account) { people.append(person) } }
        return people
    }

    private func role(of user: User, behind accounts: [Person]) async throws(StoreError) -> Role {
        guard user.kind == .normal else { return user.role ?? .admin }
        let rules = try await roleRules()
        // Whom Slack shows as a guest everywhere is one, whatever else is said (decisions.md 4).
        guard accounts.isEmpty || accounts.contains(where: \.isFullMember) else { return .guest }
        if let role = rules.configured(user)?.role ?? user.role { return role }
        return user.email.map(rules.ownsDomain) == true ? .member : .guest
    }
}
