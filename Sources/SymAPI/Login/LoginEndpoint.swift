package import ApprovalCore
package import ApprovalEngine
package import Crypto
package import HTTPModel
package import Support

/// Log-in in the browser as `symflow login` does it (sym-api.md 2.3): `/authorize`, `/oauth/token` and the keys.
///
/// A person proves who they are through Slack: by a code in a direct message from the app, typed into the same browser
/// session, or with "Sign in with Slack". Whether an e-mail address belongs to somebody is never said.
package struct LoginEndpoint: HTTPHandler {
    /// What the login needs from Slack.
    package struct Slack: Sendable {
        /// Sends a direct message from the app.
        package var send: @Sendable (_ text: String, _ account: Account, _ workspace: String) async throws -> Void
        /// "Sign in with Slack", where the app has a client id.
        package var signIn: SignIn?

        package init(
            send: @escaping @Sendable (_ text: String, _ account: Account, _ workspace: String) async throws -> Void,
            signIn: SignIn?
        ) {
            self.send = send
            self.signIn = signIn
        }
    }

    /// OpenID Connect with Slack.
    package struct SignIn: Sendable {
        package var url: @Sendable (_ state: String, _ redirectURI: String) -> String
        /// Who signed in; `nil` where Slack does not accept the code.
        package var account: @Sendable (_ code: String, _ redirectURI: String) async throws -> Account?

        package init(
            url: @escaping @Sendable (_ state: String, _ redirectURI: String) -> String,
            account: @escaping @Sendable (_ code: String, _ redirectURI: String) async throws -> Account?
        ) {
            self.url = url
            self.account = account
        }
    }

    let engine: ApprovalEngine
    let authority: TokenAuthority
    let address: PublicAddress
    let slack: Slack
    /// Starts what the answer does not wait for: an answer that took as long as a look-up would tell.
    let later: @Sendable (@escaping @Sendable () async -> Void) -> Void
    let box: SealedBox
    let codeKey: [UInt8]
    let limits: LoginLimits
    let log: Log

    package static let paths: Set<String> = [
        "/authorize", "/authorize/email", "/authorize/code", "/authorize/slack", "/oauth/token",
        "/.well-known/jwks.json",
    ]

    /// A login token's life: a working day and the evening behind it.
    static let tokenLifetime: Duration = .hours(24)
    /// From opening the page to typing the e-mail address.
    static let ticketLifetime: Duration = .minutes(15)
    static let bodyBytesMax = 16 << 10
    static let cookie = "symflow_login"

    package init(
        engine: ApprovalEngine, authority: TokenAuthority, address: PublicAddress, slack: Slack, masterKey: MasterKey,
        later: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void, log: Log
    ) {
        self.engine = engine
        self.authority = authority
        self.address = address
        self.slack = slack
        self.later = later
        self.log = log
        box = SealedBox(masterKey: masterKey, purpose: "login tickets")
        codeKey = masterKey.derived(for: "login codes")
        limits = LoginLimits(clock: engine.clock)
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        do {
            if let seconds = limits.everything.secondsToWait(request.peer) { return Self.tooMany(seconds, request) }
            guard request.body.count <= Self.bodyBytesMax else { return .text("Too long.\n", status: 413) }
            return try await answer(request)
        } catch let problem as LoginProblem {
            return LoginPage.problem(problem.sentence).response(status: 400)
        } catch {
            log.warning("a login failed", ["path": request.path, "error": "\(error)"])
            if request.path == "/oauth/token" {
                return Self.oauth("temporarily_unavailable", "Try again.", status: 503)
            }
            return LoginPage.problem("The server cannot log anybody in at this moment.").response(status: 503)
        }
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        switch (request.method, request.path) {
        case ("GET", "/.well-known/jwks.json"):
            var response = APIResponse.json(try await authority.keys.jwks())
            response.headers["Cache-Control"] = "public, max-age=300"
            return response
        case ("GET", "/authorize"): return try await begin(request)
        case ("POST", "/authorize/email"): return try await sendCode(request)
        case ("POST", "/authorize/code"): return try await check(request)
        case ("GET", "/authorize/slack"): return try await returnFromSlack(request)
        case ("POST", "/oauth/token"): return try await redeem(request)
        default:
            let method =
                ["/authorize/email", "/authorize/code", "/oauth/token"].contains(request.path) ? "POST" : "GET"
            return HTTPResponse(status: 405, headers: ["Allow": method])
        }
    }

    // MARK: Pages

    private func begin(_ request: HTTPRequest) async throws -> HTTPResponse {
        let client = try await engine.organizationClient()
        let login = try LoginRequest(Self.fields(request.query.utf8), client: client)
        let session = Base64URL.text(Random.bytes(32))
        var response = try await emailPage(login, session: session, request).response()
        response.headers["Set-Cookie"] = setCookie(session, request)
        return response
    }

    func emailPage(
        _ login: LoginRequest, session: String, _ request: HTTPRequest, problem: String? = nil
    ) async throws -> LoginPage {
        let ticket = LoginTicket(
            request: login, session: Self.hash(session), expiresAt: engine.clock.now() + Self.ticketLifetime)
        let sealed = ticket.sealed(in: box)
        return LoginPage.email(
            login, organization: try await engine.organizationSlug(), ticket: sealed,
            slack: slack.signIn.map { $0.url(sealed, slackRedirect(request)) }, problem: problem
        )
    }

    /// The ticket that a form or Slack brought back into the browser session that it was made for.
    func ticket(_ text: String, _ request: HTTPRequest) throws(LoginProblem) -> (ticket: LoginTicket, session: String) {
        guard let ticket = LoginTicket(text, from: box), engine.clock.now() < ticket.expiresAt,
            let session = session(of: request),
            constantTimeEqual(Array(Self.hash(session).utf8), Array(ticket.session.utf8))
        else {
            throw LoginProblem("This page is too old, or was opened in another browser, or cookies are switched off.")
        }
        return (ticket, session)
    }

    func slackRedirect(_ request: HTTPRequest) -> String { address.origin(of: request) + "/authorize/slack" }

    // MARK: Small things

    static func fields(_ bytes: some Collection<UInt8>) -> [(name: String, value: String)] {
        FormURLEncoded.decode(bytes) ?? []
    }

    static func hash(_ text: String) -> String { SHA256.hex(text) }

    func session(of request: HTTPRequest) -> String? {
        for header in request.headers.values(of: "Cookie") {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, String(parts[0]).trimmed == Self.cookie { return String(parts[1]).trimmed }
            }
        }
        return nil
    }

    private func setCookie(_ session: String, _ request: HTTPRequest) -> String {
        let isSecure = address.origin(of: request).hasPrefix("https:")
        return "\(Self.cookie)=\(session); Path=/authorize; Max-Age=1800; HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }

    static func redirect(_ location: String) -> HTTPResponse {
        HTTPResponse(
            status: 303,
            headers: ["Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"]
        )
    }

    static func tooMany(_ seconds: Int, _ request: HTTPRequest) -> HTTPResponse {
        var response =
            request.path.hasPrefix("/authorize")
            ? LoginPage.problem("Too many attempts. Wait \(seconds) seconds, then try again.").response(status: 429)
            : oauth("slow_down", "Too many attempts. Wait \(seconds) seconds.", status: 429)
        response.headers["Retry-After"] = String(seconds)
        return response
    }

    /// RFC 6749, section 5.2.
    static func oauth(_ error: String, _ description: String, status: Int = 400) -> HTTPResponse {
        var response = APIResponse.json(
            ["error": .string(error), "error_description": .string(description), "message": .string(description)],
            status: status
        )
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}

/// How often one may try, by address and by whom they say they are.
struct LoginLimits: Sendable {
    /// All pages and calls of an address.
    let everything: RateLimiter
    /// Codes asked for from one address.
    let codesFrom: RateLimiter
    /// Codes sent to one person: nobody's Slack is flooded by others.
    let codesTo: RateLimiter

    init(clock: WallClock) {
        everything = RateLimiter(burst: 120, perSecond: 2, clock: clock)
        codesFrom = RateLimiter(burst: 20, perSecond: 1.0 / 30, clock: clock)
        codesTo = RateLimiter(burst: 5, perSecond: 1.0 / 60, clock: clock)
    }
}

/// What the page carries from the first request to the next: sealed, so that nothing is stored for whoever only looks.
struct LoginTicket: Hashable {
    var request: LoginRequest
    /// Hash of the browser's session cookie.
    var session: String
    var expiresAt: Timestamp

    private static let context = "login ticket"

    init(request: LoginRequest, session: String, expiresAt: Timestamp) {
        self.request = request
        self.session = session
        self.expiresAt = expiresAt
    }

    init?(_ text: String, from box: SealedBox) {
        guard let sealed = Base64URL.bytes(text), let plain = box.open(sealed, context: Self.context),
            let json = try? JSONValue(parsing: plain), let request = json["request"].flatMap(LoginRequest.init),
            let session = json["session"]?.text, let expiresAt = json["expires_at"]?.integer
        else { return nil }
        self.init(request: request, session: session, expiresAt: Timestamp(milliseconds: expiresAt))
    }

    func sealed(in box: SealedBox) -> String {
        let json: JSONValue = [
            "request": request.json, "session": .string(session), "expires_at": .int(expiresAt.milliseconds),
        ]
        return Base64URL.text(box.seal(json.bytes, context: Self.context))
    }
}
