import ApprovalCore
package import ApprovalEngine
package import Support

extension SQLiteStore: Outbox {
    package func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [OutboxEntry] {
        for retry in unreturned.due(at: now) { try await giveBack(retry) }
        // Looking costs no commit, and mostly there is nothing.
        let isAnyDue = try readers.read { connection in
            try connection.hasRow(
                "SELECT 1 FROM outbox WHERE lane = \(lane.rawValue) AND is_head = 1 AND due_at <= \(now) LIMIT 1"
            )
        }
        guard isAnyDue else { return [] }
        let claimed = try await writer.write { [grips] connection in
            try OutboxRow.claim(lane, limit: limit, at: now, leaseUntil: leaseUntil, grips: grips, in: &connection)
        }
        var entries: [OutboxEntry] = []
        for row in claimed {
            entries.append(
                OutboxEntry(
                    claim: row.claim, lane: lane, effect: try StoredDocument.read(from: row.effect, schema: row.schema),
                    run: row.run, attempt: row.attempt, firstTriedAt: row.firstTriedAt
                )
            )
        }
        return entries
    }

    package func complete(_ claim: Claim) async throws(StoreError) {
        try await writer.write { connection in try OutboxRow.complete(claim, in: &connection) }
        grips.letGo(claim.entry)
    }

    package func retry(
        _ claim: Claim, due: Timestamp, attempt: Int, because reason: String
    ) async throws(StoreError) {
        let retry = Unreturned.Retry(claim: claim, due: due, attempt: attempt, reason: reason)
        do { try await put(back: retry) } catch {
            if error != .conflict { unreturned.add(retry) }
            throw error
        }
    }

    private func put(back retry: Unreturned.Retry) async throws(StoreError) {
        try await writer.write { connection in
            try OutboxRow.retry(
                retry.claim, due: retry.due, attempt: retry.attempt, because: retry.reason, in: &connection
            )
        }
        grips.letGo(retry.claim.entry)
    }

    private func giveBack(_ retry: Unreturned.Retry) async throws(StoreError) {
        do { try await put(back: retry) } catch {
            // Somebody else has it in hand by now.
            guard error == .conflict else { throw error }
        }
        unreturned.remove(retry)
    }

    package func releaseLeases() async throws(StoreError) {
        try await writer.write { connection in
            try connection.run("UPDATE outbox SET due_at = 0, lease_until = 0 WHERE lease_until IS NOT NULL")
        }
    }

    package func nextDue(_ lane: Lane) async throws(StoreError) -> Timestamp? {
        let due = try readers.read { connection in
            try connection.row(
                "SELECT min(due_at) FROM outbox WHERE lane = \(lane.rawValue) AND is_head = 1"
            ) { $0.optionalTime(0) } ?? nil
        }
        return [due, unreturned.nextTry].compactMap { $0 }.min()
    }

    package func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) async throws(StoreError) {
        let isAny = try readers.read { connection in
            try connection.hasRow(
                """
                SELECT 1 FROM outbox WHERE lane = \(lane.rawValue) AND lease_until IS NULL AND due_at > \(latest) LIMIT 1
                """
            )
        }
        guard isAny else { return }
        try await writer.write { connection in
            try connection.run(
                """
                UPDATE outbox SET due_at = \(now)
                WHERE lane = \(lane.rawValue) AND lease_until IS NULL AND due_at > \(latest)
                """
            )
        }
    }

    package func backlog(at now: Timestamp) async throws(StoreError) -> [Lane: Backlog] {
        let rows = try readers.read { connection in
            try connection.rows(
                """
                SELECT lane, count(*), min(CASE WHEN due_at <= \(now) THEN due_at END), min(created_at)
                FROM outbox GROUP BY lane
                """
            ) { row in
                (
                    lane: row.text(0),
                    backlog: Backlog(
                        count: Int(row.integer(1)), oldestDue: row.optionalTime(2), oldestAsked: row.optionalTime(3)
                    )
                )
            }
        }
        var backlog: [Lane: Backlog] = [:]
        for lane in Lane.allCases { backlog[lane] = Backlog(count: 0, oldestDue: nil) }
        for row in rows {
            guard let lane = Lane(rawValue: row.lane) else { continue }
            backlog[lane] = row.backlog
        }
        return backlog
    }
}
