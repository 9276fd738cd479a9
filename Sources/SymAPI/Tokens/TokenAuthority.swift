package import ApprovalCore
package import ApprovalEngine
package import Crypto
package import Support

/// Makes the tokens that call the API, and says whose a token is.
///
/// A token is a signed text and a document. The signature says that it is one of ours; whether it still counts, and as
/// whom, is read at each call: what is revoked, expired, deleted, demoted or deactivated in Slack counts at once.
package struct TokenAuthority: Sendable {
    private let store: any DocumentStore
    private let clock: WallClock
    private let ids: IDGenerator
    private let role: @Sendable (User) async throws(StoreError) -> Role?
    package let keys: SigningKeys

    /// `aud` of every token, as Sym's clients check it (sym-api.md 2.3).
    package static let audience = "https://api.symops.com"
    /// What Sym calls its own claims begins so.
    static let claimPrefix = audience + "/"

    /// - Parameter role: that of a token's user; `nil` where they act no more.
    package init(
        store: any DocumentStore, masterKey: MasterKey, clock: WallClock, ids: IDGenerator,
        role: @escaping @Sendable (User) async throws(StoreError) -> Role?
    ) {
        self.store = store
        self.clock = clock
        self.ids = ids
        self.role = role
        keys = SigningKeys(store: store, masterKey: masterKey, clock: clock, ids: ids)
    }

    /// What a new token is for.
    package struct Order: Sendable {
        package var user: User
        package var purpose: APIToken.Purpose
        package var createdBy: PersonID
        package var lifetime: Duration
        package var label: String?
        /// `iss`: where the token comes from, with a slash at its end.
        package var issuer: String
        /// `azp`: the client that asked for it.
        package var client: String
        /// Where a person proved who they are: `slack`.
        package var connection: String
        /// The person's name there.
        package var identityProviderID: String?

        package init(
            user: User, purpose: APIToken.Purpose, createdBy: PersonID, lifetime: Duration, label: String? = nil,
            issuer: String, client: String, connection: String, identityProviderID: String? = nil
        ) {
            self.user = user
            self.purpose = purpose
            self.createdBy = createdBy
            self.lifetime = lifetime
            self.label = label
            self.issuer = issuer
            self.client = client
            self.connection = connection
            self.identityProviderID = identityProviderID
        }
    }

    /// A new token, durable when this returns.
    ///
    /// - Parameter id: the `jti`, where the caller has one.
    /// - Returns: the text to hand out once.
    package func issue(_ order: Order, id: String? = nil) async throws(StoreError) -> String {
        let now = clock.now()
        let token = APIToken(
            id: id ?? ids.next(), user: order.user.id, purpose: order.purpose, createdBy: order.createdBy,
            label: order.label, issuedAt: now, expiresAt: now + order.lifetime
        )
        let signing = try await keys.current()
        var details: JSONObject = [
            "token": .string(token.id), "purpose": .string(token.purpose.rawValue),
            "expires_at": .string(token.expiresAt.description),
        ]
        if let label = token.label { details["label"] = .string(label) }
        try await store.commit(
            DocumentsChange(
                saved: [token.document(version: 0, at: now)],
                notes: [
                    AuditNote(
                        aggregate: "user/\(order.user.id)", at: now, kind: "tokenIssued", actor: order.createdBy.text,
                        details: details
                    )
                ]
            )
        )
        return JWT.signed(claims(of: token, order), with: signing.key, id: signing.id)
    }

    private func claims(of token: APIToken, _ order: Order) -> JSONObject {
        let prefix = Self.claimPrefix
        let name = order.user.fullName ?? order.user.username ?? order.user.email ?? order.user.id.text
        var claims: JSONObject = [
            "iss": .string(order.issuer), "aud": .string(Self.audience), "sub": .string(order.user.id.text),
            "azp": .string(order.client), "iat": .int(token.issuedAt.seconds), "exp": .int(token.expiresAt.seconds),
            "jti": .string(token.id), prefix + "connection_strategy": .string(order.connection),
        ]
        claims[prefix + "connection_name"] = .string(order.connection)
        claims[prefix + "email"] = .string(order.user.email ?? order.user.username ?? "")
        claims[prefix + "name"] = .string(name)
        if let id = order.identityProviderID { claims[prefix + "idp_id"] = .string(id) }
        return claims
    }

    /// Whose token this is, and with which role; `nil` for one that does not count, whatever the reason.
    package func caller(_ bearer: String) async throws(StoreError) -> APICaller? {
        guard let jwt = JWT.Unverified(bearer), let key = try await keys.key(jwt.keyID),
            let claims = jwt.claims(verifiedBy: key.key), claims["aud"]?.text == Self.audience,
            let id = claims["jti"]?.text, let document = try await store.document(.token, id)
        else { return nil }
        let token = try APIToken(document)
        let now = clock.now()
        guard now < token.expiresAt, claims["sub"]?.text == token.user.text,
            let userDocument = try await store.document(.user, token.user.text)
        else { return nil }
        let user = try User(userDocument)
        guard !user.isDeleted, let role = try await role(user) else { return nil }
        if token.isUseNews(at: now) { await noteUse(of: token, document, at: now) }
        return APICaller(user: user, role: role, token: token.id)
    }

    /// Revokes a token at once.
    ///
    /// - Returns: false where there is none of that name.
    package func revoke(_ id: String, by actor: String) async throws(StoreError) -> Bool {
        while true {
            guard let document = try await store.document(.token, id) else { return false }
            let token = try APIToken(document)
            do {
                try await store.commit(
                    DocumentsChange(
                        deleted: [DocumentsChange.Deletion(document)],
                        notes: [
                            AuditNote(
                                aggregate: "user/\(token.user)", at: clock.now(), kind: "tokenRevoked", actor: actor,
                                details: ["token": .string(id)]
                            )
                        ]
                    )
                )
                return true
            } catch {
                // Its use was noted, or somebody else revoked it.
                guard error == .conflict else { throw error }
            }
        }
    }

    /// Coarse on purpose, and no reason to refuse a call: whoever else wrote it down at the same time did as well.
    private func noteUse(of token: APIToken, _ document: Document, at now: Timestamp) async {
        var token = token
        token.lastUsedAt = now
        _ = try? await store.commit(
            DocumentsChange(saved: [token.document(version: document.version, at: now)])
        )
    }
}
