import Crypto
package import HTTPModel
package import Support
import Synchronization

/// `symflow login`: authorization code with PKCE in the person's browser (sym-api.md 2.3).
package struct LoginFlow: Sendable {
    /// What the flow needs of the machine.
    package struct Machine: Sendable {
        /// Listens on a loopback port, says which once it does, and hands on queries of `/callback` until `judge` takes
        /// one; the others get an error page.
        package var listen:
            @Sendable (
                _ port: Int, _ started: @escaping @Sendable (Int) -> Void,
                _ judge: @escaping @Sendable ([String: String]) -> Bool
            ) async throws(ClientError) -> [String: String]
        /// Shows an address in the person's browser, where there is one.
        package var openBrowser: @Sendable (String) -> Void
        package var randomBytes: @Sendable (Int) -> [UInt8]
        package var clock: WallClock

        package init(
            listen:
                @escaping @Sendable (
                    _ port: Int, _ started: @escaping @Sendable (Int) -> Void,
                    _ judge: @escaping @Sendable ([String: String]) -> Bool
                ) async throws(ClientError) -> [String: String],
            openBrowser: @escaping @Sendable (String) -> Void,
            randomBytes: @escaping @Sendable (Int) -> [UInt8] = { Random.bytes($0) }, clock: WallClock = .system
        ) {
            self.listen = listen
            self.openBrowser = openBrowser
            self.randomBytes = randomBytes
            self.clock = clock
        }
    }

    let desk: Desk
    let authAddress: APIAddress
    let transport: any HTTPTransport
    let machine: Machine

    package static let defaultPort = 11001
    package static let audience = "https://api.symops.com"
    private static let timeout: Duration = .seconds(30)
    private static let bodyBytesMax = 1 << 20
    /// The verifier is this many random bytes in base64url: 128 characters, the most that RFC 7636 allows.
    private static let verifierBytes = 96

    package init(_ desk: Desk, authAddress: APIAddress, transport: any HTTPTransport, machine: Machine) {
        self.desk = desk
        self.authAddress = authAddress
        self.transport = transport
        self.machine = machine
    }

    /// Logs in and puts what came of it into `login`, which the caller writes.
    package func run(organization: String, port: Int, into login: inout StoredLogin) async throws(ClientError) {
        let clientID = try await clientID(of: organization)
        let verifier = Base64URL.text(machine.randomBytes(Self.verifierBytes))
        let state = IDGenerator.uuid(from: machine.randomBytes(16))
        let actualPort = Shared(port)
        let screen = desk.screen
        let answer = try await machine.listen(
            port,
            { [authAddress, machine] port in
                actualPort.set(port)
                let address = Self.authorizeURL(
                    authAddress, clientID: clientID, verifier: verifier, state: state, port: port
                )
                screen.complain("Log in with your browser. Where it does not open by itself, go to:\n\n  \(address)\n")
                machine.openBrowser(address)
            },
            // What another page sends to this port is not the answer to our question.
            { query in query["state"].map { constantTimeEqual(Array($0.utf8), Array(state.utf8)) } ?? false }
        )
        guard let code = answer["code"], !code.isEmpty else {
            throw .failed(
                "The login was refused: \(answer["error_description"] ?? answer["error"] ?? "no reason was given")."
            )
        }
        let token = try await exchange(code, clientID: clientID, verifier: verifier, port: actualPort.value)
        let claims = try await verified(token.accessToken, clientID: clientID)
        let who = try await desk.api.with(token: token.accessToken).get("auth/login", [("segment_track", "True")])
        if who["error"]?.flag == true { throw .failed(APIClient.message(who) ?? "The token is not accepted.") }
        let slug = who["organization"]?.text ?? organization
        login.logIn(organization: slug, clientID: clientID, email: claims.email, token: token)
        login.set("api_url", desk.api.address.base)
        login.set("auth_url", authAddress.base)
        desk.say(
            "Logged in to \(slug) as \(claims.email).",
            ["organization": .string(slug), "email": .string(claims.email)]
        )
    }

    private func clientID(of organization: String) async throws(ClientError) -> String {
        let unknown = ClientError.failed(
            "There is no organisation \"\(organization)\" at \(desk.api.address.base).",
            hint: "/sym whoami in Slack says what it is called. Is SYM_API_URL (or --api-url) right?"
        )
        let answer: JSONValue
        do { answer = try await desk.api.openGet("auth/org/\(FormURLEncoded.percentEncoded(organization))") } catch {
            throw error.status == 404 ? unknown : error
        }
        guard let id = answer["client_id"]?.text, !id.isEmpty else { throw unknown }
        return id
    }

    static func authorizeURL(
        _ auth: APIAddress, clientID: String, verifier: String, state: String, port: Int
    ) -> String {
        auth.url("authorize?")
            + FormURLEncoded.encode([
                ("response_type", "code"), ("client_id", clientID), ("code_challenge_method", "S256"),
                ("code_challenge", Base64URL.text(SHA256.hash(Array(verifier.utf8)))),
                ("redirect_uri", redirect(port)), ("audience", audience), ("state", state), ("scope", "login:cli"),
                ("prompt", "login"),
            ])
    }

    private static func redirect(_ port: Int) -> String { "http://localhost:\(port)/callback" }

    private func exchange(
        _ code: String, clientID: String, verifier: String, port: Int
    ) async throws(ClientError) -> IssuedToken {
        let form = FormURLEncoded.encode([
            ("grant_type", "authorization_code"), ("client_id", clientID), ("code_verifier", verifier),
            ("code", code), ("redirect_uri", Self.redirect(port)),
        ])
        let answer = try await ask(
            HTTPRequest(
                method: "POST", target: authAddress.url("oauth/token"),
                headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
                body: Array(form.utf8)
            )
        )
        guard let token = answer["access_token"]?.text, let type = answer["token_type"]?.text,
            let seconds = answer["expires_in"]?.integer
        else { throw .malformed("the token") }
        return IssuedToken(accessToken: Secret(token), tokenType: type, expiresIn: seconds)
    }

    private func verified(_ token: Secret, clientID: String) async throws(ClientError) -> LoginClaims {
        let keys = try await ask(
            HTTPRequest(target: authAddress.url(".well-known/jwks.json"), headers: ["Accept": "application/json"])
        )
        let rules = LoginClaims.Rules(
            issuer: authAddress.base + "/", audience: Self.audience, clientID: clientID, now: machine.clock.now()
        )
        return try LoginClaims(of: token.reveal { $0 }, keys: keys, rules)
    }

    private func ask(_ request: HTTPRequest) async throws(ClientError) -> JSONValue {
        let response: HTTPResponse
        do {
            response = try await transport.send(request, within: Self.timeout, bodyBytesMax: Self.bodyBytesMax)
        } catch { throw .unreachable(authAddress.base, error) }
        if response.status >= 400, let body = try? JSONValue(parsing: response.bytes),
            let text = body["error_description"]?.text
        {
            throw ClientError(.failed, "The login failed: \(text)", status: response.status)
        }
        return try APIClient.answer(response, requestID: response.headers["X-Request-Id"] ?? "")
    }
}

/// The port that was picked, which the listener says before it hands over an answer.
private final class Shared: Sendable {
    private let port: Mutex<Int>

    init(_ port: Int) { self.port = Mutex(port) }

    var value: Int { port.withLock { $0 } }
    func set(_ value: Int) { port.withLock { $0 = value } }
}
