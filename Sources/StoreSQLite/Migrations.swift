import ApprovalEngine

/// Brings a database to this release's schema, one step and one transaction at a time.
///
/// A release works with its own version, and with later ones for as long as their steps only added something
/// (decisions.md 8). What is added has defaults. A step that breaks older releases says so (`Schema.readers`).
enum Migrations {
    static let current = Schema.steps.count

    static func run(on connection: inout Connection) throws {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
        )
        let found = try version(of: &connection)
        if let problem = try tooNew(found, &connection) { throw StoreError.corrupt(problem) }
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
        if let problem = try tooNew(found, &connection) { return problem }
        return found < current
            ? "the database is at schema version \(found), this release needs \(current): start it again" : nil
    }

    /// Why a database that newer releases have changed is not for this one; `nil` where it still is.
    private static func tooNew(_ found: Int, _ connection: inout Connection) throws -> String? {
        guard found > current else { return nil }
        let oldest = try connection.row("SELECT max(oldest_reader) FROM schema_version") { Int($0.integer(0)) } ?? found
        guard oldest > current else { return nil }
        return
            "the database was changed by a newer release (schema version \(found)) in a way that releases before schema "
            + "version \(oldest) cannot work with; this one's is \(current). Start the newer release, or restore a backup "
            + "that was made before it."
    }

    private static func version(of connection: inout Connection) throws -> Int {
        try connection.row("SELECT coalesce(max(version), 0) FROM schema_version") { Int($0.integer(0)) } ?? 0
    }
}
