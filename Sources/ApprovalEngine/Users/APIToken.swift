package import ApprovalCore
package import Support

extension DocumentKind {
    package static let token = DocumentKind("token")
}

/// A token that calls the API: what we know of it beside the signed text, which is shown once and kept nowhere.
package struct APIToken: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        /// Made by an administrator for a bot (sym-api.md 5).
        case bot
        /// Made by a login in a browser (sym-api.md 2.3).
        case login
    }

    /// The `jti`.
    package var id: String
    package var user: PersonID
    package var purpose: Purpose
    package var createdBy: PersonID
    package var label: String?
    package var issuedAt: Timestamp
    package var expiresAt: Timestamp
    /// Kept coarsely: at most `usedEvery` behind.
    package var lastUsedAt: Timestamp?

    /// A token's use is written down this often, and no more.
    package static let usedEvery: Duration = .minutes(1)

    package init(
        id: String, user: PersonID, purpose: Purpose, createdBy: PersonID, label: String? = nil, issuedAt: Timestamp,
        expiresAt: Timestamp, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.user = user
        self.purpose = purpose
        self.createdBy = createdBy
        self.label = label
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }

    /// Whether its use at `now` must be written down.
    package func isUseNews(at now: Timestamp) -> Bool { lastUsedAt.map { now - $0 >= Self.usedEvery } ?? true }
}

extension APIToken {
    /// - Parameter version: of the document that this replaces; 0 for a new token.
    package func document(version: Int64, at now: Timestamp) -> Document {
        var body: JSONObject = [
            "user": .string(user.text), "purpose": .string(purpose.rawValue), "created_by": .string(createdBy.text),
            "expires_at": .int(expiresAt.milliseconds),
        ]
        if let label { body["label"] = .string(label) }
        if let lastUsedAt { body["last_used_at"] = .int(lastUsedAt.milliseconds) }
        return Document(
            kind: .token, id: id, version: version,
            keys: [Self.key(user: user), Self.key(purpose: purpose)], body: body, createdAt: issuedAt, updatedAt: now
        )
    }

    package init(_ document: Document) throws(StoreError) {
        let body = document.body
        guard let user = body["user"]?.text, let purpose = body["purpose"]?.text.flatMap(Purpose.init),
            let createdBy = body["created_by"]?.text, let expiresAt = body["expires_at"]?.integer
        else { throw .corrupt("the token \(document.id) does not have the form this release reads") }
        self.init(
            id: document.id, user: PersonID(user), purpose: purpose, createdBy: PersonID(createdBy),
            label: body["label"]?.text, issuedAt: document.createdAt, expiresAt: Timestamp(milliseconds: expiresAt),
            lastUsedAt: body["last_used_at"]?.integer.map(Timestamp.init(milliseconds:))
        )
    }

    static func key(user: PersonID) -> String { "user:" + user.text }
    static func key(purpose: Purpose) -> String { "purpose:" + purpose.rawValue }
}

extension DocumentStore {
    /// All tokens for a purpose, the oldest first, expired ones included.
    package func tokens(_ purpose: APIToken.Purpose) async throws(StoreError) -> [APIToken] {
        try await tokens(key: APIToken.key(purpose: purpose))
    }

    package func tokens(of user: PersonID) async throws(StoreError) -> [APIToken] {
        try await tokens(key: APIToken.key(user: user))
    }

    private func tokens(key: String) async throws(StoreError) -> [APIToken] {
        var tokens: [APIToken] = []
        for document in try await documents(.token, key: key) { tokens.append(try APIToken(document)) }
        return tokens
    }
}
