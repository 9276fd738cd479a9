import ApprovalCore
package import ApprovalEngine
package import Support

/// What the API asks for: which runs there are, and what became of what was asked.
extension PostgresStore {
    package func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun] {
        let sql = Self.listing(query)
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

    private static func listing(_ query: RunQuery) -> SQL {
        // A condition that is always there and sometimes means nothing is no way into an index: with a plan that is made
        // once, every page would read all runs that are newer.
        var sql: SQL = "SELECT created_at, number, schema, state FROM runs WHERE true"
        let statuses = query.statuses.map(\.rawValue).sorted()
        if !statuses.isEmpty { sql += " AND status = ANY (\(statuses))" }
        if let flow = query.flow { sql += " AND flow = \(flow)" }
        if let requester = query.requester { sql += " AND requester = \(requester)" }
        if let since = query.since { sql += " AND created_at >= \(since)" }
        if let until = query.until { sql += " AND created_at < \(until)" }
        if let place = query.after { sql += " AND (created_at, number) < (\(place.at), \(place.number))" }
        sql += " ORDER BY created_at DESC, number DESC LIMIT \(query.limit)"
        return sql
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
