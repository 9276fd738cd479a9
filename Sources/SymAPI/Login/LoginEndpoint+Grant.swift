import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// From somebody who proved who they are to the token that the client gets.
extension LoginEndpoint {
    /// Slack sends the person back from "Sign in with Slack".
    func returnFromSlack(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let signIn = slack.signIn else { throw LoginProblem("Sign in with Slack is not set up here.") }
        let fields = Self.fields(request.query.utf8)
        let (ticket, session) = try ticket(fields.first { $0.name == "state" }?.value ?? "", request)
        guard let code = fields.first(where: { $0.name == "code" })?.value else {
            let problem = "You did not sign in with Slack."
            return try await emailPage(ticket.request, session: session, request, problem: problem).response()
        }
        guard let account = try await signIn.account(code, slackRedirect(request)) else {
            throw LoginProblem("Slack does not confirm who you are.")
        }
        guard engine.configuration().workspaces[account.workspace] == true else {
            throw LoginProblem("You are signed in to a Slack workspace that is not this organisation's.")
        }
        return try await grant(ticket.request, to: account, from: account.workspace)
    }

    /// Sends the browser back to the client, with a code for one use.
    func grant(_ request: LoginRequest, to account: Account, from workspace: String) async throws -> HTTPResponse {
        guard let user = try await engine.user(loggingIn: account, from: workspace) else {
            throw LoginProblem("Slack knows you, but you are not a user of this organisation. Ask an administrator.")
        }
        let code = Base64URL.text(Random.bytes(32))
        let now = engine.clock.now()
        let grant = LoginGrant(
            id: Self.hash(code), request: request, user: user.id, account: account, expiresAt: now + LoginGrant.lifetime
        )
        try await engine.store.commit(DocumentsChange(saved: [grant.document(version: 0, at: now)]))
        return Self.redirect(request.redirect(with: [("code", code)]))
    }

    /// `POST /oauth/token`.
    func redeem(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = Self.fields(request.body)
        func value(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }
        guard value("grant_type") == "authorization_code" else {
            return Self.oauth("unsupported_grant_type", "Only authorization_code is supported.")
        }
        let invalid = Self.oauth("invalid_grant", "The code is wrong, was used, or is too old. Log in again.")
        let code = value("code")
        guard code.utf8.count <= 128, let document = try await engine.store.document(.loginGrant, Self.hash(code)),
            var grant = LoginGrant(document)
        else { return invalid }
        if let token = grant.token {
            // Somebody else has the code, too: what it gave is worth nothing any more (RFC 6749, section 4.1.2).
            log.warning("a login code was used twice; its token is revoked", ["user": grant.user.text])
            _ = try await authority.revoke(token, by: "system")
            return invalid
        }
        let now = engine.clock.now()
        guard now < grant.expiresAt, value("client_id") == grant.request.client,
            value("redirect_uri") == grant.request.redirectURI, grant.request.isProven(by: value("code_verifier")),
            let user = try await engine.user(grant.user), !user.isDeleted
        else { return invalid }
        let id = engine.ids.next()
        grant.token = id
        do throws(StoreError) {
            try await engine.store.commit(
                DocumentsChange(saved: [grant.document(version: document.version, at: now)])
            )
        } catch {
            guard error == .conflict else { throw error }
            return invalid
        }
        let token = try await authority.issue(
            TokenAuthority.Order(
                user: user, purpose: .login, createdBy: user.id, lifetime: Self.tokenLifetime, label: "symflow login",
                issuer: address.issuer(of: request), client: grant.request.client, connection: "slack",
                identityProviderID: grant.account.description
            ), id: id
        )
        var response = APIResponse.json([
            "access_token": .string(token), "token_type": "Bearer",
            "expires_in": .int(Self.tokenLifetime.milliseconds / 1000),
        ])
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
