package import ApprovalEngine
import AuditTrail
import Support

extension PostgresStore: DocumentStore {
    package func document(_ kind: DocumentKind, _ id: String) async throws(StoreError) -> Document? {
        try await pool.read { session in
            try session.row(
                "SELECT \(DocumentRow.columns) FROM documents WHERE kind = \(kind.name) AND id = \(id)"
            ) { try DocumentRow.document($0, kind: kind) }
        }
    }

    package func documents(_ kind: DocumentKind, key: String?) async throws(StoreError) -> [Document] {
        try await pool.read { session in
            try session.rows(
                key.map {
                    """
                    SELECT \(DocumentRow.columns) FROM documents WHERE kind = \(kind.name) AND id IN (
                        SELECT id FROM document_keys WHERE kind = \(kind.name) AND name = \($0)
                    ) ORDER BY number
                    """
                } ?? "SELECT \(DocumentRow.columns) FROM documents WHERE kind = \(kind.name) ORDER BY number"
            ) { try DocumentRow.document($0, kind: kind) }
        }
    }

    package func commit(_ change: DocumentsChange) async throws(StoreError) {
        try await pool.transaction { session in
            // Changes are few: one after the other, none is ever in another one's way halfway through.
            try session.run("SELECT pg_advisory_xact_lock(1937337705, 0)")
            for deletion in change.deleted { try DocumentRow.delete(deletion, in: &session) }
            for document in change.saved { try DocumentRow.save(document, in: &session) }
            for document in change.saved { try DocumentRow.saveNames(of: document, in: &session) }
            for kind in Set(change.saved.map(\.kind.name) + change.deleted.map(\.kind.name)).sorted() {
                try session.run(
                    """
                    INSERT INTO document_kinds (kind, generation) VALUES (\(kind), 1)
                    ON CONFLICT (kind) DO UPDATE SET generation = document_kinds.generation + 1
                    """
                )
            }
            for note in change.notes { try DocumentRow.record(note, in: &session) }
        }
    }

    package func generation(of kind: DocumentKind) async throws(StoreError) -> Int64 {
        try await pool.read { session in
            try session.row("SELECT generation FROM document_kinds WHERE kind = \(kind.name)") { $0.integer(0) } ?? 0
        }
    }
}

private enum DocumentRow {
    static let columns: SQL.Fragment = """
        id, version, created_at, updated_at, schema, body,
        (SELECT json_agg(name)::text FROM document_keys AS k
            WHERE k.kind = documents.kind AND k.id = documents.id AND is_unique),
        (SELECT json_agg(name)::text FROM document_keys AS k
            WHERE k.kind = documents.kind AND k.id = documents.id AND NOT is_unique)
        """

    static func document(_ row: borrowing Row, kind: DocumentKind) throws -> Document {
        guard (1...Int64(StoredDocument.newestReadable)).contains(row.integer(4)) else {
            throw StoreError.corrupt(
                "a document has version \(row.integer(4)); this release reads versions up to "
                    + "\(StoredDocument.newestReadable)"
            )
        }
        guard let body = try JSONValue(parsing: row.text(5)).object else {
            throw StoreError.corrupt("the \(kind.name) \(row.text(0)) is not an object")
        }
        return Document(
            kind: kind, id: row.text(0), version: row.integer(1), unique: try names(row.optionalText(6)),
            keys: try names(row.optionalText(7)), body: body, createdAt: row.time(2), updatedAt: row.time(3)
        )
    }

    private static func names(_ array: String?) throws -> Set<String> {
        guard let array else { return [] }
        return Set(try JSONValue(parsing: array).elements?.compactMap(\.text) ?? [])
    }

    static func delete(_ deletion: DocumentsChange.Deletion, in session: inout Session) throws {
        let deleted = try session.run(
            """
            DELETE FROM documents
            WHERE kind = \(deletion.kind.name) AND id = \(deletion.id) AND version = \(deletion.version)
            """
        )
        guard deleted == 1 else { throw StoreError.conflict }
        try deleteNames(kind: deletion.kind, id: deletion.id, in: &session)
    }

    /// The document without its names; those it had before are gone afterwards, so that two documents of one change
    /// can exchange theirs.
    static func save(_ document: Document, in session: inout Session) throws {
        let body = JSONValue.object(document.body).compact
        let changed =
            document.version == 0
            ? try session.run(
                """
                INSERT INTO documents (kind, id, version, created_at, updated_at, schema, body) VALUES (
                    \(document.kind.name), \(document.id), 1, \(document.createdAt), \(document.updatedAt),
                    \(StoredDocument.schema), \(body)
                ) ON CONFLICT (kind, id) DO NOTHING
                """
            )
            : try session.run(
                """
                UPDATE documents SET
                    version = version + 1, updated_at = \(document.updatedAt), schema = \(StoredDocument.schema),
                    body = \(body)
                WHERE kind = \(document.kind.name) AND id = \(document.id) AND version = \(document.version)
                """
            )
        guard changed == 1 else { throw StoreError.conflict }
        try deleteNames(kind: document.kind, id: document.id, in: &session)
    }

    static func saveNames(of document: Document, in session: inout Session) throws {
        let kind = document.kind.name
        for name in document.unique.sorted() {
            let other = try session.row(
                "SELECT id FROM document_keys WHERE kind = \(kind) AND name = \(name) AND is_unique"
            ) { $0.text(0) }
            if let other { throw StoreError.taken(name: name, by: other) }
            try insert(name, of: document, isUnique: true, into: &session)
        }
        for name in document.keys.subtracting(document.unique).sorted() {
            try insert(name, of: document, isUnique: false, into: &session)
        }
    }

    static func record(_ note: AuditNote, in session: inout Session) throws {
        let head = try session.row(
            """
            SELECT sequence, hash FROM audit_records WHERE aggregate = \(note.aggregate)
            ORDER BY sequence DESC LIMIT 1
            """
        ) { AuditHead(sequence: $0.integer(0), hash: $0.text(1)) }
        let record = AuditRecord(note, after: head ?? .genesis)
        let inserted = try session.run(
            """
            INSERT INTO audit_records (\(AuditRow.columns)) VALUES (
                \(record.aggregate), \(record.sequence), \(record.at), \(record.kind), \(record.actor),
                \(record.detailsText), \(record.previous), \(record.hash)
            ) ON CONFLICT (aggregate, sequence) DO NOTHING
            """
        )
        guard inserted == 1 else { throw StoreError.conflict }
    }

    private static func insert(
        _ name: String, of document: Document, isUnique: Bool, into session: inout Session
    ) throws {
        try session.run(
            """
            INSERT INTO document_keys (kind, name, id, is_unique) VALUES (
                \(document.kind.name), \(name), \(document.id), \(isUnique)
            )
            """
        )
    }

    private static func deleteNames(kind: DocumentKind, id: String, in session: inout Session) throws {
        try session.run("DELETE FROM document_keys WHERE kind = \(kind.name) AND id = \(id)")
    }
}
