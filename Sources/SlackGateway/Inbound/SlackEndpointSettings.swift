package import Support

/// What the endpoint must know to tell that a request comes from Slack and is meant for us.
package struct SlackEndpointSettings: Sendable {
    /// Several while one is being replaced.
    package var signingSecrets: [Secret]
    /// `A…`; every payload that names an app must name this one.
    package var appID: String
    /// Whether we are installed in a workspace, `T…`.
    package var isInstalled: @Sendable (String) -> Bool

    package init(
        signingSecrets: [Secret], appID: String, isInstalled: @escaping @Sendable (String) -> Bool
    ) {
        self.signingSecrets = signingSecrets
        self.appID = appID
        self.isInstalled = isInstalled
    }
}
