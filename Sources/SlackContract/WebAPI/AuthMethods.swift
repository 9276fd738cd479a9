package import Support

/// Who the token is.
package struct AuthTest: SlackMethod {
    package static let name = "auth.test"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject = [:]

    package init() {}

    package struct Reply: Hashable, Sendable {
        package var teamID: String
        package var teamName: String?
        /// The bot's own user.
        package var userID: String
        package var botID: String?
        package var enterpriseID: String?
        package var isEnterpriseInstall: Bool
        package var url: String?
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> Reply {
        Reply(
            teamID: try body.required("team_id", of: name), teamName: body.string("team"),
            userID: try body.required("user_id", of: name), botID: body.string("bot_id"),
            enterpriseID: body.string("enterprise_id"), isEnterpriseInstall: body.boolean("is_enterprise_install"),
            url: body.string("url")
        )
    }
}

/// Exchanges the code of an installation, or a refresh token, for tokens (slack.md 5.1). A code works once.
package struct OAuthV2Access: SlackMethod {
    package enum Grant: Sendable {
        case code(Secret, redirectURI: String)
        case refresh(Secret)
    }

    package static let name = "oauth.v2.access"
    package static let encoding = SlackEncoding.form
    package let basicCredentials: BasicCredentials?
    private let grant: Grant

    package init(client: BasicCredentials, grant: Grant) {
        basicCredentials = client
        self.grant = grant
    }

    package var arguments: JSONObject {
        switch grant {
        case .code(let code, let redirectURI):
            ["code": .string(code.reveal { $0 }), "redirect_uri": .string(redirectURI)]
        case .refresh(let token): ["grant_type": "refresh_token", "refresh_token": .string(token.reveal { $0 })]
        }
    }

    package struct Reply: Hashable, Sendable {
        package var appID: String
        package var accessToken: Secret
        package var scopes: [String]
        package var botUser: String?
        /// `nil` for an installation on the whole organisation.
        package var teamID: String?
        package var teamName: String?
        package var enterpriseID: String?
        package var isEnterpriseInstall: Bool
        /// Who installed the app.
        package var authedUser: String?
        /// Only with token rotation.
        package var refreshToken: Secret?
        package var expiresIn: Duration?

        package var installation: InstallationKey {
            InstallationKey(team: teamID, enterprise: enterpriseID, isEnterpriseInstall: isEnterpriseInstall)
        }
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> Reply {
        Reply(
            appID: try body.required("app_id", of: name),
            accessToken: Secret(try body.required("access_token", of: name)),
            scopes: (body.string("scope") ?? "").split(separator: ",").map(String.init),
            botUser: body.string("bot_user_id"), teamID: body["team"]?.string("id"),
            teamName: body["team"]?.string("name"), enterpriseID: body["enterprise"]?.string("id"),
            isEnterpriseInstall: body.boolean("is_enterprise_install"),
            authedUser: body["authed_user"]?.string("id"), refreshToken: body.string("refresh_token").map(Secret.init),
            expiresIn: body["expires_in"]?.integer.map { .seconds($0) }
        )
    }
}
