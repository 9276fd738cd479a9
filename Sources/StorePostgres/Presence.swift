/// Who works on the database: each replica holds a lock that all of them may hold at once, on the connection that it
/// hears the others through. It goes with the connection, however the replica ends.
enum Presence {
    private static let lock: SQL.Fragment = "1937337706"

    /// The server notices within half a minute that a machine is gone.
    private static let silence: SQL =
        """
        SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
            set_config('tcp_keepalives_count', '3', false)
        """

    static func begin(in session: inout Session) throws {
        _ = try session.row(silence) { _ in }
        _ = try session.row("SELECT pg_advisory_lock_shared(\(lock), 0)") { _ in }
    }

    static func count(in session: inout Session) throws -> Int {
        let count = try session.row(
            """
            SELECT count(DISTINCT l.pid) FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                AND l.classid::bigint = \(lock) AND l.objid::bigint = 0
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        ) { $0.integer(0) }
        return Int(count ?? 0)
    }
}
