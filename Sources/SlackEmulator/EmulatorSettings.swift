package import Support

/// What an emulated Slack needs to know about itself and about the one app that it talks to.
package struct EmulatorSettings: Sendable {
    /// Signs deliveries (slack.md 1.1).
    package var signingSecret: Secret
    /// Where this emulator is reached, without a slash at the end: response URLs begin with it.
    package var baseURL: String
    /// Another app id than that of the workspace file.
    package var appID: String?
    /// Other bot tokens than those of the workspace file, by the id of the workspace.
    package var botTokens: [String: Secret] = [:]
    /// Where commands go; without one a command fails as for an app that was never set up.
    package var commandsURL: String?
    package var interactivityURL: String?
    /// Where `block_suggestion` goes.
    package var optionsURL: String?
    package var eventsURL: String?
    /// Scales the waits of one and five minutes between the retries of an event. 0 retries at once.
    package var retryDelayFactor: Double = 1
    /// What the page says about the app and what it did outside Slack (`GET /emulator/about`).
    package var about: @Sendable () -> JSONObject = { [:] }

    /// - Parameter requestURL: where everything goes, for an app with one address.
    package init(signingSecret: Secret, baseURL: String, requestURL: String? = nil) {
        self.signingSecret = signingSecret
        self.baseURL = baseURL
        commandsURL = requestURL
        interactivityURL = requestURL
        optionsURL = requestURL
        eventsURL = requestURL
    }
}
