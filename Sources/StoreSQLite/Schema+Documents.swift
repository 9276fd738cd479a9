extension Schema {
    static let documents = """
        CREATE TABLE documents (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            schema INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (kind, id)
        ) STRICT;

        CREATE TABLE document_keys (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            id TEXT NOT NULL,
            is_unique INTEGER NOT NULL,
            PRIMARY KEY (kind, name, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX document_keys_by_document ON document_keys (kind, id);
        CREATE UNIQUE INDEX document_keys_unique ON document_keys (kind, name) WHERE is_unique = 1;

        CREATE TABLE document_kinds (
            kind TEXT PRIMARY KEY,
            generation INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
