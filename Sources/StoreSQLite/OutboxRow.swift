import ApprovalCore
import ApprovalEngine
import Support

/// An entry as its table holds it, and what can happen to one. All of it runs within a write.
///
/// Invariant of the table: of the entries with one serial key exactly one is the head, and only the head is ever in
/// hand. The head is the oldest removal, else the oldest entry, unless another one was in hand when that came to the
/// key: taking access back never waits behind somebody else's grant that keeps failing.
struct OutboxRow: Sendable {
    let lane: Lane
    let serialKey: String
    let uniqueKey: String
    let run: RunID
    let due: Timestamp
    let effect: [UInt8]
    let askedAt: Timestamp

    init(_ entry: NewEntry, at now: Timestamp) {
        lane = entry.lane
        serialKey = entry.serialKey
        uniqueKey = entry.uniqueKey
        run = entry.run
        due = entry.due
        effect = StoredJSON.encode(entry.effect)
        askedAt = now
    }

    // MARK: Asking

    /// Adds the entry, or makes the one of the same name newer. That one keeps its place, its attempts and when it is
    /// due: it may be waiting because the other side told us to.
    func ask(in connection: inout Connection) throws {
        let inserted = try connection.run(
            """
            INSERT INTO outbox (
                lane, serial_key, unique_key, is_head, due_at, wanted, attempt, run, schema, effect, created_at
            ) VALUES (
                \(lane.rawValue), \(serialKey), \(uniqueKey),
                NOT EXISTS (SELECT 1 FROM outbox WHERE serial_key = \(serialKey) AND is_head = 1), \(due), 1, 0, \(run),
                \(StoredDocument.schema), \(effect), \(askedAt)
            ) ON CONFLICT (unique_key) DO NOTHING
            """
        )
        if inserted == 0 {
            try askAgain(in: &connection)
        } else if lane == .removals {
            try OutboxRow.electHead(of: serialKey, in: &connection)
        }
    }

    private func askAgain(in connection: inout Connection) throws {
        let found = try connection.row(
            "SELECT id, serial_key, lease_until IS NOT NULL FROM outbox WHERE unique_key = \(uniqueKey)"
        ) { (id: $0.integer(0), serialKey: $0.text(1), isInHand: $0.flag(2)) }
        guard let found else { throw StoreError.corrupt("an outbox entry is there and is not") }
        try connection.run(
            """
            UPDATE outbox SET
                lane = \(lane.rawValue), run = \(run), schema = \(StoredDocument.schema), effect = \(effect),
                wanted = wanted + 1
            WHERE id = \(found.id)
            """
        )
        if found.isInHand {
            try connection.run(
                """
                UPDATE outbox SET next_serial_key = \(serialKey), next_due_at = min(\(due), coalesce(next_due_at, \(due)))
                WHERE id = \(found.id)
                """
            )
        } else if found.serialKey != serialKey {
            try OutboxRow.move(found.id, from: found.serialKey, to: serialKey, in: &connection)
        }
    }

    // MARK: Claiming

    struct Claimed: Sendable {
        let claim: Claim
        let run: RunID
        let attempt: Int
        let firstTriedAt: Timestamp?
        let schema: Int64
        let effect: [UInt8]
    }

