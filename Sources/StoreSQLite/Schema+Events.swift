extension Schema {
    /// What was asked for through the API; and an index that answers which runs there are without reading them.
    static let events = """
        CREATE TABLE run_events (
            id TEXT PRIMARY KEY,
            run TEXT NOT NULL,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            key TEXT,
            fingerprint TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX run_events_by_key ON run_events (key) WHERE key IS NOT NULL;

        CREATE INDEX runs_by_creation ON runs (created_at, number, status, flow, requester);
        """
}
