package import Support

/// What administrators and handlers keep beside the runs, as small documents of JSON: entities, users, tokens, keys.
/// There are thousands of them at most, and they are read far more often than written.
package protocol DocumentStore: Sendable {
    func document(_ kind: DocumentKind, _ id: String) async throws(StoreError) -> Document?

    /// Those of a kind, the oldest first; with a key only those that carry it among `unique` or `keys`.
    func documents(_ kind: DocumentKind, key: String?) async throws(StoreError) -> [Document]

    /// Everything in the change or nothing, durable when the call returns. Records are put at the end of their
    /// aggregates' chains.
    ///
    /// - Throws: `.conflict` when a document is no longer at the version that the change names, or is new and there
    ///   already; `.taken` when another document of the kind has one of its unique names. Nothing happened then.
    func commit(_ change: DocumentsChange) async throws(StoreError)

    /// Counts the commits that touched documents of a kind. What was made from them is still true while this stands.
    func generation(of kind: DocumentKind) async throws(StoreError) -> Int64
}

/// A kind of document: `user`, `entity`.
package struct DocumentKind: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }

    package var description: String { name }
}

package struct Document: Hashable, Sendable {
    package var kind: DocumentKind
    package var id: String
    /// Counts commits; 0 for one that is new. In a change: the version it replaces.
    package var version: Int64
    /// Names that no other document of the kind may have: `slug:prod-db`.
    package var unique: Set<String>
    /// What it can be found by, with others.
    package var keys: Set<String>
    package var body: JSONObject
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        kind: DocumentKind, id: String, version: Int64 = 0, unique: Set<String> = [], keys: Set<String> = [],
        body: JSONObject, createdAt: Timestamp, updatedAt: Timestamp? = nil
    ) {
        self.kind = kind
        self.id = id
        self.version = version
        self.unique = unique
        self.keys = keys
        self.body = body
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
    }
}

package struct DocumentsChange: Hashable, Sendable {
    package var saved: [Document]
    package var deleted: [Deletion]
    package var notes: [AuditNote]

    package init(saved: [Document] = [], deleted: [Deletion] = [], notes: [AuditNote] = []) {
        self.saved = saved
        self.deleted = deleted
        self.notes = notes
    }

    /// Names a document that is to go, at the version it was read with.
    package struct Deletion: Hashable, Sendable {
        package var kind: DocumentKind
        package var id: String
        package var version: Int64

        package init(_ document: Document) {
            kind = document.kind
            id = document.id
            version = document.version
        }
    }
}

/// What is to be put on record, before its place in the chain is known.
package struct AuditNote: Hashable, Sendable {
    /// `user/ID`, `entity/ID`.
    package var aggregate: String
    package var at: Timestamp
    package var kind: String
    package var actor: String
    package var details: JSONObject

    package init(aggregate: String, at: Timestamp, kind: String, actor: String, details: JSONObject = [:]) {
        self.aggregate = aggregate
        self.at = at
        self.kind = kind
        self.actor = actor
        self.details = details
    }
}
