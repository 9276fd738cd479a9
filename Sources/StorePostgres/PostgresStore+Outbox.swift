import ApprovalCore
package import ApprovalEngine
package import Support

extension PostgresStore: Outbox {
    package func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [OutboxEntry] {
        // Replicas that claim at once pass each other by: what one has its hand on, the other does not wait for. Where
        // nothing is due, nothing is written.
        let token = holder.nextToken()
        let rows: [ClaimedRow]
        do {
            rows = try await pool.write { session in try ClaimedRow.claim(lane, limit, now, leaseUntil, token, &session)
            }
        } catch {
            if case .unknownOutcome = error { unreturned.add(claim: token) }
            throw error
        }
        var entries: [OutboxEntry] = []
        for row in rows {
            entries.append(
                OutboxEntry(
                    claim: Claim(entry: row.entry, wanted: row.wanted, leaseUntil: leaseUntil), lane: lane,
                    effect: try StoredDocument.read(from: row.effect, schema: row.schema), run: row.run,
                    attempt: row.attempt, firstTriedAt: row.firstTriedAt
                )
            )
        }
        return entries
    }

    package func complete(_ claim: Claim) async throws(StoreError) {
        try await pool.write { session in
            try session.run("SELECT complete_entry_1(\(claim.entry), \(claim.wanted), \(claim.leaseUntil))")
        }
    }

    package func retry(
        _ claim: Claim, due: Timestamp, attempt: Int, because reason: String
    ) async throws(StoreError) {
        let retry = Unreturned.Retry(claim: claim, due: due, attempt: attempt, reason: reason)
        do { try await put(back: retry) } catch {
            // Whoever had it in hand is done with it: it is given back as soon as the database answers.
            if error != .conflict { unreturned.add(retry) }
            throw error
        }
    }

    private func put(back retry: Unreturned.Retry) async throws(StoreError) {
        try await pool.write { session in
            try session.run(
                """
                SELECT retry_entry_1(
                    \(retry.claim.entry), \(retry.claim.leaseUntil), \(retry.due), \(retry.attempt), \(retry.reason)
                )
                """
            )
        }
    }

    /// Ends the leases of processes on this machine that had ended at the last look, and those that this process could
    /// not give back: that work goes on at once. Other replicas' leases stay, and those of a machine that was lost end by themselves.
    package func releaseLeases() async throws(StoreError) {
        for retry in unreturned.retries {
            do { try await put(back: retry) } catch {
                guard error == .conflict else { throw error }
            }
            unreturned.remove(retry)
        }
        let holders = try await pool.read { session in
            try session.rows("SELECT DISTINCT holder FROM outbox WHERE lease_until IS NOT NULL") { $0.text(0) }
        }
        let lost = unreturned.claims
        let ended = unreturned.endedSinceLastLook(holders.filter { Holder($0)?.hasEnded == true }) + lost
        guard !ended.isEmpty else { return }
        try await pool.write { session in
            try session.run(
                """
                UPDATE outbox SET due_at = 0, lease_until = 0
                WHERE lease_until IS NOT NULL AND lease_until > 0 AND holder = ANY (\(ended))
                """
            )
        }
        unreturned.remove(claims: lost)
    }

    package func nextDue(_ lane: Lane) async throws(StoreError) -> Timestamp? {
        try await pool.read { session in
            try session.row("SELECT min(due_at) FROM outbox WHERE lane = \(lane.rawValue) AND is_head") {
                $0.optionalTime(0)
            } ?? nil
        }
    }

    package func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) async throws(StoreError) {
        try await pool.write { session in
            try session.run(
                """
                UPDATE outbox SET due_at = \(now)
                WHERE lane = \(lane.rawValue) AND is_head AND lease_until IS NULL AND due_at > \(latest)
                """
            )
        }
    }

    package func backlog(at now: Timestamp) async throws(StoreError) -> [Lane: Backlog] {
        let rows = try await pool.read { session in
            try session.rows(
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

private struct ClaimedRow: Sendable {
    let entry: Int64
    let wanted: Int64
    let run: RunID
    let attempt: Int
    let firstTriedAt: Timestamp?
    let schema: Int64
    let effect: [UInt8]

    static func claim(
        _ lane: Lane, _ limit: Int, _ now: Timestamp, _ leaseUntil: Timestamp, _ token: String,
        _ session: inout Session
    ) throws -> [ClaimedRow] {
        try session.rows(
            """
            WITH due AS (
                SELECT id, due_at, first_tried_at FROM outbox
                WHERE lane = \(lane.rawValue) AND is_head AND due_at <= \(now)
                ORDER BY due_at, id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            ), claimed AS (
                UPDATE outbox SET
                    due_at = \(leaseUntil), lease_until = \(leaseUntil), holder = \(token),
                    first_tried_at = coalesce(outbox.first_tried_at, \(now))
                FROM due WHERE outbox.id = due.id
                RETURNING
                    outbox.id, outbox.wanted, outbox.run, outbox.attempt, due.first_tried_at, outbox.schema,
                    outbox.effect, due.due_at AS was_due
            )
            SELECT id, wanted, run, attempt, first_tried_at, schema, effect FROM claimed ORDER BY was_due, id
            """
        ) { row in
            ClaimedRow(
                entry: row.integer(0), wanted: row.integer(1), run: RunID(row.text(2)), attempt: Int(row.integer(3)),
                firstTriedAt: row.optionalTime(4), schema: row.integer(5), effect: row.blob(6)
            )
        }
    }
}
