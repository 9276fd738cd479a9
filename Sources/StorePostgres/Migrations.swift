import ApprovalEngine
import Support

/// Brings a database to this release's schema, one step and one transaction at a time; replicas that start together
/// wait for each other.
///
/// A release works with its own version and with the next one, so that two neighbouring releases can use one database
/// at the same time (decisions.md 8): steps add, and what they add has defaults.
enum Migrations {
    static let current = Schema.steps.count
    static let newestReadable = current + 1

    /// Any number that nobody else uses: "symf".
    private static let lock: SQL.Fragment = "1937337702"

    static func run(on session: inout Session) throws {
        try session.execute(
            "SET statement_timeout = \(Session.longStatementTime.milliseconds); SET lock_timeout = 0"
        )
        try session.transaction { session in
            try session.run("SELECT pg_advisory_xact_lock(\(lock))", within: Session.longStatementTime)
            try session.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, applied_at bigint NOT NULL)
                """
            )
        }
        let found = try version(of: &session)
        guard found <= newestReadable else { throw StoreError.corrupt(tooNew(found)) }
        guard found < current else { return }
        for step in (found + 1)...current {
            try session.transaction { session in
                try session.run("SELECT pg_advisory_xact_lock(\(lock))", within: Session.longStatementTime)
                // Another replica may have been quicker.
                guard try version(of: &session) < step else { return }
                try session.execute(Schema.steps[step - 1], within: Session.longStatementTime)
                try session.run(
                    """
                    INSERT INTO schema_version (version, applied_at)
                    VALUES (\(step), (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                    """
                )
            }
        }
    }

    /// Why this release should not work on the database as it is; `nil` where it should.
    static func problem(of session: inout Session) throws -> String? {
        let found = try version(of: &session)
        if found > newestReadable { return tooNew(found) }
        return found < current
            ? "the database is at schema version \(found), this release needs \(current): start it again" : nil
    }

    private static func tooNew(_ found: Int) -> String {
        "the database was written by a newer release (schema version \(found)); this one reads versions up to "
            + "\(newestReadable). Start the newer release, or restore a backup that was made before it."
    }

    private static func version(of session: inout Session) throws -> Int {
        try session.row("SELECT coalesce(max(version), 0)::bigint FROM schema_version") { Int($0.integer(0)) } ?? 0
    }
}
