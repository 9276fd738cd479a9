package import ApprovalCore
package import ApprovalEngine
import AuditTrail
package import Support

extension SQLiteStore: RequestStore {
    package func load(_ id: RunID) async throws(StoreError) -> StoredRun? {
        if let recent = recentRuns.run(id) {
            let isCurrent = try readers.read { connection in
                try connection.hasRow("SELECT 1 FROM runs WHERE id = \(id) AND version = \(recent.version)")
            }
            if isCurrent { return recent }
        }
        let row = try readers.read { connection in
            try connection.row(
                "SELECT version, audit_sequence, audit_hash, schema, state FROM runs WHERE id = \(id)"
            ) { row in
                (
                    version: row.integer(0), head: AuditHead(sequence: row.integer(1), hash: row.text(2)),
                    schema: row.integer(3), state: row.blob(4)
                )
            }
        }
        guard let row else { return nil }
        let stored = StoredRun(
            run: try StoredDocument.read(from: row.state, schema: row.schema), version: row.version, head: row.head
        )
        recentRuns.keep(stored)
        return stored
    }

    package func commit(_ change: RunChange) async throws(StoreError) {
        // Documents are written here, on the caller's time; the writer only moves bytes.
        let run = RunRow(change)
        let records = change.records.map(AuditRow.init)
        let entries = change.entries.map { OutboxRow($0, at: change.run.lastFactAt) }
        try await writer.write {
            [expectedVersion = change.expectedVersion, completing = change.completing, event = change.event]
            connection in
            if expectedVersion == 0 {
                try run.insert(into: &connection)
            } else {
                try run.update(in: &connection, expecting: expectedVersion)
            }
            try event?.insert(into: &connection)
            // By their places: on the one thread that writes, nothing is copied to be written.
            for index in records.indices { try records[index].insert(into: &connection) }
            for index in entries.indices { try entries[index].ask(in: &connection) }
            if let completing { try OutboxRow.complete(completing, in: &connection) }
        }
        if let completing = change.completing { grips.letGo(completing.entry) }
        if let head = run.head ?? change.head {
            recentRuns.keep(StoredRun(run: change.run, version: change.expectedVersion + 1, head: head))
        }
    }

    package func dueRuns(
        at now: Timestamp, limit: Int, accessOnly: Bool
    ) async throws(StoreError) -> [RunID] {
        try runs(
            accessOnly
                ? """
                SELECT id FROM runs WHERE wake_at <= \(now) AND grant_key IS NOT NULL
                ORDER BY wake_at, number LIMIT \(limit)
                """
                : "SELECT id FROM runs WHERE wake_at <= \(now) ORDER BY wake_at, number LIMIT \(limit)"
        )
    }

    package func nextWake(after now: Timestamp) async throws(StoreError) -> Timestamp? {
        try readers.read { connection in
            try connection.row("SELECT min(wake_at) FROM runs WHERE wake_at > \(now)") { $0.optionalTime(0) } ?? nil
        }
    }

    package func holders(of grantKey: String, except run: RunID) async throws(StoreError) -> [RunID] {
        try runs("SELECT id FROM runs WHERE grant_key = \(grantKey) AND id <> \(run) ORDER BY number")
    }

    package func runs(of person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try runs(
            "SELECT id FROM runs WHERE requester = \(person) AND is_over = 0 ORDER BY number DESC LIMIT \(limit)"
        )
    }

    package func runs(requestedBy person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try runs("SELECT id FROM runs WHERE requester = \(person) ORDER BY number DESC LIMIT \(limit)")
    }

    package func save(_ revision: FlowRevision) async throws(StoreError) {
        guard try await self.revision(revision.hash) == nil else { return }
        let flow = StoredJSON.encode(revision.flow)
        let hash = revision.hash
        try await writer.write { connection in
            try connection.run(
                """
                INSERT INTO flow_revisions (hash, schema, flow) VALUES (\(hash), \(StoredDocument.schema), \(flow))
                ON CONFLICT DO NOTHING
                """
            )
        }
    }

    package func revision(_ hash: String) async throws(StoreError) -> FlowRevision? {
        let row = try readers.read { connection in
            try connection.row("SELECT schema, flow FROM flow_revisions WHERE hash = \(hash)") { row in
                (schema: row.integer(0), flow: row.blob(1))
            }
        }
        guard let row else { return nil }
        return FlowRevision(hash: hash, flow: try StoredDocument.read(from: row.flow, schema: row.schema))
    }

    private func runs(_ query: SQL) throws(StoreError) -> [RunID] {
        try readers.read { connection in try connection.rows(query) { RunID($0.text(0)) } }
    }
}

/// A run as its table holds it: the document, and the columns that queries look for.
private struct RunRow: Sendable {
    let id: RunID
    let status: String
    let approvalStatus: String
    let flow: String
    let requester: PersonID
    let isOver: Bool
    let wakeAt: Timestamp?
    let grantKey: String?
    let submissionKey: String?
    let createdAt: Timestamp
    let updatedAt: Timestamp
    /// Absent when nothing was recorded about the run.
    let head: AuditHead?
    let state: [UInt8]

    init(_ change: RunChange) {
        let run = change.run
        id = run.id
        status = run.status.run.rawValue
        approvalStatus = run.status.approval.rawValue
        flow = run.submission.flow
        requester = run.submission.requester.id
        isOver = run.isOver
        wakeAt = run.wakeAt
        grantKey = run.holdsGrant ? run.terms.grantKey : nil
        submissionKey = change.submissionKey
        createdAt = run.submission.at
        updatedAt = run.lastFactAt
        let aggregate = "run/" + run.id.text
        head = change.records.last { $0.aggregate == aggregate }.map(AuditHead.init)
        state = StoredJSON.encode(run)
    }

    func insert(into connection: inout Connection) throws {
        let head = head ?? .genesis
        let inserted = try connection.run(
            """
            INSERT INTO runs (
                id, version, status, approval_status, flow, requester, is_over, wake_at, grant_key, submission_key,
                created_at, updated_at, audit_sequence, audit_hash, schema, state
            ) VALUES (
                \(id), 1, \(status), \(approvalStatus), \(flow), \(requester), \(isOver), \(wakeAt), \(grantKey),
                \(submissionKey), \(createdAt), \(updatedAt), \(head.sequence), \(head.hash), \(StoredDocument.schema),
                \(state)
            ) ON CONFLICT DO NOTHING
            """
        )
        guard inserted == 0 else { return }
        if let submissionKey,
            let first = try connection.row(
                "SELECT id FROM runs WHERE submission_key = \(submissionKey)", { RunID($0.text(0)) }
            )
        {
            throw StoreError.duplicate(first)
        }
        throw StoreError.conflict
    }

    func update(in connection: inout Connection, expecting version: Int64) throws {
        let updated = try connection.run(
            """
            UPDATE runs SET
                version = version + 1, status = \(status), approval_status = \(approvalStatus), is_over = \(isOver),
                wake_at = \(wakeAt), grant_key = \(grantKey), updated_at = \(updatedAt),
                audit_sequence = coalesce(\(head?.sequence), audit_sequence),
                audit_hash = coalesce(\(head?.hash), audit_hash), schema = \(StoredDocument.schema), state = \(state)
            WHERE id = \(id) AND version = \(version)
            """
        )
        guard updated == 1 else { throw StoreError.conflict }
    }
}
