package import ApprovalCore
import FlowConfig

extension ApprovalEngine {
    /// The role that a user has when they call the API. A bot acts with the role it was given, and for Terraform and
    /// the command line that is an administrator's unless somebody said otherwise (sym-api.md 1.2).
    package func role(of user: User) async throws(StoreError) -> Role {
        guard user.kind == .normal else { return user.role ?? .admin }
        let rules = try await roleRules()
        if let configured = rules.configured(user) { return configured.role }
        if let role = user.role { return role }
        guard let email = user.email, rules.ownsDomain(of: email) else { return .guest }
        // A domain alone makes nobody a member whom Slack shows as a guest, or elsewhere.
        var isKnown = false
        for account in user.accounts {
            guard let person = try await store.person(account) else { continue }
            if person.isHome, person.role >= .member { return .member }
            isKnown = true
        }
        return isKnown ? .guest : .member
    }
}
