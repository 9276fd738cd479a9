import AdminClient
import FoundationEssentials
import Support
import Testing

@Suite struct `The login file` {
    /// A folder of its own, which goes with the test.
    private func withFile(_ body: (LoginFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/symflow-login-" + Hex.text(Random.bytes(8))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try #require(LoginFile(environment: ["XDG_CONFIG_HOME": folder, "HOME": "/nowhere"]))
        #expect(file.path == folder + "/symflow/default/config.yml")
        try body(file)
    }

    private func put(_ text: String, _ file: LoginFile) throws {
        let folder = String(file.path.dropLast("/config.yml".count))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file.path))
    }

    private func text(_ file: LoginFile) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: file.path)), as: UTF8.self)
    }

    private static let token = IssuedToken(accessToken: Secret("eyJ.a-b_c"), tokenType: "Bearer", expiresIn: 86400)

    @Test func `stands below HOME where nothing else is said`() {
        #expect(LoginFile(environment: ["HOME": "/h"])?.path == "/h/.config/symflow/default/config.yml")
        #expect(LoginFile(environment: ["XDG_CONFIG_HOME": "", "HOME": ""]) == nil)
    }

    @Test func `that is not there is empty`() throws {
        try withFile { file in
            let login = try file.read()
            #expect(login == StoredLogin())
        }
    }

    @Test func `is written as Sym's CLI and provider read it, for its owner alone`() throws {
        try withFile { file in
            var login = try file.read()
            login.logIn(organization: "S-ABC", clientID: "c-1", email: "ada@acme.test", token: Self.token)
            try file.write(login)
            #expect(
                try text(file) == """
                    org: S-ABC
                    client_id: c-1
                    email: ada@acme.test
                    auth_token:
                      access_token: eyJ.a-b_c
                      token_type: Bearer
                      expires_in: 86400

                    """
            )
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try file.read().token?.reveal { $0 } == "eyJ.a-b_c")
            let folder = String(file.path.dropLast("/config.yml".count))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["config.yml"])
        }
    }

    @Test func `keeps what others have written, also when somebody logs out`() throws {
        try withFile { file in
            try put(
                """
                # comment
                zz: [1, "2", {a: b}]
                org: acme
                email: ada@acme.test
                auth_token: {access_token: t, token_type: Bearer, expires_in: 5, more: kept}
                """, file)
            var login = try file.read()
            login.logIn(organization: "acme", clientID: "c", email: "bob@acme.test", token: Self.token)
            try file.write(login)
            #expect(try text(file).contains("more: kept"))
            login.logOut()
            try file.write(login)
            let read = try file.read()
            #expect(read.token == nil && read.email == nil)
            #expect(read.organization == "acme")
            #expect(read.document["zz"] == login.document["zz"])
            #expect(try text(file).contains("- \"2\"") || text(file).contains("- '2'"))
        }
    }

    @Test(arguments: [
        "1234", "1e5", "true", "No", "", "null", "~", "a: b", "# c", "- x", "2023-01-01", "ünï", "a\nb", "'q'", "@x",
        "*a",
    ])
    func `reads back every text as text`(value: String) throws {
        try withFile { file in
            var login = StoredLogin()
            login.set("org", value)
            try file.write(login)
            #expect(try file.read().document["org"]?.text == value)
            if ["1234", "1e5", "true", "No", "null", "~", "2023-01-01"].contains(value) {
                #expect(try text(file) == "org: '\(value)'\n")
            }
        }
    }

    @Test(arguments: ["a: [", "\tx", "a: *b", "a: b: c"])
    func `that is no YAML is named, and not replaced`(bad: String) throws {
        try withFile { file in
            try put(bad, file)
            let error = #expect(throws: ClientError.self) { try file.read() }
            #expect(error?.message.contains(file.path) == true)
            #expect(try text(file) == bad)
        }
    }

    /// Each alias doubles what stands for it.
    @Test func `is no bomb`() {
        var text = "a0: &a0 x\n"
        for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: Array(text.utf8)) }
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: Array(deep.utf8)) }
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: [0x61, 0x3a, 0x20, 0xff, 0xfe]) }
    }

    @Test func `is changed by config set, but for the token, and read by config get`() throws {
        try withFile { file in
            let screen = RecordedScreen(answers: [])
            let settings = Settings(file, screen: screen.screen(columns: nil), json: false)
            try settings.set("org", "acme")
            try settings.set("api_url", "https://sym.acme.test/api/v1")
            try settings.get("org")
            #expect(screen.printed == "acme")
            for key in ["auth_token", "auth_token.access_token"] {
                let error = #expect(throws: ClientError.self) { try settings.set(key, "secret-1") }
                #expect(error?.code == .usage)
            }
            #expect(throws: ClientError.self) { try settings.set("nonsense", "x") }
            #expect(throws: ClientError.self) { try settings.set("api_url", "nonsense") }
            #expect(throws: ClientError.self) { try settings.get("email") }
            #expect(!(try text(file).contains("secret-1")))
        }
    }

    @Test func `forgets the token once`() throws {
        try withFile { file in
            let settings = Settings(file, screen: RecordedScreen(answers: []).screen(columns: nil), json: false)
            var login = StoredLogin()
            login.logIn(organization: "acme", clientID: "c", email: "e@x.test", token: Self.token)
            try file.write(login)
            #expect(throws: ClientError.self) { try settings.logOut(hasVariable: true) }
            #expect(try file.read().token != nil)
            try settings.logOut(hasVariable: false)
            #expect(try file.read().token == nil)
            #expect(throws: ClientError.self) { try settings.logOut(hasVariable: false) }
        }
    }
}
