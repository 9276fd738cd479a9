package import ApprovalEngine
package import Support

extension SQLiteStore: FigureStore {
    package func figures(at now: Timestamp) async throws(StoreError) -> StoredFigures {
        try readers.read { connection in
            var figures = StoredFigures()
            figures.openRuns = Int(try connection.row(Figures.openRuns) { $0.integer(0) } ?? 0)
            figures.liveGrants = Int(try connection.row(Figures.liveGrants) { $0.integer(0) } ?? 0)
            figures.nextDeadline = try connection.row(Figures.nextDeadline) { $0.optionalTime(0) } ?? nil
            let late = now - StoredFigures.lateAfter
            for query in [Figures.access(dueBy: late), Figures.removals(askedBy: late)] {
                let found = try connection.row(query) { (count: Int($0.integer(0)), since: $0.optionalTime(1)) }
                figures.lateRemovals += found?.count ?? 0
                figures.lateSince = [figures.lateSince, found?.since].compactMap { $0 }.min()
            }
            let seal = try connection.row(Figures.seal) { ($0.integer(0), $0.time(1), $0.integer(2)) }
            figures.seal = seal.map { StoredFigures.Seal(number: $0.0, at: $0.1) }
            figures.unsealedSince = try connection.row(Figures.unsealed(after: seal?.2 ?? 0)) { $0.time(0) }
            return figures
        }
    }

    package func schemaProblem() async throws(StoreError) -> String? {
        try readers.read { connection in try Migrations.problem(of: &connection) }
    }

    package func checkWrites() async throws(StoreError) {
        if writer.keepsLog { throw .keepsLog }
        guard writer.isFailing else { return }
        try await writer.write { connection in
            // Nothing has changed in the end, and all the same a page goes to disk; what is set to what it was does not.
            try connection.run("INSERT OR REPLACE INTO deliveries (identity, at) VALUES ('', 0)")
            try connection.run("DELETE FROM deliveries WHERE identity = ''")
        }
    }
}

extension StoreError {
    /// What is written lasts, but in a log that grows until it is read from its beginning.
    static let keepsLog = StoreError.unavailable(
        """
        the disk did not take what was copied out of the write-ahead log. Nothing is lost while the log is there: \
        look at the disk, then start the server again
        """
    )
}

/// Each is answered by an index; runs are counted in those that hold only what is open.
enum Figures {
    static let openRuns: SQL = "SELECT count(*) FROM runs WHERE is_over = 0"
    static let liveGrants: SQL = "SELECT count(*) FROM runs WHERE grant_key IS NOT NULL"
    static let nextDeadline: SQL = "SELECT min(wake_at) FROM runs WHERE wake_at IS NOT NULL"

    /// Access whose time has come and that nobody has begun to take back.
    static func access(dueBy time: Timestamp) -> SQL {
        "SELECT count(*), min(wake_at) FROM runs WHERE wake_at <= \(time) AND grant_key IS NOT NULL"
    }

    /// Removals that were begun and have not come to their end.
    static func removals(askedBy time: Timestamp) -> SQL {
        """
        SELECT count(*), min(created_at) FROM outbox
        WHERE lane = \(Lane.removals.rawValue) AND is_head IN (0, 1) AND created_at <= \(time)
        """
    }

    static let seal: SQL = "SELECT number, at, last FROM audit_seals ORDER BY number DESC LIMIT 1"

    static func unsealed(after position: Int64) -> SQL {
        "SELECT at FROM audit_records WHERE position > \(position) ORDER BY position LIMIT 1"
    }
}
