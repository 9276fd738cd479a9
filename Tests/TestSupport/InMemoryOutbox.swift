import ApprovalCore
import ApprovalEngine
import Support

/// The outbox of `InMemoryStore`, written down as its rules are said rather than to be quick.
struct InMemoryOutbox {
    private struct Entry {
        var id: Int64
        var asked: NewEntry
        var askedAt: Timestamp
        /// While the entry is in hand: under which key it is worked on, and until when.
        var lease: (serialKey: String, until: Timestamp)?
        var due: Timestamp
        var wanted: Int64 = 1
        var attempt = 0
        var firstTriedAt: Timestamp?
        /// The earliest `due` of what was asked for while the entry was in hand.
        var askedDue: Timestamp?

        var serialKey: String { lease?.serialKey ?? asked.serialKey }
        var dueOrLeaseEnd: Timestamp { lease?.until ?? due }
    }

    /// Oldest first.
    private var entries: [Entry] = []
    private var lastID: Int64 = 0

    var waiting: [NewEntry] { entries.map(\.asked) }

    mutating func ask(_ new: NewEntry, at now: Timestamp) {
        guard let index = entries.firstIndex(where: { $0.asked.uniqueKey == new.uniqueKey }) else {
            lastID += 1
            entries.append(Entry(id: lastID, asked: new, askedAt: now, due: new.due))
            return
        }
        entries[index].asked = new
        entries[index].wanted += 1
        if entries[index].lease != nil {
            entries[index].askedDue = min(new.due, entries[index].askedDue ?? new.due)
        }
    }

    mutating func claim(_ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp) -> [OutboxEntry] {
        let heads = headIndices
        let claimable = entries.indices.filter {
            heads.contains($0) && entries[$0].asked.lane == lane && entries[$0].dueOrLeaseEnd <= now
        }
        let chosen = claimable.sorted {
            (entries[$0].dueOrLeaseEnd, entries[$0].id) < (entries[$1].dueOrLeaseEnd, entries[$1].id)
        }
        return chosen.prefix(limit).map { index in
            let entry = entries[index]
            entries[index].lease = (entry.serialKey, leaseUntil)
            entries[index].firstTriedAt = entry.firstTriedAt ?? now
            return OutboxEntry(
                claim: Claim(entry: entry.id, wanted: entry.wanted, leaseUntil: leaseUntil), lane: lane,
                effect: entry.asked.effect, run: entry.asked.run, attempt: entry.attempt,
                firstTriedAt: entry.firstTriedAt
            )
        }
    }

    mutating func complete(_ claim: Claim) throws(StoreError) {
        let index = try index(of: claim)
        guard entries[index].wanted != claim.wanted else {
            entries.remove(at: index)
            return
        }
        release(index, due: entries[index].askedDue ?? entries[index].due, attempt: 0)
        entries[index].firstTriedAt = nil
    }

    mutating func releaseLeases() {
        for index in entries.indices { entries[index].lease?.until = Timestamp(milliseconds: 0) }
    }

    mutating func retry(_ claim: Claim, due: Timestamp, attempt: Int) throws(StoreError) {
        release(try index(of: claim), due: due, attempt: attempt)
    }

    /// - Throws: `.conflict` when the claim is lost.
    func check(_ claim: Claim) throws(StoreError) { _ = try index(of: claim) }

    func nextDue(_ lane: Lane) -> Timestamp? {
        headIndices.map { entries[$0] }.filter { $0.asked.lane == lane }.map(\.dueOrLeaseEnd).min()
    }

    /// `nextDue` of every lane that has something to do.
    var dues: [Lane: Timestamp] {
        var dues: [Lane: Timestamp] = [:]
        for index in headIndices {
            let entry = entries[index]
            dues[entry.asked.lane] = min(entry.dueOrLeaseEnd, dues[entry.asked.lane] ?? entry.dueOrLeaseEnd)
        }
        return dues
    }

    mutating func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) {
        for index in entries.indices where entries[index].asked.lane == lane && entries[index].lease == nil {
            if entries[index].due > latest { entries[index].due = now }
        }
    }

    func backlog(at now: Timestamp) -> [Lane: Backlog] {
        var backlog: [Lane: Backlog] = [:]
        for lane in Lane.allCases {
            let waiting = entries.filter { $0.asked.lane == lane }
            backlog[lane] = Backlog(
                count: waiting.count, oldestDue: waiting.map(\.dueOrLeaseEnd).filter { $0 <= now }.min(),
                oldestAsked: waiting.map(\.askedAt).min()
            )
        }
        return backlog
    }

    /// For each serial key the entry in hand, else the oldest removal, else the oldest.
    private var headIndices: Set<Int> {
        var heads: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard let head = heads[entry.serialKey] else {
                heads[entry.serialKey] = index
                continue
            }
            let other = entries[head]
            let isFirstRemoval = entry.asked.lane == .removals && other.asked.lane != .removals
            if entry.lease != nil || (other.lease == nil && isFirstRemoval) { heads[entry.serialKey] = index }
        }
        return Set(heads.values)
    }

    private func index(of claim: Claim) throws(StoreError) -> Int {
        guard let index = entries.firstIndex(where: { $0.id == claim.entry && $0.lease?.until == claim.leaseUntil })
        else { throw .conflict }
        return index
    }

    private mutating func release(_ index: Int, due: Timestamp, attempt: Int) {
        entries[index].lease = nil
        entries[index].due = due
        entries[index].attempt = attempt
        entries[index].askedDue = nil
    }
}
