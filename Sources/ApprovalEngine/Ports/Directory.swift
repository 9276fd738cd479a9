package import ApprovalCore

/// Looks people and groups up in Slack.
package protocol Directory: Sendable {
    /// - Parameter workspace: the workspace whose installation asks; the account may belong to another one.
    func look(up account: Account, from workspace: String) async throws(LookupError) -> PersonFacts

    /// The account with this e-mail address in the workspace; `nil` when nobody has it. People of other workspaces are
    /// never found this way (slack.md 1.7).
    func account(email: String, in workspace: String) async throws(LookupError) -> PersonFacts?

    /// User ids of a user group's members.
    func members(ofGroup group: String, in workspace: String) async throws(LookupError) -> [String]

    func isMember(_ account: Account, ofChannel channel: String, from workspace: String) async throws(LookupError)
        -> Bool
}

/// What Slack says about an account, before we say what role that makes.
package struct PersonFacts: Hashable, Sendable {
    package var account: Account
    package var name: String
    package var email: String?
    package var isDeleted: Bool
    package var isBot: Bool
    /// A Slack guest of any kind (`is_restricted`, `is_ultra_restricted`).
    package var isRestricted: Bool
    /// Of another workspace than the one that asked (slack.md 1.7).
    package var isExternal: Bool
    package var timeZone: String?

    package init(
        account: Account, name: String, email: String?, isDeleted: Bool = false, isBot: Bool = false,
        isRestricted: Bool = false, isExternal: Bool = false, timeZone: String? = nil
    ) {
        self.account = account
        self.name = name
        self.email = email
        self.isDeleted = isDeleted
        self.isBot = isBot
        self.isRestricted = isRestricted
        self.isExternal = isExternal
        self.timeZone = timeZone
    }
}

package enum LookupError: Error, Hashable, Sendable {
    /// There is nobody or nothing of that name, or it cannot be seen.
    case notFound(String)
    /// Slack did not answer; asking again may help.
    case unavailable(String)
    /// Slack will not answer until somebody changes something, such as a missing scope.
    case refused(String)

    package var reason: String {
        switch self {
        case .notFound(let reason), .unavailable(let reason), .refused(let reason): reason
        }
    }
}
