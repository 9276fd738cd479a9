package import Support

/// The app in one workspace: the token to call with, and who we are there.
package struct SlackInstallation: Hashable, Sendable {
    package var token: Secret
    /// The bot's own user, `U…`; absent until `auth.test` has answered.
    package var botUser: String?
    /// `B…`.
    package var botID: String?
    /// `A…`.
    package var appID: String
    /// `T…`.
    package var workspace: String

    package init(token: Secret, botUser: String? = nil, botID: String? = nil, appID: String, workspace: String) {
        self.token = token
        self.botUser = botUser
        self.botID = botID
        self.appID = appID
        self.workspace = workspace
    }
}
