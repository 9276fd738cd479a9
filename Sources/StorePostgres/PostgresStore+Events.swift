import ApprovalCore
package import ApprovalEngine
package import Support

/// What the API asks for: which runs there are, and what became of what was asked.
extension PostgresStore {
    package func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun] {
        let statuses = query.statuses.map(\.rawValue).sorted()
        let sql: SQL = """
            SELECT created_at, number, schema, state FROM runs
            WHERE (cardinality(\(statuses)) = 0 OR status = ANY (\(statuses)))
                AND (\(query.flow) IS NULL OR flow = \(query.flow))
                AND (\(query.requester?.text) IS NULL OR requester = \(query.requester?.text))
                AND (\(query.since) IS NULL OR created_at >= \(query.since))
                AND (\(query.until) IS NULL OR created_at < \(query.until))
                AND (\(query.after?.at) IS NULL OR (created_at, number) < (\(query.after?.at), \(query.after?.number)))
            ORDER BY created_at DESC, number DESC LIMIT \(query.limit)
            """
        let rows = try await pool.read { session in
            try session.rows(sql) { row in
                (
                    place: ListedRun.Place(at: row.time(0), number: row.integer(1)), schema: row.integer(2),
                    state: row.blob(3)
                )
            }
        }
        var runs: [ListedRun] = []
        for row in rows {
            runs.append(
                ListedRun(place: row.place, run: try StoredDocument.read(from: row.state, schema: row.schema))
            )
        }
        return runs
    }

    package func event(_ id: EventID) async throws(StoreError) -> RunEvent? {
        try await event("SELECT \(RunEvent.columns) FROM run_events WHERE id = \(id)")
    }

    package func event(key: String, since: Timestamp) async throws(StoreError) -> RunEvent? {
        try await event("SELECT \(RunEvent.columns) FROM run_events WHERE key = \(key) AND at >= \(since)")
    }

    private func event(_ query: SQL) async throws(StoreError) -> RunEvent? {
        try await pool.read { session in try session.row(query) { try RunEvent(row: $0) } }
    }
}

extension RunEvent {
    fileprivate static let columns: SQL.Fragment = "id, run, name, at, key, fingerprint"

    fileprivate init(row: borrowing Row) throws {
        guard let name = Transition(rawValue: row.text(2)) else {
            throw StoreError.corrupt("there is no event \(row.text(2)) in this release")
        }
        self.init(id: EventID(row.text(0)), run: RunID(row.text(1)), name: name, at: row.time(3))
        if let key = row.optionalText(4), let fingerprint = row.optionalText(5) {
            self.key = IdempotencyKey(text: key, fingerprint: fingerprint)
        }
    }
}
