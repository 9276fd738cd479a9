import ApprovalCore
import ApprovalEngine
import Support

extension DocumentKind {
    static let loginAttempt = DocumentKind("login_attempt")
    static let loginGrant = DocumentKind("login_grant")
}

/// A login that waits for its code: bound to one browser session, for a few minutes and a few tries.
struct LoginAttempt: Hashable, Sendable {
    var id: String
    var request: LoginRequest
    /// Hash of the browser's session cookie.
    var session: String
    /// Keyed hash of the code that was sent.
    var code: String
    /// Who was found behind the e-mail address. Without anybody no code is right.
    var account: Account?
    var workspace: String?
    var tries: Int
    var expiresAt: Timestamp

    static let lifetime: Duration = .minutes(5)
    static let triesMax = 5

    func document(version: Int64, at now: Timestamp) -> Document {
        var body: JSONObject = [
            "request": request.json, "session": .string(session), "code": .string(code), "tries": .int(Int64(tries)),
            "expires_at": .int(expiresAt.milliseconds),
        ]
        if let account, let workspace {
            body["account"] = [.string(account.workspace), .string(account.user), .string(workspace)]
        }
        return Document(kind: .loginAttempt, id: id, version: version, body: body, createdAt: now, updatedAt: now)
    }
}

extension LoginAttempt {
    init?(_ document: Document) {
        let body = document.body
        guard let request = body["request"].flatMap(LoginRequest.init), let session = body["session"]?.text,
            let code = body["code"]?.text, let tries = body["tries"]?.integer,
            let expiresAt = body["expires_at"]?.integer
        else { return nil }
        self.init(
            id: document.id, request: request, session: session, code: code, tries: Int(tries),
            expiresAt: Timestamp(milliseconds: expiresAt)
        )
        if let names = body["account"]?.elements?.compactMap(\.text), names.count == 3 {
            account = Account(workspace: names[0], user: names[1])
            workspace = names[2]
        }
    }
}

/// An authorization code that was handed to the browser: for one use by the client that asked for it.
struct LoginGrant: Hashable, Sendable {
    /// Hash of the code.
    var id: String
    var request: LoginRequest
    var user: PersonID
    /// In Slack, where they proved who they are.
    var account: Account
    /// The token it was redeemed for: a second use of the code revokes it.
    var token: String?
    var expiresAt: Timestamp

    static let lifetime: Duration = .minutes(1)

    func document(version: Int64, at now: Timestamp) -> Document {
        var body: JSONObject = [
            "request": request.json, "user": .string(user.text),
            "account": [.string(account.workspace), .string(account.user)],
            "expires_at": .int(expiresAt.milliseconds),
        ]
        if let token { body["token"] = .string(token) }
        return Document(kind: .loginGrant, id: id, version: version, body: body, createdAt: now, updatedAt: now)
    }
}

extension LoginGrant {
    init?(_ document: Document) {
        let body = document.body
        guard let request = body["request"].flatMap(LoginRequest.init), let user = body["user"]?.text,
            let expiresAt = body["expires_at"]?.integer,
            let names = body["account"]?.elements?.compactMap(\.text), names.count == 2
        else { return nil }
        self.init(
            id: document.id, request: request, user: PersonID(user),
            account: Account(workspace: names[0], user: names[1]), token: body["token"]?.text,
            expiresAt: Timestamp(milliseconds: expiresAt)
        )
    }
}
