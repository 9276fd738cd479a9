import ApprovalCore
import ApprovalEngine
import Crypto
import HTTPModel
import Support
import SymAPI
import Synchronization
import TestSupport
import Testing

/// Somebody at a browser, and the client that waits for them.
private struct Browser {
    let here: APIFixture
    let verifier = Base64URL.text(Random.bytes(96))
    var redirectURI = "http://localhost:11001/callback"
    var cookie: String?
    var peer = "192.0.2.7"

    init(_ here: APIFixture) { self.here = here }

    func send(_ method: String, _ target: String, _ form: [(String, String)] = []) async -> HTTPResponse {
        var request = HTTPRequest(
            method: method, target: target, headers: ["Host": "sym.test"],
            body: Array(FormURLEncoded.encode(form).utf8), peer: peer
        )
        if let cookie { request.headers["Cookie"] = "other=1; " + cookie }
        return await here.login.respond(to: request)
    }

    func authorize(_ changes: [String: String] = [:]) async throws -> HTTPResponse {
        let organization = await here.call("GET", "auth/org/acme", as: nil).body
        var query = [
            "response_type": "code", "client_id": organization["client_id"]?.text ?? "",
            "code_challenge_method": "S256",
            "code_challenge": Base64URL.text(SHA256.hash(Array(verifier.utf8))), "redirect_uri": redirectURI,
            "audience": "https://api.symops.com", "state": "state-1", "scope": "login:cli", "prompt": "login",
        ]
        query.merge(changes) { $1 }
        // As the command line writes it: nothing is encoded.
        return await send("GET", "/authorize?" + query.map { "\($0)=\($1)" }.joined(separator: "&"))
    }

    /// Opens the page and asks for a code. - Returns: the attempt.
    mutating func asks(email: String) async throws -> String {
        let page = try await authorize()
        #expect(page.status == 200)
        cookie = page.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
        let answer = await send("POST", "/authorize/email", [("ticket", page.field("ticket")), ("email", email)])
        #expect(answer.status == 200)
        await here.settle()
        return answer.field("attempt")
    }

    func types(_ code: String, for attempt: String) async -> HTTPResponse {
        await send("POST", "/authorize/code", [("attempt", attempt), ("code", code)])
    }

    /// The code in the newest message of the app.
    func message() throws -> (code: String, text: String, account: Account) {
        let (text, account) = try #require(here.outside.sent.withLock { $0.last })
        let code = text.split(separator: "*").map(String.init).first { $0.filter(\.isNumber).count == 8 }
        return (try #require(code), text, account)
    }

    func redeem(_ code: String, _ changes: [String: String] = [:]) async -> HTTPResponse {
        let client = await here.call("GET", "auth/org/acme", as: nil).body["client_id"]?.text ?? ""
        let form = [
            "grant_type": "authorization_code", "client_id": client, "code_verifier": verifier, "code": code,
            "redirect_uri": redirectURI,
        ].merging(changes) { $1 }
        return await send("POST", "/oauth/token", form.map { ($0, $1) })
    }

    /// The whole of it.
    mutating func logsIn(_ email: String) async throws -> String {
        let attempt = try await asks(email: email)
        let answer = await types(try message().code, for: attempt)
        #expect(answer.status == 303, "\(String(decoding: answer.bytes, as: UTF8.self))")
        return answer.code
    }
}

extension HTTPResponse {
    fileprivate var page: String { String(decoding: bytes, as: UTF8.self) }

    fileprivate func field(_ name: String) -> String {
        guard let start = page.firstRange(of: "name=\"\(name)\" value=\"")?.upperBound else { return "" }
        return String(page[start...].prefix { $0 != "\"" })
    }

    /// In the address that the browser is sent to.
    fileprivate var code: String {
        let query = (headers["Location"] ?? "").split(separator: "?").last ?? ""
        return FormURLEncoded.decode(Array(query.utf8))?.first { $0.name == "code" }?.value ?? ""
    }

