import Support

/// `symflow config` and `symflow logout`: the login file, without any server.
package struct Settings: Sendable {
    let file: LoginFile
    let screen: Screen
    let json: Bool

    package init(_ file: LoginFile, screen: Screen, json: Bool) {
        self.file = file
        self.screen = screen
        self.json = json
    }

    /// What `config set` changes. The token is not among them: a secret on the command line is seen by everybody.
    package static let settable = ["org", "client_id", "email", "api_url", "auth_url"]
    private static let token = "auth_token"

    /// - Parameter key: a name, or a path such as `auth_token.token_type`.
    package func get(_ key: String) throws(ClientError) {
        let login = try file.read()
        guard let value = login.value(key) else {
            let isGroup = key == Self.token && login.token != nil
            throw .failed(
                isGroup ? "\"\(key)\" is a group of values." : "The login file has no \"\(key)\".",
                hint: isGroup
                    ? "Name one: auth_token.access_token, auth_token.token_type, auth_token.expires_in."
                    : "The file is \(file.path). symflow login fills it, symflow config set KEY VALUE changes it."
            )
        }
        screen.print(json ? JSONValue.object([key: .string(value)]).compact : Printable.text(value))
    }

    package func set(_ key: String, _ value: String) throws(ClientError) {
        guard key != Self.token, !key.hasPrefix(Self.token + ".") else {
            throw .usage(
                "a token is not set on the command line, where everybody on this machine can read it.",
                hint: "Run symflow login, or put the token into the variable SYM_JWT or a file named by SYM_JWT_FILE."
            )
        }
        guard Self.settable.contains(key) else {
            throw .invalidChoice(key, what: "a key that can be set", among: Self.settable)
        }
        if key.hasSuffix("_url"), APIAddress(value) == nil {
            throw .usage("\"\(value)\" is not an http or https address.")
        }
        var login = try file.read()
        login.set(key, value)
        try file.write(login)
        if json { screen.print(JSONValue.object([key: .string(value)]).compact) }
    }

    /// - Parameter hasVariable: whether `SYM_JWT` is set, which a program cannot take away from its caller.
    package func logOut(hasVariable: Bool) throws(ClientError) {
        guard !hasVariable else {
            throw .failed("SYM_JWT says who you are, and only you can take it away.", hint: "Run: unset SYM_JWT")
        }
        var login = try file.read()
        guard login.token != nil else { throw .failed("Nobody is logged in.") }
        login.logOut()
        try file.write(login)
        screen.print(
            json
                ? JSONValue.object(["logged_out": true]).compact
                : "Logged out. The token itself stays valid until it expires; symflow tokens revoke ends a bot's at once."
        )
    }
}