    /// - Parameter grips: what this process has in hand, however its lease stands by the clock of `now`.
    static func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp, grips: Grips,
        in connection: inout Connection
    ) throws -> [Claimed] {
        let found = try connection.rows(
            """
            SELECT id, wanted, run, attempt, first_tried_at, schema, effect, coalesce(lease_until, 0) > 0 FROM outbox
            WHERE lane = \(lane.rawValue) AND is_head = 1 AND due_at <= \(now) ORDER BY due_at, id LIMIT \(limit)
            """
        ) { row in
            (
                claimed: Claimed(
                    claim: Claim(entry: row.integer(0), wanted: row.integer(1), leaseUntil: leaseUntil),
                    run: RunID(row.text(2)), attempt: Int(row.integer(3)), firstTriedAt: row.optionalTime(4),
                    schema: row.integer(5), effect: row.blob(6)
                ), isLeased: row.flag(7)
            )
        }
        var claimed: [Claimed] = []
        for (entry, isLeased) in found {
            guard isLeased, let left = grips.timeLeft(entry.claim.entry) else {
                claimed.append(entry)
                continue
            }
            // Whoever has it in hand knows it by the end of its lease as that was.
            try connection.run("UPDATE outbox SET due_at = \(now + left) WHERE id = \(entry.claim.entry)")
        }
        grips.take(claimed.map(\.claim.entry), for: leaseUntil - now)
        for entry in claimed {
            try connection.run(
                """
                UPDATE outbox SET
                    due_at = \(leaseUntil), lease_until = \(leaseUntil),
                    first_tried_at = coalesce(first_tried_at, \(now))
                WHERE id = \(entry.claim.entry)
                """
            )
        }
        return claimed
    }

    // MARK: Finishing

    /// - Throws: `StoreError.conflict` when the entry is no longer ours.
    static func complete(_ claim: Claim, in connection: inout Connection) throws {
        let inHand = try entry(claim, in: &connection)
        if inHand.wanted == claim.wanted {
            try connection.run("DELETE FROM outbox WHERE id = \(claim.entry)")
            try raiseHead(of: inHand.serialKey, in: &connection)
        } else {
            try connection.run(
                """
                UPDATE outbox SET
                    due_at = \(inHand.nextDue), lease_until = NULL, attempt = 0, first_tried_at = NULL,
                    next_serial_key = NULL, next_due_at = NULL, last_error = NULL
                WHERE id = \(claim.entry)
                """
            )
            try release(claim.entry, inHand, in: &connection)
        }
    }

    /// - Throws: `StoreError.conflict` when the entry is no longer ours.
    static func retry(
        _ claim: Claim, due: Timestamp, attempt: Int, because reason: String, in connection: inout Connection
    ) throws {
        let inHand = try entry(claim, in: &connection)
        try connection.run(
            """
            UPDATE outbox SET
                due_at = \(due), lease_until = NULL, attempt = \(attempt), next_serial_key = NULL, next_due_at = NULL,
                last_error = \(reason)
            WHERE id = \(claim.entry)
            """
        )
        try release(claim.entry, inHand, in: &connection)
    }

    private struct InHand {
        let serialKey: String
        let wanted: Int64
        let nextSerialKey: String?
        let nextDue: Timestamp
    }

    private static func entry(_ claim: Claim, in connection: inout Connection) throws -> InHand {
        let found = try connection.row(
            """
            SELECT serial_key, wanted, next_serial_key, coalesce(next_due_at, created_at) FROM outbox
            WHERE id = \(claim.entry) AND lease_until = \(claim.leaseUntil)
            """
        ) {
            InHand(
                serialKey: $0.text(0), wanted: $0.integer(1), nextSerialKey: $0.optionalText(2), nextDue: $0.time(3)
            )
        }
        guard let found else { throw StoreError.conflict }
        return found
    }

    // MARK: Serial keys

    /// An entry is out of hand: older ones that came to its key meanwhile go first, or it goes to another key itself.
    private static func release(_ id: Int64, _ inHand: InHand, in connection: inout Connection) throws {
        let key = inHand.serialKey
        if let next = inHand.nextSerialKey, next != key { return try move(id, from: key, to: next, in: &connection) }
        try electHead(of: key, in: &connection)
    }

    /// Chooses the head of a key anew, where it is not in hand and has company.
    private static func electHead(of key: String, in connection: inout Connection) throws {
        let demoted = try connection.run(
            """
            UPDATE outbox SET is_head = 0 WHERE serial_key = \(key) AND is_head = 1 AND lease_until IS NULL
                AND EXISTS (SELECT 1 FROM outbox WHERE serial_key = \(key) AND is_head = 0)
            """
        )
        if demoted == 1 { try raiseHead(of: key, in: &connection) }
    }

    /// Gives an entry that is not in hand another serial key.
    private static func move(
        _ id: Int64, from old: String, to new: String, in connection: inout Connection
    ) throws {
        try connection.run("UPDATE outbox SET serial_key = \(new), is_head = 0 WHERE id = \(id)")
        try raiseHead(of: old, in: &connection)
        // A head in hand stays; any other gives way to an older entry.
        try connection.run(
            """
            UPDATE outbox SET is_head = 0 WHERE serial_key = \(new) AND is_head = 1 AND lease_until IS NULL
            """
        )
        try raiseHead(of: new, in: &connection)
    }

    /// Makes the oldest removal of a serial key, else its oldest entry, its head, where it has none.
    private static func raiseHead(of serialKey: String, in connection: inout Connection) throws {
        try connection.run(
            """
            UPDATE outbox SET is_head = 1
            WHERE id = (
                    SELECT id FROM outbox WHERE serial_key = \(serialKey) AND is_head = 0
                    ORDER BY lane = \(Lane.removals.rawValue) DESC, id LIMIT 1
                )
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE serial_key = \(serialKey) AND is_head = 1)
            """
        )
    }
}
