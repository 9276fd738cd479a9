/// The database's tables, as the steps that lead to them. A step that was released never changes.
///
/// Times are milliseconds since 1970. A column that a query looks for stands beside the document it was taken from.
enum Schema {
    /// Schema/0001.sql
    static let version1 = """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            status TEXT NOT NULL,
            approval_status TEXT NOT NULL,
            flow TEXT NOT NULL,
            requester TEXT NOT NULL,
            is_over INTEGER NOT NULL,
            wake_at INTEGER,
            grant_key TEXT,
            submission_key TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            audit_sequence INTEGER NOT NULL,
            audit_hash TEXT NOT NULL,
            schema INTEGER NOT NULL,
            state BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX runs_by_submission ON runs (submission_key) WHERE submission_key IS NOT NULL;
        CREATE INDEX runs_by_wake ON runs (wake_at, number) WHERE wake_at IS NOT NULL;
        CREATE INDEX runs_by_grant ON runs (grant_key, number) WHERE grant_key IS NOT NULL;
        CREATE INDEX runs_by_requester ON runs (requester, number) WHERE is_over = 0;

        CREATE TABLE flow_revisions (
            hash TEXT NOT NULL UNIQUE,
            schema INTEGER NOT NULL,
            flow BLOB NOT NULL
        ) STRICT;

        -- An entry is in hand from its claim until its lease ends, and due again then: `due_at` is both, so that one
        -- index finds what can be claimed. Only the head of a serial key can be. What was asked for while the entry
        -- was in hand stands in `next_…` until it is out of hand.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            lane TEXT NOT NULL,
            serial_key TEXT NOT NULL,
            unique_key TEXT NOT NULL UNIQUE,
            is_head INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            lease_until INTEGER,
            wanted INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            first_tried_at INTEGER,
            next_serial_key TEXT,
            next_due_at INTEGER,
            run TEXT NOT NULL,
            schema INTEGER NOT NULL,
            effect BLOB NOT NULL,
            last_error TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX outbox_by_lane ON outbox (lane, is_head, due_at, id);
        CREATE INDEX outbox_by_serial_key ON outbox (serial_key, is_head, id);

        CREATE TABLE people (
            workspace TEXT NOT NULL,
            user TEXT NOT NULL,
            person TEXT NOT NULL,
            email TEXT,
            is_home INTEGER NOT NULL,
            is_full_member INTEGER NOT NULL,
            schema INTEGER NOT NULL,
            facts BLOB NOT NULL,
            PRIMARY KEY (workspace, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX people_by_email ON people (email) WHERE email IS NOT NULL AND is_home = 1;

        CREATE TABLE deliveries (
            identity TEXT PRIMARY KEY,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_by_time ON deliveries (at);

        CREATE TABLE audit_records (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            aggregate TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            actor TEXT NOT NULL,
            details TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL,
            UNIQUE (aggregate, sequence)
        ) STRICT;

        CREATE TABLE audit_seals (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            digest TEXT NOT NULL,
            previous TEXT NOT NULL,
            code TEXT NOT NULL
        ) STRICT;
        """

    static let steps = [version1, documents, history, events, readers]
}