    fileprivate var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
}

@Suite struct `Logging in` {
    @Test func `by a code in Slack: from the page to a token that works`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let attempt = try await browser.asks(email: "Dana@acme.test")
        let (code, text, account) = try browser.message()
        #expect(account == Sample.dana.account && text.contains("192.0.2.7"))
        let answer = await browser.types(code, for: attempt)
        #expect(answer.status == 303)
        let location = try #require(answer.headers["Location"])
        #expect(location.hasPrefix("http://localhost:11001/callback?code=") && location.hasSuffix("&state=state-1"))
        let issued = await browser.redeem(answer.code).json
        #expect(issued["token_type"] == "Bearer" && issued["expires_in"] == 86400)
        let token = try #require(issued["access_token"]?.text)
        let login = await here.call("GET", "auth/login?segment_track=True", as: token).body
        #expect(login == ["organization": "acme", "username": "dana@acme.test", "role": "member"])
        // A first log-in makes a user, with the account that proved it.
        let user = try #require(try await here.engine.user(email: "dana@acme.test"))
        #expect(user.accounts == [Sample.dana.account])
        #expect(here.recorded("user/\(user.id)") == ["userCreated", "tokenIssued"])
        #expect(try await here.engine.store.tokens(.bot).isEmpty)
        let body = try #require(Base64URL.bytes(token.split(separator: ".")[1]))
        #expect(try JSONValue(parsing: body)["iss"] == "http://sym.test/")
        try await here.fixture.verify()
    }

    @Test(arguments: [
        ("redirect_uri", "https://evil.test/callback"), ("redirect_uri", "http://localhost.evil.test:80/"),
        ("redirect_uri", "http://localhost@evil.test:80/"), ("redirect_uri", "http://localhost:11001@evil.test/"),
        ("redirect_uri", "http://localhost/callback"), ("redirect_uri", "http://127.0.0.1:0/"),
        ("redirect_uri", "http://localhost:99999/"), ("redirect_uri", "javascript:alert(1)"), ("redirect_uri", ""),
        ("client_id", "other"), ("response_type", "token"), ("code_challenge_method", "plain"),
        ("code_challenge", "short"), ("state", ""), ("audience", "https://other.test"),
    ])
    func `is refused on the page where a part of the request is not as it must be`(
        _ name: String, _ value: String
    ) async throws {
        let answer = try await Browser(try APIFixture()).authorize([name: value])
        #expect(answer.status == 400 && answer.headers["Location"] == nil)
        #expect(answer.page.contains("role=\"alert\""))
        #expect(!answer.page.contains("evil"))
    }

    @Test(arguments: ["http://127.0.0.1:5000/x", "http://[::1]:5000/", "http://localhost:1"])
    func `returns to the reader's own machine under any of its names`(_ uri: String) async throws {
        var browser = Browser(try APIFixture())
        browser.redirectURI = uri
        #expect(try await browser.authorize().status == 200)
    }

    @Test func `the pages look the same whoever an address belongs to`() async throws {
        let here = try APIFixture()
        var pages: Set<String> = []
        for email in ["dana@acme.test", "nobody@acme.test", "carla@customer.test", "hal@acme.test"] {
            var browser = Browser(here)
            let page = try await browser.authorize()
            browser.cookie = page.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
            let form = [("ticket", page.field("ticket")), ("email", email)]
            let answer = await browser.send("POST", "/authorize/email", form)
            let attempt = answer.field("attempt")
            pages.insert(answer.page.replacing(attempt, with: ""))
            await here.settle()
            let wrong = await browser.types("00000000", for: attempt)
            pages.insert("\(wrong.status)" + wrong.page.replacing(attempt, with: ""))
        }
        #expect(pages.count == 2)
        #expect(here.outside.sent.withLock { $0.map(\.account) } == [Sample.dana.account])
    }

