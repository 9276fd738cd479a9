package import ApprovalEngine
package import Crypto
import FoundationEssentials
package import Support
import Synchronization

extension DocumentKind {
    static let signingKey = DocumentKind("signing_key")
}

/// The keys that sign tokens: made when they are needed, sealed with the master key, kept in the database, replaced by
/// a new one after a while (decisions.md 11). What an old key signed stays valid as long as the token does.
package final class SigningKeys: Sendable {
    struct Key: Sendable {
        /// The `kid`.
        var id: String
        var key: RSAKey
        var createdAt: Timestamp
        /// Whether this process can sign with it: it cannot where another master key sealed it.
        var canSign: Bool
    }

    private let store: any DocumentStore
    private let box: SealedBox
    private let clock: WallClock
    private let ids: IDGenerator
    private let known = Mutex<[String: Key]>([:])

    /// A key signs for this long; then a new one does.
    static let rotateAfter: Duration = .hours(24 * 90)

    package init(store: any DocumentStore, masterKey: MasterKey, clock: WallClock, ids: IDGenerator) {
        self.store = store
        box = SealedBox(masterKey: masterKey, purpose: "token signing keys")
        self.clock = clock
        self.ids = ids
    }

    /// The newest key that we can sign with and that is not too old; made where there is none.
    func current() async throws(StoreError) -> Key {
        let now = clock.now()
        if let key = Self.current(among: known.withLock { Array($0.values) }, at: now) { return key }
        if let key = Self.current(among: try await load(), at: now) { return key }
        let key = RSAKey.generate()
        let id = ids.next()
        try await store.commit(
            DocumentsChange(
                saved: [
                    Document(
                        kind: .signingKey, id: id,
                        body: [
                            "public": .string(Data(key.publicDER).base64EncodedString()),
                            "private": .string(Data(box.seal(key.privateDER, context: id)).base64EncodedString()),
                        ], createdAt: now
                    )
                ],
                notes: [AuditNote(aggregate: "signing_key/" + id, at: now, kind: "signingKeyCreated", actor: "system")]
            )
        )
        let made = Key(id: id, key: key, createdAt: now, canSign: true)
        known.withLock { $0[id] = made }
        return made
    }

    func key(_ id: String) async throws(StoreError) -> Key? {
        if let key = known.withLock({ $0[id] }) { return key }
        // Anybody can write a `kid`: one that is not a key of ours costs one look-up by name.
        guard let document = try await store.document(.signingKey, id), let key = read(document) else { return nil }
        known.withLock { $0[id] = key }
        return key
    }

    /// `/.well-known/jwks.json` (RFC 7517), the newest first.
    package func jwks() async throws(StoreError) -> JSONValue {
        _ = try await current()
        let keys = try await load().sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return [
            "keys": .array(
                keys.map { key in
                    [
                        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": .string(key.id),
                        "n": .string(Base64URL.text(key.key.modulus)), "e": .string(Base64URL.text(key.key.exponent)),
                    ]
                }
            )
        ]
    }

    private func load() async throws(StoreError) -> [Key] {
        let keys = try await store.documents(.signingKey, key: nil).compactMap(read)
        known.withLock { known in for key in keys { known[key.id] = key } }
        return keys
    }

    private func read(_ document: Document) -> Key? {
        func bytes(_ name: String) -> [UInt8]? {
            document.body[name]?.text.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
        if let sealed = bytes("private"), let der = box.open(sealed, context: document.id),
            let key = RSAKey(privateDER: der)
        {
            return Key(id: document.id, key: key, createdAt: document.createdAt, canSign: true)
        }
        guard let key = bytes("public").flatMap(RSAKey.init(publicDER:)) else { return nil }
        return Key(id: document.id, key: key, createdAt: document.createdAt, canSign: false)
    }

    private static func current(among keys: [Key], at now: Timestamp) -> Key? {
        keys.filter { $0.canSign && now - $0.createdAt < rotateAfter }.max {
            ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
        }
    }
}
