package import ApprovalCore
package import HTTPModel
package import Support

/// "Sign in with Slack": OpenID Connect with the app's client id and secret.
package struct SlackSignIn: Sendable {
    private let clientID: String
    private let clientSecret: Secret
    private let apiURL: String
    private let transport: any HTTPTransport

    /// For one of the two calls.
    static let deadline: Duration = .seconds(4)
    static let answerBytesMax = 256 << 10

    /// - Parameter apiURL: of the Web API, with a slash at its end.
    package init(clientID: String, clientSecret: Secret, apiURL: String, transport: any HTTPTransport) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.apiURL = apiURL
        self.transport = transport
    }

    /// Where the browser goes to sign in.
    ///
    /// - Parameter state: comes back with the code.
    package func url(state: String, redirectURI: String) -> String {
        let site = apiURL.hasSuffix("/api/") ? String(apiURL.dropLast("api/".count)) : apiURL
        return site + "openid/connect/authorize?"
            + FormURLEncoded.encode([
                ("response_type", "code"), ("scope", "openid profile email"), ("client_id", clientID),
                ("state", state), ("redirect_uri", redirectURI),
            ])
    }

    /// Who signed in; `nil` where Slack does not accept the code.
    ///
    /// - Throws: `TransportError` where Slack does not answer.
    package func account(code: String, redirectURI: String) async throws(TransportError) -> Account? {
        let form = clientSecret.reveal { secret in
            FormURLEncoded.encode([
                ("client_id", clientID), ("client_secret", secret), ("code", code), ("redirect_uri", redirectURI),
                ("grant_type", "authorization_code"),
            ])
        }
        let tokens = try await call(
            "openid.connect.token", headers: ["Content-Type": "application/x-www-form-urlencoded"], Array(form.utf8)
        )
        guard tokens["ok"]?.flag == true, let token = tokens["access_token"]?.text else { return nil }
        // Asked with the token that came over our own connection: nothing in it has to be believed unseen.
        let info = try await call("openid.connect.userInfo", headers: ["Authorization": "Bearer " + token], [])
        guard info["ok"]?.flag == true, let team = info["https://slack.com/team_id"]?.text,
            let user = info["https://slack.com/user_id"]?.text
        else { return nil }
        return Account(workspace: team, user: user)
    }

    private func call(
        _ method: String, headers: HTTPHeaders, _ body: [UInt8]
    ) async throws(TransportError) -> JSONValue {
        let response = try await transport.send(
            HTTPRequest(method: "POST", target: apiURL + method, headers: headers, body: body),
            within: Self.deadline, bodyBytesMax: Self.answerBytesMax
        )
        return (try? JSONValue(parsing: response.bytes)) ?? .null
    }
}
