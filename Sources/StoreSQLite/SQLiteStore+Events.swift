import ApprovalCore
package import ApprovalEngine
package import Support

/// What the API asks for: which runs there are, and what became of what was asked.
extension SQLiteStore {
    package func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun] {
        var sql: SQL = "SELECT created_at, number, schema, state FROM runs WHERE 1 = 1"
        if !query.statuses.isEmpty {
            let names = JSONValue.array(query.statuses.map(\.rawValue).sorted().map(JSONValue.string)).compact
            sql += " AND status IN (SELECT value FROM json_each(\(names)))"
        }
        if let flow = query.flow { sql += " AND flow = \(flow)" }
        if let requester = query.requester { sql += " AND requester = \(requester)" }
        if let since = query.since { sql += " AND created_at >= \(since)" }
        if let until = query.until { sql += " AND created_at < \(until)" }
        if let place = query.after { sql += " AND (created_at, number) < (\(place.at), \(place.number))" }
        sql += " ORDER BY created_at DESC, number DESC LIMIT \(query.limit)"
        let rows = try readers.read { connection in
            try connection.rows(sql) { row in
                (
                    place: ListedRun.Place(at: Timestamp(milliseconds: row.integer(0)), number: row.integer(1)),
                    schema: row.integer(2), state: row.blob(3)
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
        try event("SELECT \(RunEvent.columns) FROM run_events WHERE id = \(id)")
    }

    package func event(key: String, since: Timestamp) async throws(StoreError) -> RunEvent? {
        try event("SELECT \(RunEvent.columns) FROM run_events WHERE key = \(key) AND at >= \(since)")
    }

    private func event(_ query: SQL) throws(StoreError) -> RunEvent? {
        try readers.read { connection in try connection.row(query) { try RunEvent(row: $0) } }
    }
}

extension RunEvent {
    fileprivate static let columns: SQL.Fragment = "id, run, name, at, key, fingerprint"

    fileprivate init(row: borrowing Row) throws {
        guard let name = Transition(rawValue: row.text(2)) else {
            throw StoreError.corrupt("there is no event \(row.text(2)) in this release")
        }
        self.init(
            id: EventID(row.text(0)), run: RunID(row.text(1)), name: name, at: Timestamp(milliseconds: row.integer(3))
        )
        if let key = row.optionalText(4), let fingerprint = row.optionalText(5) {
            self.key = IdempotencyKey(text: key, fingerprint: fingerprint)
        }
    }

    func insert(into connection: inout Connection) throws {
        if let key {
            if let first = try connection.row(
                "SELECT run FROM run_events WHERE key = \(key.text) AND at >= \(at - RunEvent.keyKept)",
                { RunID($0.text(0)) }
            ) {
                throw StoreError.duplicate(first)
            }
            try connection.run("UPDATE run_events SET key = NULL, fingerprint = NULL WHERE key = \(key.text)")
        }
        try connection.run(
            """
            INSERT INTO run_events (id, run, name, at, key, fingerprint)
            VALUES (\(id), \(run), \(name.rawValue), \(at), \(key?.text), \(key?.fingerprint))
            """
        )
    }
}
