package import Support

/// What an operator watches, beside the outbox's backlog. Every figure comes from an index that holds only what is
/// open, so that asking costs the same with a million runs that are over.
package protocol FigureStore: Sendable {
    func figures(at now: Timestamp) async throws(StoreError) -> StoredFigures

    /// Why this release should not work on the database as it is now: it was restored from before a migration, or a
    /// newer release has brought it further than this one reads. `nil` where it should.
    func schemaProblem() async throws(StoreError) -> String?

    /// Writes what changes nothing, where the last write failed: whether that would go through by now.
    ///
    /// - Throws: also where writes go through, but the disk has failed at something that only a new start mends.
    func checkWrites() async throws(StoreError)
}

package struct StoredFigures: Hashable, Sendable {
    /// Runs that are not over.
    package var openRuns = 0
    /// Runs that may hold access.
    package var liveGrants = 0
    /// The earliest time at which a deadline is to be looked at, past or to come; `nil` when no run waits for one.
    package var nextDeadline: Timestamp?
    /// Access that was to end at least `lateAfter` ago and is still on: how often, and since when the longest.
    package var lateRemovals = 0
    package var lateSince: Timestamp?
    /// The newest seal of the audit chain; `nil` before the first.
    package var seal: Seal?
    /// Since when the oldest record that no seal covers waits for one.
    package var unsealedSince: Timestamp?
    /// Servers that work on the database.
    package var replicas = 1

    /// The time that taking access back may need where all is well.
    package static let lateAfter: Duration = .seconds(5)

    package init() {}

    package struct Seal: Hashable, Sendable {
        package var number: Int64
        package var at: Timestamp

        package init(number: Int64, at: Timestamp) {
            self.number = number
            self.at = at
        }
    }
}
