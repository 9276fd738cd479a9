package import ApprovalCore
package import Support

extension User {
    package func account(in workspace: String) -> Account? {
        accounts.first { $0.workspace == workspace } ?? accounts.first
    }

    /// What people call them.
    package var displayName: String { fullName ?? email ?? username ?? id.text }

    /// Whoever calls with a token of ours, which says who they are now: Slack need not be asked (decisions.md 1).
    package func person(role: Role, at now: Timestamp) -> Person {
        Person(
            id: id, account: accounts.first ?? Account(ofNobodyInSlack: id), name: displayName, email: email,
            role: role, isActive: !isDeleted, isBot: kind == .bot, isHome: kind == .normal, observedAt: now
        )
    }
}
