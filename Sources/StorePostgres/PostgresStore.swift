package import ApprovalEngine
package import Support

/// Everything that must not be forgotten, in a PostgreSQL database that any number of replicas share: runs, outbox,
/// people, deliveries and audit trail.
///
/// What a call has returned is durable there. Nothing is remembered here but what never changes, so replicas need not
/// know of each other.
package final class PostgresStore: Sendable {
    let pool: Pool
    let url: String
    let recentRuns = RunCache()
    /// Who has an entry in hand that this process has claimed.
    let holder: Holder
    let unreturned = Unreturned()
    private let time: DatabaseTime

    /// Connects to the database and brings it to this release's schema.
    ///
    /// - Parameter url: `postgresql://…` as libpq reads it, with several hosts where there are standbys.
    /// - Throws: `.unavailable` when no server can be reached that takes writes, `.corrupt` when the database is not one
    ///   that this release can work with.
    package init(url: String) throws(StoreError) {
        self.url = url
        pool = Pool(url: url)
        holder = .current
        time = DatabaseTime()
        do {
            var session = try Session.open(url)
            try Migrations.run(on: &session)
            time.learn(try DatabaseTime.measure(&session))
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// Finishes what is under way and closes the connections. Calls that come later fail as `.unavailable`.
    package func close() { pool.close() }

    /// The database's time: leases, deadlines and timers go by it on every replica, whatever its own clock says
    /// (decisions.md 5).
    package var clock: WallClock {
        let time = time
        return WallClock { time.now() }
    }

    /// Looks again what time it is at the database.
    func measureTime() async throws(StoreError) {
        time.learn(try await pool.read { session in try DatabaseTime.measure(&session) })
    }
}
