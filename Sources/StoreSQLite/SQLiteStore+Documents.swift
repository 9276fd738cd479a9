package import ApprovalEngine
import AuditTrail
import Support

extension SQLiteStore: DocumentStore {
    package func document(_ kind: DocumentKind, _ id: String) async throws(StoreError) -> Document? {
        try readers.read { connection in
            try connection.row(
                "SELECT \(DocumentRow.columns) FROM documents WHERE kind = \(kind.name) AND id = \(id)"
            ) { try DocumentRow.document($0, kind: kind) }
        }
    }

    package func documents(_ kind: DocumentKind, key: String?) async throws(StoreError) -> [Document] {
        try readers.read { connection in
            try connection.rows(
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
        try await writer.write { connection in
            for deletion in change.deleted { try DocumentRow.delete(deletion, in: &connection) }
            for document in change.saved { try DocumentRow.save(document, in: &connection) }
            for document in change.saved { try DocumentRow.saveNames(of: document, in: &connection) }
            for kind in Set(change.saved.map(\.kind.name) + change.deleted.map(\.kind.name)).sorted() {
                try connection.run(
                    """
                    INSERT INTO document_kinds (kind, generation) VALUES (\(kind), 1)
                    ON CONFLICT (kind) DO UPDATE SET generation = generation + 1
                    """
                )
            }
            for note in change.notes { try DocumentRow.record(note, in: &connection) }
        }
    }

    package func generation(of kind: DocumentKind) async throws(StoreError) -> Int64 {
        try readers.read { connection in
            try connection.row("SELECT generation FROM document_kinds WHERE kind = \(kind.name)") { $0.integer(0) } ?? 0
        }
    }
}

private enum DocumentRow {
    static let columns: SQL.Fragment = """
        id, version, created_at, updated_at, schema, body,
        (SELECT json_group_array(name) FROM document_keys AS k
            WHERE k.kind = documents.kind AND k.id = documents.id AND is_unique = 1),
        (SELECT json_group_array(name) FROM document_keys AS k
            WHERE k.kind = documents.kind AND k.id = documents.id AND is_unique = 0)
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
            kind: kind, id: row.text(0), version: row.integer(1), unique: try names(row.text(6)),
            keys: try names(row.text(7)), body: body, createdAt: row.time(2), updatedAt: row.time(3)
        )
    }

    private static func names(_ array: String) throws -> Set<String> {
        Set(try JSONValue(parsing: array).elements?.compactMap(\.text) ?? [])
    }

    static func delete(_ deletion: DocumentsChange.Deletion, in connection: inout Connection) throws {
        let deleted = try connection.run(
            """
            DELETE FROM documents
            WHERE kind = \(deletion.kind.name) AND id = \(deletion.id) AND version = \(deletion.version)
            """
        )
        guard deleted == 1 else { throw StoreError.conflict }
        try deleteNames(kind: deletion.kind, id: deletion.id, in: &connection)
    }

    /// The document without its names; those it had before are gone afterwards, so that two documents of one change
    /// can exchange theirs.
    static func save(_ document: Document, in connection: inout Connection) throws {
        let body = JSONValue.object(document.body).compact
        let changed =
            document.version == 0
            ? try connection.run(
                """
                INSERT INTO documents (kind, id, version, created_at, updated_at, schema, body) VALUES (
                    \(document.kind.name), \(document.id), 1, \(document.createdAt), \(document.updatedAt),
                    \(StoredDocument.schema), \(body)
                ) ON CONFLICT (kind, id) DO NOTHING
                """
            )
            : try connection.run(
                """
                UPDATE documents SET
                    version = version + 1, updated_at = \(document.updatedAt), schema = \(StoredDocument.schema),
                    body = \(body)
                WHERE kind = \(document.kind.name) AND id = \(document.id) AND version = \(document.version)
                """
            )
        guard changed == 1 else { throw StoreError.conflict }
        try deleteNames(kind: document.kind, id: document.id, in: &connection)
    }

    static func saveNames(of document: Document, in connection: inout Connection) throws {
        let kind = document.kind.name
        for name in document.unique.sorted() {
            let other = try connection.row(
                "SELECT id FROM document_keys WHERE kind = \(kind) AND name = \(name) AND is_unique = 1"
            ) { $0.text(0) }
            if let other { throw StoreError.taken(name: name, by: other) }
            try insert(name, of: document, isUnique: true, into: &connection)
        }
        for name in document.keys.subtracting(document.unique).sorted() {
            try insert(name, of: document, isUnique: false, into: &connection)
        }
    }

    static func record(_ note: AuditNote, in connection: inout Connection) throws {
        let head = try connection.row(
            """
            SELECT sequence, hash FROM audit_records WHERE aggregate = \(note.aggregate)
            ORDER BY sequence DESC LIMIT 1
            """
        ) { AuditHead(sequence: $0.integer(0), hash: $0.text(1)) }
        try AuditRow(AuditRecord(note, after: head ?? .genesis)).insert(into: &connection)
    }

    private static func insert(
        _ name: String, of document: Document, isUnique: Bool, into connection: inout Connection
    ) throws {
        try connection.run(
            """
            INSERT INTO document_keys (kind, name, id, is_unique) VALUES (
                \(document.kind.name), \(name), \(document.id), \(isUnique)
            )
            """
        )
    }

    private static func deleteNames(kind: DocumentKind, id: String, in connection: inout Connection) throws {
        try connection.run("DELETE FROM document_keys WHERE kind = \(kind.name) AND id = \(id)")
    }
}
