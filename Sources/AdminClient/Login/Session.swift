package import Support

/// Where commands go and with whose token: the command line before the environment before the login file
/// (sym-api.md 1, 2.4).
package struct Session: Sendable {
    package enum Source: Hashable, Sendable {
        /// `SYM_JWT`.
        case environment
        case loginFile
    }

    package let address: APIAddress
    package let authAddress: APIAddress
    package let token: Secret?
    package let source: Source
    package let login: StoredLogin

    /// Where `symflow serve` listens unless told otherwise.
    package static let defaultAddress = "http://127.0.0.1:3000/api/v1"

    /// - Parameters:
    ///   - apiURL, authURL: `--api-url` and `--auth-url`.
    ///   - variable: reads `NAME` or the file that `NAME_FILE` names.
    package init(
        apiURL: String?, authURL: String?, login: StoredLogin, variable: (String) -> String?
    ) throws(ClientError) {
        let base = apiURL ?? variable("SYM_API_URL") ?? login.apiURL ?? Self.defaultAddress
        guard let address = APIAddress(base) else {
            throw .usage(
                "\"\(base)\" is not the address of an API.",
                hint: "SYM_API_URL (or --api-url) is http or https, a host and a path: \(Self.defaultAddress)."
            )
        }
        // The addresses of one login belong together: another API's login is not this file's.
        let stored = address.base == login.apiURL ? login.authURL : nil
        let auth = authURL ?? variable("SYM_AUTH_URL") ?? stored ?? address.origin
        guard let authAddress = APIAddress(auth) else {
            throw .usage(
                "\"\(auth)\" is not the address of a login server.",
                hint: "SYM_AUTH_URL (or --auth-url) is http or https and a host: \(address.origin)."
            )
        }
        self.address = address
        self.authAddress = authAddress
        self.login = login
        let given = variable("SYM_JWT").map(\.trimmed) ?? ""
        source = given.isEmpty ? .loginFile : .environment
        token = given.isEmpty ? login.token : Secret(given)
    }
}
