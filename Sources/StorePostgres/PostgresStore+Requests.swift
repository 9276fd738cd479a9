package import ApprovalCore
package import ApprovalEngine
import AuditTrail
package import Support
import Synchronization

extension PostgresStore: RequestStore {
    package func load(_ id: RunID) async throws(StoreError) -> StoredRun? {
        let recent = recentRuns.run(id)
        // One round trip: the document comes along only where it is not the one we know.
        let row = try await pool.read { session in
            try session.row(
                """
                SELECT version, audit_sequence, audit_hash, schema,
                    CASE WHEN version IS DISTINCT FROM \(recent?.version) THEN state END
                FROM runs WHERE id = \(id)
                """
            ) { row in
                (
                    version: row.integer(0), head: AuditHead(sequence: row.integer(1), hash: row.text(2)),
                    schema: row.integer(3), state: row.isNull(4) ? nil : row.blob(4)
                )
            }
        }
        guard let row else { return nil }
        guard let state = row.state else { return recent }
        let stored = StoredRun(
            run: try StoredDocument.read(from: state, schema: row.schema), version: row.version, head: row.head
        )
        recentRuns.keep(stored)
        return stored
    }

    package func commit(_ change: RunChange) async throws(StoreError) {
        // Documents are written here, on the caller's time; the connection only moves bytes.
        let statement = CommitStatement(change)
        let connection = Mutex<Session.Identity?>(nil)
        do throws(StoreError) {
            let answer = try await pool.write { session in
                connection.withLock { $0 = session.identity }
                return try session.row(statement.sql) { $0.text(0) } ?? ""
            }
            try CommitStatement.check(answer)
        } catch {
            guard case .unknownOutcome(let words) = error else { throw error }
            try await settle(statement, sentThrough: connection.withLock { $0 }, because: words)
        }
        if let head = statement.head ?? change.head {
            recentRuns.keep(StoredRun(run: change.run, version: change.expectedVersion + 1, head: head))
        }
    }

    /// The answer to a commit was lost. Its connection is ended on the server's side as well, so that nothing can happen
    /// any more; then the chain of the run's records tells whose commit came next.
    ///
    /// - Returns: when the commit has happened.
    /// - Throws: `.conflict` when another one has, `.unavailable` when none has, `.unknownOutcome` when that cannot be
    ///   found out.
    private func settle(
        _ statement: CommitStatement, sentThrough connection: Session.Identity?, because words: String
    ) async throws(StoreError) {
        guard let head = statement.head, let connection else { throw .unknownOutcome(words) }
        let aggregate = "run/" + statement.id.text
        let found: String?
        do {
            found = try await pool.read { session in
                let isEnded = try session.row(
                    """
                    SELECT bool_and(pg_terminate_backend(pid, \(Session.endMilliseconds))) FROM pg_stat_activity
                    WHERE pid = \(Int64(connection.process)) AND backend_start::text = \(connection.startedAt)
                    """
                ) { $0.isNull(0) || $0.flag(0) }
                guard isEnded == true else { throw StoreError.unknownOutcome(words) }
                return try session.row(
                    "SELECT hash FROM audit_records WHERE aggregate = \(aggregate) AND sequence = \(head.sequence)"
                ) { $0.text(0) }
            }
        } catch _ { throw .unknownOutcome(words) }
        guard let found else { throw .unavailable(words) }
        guard found == head.hash else { throw .conflict }
    }

    package func dueRuns(
        at now: Timestamp, limit: Int, accessOnly: Bool
    ) async throws(StoreError) -> [RunID] {
        try await runs(
            accessOnly
                ? """
                SELECT id FROM runs WHERE wake_at <= \(now) AND grant_key IS NOT NULL
                ORDER BY wake_at, number LIMIT \(limit)
                """
                : "SELECT id FROM runs WHERE wake_at <= \(now) ORDER BY wake_at, number LIMIT \(limit)"
        )
    }

    package func nextWake(after now: Timestamp) async throws(StoreError) -> Timestamp? {
        try await pool.read { session in
            try session.row("SELECT min(wake_at) FROM runs WHERE wake_at > \(now)") { $0.optionalTime(0) } ?? nil
        }
    }

    package func holders(of grantKey: String, except run: RunID) async throws(StoreError) -> [RunID] {
        try await runs("SELECT id FROM runs WHERE grant_key = \(grantKey) AND id <> \(run) ORDER BY number")
    }

    package func runs(of person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try await runs(
            "SELECT id FROM runs WHERE requester = \(person) AND NOT is_over ORDER BY number DESC LIMIT \(limit)"
        )
    }

    package func runs(requestedBy person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try await runs("SELECT id FROM runs WHERE requester = \(person) ORDER BY number DESC LIMIT \(limit)")
    }

    package func save(_ revision: FlowRevision) async throws(StoreError) {
        guard try await self.revision(revision.hash) == nil else { return }
        let flow = StoredJSON.encode(revision.flow)
        let hash = revision.hash
        try await pool.write { session in
            try session.run(
                """
                INSERT INTO flow_revisions (hash, schema, flow) VALUES (\(hash), \(StoredDocument.schema), \(flow))
                ON CONFLICT DO NOTHING
                """
            )
        }
    }

    package func revision(_ hash: String) async throws(StoreError) -> FlowRevision? {
        let row = try await pool.read { session in
            try session.row("SELECT schema, flow FROM flow_revisions WHERE hash = \(hash)") { row in
                (schema: row.integer(0), flow: row.blob(1))
            }
        }
        guard let row else { return nil }
        return FlowRevision(hash: hash, flow: try StoredDocument.read(from: row.flow, schema: row.schema))
    }

    private func runs(_ query: SQL) async throws(StoreError) -> [RunID] {
        try await pool.read { session in try session.rows(query) { RunID($0.text(0)) } }
    }
}
