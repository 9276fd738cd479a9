import ApprovalEngine
import Support

/// Brings a database to this release's schema, one step and one transaction at a time; replicas that start together
/// wait for each other.
///
/// A release works with its own version, and with later ones for as long as their steps only added something, so that
/// two neighbouring releases can use one database at the same time (decisions.md 8). What is added has defaults, and
/// functions that are there never change. A step that breaks older releases says so (`Schema.readers`).
enum Migrations {
    static let current = Schema.steps.count

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
        if let problem = try tooNew(found, &session) { throw StoreError.corrupt(problem) }
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
        if let problem = try tooNew(found, &session) { return problem }
        return found < current
            ? "the database is at schema version \(found), this release needs \(current): start it again" : nil
    }

    /// Why a database that newer releases have changed is not for this one; `nil` where it still is.
    private static func tooNew(_ found: Int, _ session: inout Session) throws -> String? {
        guard found > current else { return nil }
        let oldest =
            try session.row("SELECT max(oldest_reader)::bigint FROM schema_version") { Int($0.integer(0)) } ?? found
        guard oldest > current else { return nil }
        return
            "the database was changed by a newer release (schema version \(found)) in a way that releases before schema "
            + "version \(oldest) cannot work with; this one's is \(current). Start the newer release, or restore a backup "
            + "that was made before it."
    }

    private static func version(of session: inout Session) throws -> Int {
        try session.row("SELECT coalesce(max(version), 0)::bigint FROM schema_version") { Int($0.integer(0)) } ?? 0
    }
}
