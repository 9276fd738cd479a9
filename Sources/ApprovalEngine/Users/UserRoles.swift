package import ApprovalCore
import FlowConfig

extension ApprovalEngine {
    /// The role that a user has when they call the API. A bot acts with the role it was given, and for Terraform and
    /// the command line that is an administrator's unless somebody said otherwise (sym-api.md 1.2).
    package func role(of user: User) async throws(StoreError) -> Role {
        guard user.kind == .normal else { return user.role ?? .admin }
        let rules = try await roleRules()
        // Whom Slack shows as a guest everywhere is one, whatever else is said (decisions.md 4).
        var accounts: [Person] = []
        for account in user.accounts { if let person = try await store.person(account) { accounts.append(person) } }
        guard accounts.isEmpty || accounts.contains(where: \.isFullMember) else { return .guest }
        if let role = rules.configured(user)?.role ?? user.role { return role }
        return user.email.map(rules.ownsDomain) == true ? .member : .guest
    }
}
