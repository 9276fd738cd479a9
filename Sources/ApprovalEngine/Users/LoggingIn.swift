package import ApprovalCore
import FlowConfig
import Support

/// People who prove through Slack who they are (decisions.md 11).
extension ApprovalEngine {
    /// Where in Slack the person is reached who logs in with an e-mail address: at their account in a home workspace.
    /// Makes nobody a user: anybody can type an address.
    package func account(loggingIn email: String) async throws -> (account: Account, workspace: String)? {
        let homes = configuration().workspaces.filter(\.value).keys.sorted()
        if let user = try await user(email: email) {
            for account in user.accounts where homes.contains(account.workspace) {
                return (account, account.workspace)
            }
        }
        for workspace in homes {
            guard let facts = try await directory.account(email: email, in: workspace) else { continue }
            let person = try await remember(facts)
            guard person.isHome, person.isActive, !person.isBot else { continue }
            return (facts.account, workspace)
        }
        return nil
    }

    /// The user behind an account that somebody has just proved to be theirs, made where they act for the first time
    /// (SYM-68); `nil` where they must not, or are no user.
    package func user(loggingIn account: Account, from workspace: String) async throws -> User? {
        let person = try await person(account, from: workspace)
        guard person.account == account, person.isHome, person.isActive, !person.isBot else { return nil }
        guard let user = try await user(person.id), !user.isDeleted, user.kind == .normal else { return nil }
        return user
    }
}
