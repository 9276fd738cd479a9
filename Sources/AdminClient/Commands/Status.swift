import Support

/// `symflow status`: whether the token is good, and whose it is.
package struct Status: Sendable {
    let desk: Desk
    let session: Session

    package init(_ desk: Desk, _ session: Session) {
        self.desk = desk
        self.session = session
    }

    /// - Throws: with exit code 1 whatever the reason (sym-api.md 12).
    package func run() async throws(ClientError) {
        do { try await check() } catch {
            var error = error
            error.code = .failed
            throw error
        }
    }

    private func check() async throws(ClientError) {
        // The stored address is checked against the token it came with, and no other.
        let email = session.source == .loginFile ? session.login.email : nil
        let answer = try await desk.api.get("auth/login", email.map { [("email", $0)] } ?? [])
        if answer["error"]?.flag == true { throw .failed(APIClient.message(answer) ?? "The token is not accepted.") }
        guard let organization = answer["organization"]?.text, let name = answer["username"]?.text else {
            throw .malformed("who is logged in")
        }
        let role = answer["role"]?.text
        let way =
            switch session.source {
            case .environment: "by SYM_JWT"
            case .loginFile: "by the login file"
            }
        var document: JSONObject = ["organization": .string(organization), "username": .string(name)]
        if let role { document["role"] = .string(role) }
        document["token_from"] = session.source == .environment ? "SYM_JWT" : "config"
        document["api_url"] = .string(session.address.base)
        desk.say(
            "Logged in to \(organization) as \(name)\(role.map { ", role \($0)," } ?? "") \(way), at \(session.address.base).",
            document
        )
    }
}
