import AdminClient
import Crypto
import HTTPModel
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct `Logging in` {
    private static let key = RSAKey.generate()
    private static let other = RSAKey.generate()
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static let keys: JSONValue = [
        "keys": [
            [
                "kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig", "n": .string(Base64URL.text(key.modulus)),
                "e": .string(Base64URL.text(key.exponent)),
            ]
        ]
    ]

    private static let claims: JSONObject = [
        "iss": "http://login.test/", "aud": "https://api.symops.com", "sub": "u1", "azp": "client-1",
        "iat": .int(now.seconds), "exp": .int(now.seconds + 3600),
        "https://api.symops.com/connection_strategy": "slack", "https://api.symops.com/connection_name": "slack",
        "https://api.symops.com/email": "ada@acme.test", "https://api.symops.com/name": "Ada",
    ]

    private static func token(
        _ claims: JSONObject = claims, header: JSONObject = ["alg": "RS256", "kid": "k1"], by key: RSAKey = key
    ) -> String {
        let message =
            Base64URL.text(JSONValue.object(header).bytes) + "." + Base64URL.text(JSONValue.object(claims).bytes)
        return message + "." + Base64URL.text(key.signature(of: Array(message.utf8)))
    }

    /// What a browser did with the address it was shown.
    private final class BrowserStandIn: Sendable {
        private let shown = Mutex<[String]>([])
        let answer: @Sendable (_ state: String) -> [String: String]

        init(answer: @escaping @Sendable (_ state: String) -> [String: String]) { self.answer = answer }

        var addresses: [String] { shown.withLock { $0 } }

        var fields: [String: String] {
            let query = addresses.last?.split(separator: "?").last.map { Array($0.utf8) } ?? []
            return Dictionary((FormURLEncoded.decode(query) ?? []).map { ($0.name, $0.value) }) { first, _ in first }
        }

        var machine: LoginFlow.Machine {
            LoginFlow.Machine(
                listen: { _, started, judge throws(ClientError) in
                    started(11009)
                    let wrong = ["code": "stolen", "state": "another"]
                    guard !judge(wrong) else { return wrong }
                    let right = self.answer(self.fields["state"] ?? "")
                    guard judge(right) else { throw .failed("nobody came") }
                    return right
                },
                openBrowser: { address in self.shown.withLock { $0.append(address) } },
                clock: WallClock { now }
            )
        }
    }

    private func flow(_ test: TestDesk, _ browser: BrowserStandIn) -> LoginFlow {
        LoginFlow(
            test.desk, authAddress: APIAddress("http://login.test")!, transport: test.transport,
            machine: browser.machine
        )
    }

    private func desk(token: String) -> TestDesk {
        let test = TestDesk(token: nil)
        test.transport.always("acme", .json(["slug": "acme", "client_id": "client-1"]))
        test.transport.always(
            "token", .json(["access_token": .string(token), "token_type": "Bearer", "expires_in": 3600]))
        test.transport.always("jwks.json", .json(Self.keys))
        test.transport.always("login", .json(["organization": "acme", "username": "ada@acme.test", "role": "admin"]))
        return test
    }

    @Test func `goes through the browser with PKCE and remembers who it was`() async throws {
        let test = desk(token: Self.token())
        let browser = BrowserStandIn { ["code": "the-code", "state": $0] }
        var login = StoredLogin()
        try await flow(test, browser).run(organization: "acme", port: 0, into: &login)

        #expect(browser.addresses.last?.hasPrefix("http://login.test/authorize?response_type=code&") == true)
        let asked = browser.fields
        #expect(asked["client_id"] == "client-1" && asked["code_challenge_method"] == "S256")
        #expect(asked["redirect_uri"] == "http://localhost:11009/callback")
        #expect(asked["audience"] == "https://api.symops.com" && asked["scope"] == "login:cli")
        let exchange = try #require(test.transport.bodies(of: "token").first)
        let verifier = try #require(exchange["code_verifier"]?.text)
        #expect(verifier.utf8.count == 128)
        #expect(asked["code_challenge"] == Base64URL.text(SHA256.hash(Array(verifier.utf8))))
        #expect(exchange["code"] == "the-code" && exchange["grant_type"] == "authorization_code")
        #expect(exchange["redirect_uri"]?.text == asked["redirect_uri"])

        let organization = try #require(test.transport.sent.first { $0.name == "acme" })
        #expect(organization.request.headers["Authorization"] == nil)
        let check = try #require(test.transport.sent.last)
        #expect(check.request.target == "http://sym.test/api/v1/auth/login?segment_track=True")
        #expect(check.request.headers["Authorization"] == "Bearer " + Self.token())
        #expect(login.organization == "acme" && login.email == "ada@acme.test")
        #expect(login.token?.reveal { $0 } == Self.token())
        #expect(login.apiURL == "http://sym.test/api/v1" && login.authURL == "http://login.test")
        #expect(test.screen.complaints.first?.contains(browser.addresses[0]) == true)
    }

    @Test func `that was refused says why and remembers nothing`() async {
        let test = desk(token: Self.token())
        let browser = BrowserStandIn { ["error": "access_denied", "error_description": "not you", "state": $0] }
        var login = StoredLogin()
        let flow = flow(test, browser)
        do {
            try await flow.run(organization: "acme", port: 0, into: &login)
            Issue.record("it went on")
        } catch { #expect(error.text.contains("not you")) }
        #expect(login == StoredLogin())
        #expect(!test.transport.names.contains("token"))
    }

    @Test func `of an organisation that is not there says so`() async {
        let test = TestDesk(token: nil)
        test.transport.always("nowhere", .json(["message": "unknown"], status: 404))
        var login = StoredLogin()
        do {
            try await flow(test, BrowserStandIn { _ in [:] }).run(organization: "nowhere", port: 0, into: &login)
            Issue.record("it went on")
        } catch { #expect(error.message.contains("\"nowhere\"")) }
    }

    private static func changed(_ name: String, _ value: JSONValue?) -> String {
        var claims = claims
        claims[name] = value
        return token(claims)
    }

    @Test(arguments: [
        ("the wrong issuer", changed("iss", "http://evil.test/")),
        ("no slash behind it", changed("iss", "http://login.test")),
        ("another audience", changed("aud", "https://other.test")), ("another client", changed("azp", "client-2")),
        ("too old", changed("exp", .int(now.seconds - 61))),
        ("from the future", changed("iat", .int(now.seconds + 61))),
        ("no subject", changed("sub", .none)), ("no address", changed("https://api.symops.com/email", .none)),
        ("another's key", token(by: other)), ("an unknown key", token(header: ["alg": "RS256", "kid": "k2"])),
        ("no key", token(header: ["alg": "RS256"])), ("no signature", token(header: ["alg": "none", "kid": "k1"])),
        ("a shared secret", token(header: ["alg": "HS256", "kid": "k1"])), ("no token", "abc"),
        ("cut off", String(token().dropLast(4))),
    ])
    func `trusts no other token`(_ what: String, _ token: String) async {
        let test = desk(token: token)
        var login = StoredLogin()
        do {
            try await flow(test, BrowserStandIn { ["code": "c", "state": $0] }).run(
                organization: "acme", port: 0, into: &login
            )
            Issue.record("\(what) was taken")
        } catch {
            #expect(error.code == .failed)
            #expect(!error.text.contains(token))
        }
        #expect(login == StoredLogin())
    }

    @Test func `takes several audiences with ours among them`() async throws {
        let test = desk(token: Self.changed("aud", ["https://other.test", "https://api.symops.com"]))
        var login = StoredLogin()
        try await flow(test, BrowserStandIn { ["code": "c", "state": $0] }).run(
            organization: "acme", port: 0, into: &login
        )
        #expect(login.token != nil)
    }
}

@Suite struct `The status` {
    private func session(_ variable: String?) throws -> Session {
        var login = StoredLogin()
        login.logIn(
            organization: "acme", clientID: "c", email: "ada@acme.test",
            token: IssuedToken(accessToken: Secret("file"), tokenType: "Bearer", expiresIn: 60)
        )
        return try Session(
            apiURL: "http://sym.test/api/v1", authURL: nil, login: login,
            variable: { $0 == "SYM_JWT" ? variable : nil }
        )
    }

    @Test func `checks the stored address with the stored token, and only with that`() async throws {
        for (variable, call) in [(nil, "GET auth/login?email=ada%40acme.test"), ("tok", "GET auth/login")] {
            let test = TestDesk()
            test.transport.always(
                "login", .json(["organization": "acme", "username": "ada@acme.test", "role": "admin"]))
            try await Status(test.desk, try session(variable)).run()
            #expect(test.calls == [call])
            #expect(test.screen.printed.contains("acme as ada@acme.test, role admin"))
        }
    }

    @Test(arguments: [
        (401, #"{"error": true, "message": "expired"}"#), (500, "x"), (200, #"{"error": true, "message": "no"}"#),
    ])
    func `that is bad ends with 1`(_ status: Int, _ body: String) async throws {
        let test = TestDesk()
        test.transport.always("login", .status(status, text: body))
        let session = try session("tok")
        let error = await failure { () throws(ClientError) in try await Status(test.desk, session).run() }
        #expect(error?.code == .failed)
    }
}
