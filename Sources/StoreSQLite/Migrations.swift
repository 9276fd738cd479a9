import ApprovalEngine

/// Brings a database to this release's schema, one step and one transaction at a time.
///
/// A release works with its own version and with the next one, so that two neighbouring releases can use one database
/// (decisions.md 8): steps add, and what they add has defaults.
enum Migrations {
    static let current = Schema.steps.count
    static let newestReadable = current + 1

    static func run(on connection: inout Connection) throws {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
        )
        let found = try version(of: &connection)
        guard found <= newestReadable else { throw StoreError.corrupt(tooNew(found)) }
        guard found < current else { return }
        for step in (found + 1)...current {
            try connection.run("BEGIN IMMEDIATE")
            do {
                // Another process may have been quicker.
                if try version(of: &connection) < step {
                    try connection.execute(Schema.steps[step - 1])
                    try connection.run(
                        "INSERT INTO schema_version (version, applied_at) VALUES (\(step), unixepoch() * 1000)"
                    )
                }
                try connection.run("COMMIT")
            } catch {
                connection.rollBack()
                throw error
            }
        }
    }

    /// Why this release should not work on the database as it is; `nil` where it should.
    static func problem(of connection: inout Connection) throws -> String? {
        let found = try version(of: &connection)
        if found > newestReadable { return tooNew(found) }
        return found < current
            ? "the database is at schema version \(found), this release needs \(current): start it again" : nil
    }

    private static func tooNew(_ found: Int) -> String {
        "the database was written by a newer release (schema version \(found)); this one reads versions up to "
            + "\(newestReadable). Start the newer release, or restore a backup that was made before it."
    }

    private static func version(of connection: inout Connection) throws -> Int {
        try connection.row("SELECT coalesce(max(version), 0) FROM schema_version") { Int($0.integer(0)) } ?? 0
    }
}
