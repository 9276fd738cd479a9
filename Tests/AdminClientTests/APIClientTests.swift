import AdminClient
import HTTPModel
import Support
import TestSupport
import Testing

@Suite struct `A call of the API` {
    @Test func `has the headers of Sym's CLI, and no body where there is nothing to say`() async throws {
        let test = TestDesk()
        test.transport.always("users", .json(["users": []]))
        _ = try await test.desk.api.get("users", [("email", "a+b@acme.test")])
        let sent = try #require(test.transport.sent.first?.request)
        #expect(sent.target == "http://sym.test/api/v1/users?email=a%2Bb%40acme.test")
        #expect(sent.headers["Authorization"] == "Bearer tok")
        #expect(sent.headers["X-Sym-Request-ID"] == "request-id")
        #expect(sent.headers["Content-Type"] == "application/json")
        #expect(sent.headers["Accept"] == "application/json")
        #expect(sent.body == [])
    }

    @Test func `without a token is not made`() async {
        let test = TestDesk(token: nil)
        let error = await failure { () throws(ClientError) in _ = try await test.desk.api.get("users") }
        #expect(error?.code == .notLoggedIn)
        #expect(test.calls == [])
    }

    @Test(arguments: [
        (401, #"{"message": "expired"}"#, ClientError.Code.unauthorized, "expired"),
        (403, #"{"error": true, "message": "admins only"}"#, .refused, "admins only"),
        (400, #"{"errors": [{"field": "a", "message": "bad a"}]}"#, .refused, "bad a"),
        (400, #"{"errors": ["one", "two"]}"#, .refused, "one two"),
        (404, #"{"error": "gone"}"#, .refused, "gone"),
        (500, "<html>", .refusedWithoutText, "500"),
        (400, #"{"error": true}"#, .refusedWithoutText, "400"),
        (302, "", .refusedWithoutText, "sends us on"),
        (200, "<html>", .malformedAnswer, "not JSON"),
    ])
    func `that is refused has Sym's exit code and the server's words`(
        _ status: Int, _ body: String, _ code: ClientError.Code, _ words: String
    ) async throws {
        let test = TestDesk()
        test.transport.always("users", .status(status, text: body))
        let error = try #require(
            await failure { () throws(ClientError) in _ = try await test.desk.api.get("users") })
        #expect(error.code == code)
        #expect(error.text.contains(words), "\(error.text)")
        #expect(error.requestID == "request-id")
    }

    @Test func `whose server is not there says where it was looked for`() async throws {
        let test = TestDesk()
        test.transport.always("users", .failure(.unreachable(reason: "refused")))
        let error = try #require(
            await failure { () throws(ClientError) in _ = try await test.desk.api.get("users") })
        #expect(error.code == .unexpected)
        #expect(error.text.contains("http://sym.test/api/v1") && error.text.contains("SYM_API_URL"))
    }

    @Test func `prints no control characters of the server`() async throws {
        let test = TestDesk()
        test.transport.always("users", .status(400, text: #"{"message": "a\u001b[2Jb"}"#))
        let error = await failure { () throws(ClientError) in _ = try await test.desk.api.get("users") }
        #expect(error?.text.contains("\u{1b}") == false)
    }
}

@Suite struct `Where commands go` {
    private func session(
        _ variables: [String: String] = [:], apiURL: String? = nil, file: StoredLogin = StoredLogin()
    ) throws -> Session {
        try Session(apiURL: apiURL, authURL: nil, login: file, variable: { variables[$0] })
    }

    private var stored: StoredLogin {
        var login = StoredLogin()
        login.logIn(
            organization: "acme", clientID: "c", email: "ada@acme.test",
            token: IssuedToken(accessToken: Secret("file"), tokenType: "Bearer", expiresIn: 60)
        )
        login.set("api_url", "https://stored.test/api/v1")
        login.set("auth_url", "https://login.test")
        return login
    }

    @Test func `the command line wins over the environment, that over the login file`() throws {
        #expect(try session().address.base == Session.defaultAddress)
        #expect(try session(file: stored).address.base == "https://stored.test/api/v1")
        #expect(try session(file: stored).authAddress.base == "https://login.test")
        let variables = ["SYM_API_URL": "https://env.test/api/v1/"]
        #expect(try session(variables, file: stored).address.base == "https://env.test/api/v1")
        #expect(try session(variables, file: stored).authAddress.base == "https://env.test")
        #expect(try session(variables, apiURL: "http://x:1/api/v1").address.base == "http://x:1/api/v1")
        #expect(throws: ClientError.self) { try session(apiURL: "ftp://x") }
    }

    @Test func `SYM_JWT wins over the file, without the space around it`() throws {
        let session = try session(["SYM_JWT": " tok\n"], file: stored)
        #expect(session.source == .environment)
        #expect(session.token?.reveal { $0 } == "tok")
        let second = try self.session(["SYM_JWT": " "], file: stored)
        #expect(second.source == .loginFile)
        #expect(second.token?.reveal { $0 } == "file")
    }
}
