import Crypto
import Support

/// What `symflow login` asks the browser to open (sym-api.md 2.3), checked.
struct LoginRequest: Hashable, Sendable {
    var client: String
    var redirectURI: String
    var state: String
    /// PKCE, S256: what the code can be redeemed with is known to the client alone.
    var challenge: String

    static let stateMax = 512
    static let redirectMax = 512

    /// - Throws: `LoginProblem` that says which part is not as it must be.
    init(_ query: [(name: String, value: String)], client: String) throws(LoginProblem) {
        func value(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }
        guard value("client_id") == client else {
            throw LoginProblem("This address is for another organisation's client. Run symflow login again.")
        }
        guard Self.isLoopback(value("redirect_uri")) else {
            throw LoginProblem("The address to return to is not on your own machine.")
        }
        guard value("response_type") == "code", value("code_challenge_method") == "S256",
            (43...128).contains(value("code_challenge").utf8.count),
            Base64URL.bytes(value("code_challenge"))?.count == 32
        else { throw LoginProblem("This client does not log in with a code and PKCE (S256).") }
        guard (1...Self.stateMax).contains(value("state").utf8.count) else {
            throw LoginProblem("The client's state is missing or too long.")
        }
        guard ["", TokenAuthority.audience].contains(value("audience")) else {
            throw LoginProblem("This client wants a token for another audience.")
        }
        self.client = client
        redirectURI = value("redirect_uri")
        state = value("state")
        challenge = value("code_challenge")
    }

    init?(_ json: JSONValue) {
        guard let client = json["client"]?.text, let redirect = json["redirect"]?.text,
            let state = json["state"]?.text, let challenge = json["challenge"]?.text
        else { return nil }
        self.client = client
        redirectURI = redirect
        self.state = state
        self.challenge = challenge
    }

    var json: JSONValue {
        [
            "client": .string(client), "redirect": .string(redirectURI), "state": .string(state),
            "challenge": .string(challenge),
        ]
    }

    /// The address to return to, with what came of it.
    func redirect(with fields: [(String, String)]) -> String {
        redirectURI + (redirectURI.contains("?") ? "&" : "?") + FormURLEncoded.encode(fields + [("state", state)])
    }

    /// Whether whoever redeems a code is who asked for it.
    func isProven(by verifier: String) -> Bool {
        guard (43...128).contains(verifier.utf8.count) else { return false }
        let challenge = Base64URL.text(SHA256.hash(Array(verifier.utf8)))
        return constantTimeEqual(Array(challenge.utf8), Array(self.challenge.utf8))
    }

    /// `http://localhost:PORT/…` and its numeric forms: nowhere else does a code go (RFC 8252, section 7.3).
    static func isLoopback(_ uri: String) -> Bool {
        guard uri.utf8.count <= redirectMax, uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            !uri.contains(where: { "\\\"'<>#@".contains($0) })
        else { return false }
        for host in ["http://localhost", "http://127.0.0.1", "http://[::1]"] where uri.hasPrefix(host + ":") {
            let rest = uri.dropFirst(host.count + 1)
            let port = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(port), (1...65535).contains(number) else { return false }
            return rest.dropFirst(port.count).isEmpty || rest.dropFirst(port.count).hasPrefix("/")
        }
        return false
    }
}

/// Why a login cannot go on, for the person at the browser.
struct LoginProblem: Error, Hashable {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
