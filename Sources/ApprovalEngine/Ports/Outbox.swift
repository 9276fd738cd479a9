package import ApprovalCore
package import Support

/// Work that was written with the facts that call for it. Entries are claimed one by one under a lease, carried out as
/// often as it takes, and strictly one after the other where they have the same `serialKey`.
package protocol Outbox: Sendable {
    /// Takes up to `limit` entries that are due, none of a serial key that has an earlier or leased entry. Of one key
    /// removals are earlier than anything else: taking access back waits for no grant that keeps failing.
    func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [OutboxEntry]

    /// Done. An entry that was asked for again meanwhile stays, due when that asking said.
    ///
    /// - Throws: `.conflict` when the claim was lost: the lease ended and somebody else has the entry, or finished it.
    func complete(_ claim: Claim) async throws(StoreError)

    /// Not done: due again at `due`. `attempt` is what `OutboxEntry.attempt` will say then.
    ///
    /// - Throws: `.conflict` when the claim was lost.
    func retry(_ claim: Claim, due: Timestamp, attempt: Int, because reason: String) async throws(StoreError)

    /// Ends the leases of programs that are gone. A store that one program has to itself is told so at the start, when
    /// that is every lease; one that several share ends those of which it is certain.
    func releaseLeases() async throws(StoreError)

    /// When the next entry of a lane is due, or the next lease ends. Entries that wait behind another one of their
    /// serial key do not count: whoever finishes that one rings for them.
    func nextDue(_ lane: Lane) async throws(StoreError) -> Timestamp?

    /// Makes those entries of a lane due at `now` that wait until after `latest` and are in nobody's hand.
    func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) async throws(StoreError)

    /// How many entries wait in each lane, since when the oldest waits, and since when one is overdue: for `/metrics`.
    func backlog(at now: Timestamp) async throws(StoreError) -> [Lane: Backlog]
}

package struct Backlog: Hashable, Sendable {
    package var count: Int
    /// Due, and in nobody's hand.
    package var oldestDue: Timestamp?
    /// Asked for, however often it was tried since.
    package var oldestAsked: Timestamp?

    package init(count: Int, oldestDue: Timestamp?, oldestAsked: Timestamp? = nil) {
        self.count = count
        self.oldestDue = oldestDue
        self.oldestAsked = oldestAsked
    }
}

/// Kinds of work that must not wait for each other. Taking access back comes first everywhere.
package enum Lane: String, Hashable, Sendable, CaseIterable, Codable {
    case removals, grants, handlers
    /// Cards of runs that are decided: people are waiting for the truth.
    case decidedCards = "decided_cards"
    case cards, notices

    /// How many entries of the lane are worked on at once.
    ///
    /// Slack takes about a card a second for each channel, so a few hands keep up with it, and leave the machine to the
    /// clicks that people are waiting for.
    package var concurrency: Int {
        switch self {
        case .removals: 16
        case .grants: 16
        // Most of them wait for a worker: those of a slow flow must not keep others' from being claimed.
        case .handlers: 256
        case .decidedCards: 6
        case .cards: 6
        case .notices: 4
        }
    }
}

package struct NewEntry: Hashable, Sendable {
    package var lane: Lane
    package var effect: Effect
    package var run: RunID
    package var serialKey: String
    /// Entries of the same name are one: asking again makes the waiting one newer, in its place and at its time. While
    /// it is being worked on it keeps its serial key until that is over.
    package var uniqueKey: String
    package var due: Timestamp

    package init(lane: Lane, effect: Effect, run: RunID, serialKey: String, uniqueKey: String, due: Timestamp) {
        self.lane = lane
        self.effect = effect
        self.run = run
        self.serialKey = serialKey
        self.uniqueKey = uniqueKey
        self.due = due
    }
}

package struct OutboxEntry: Hashable, Sendable {
    package var claim: Claim
    package var lane: Lane
    package var effect: Effect
    package var run: RunID
    /// How often it was tried before.
    package var attempt: Int
    /// When it was first tried; absent before. What may have been sent was sent since then.
    package var firstTriedAt: Timestamp?

    package init(
        claim: Claim, lane: Lane, effect: Effect, run: RunID, attempt: Int, firstTriedAt: Timestamp?
    ) {
        self.claim = claim
        self.lane = lane
        self.effect = effect
        self.run = run
        self.attempt = attempt
        self.firstTriedAt = firstTriedAt
    }
}

/// The right to finish an entry: which one, as of which asking, and until when it is ours.
package struct Claim: Hashable, Sendable {
    package var entry: Int64
    /// Counts how often the entry was asked for.
    package var wanted: Int64
    package var leaseUntil: Timestamp

    package init(entry: Int64, wanted: Int64, leaseUntil: Timestamp) {
        self.entry = entry
        self.wanted = wanted
        self.leaseUntil = leaseUntil
    }
}
