package import ApprovalEngine
package import Support

extension PostgresStore: FigureStore {
    package func figures(at now: Timestamp) async throws(StoreError) -> StoredFigures {
        try await pool.read { session in
            var figures = StoredFigures()
            figures.openRuns = Int(try session.row(Figures.openRuns) { $0.integer(0) } ?? 0)
            figures.liveGrants = Int(try session.row(Figures.liveGrants) { $0.integer(0) } ?? 0)
            figures.nextDeadline = try session.row(Figures.nextDeadline) { $0.optionalTime(0) } ?? nil
            let late = now - StoredFigures.lateAfter
            for query in [Figures.access(dueBy: late), Figures.removals(askedBy: late)] {
                let found = try session.row(query) { (count: Int($0.integer(0)), since: $0.optionalTime(1)) }
                figures.lateRemovals += found?.count ?? 0
                figures.lateSince = [figures.lateSince, found?.since].compactMap { $0 }.min()
            }
            let seal = try session.row(Figures.seal) { ($0.integer(0), $0.time(1), $0.integer(2)) }
            figures.seal = seal.map { StoredFigures.Seal(number: $0.0, at: $0.1) }
            let unsealed = [Figures.unnumbered, Figures.unsealed(after: seal?.2 ?? 0)]
            figures.unsealedSince = try unsealed.compactMap { try session.row($0) { $0.time(0) } }.min()
            // This one works on the database, whether it can hear the others or not.
            figures.replicas = max(1, try Presence.count(in: &session))
            return figures
        }
    }

    package func schemaProblem() async throws(StoreError) -> String? {
        try await pool.read { session in try Migrations.problem(of: &session) }
    }

    /// A server that takes no writes is left for one that does, or is none that can be reached.
    package func checkWrites() async throws(StoreError) {}
}

/// Runs are counted in indexes that hold only those that are open; the outbox holds nothing else.
enum Figures {
    static let openRuns: SQL = "SELECT count(*) FROM runs WHERE NOT is_over"
    static let liveGrants: SQL = "SELECT count(*) FROM runs WHERE grant_key IS NOT NULL"
    static let nextDeadline: SQL = "SELECT min(wake_at) FROM runs WHERE wake_at IS NOT NULL"

    /// Access whose time has come and that nobody has begun to take back.
    static func access(dueBy time: Timestamp) -> SQL {
        "SELECT count(*), min(wake_at) FROM runs WHERE wake_at <= \(time) AND grant_key IS NOT NULL"
    }

    /// Removals that were begun and have not come to their end.
    static func removals(askedBy time: Timestamp) -> SQL {
        """
        SELECT count(*), min(created_at) FROM outbox WHERE lane = \(Lane.removals.rawValue) AND created_at <= \(time)
        """
    }

    static let seal: SQL = "SELECT number, at, last FROM audit_seals ORDER BY number DESC LIMIT 1"
    /// The sealer gives records their positions.
    static let unnumbered: SQL = "SELECT at FROM audit_records WHERE position IS NULL ORDER BY id LIMIT 1"

    static func unsealed(after position: Int64) -> SQL {
        "SELECT at FROM audit_records WHERE position > \(position) ORDER BY position LIMIT 1"
    }
}