    @Test func `a code has five tries, and five minutes`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let attempt = try await browser.asks(email: "dana@acme.test")
        let code = try browser.message().code
        let wrong = code.hasPrefix("0") ? "11111111" : "00000000"
        for left in ["4 tries are", "3 tries are", "2 tries are", "One try is"] {
            #expect(await browser.types(wrong, for: attempt).page.contains(left))
        }
        #expect(await browser.types(wrong, for: attempt).page.contains("no longer good"))
        #expect(await browser.types(code, for: attempt).status == 400)
        #expect(here.recorded("logins") == ["loginFailed"])

        let second = try await browser.asks(email: "dana@acme.test")
        here.clock.advance(.minutes(5))
        #expect(await browser.types(try browser.message().code, for: second).status == 400)
    }

    @Test func `a code works in the browser that asked for it, once`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let attempt = try await browser.asks(email: "dana@acme.test")
        let code = try browser.message().code
        var other = browser
        other.cookie = "symflow_login=" + Base64URL.text(Random.bytes(32))
        #expect(await other.types(code, for: attempt).status == 400)
        other.cookie = nil
        #expect(await other.types(code, for: attempt).status == 400)
        #expect(await browser.types(String(code.prefix(4) + " " + code.suffix(4)), for: attempt).status == 303)
        #expect(await browser.types(code, for: attempt).status == 400)
    }

    @Test func `a page that was opened elsewhere, or long ago, sends no code`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let page = try await browser.authorize()
        let form = [("ticket", page.field("ticket")), ("email", "dana@acme.test")]
        #expect(await browser.send("POST", "/authorize/email", form).status == 400)
        browser.cookie = page.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
        here.clock.advance(.minutes(15))
        #expect(await browser.send("POST", "/authorize/email", form).status == 400)
        #expect(await browser.send("POST", "/authorize/email", [("ticket", "x"), ("email", "a@b.test")]).status == 400)
        await here.settle()
        #expect(here.outside.sent.withLock { $0.isEmpty })
    }

    @Test(arguments: [
        ["code_verifier": Base64URL.text([UInt8](repeating: 1, count: 96))], ["code_verifier": ""],
        ["client_id": "other"], ["redirect_uri": "http://localhost:11002/callback"],
        ["grant_type": "password"], ["code": "other"],
    ])
    func `a token is for the client that asked`(_ changes: [String: String]) async throws {
        var browser = Browser(try APIFixture())
        let code = try await browser.logsIn("dana@acme.test")
        let refused = await browser.redeem(code, changes)
        #expect(refused.status == 400 && refused.json["error"]?.text?.isEmpty == false)
        #expect(refused.json["access_token"] == nil)
    }

    @Test func `a code that is redeemed twice is worth nothing to anybody`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let code = try await browser.logsIn("dana@acme.test")
        let token = try #require(await browser.redeem(code).json["access_token"]?.text)
        #expect(await here.call("GET", "auth/login", as: token).status == 200)
        #expect(await browser.redeem(code).status == 400)
        #expect(await here.call("GET", "auth/login", as: token).status == 401)
        let late = try await browser.logsIn("eli@acme.test")
        here.clock.advance(.minutes(1))
        #expect(await browser.redeem(late).status == 400)
    }

    @Test func `who was deleted, or is inactive in Slack, gets no code`() async throws {
        let here = try APIFixture()
        let admin = try await here.bot("hal", .admin, number: 1)
        try await here.person("eli@acme.test", .member, number: 2)
        _ = await here.call("POST", "users/delete", ["users": [["id": .string(APIFixture.id(2))]]], as: admin)
        here.fixture.directory.change { state in
            for index in state.people.indices where state.people[index].account == Sample.dana.account {
                state.people[index].isDeleted = true
            }
        }
        var browser = Browser(here)
        _ = try await browser.asks(email: "eli@acme.test")
        _ = try await browser.asks(email: "dana@acme.test")
        #expect(here.outside.sent.withLock { $0.isEmpty })
    }

    @Test func `nobody's Slack is flooded, and one address does not ask for ever`() async throws {
        let here = try APIFixture()
        for number in 1...7 {
            var browser = Browser(here)
            browser.peer = "192.0.2.\(number)"
            let page = try await browser.authorize()
            browser.cookie = page.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
            let form = [("ticket", page.field("ticket")), ("email", "dana@acme.test")]
            let answer = await browser.send("POST", "/authorize/email", form)
            #expect(answer.status == (number <= 5 ? 200 : 429))
            if number > 5 { #expect(answer.headers["Retry-After"] != nil) }
        }
        await here.settle()
        #expect(here.outside.sent.withLock { $0.count } == 5)
        var statuses: [Int] = []
        for _ in 0..<130 { statuses.append(try await Browser(here).authorize().status) }
        #expect(statuses.first == 200 && statuses.last == 429)
    }

    @Test func `with Slack: the person comes back with a code of Slack's`() async throws {
        let signIn = LoginEndpoint.SignIn(
            url: { state, redirect in "https://slack.test/authorize?state=\(state)&redirect_uri=\(redirect)" },
            account: { code, redirect in
                guard redirect == "http://sym.test/authorize/slack" else { return nil }
                return ["dana": Sample.dana.account, "carla": Sample.carla.account][code]
            }
        )
        let here = try APIFixture(signIn: signIn)
        var browser = Browser(here)
        let page = try await browser.authorize()
        #expect(page.page.contains("Sign in with Slack"))
        let state = page.field("ticket")
        #expect(page.page.contains("https://slack.test/authorize?state=\(state)&amp;redirect_uri="))
        #expect(await browser.send("GET", "/authorize/slack?code=dana&state=\(state)").status == 400)
        browser.cookie = page.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
        for code in ["carla", "nobody"] {
            #expect(await browser.send("GET", "/authorize/slack?code=\(code)&state=\(state)").status == 400)
        }
        let answer = await browser.send("GET", "/authorize/slack?code=dana&state=\(state)")
        #expect(answer.status == 303)
        let token = try #require(await browser.redeem(answer.code).json["access_token"]?.text)
        #expect(await here.call("GET", "auth/login", as: token).body["username"] == "dana@acme.test")
    }

    @Test func `what people and clients write is text on the page, and the page is nobody else's`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        browser.redirectURI = "http://localhost:1/?a=b"
        let page = try await browser.authorize(["state": "%22%3E%3Cb%3E"])
        #expect(page.status == 200 && !page.page.contains("\"><b>"))
        let policy = try #require(page.headers["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("form-action 'self' http://localhost:1 "))
        #expect(page.headers["Cache-Control"] == "no-store" && page.headers["Referrer-Policy"] == "no-referrer")
        let cookie = try #require(page.headers["Set-Cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
        #expect(await browser.send("PUT", "/authorize").status == 405)
        #expect(await browser.send("GET", "/oauth/token").status == 405)
    }

    @Test func `what is over is forgotten`() async throws {
        let here = try APIFixture()
        var browser = Browser(here)
        let attempt = try await browser.asks(email: "dana@acme.test")
        #expect(!attempt.isEmpty)
        let code = try await browser.logsIn("eli@acme.test")
        let token = try #require(await browser.redeem(code).json["access_token"]?.text)
        let housekeeping = LoginHousekeeping(store: here.engine.store, clock: here.engine.clock)
        try await housekeeping.sweep()
        #expect(await here.call("GET", "auth/login", as: token).status == 200)
        here.clock.advance(.hours(25))
        try await housekeeping.sweep()
        for kind in ["login_attempt", "login_grant", "token"] {
            #expect(try await here.engine.store.documents(DocumentKind(kind), key: nil).isEmpty, "\(kind)")
        }
    }
}
