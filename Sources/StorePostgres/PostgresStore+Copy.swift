package import ApprovalEngine
import Support

extension PostgresStore: CopySource, CopyTarget {
    /// What only this kind of database has: its own book-keeping, and what is true for a moment.
    private static let own: Set<String> = ["schema_version", "slack_pauses", "outbox.holder", "audit_records.id"]
    private static let cursor = "copied"
    private static let leaveTime: Duration = .seconds(2)

    package func readEverything(_ take: (CopiedTable, [[CopiedValue]]) throws -> Void) throws {
        try withTransaction { session in
            try Self.waitForServers(&session)
            try Self.checkTables(in: &session)
            // What was committed last has its place in the trail from now on.
            try AuditRow.numberAll(in: &session)
            for table in CopiedTable.all {
                let columns = table.columns.map { $0.kind == .flag ? "\($0.name)::int::bigint" : $0.name }
                try session.execute(
                    "DECLARE \(Self.cursor) NO SCROLL CURSOR FOR SELECT \(columns.joined(separator: ", ")) "
                        + "FROM \(table.name) ORDER BY \(table.order)"
                )
                while true {
                    // A statement of its own for each table: their rows differ.
                    let page = try session.rows(
                        SQL("FETCH \(CopiedTable.page) FROM \(Self.cursor) -- \(table.name)", []),
                        within: Session.longStatementTime
                    ) { $0.values(of: table) }
                    if !page.isEmpty { try take(table, page) }
                    if page.count < CopiedTable.page { break }
                }
                try session.execute("CLOSE \(Self.cursor)")
            }
        }
    }

    package func writeEverything(
        _ fill: ((CopiedTable, [[CopiedValue]]) throws -> Void) throws -> Void
    ) throws {
        try withTransaction { session in
            try Self.checkTables(in: &session)
            for table in CopiedTable.all
            where try session.row(SQL("SELECT 1 FROM \(table.name) LIMIT 1", []), { _ in true }) == true {
                throw StoreError.notCopied("it is not empty: there are rows in the table \(table.name)")
            }
            try fill { table, rows in
                let rows = table.endingLeases(rows)
                let arrays = table.columns.indices.map { place in rows.map { $0[place] } }
                let names = table.columns.indices.map { "c\($0)" }
                let sources = zip(names, table.columns).map { $1.kind == .flag ? "\($0) <> 0" : $0 }
                let parameters = table.columns.enumerated().map { "$\($0 + 1)::\($1.kind.arrayType)" }
                try session.run(
                    SQL(
                        """
                        INSERT INTO \(table.name) (\(table.columns.map(\.name).joined(separator: ", ")))
                        SELECT \(sources.joined(separator: ", "))
                        FROM unnest(\(parameters.joined(separator: ", "))) AS rows (\(names.joined(separator: ", ")))
                        """, zip(table.columns, arrays).map { SQL.Value($0.kind, $1) }
                    ), within: Session.longStatementTime
                )
            }
            // What is made from now on comes behind what was copied.
            for (table, key) in [("runs", "number"), ("outbox", "id"), ("documents", "number")] {
                try session.execute(
                    "SELECT setval(pg_get_serial_sequence('\(table)', '\(key)'), max(\(key))) FROM \(table) "
                        + "HAVING max(\(key)) IS NOT NULL"
                )
            }
        }
        // The planner knows nothing yet of what came in at once. Without this it learns by itself, later.
        var session = try Session.open(url)
        try session.execute("SET statement_timeout = \(Session.longStatementTime.milliseconds)")
        try session.execute("ANALYZE", within: Session.longStatementTime)
    }

    /// Runs `body` in a transaction of a connection of its own, beside which nobody writes.
    private func withTransaction(_ body: (inout Session) throws -> Void) throws {
        do {
            var session = try Session.open(url)
            try session.execute(
                """
                SET statement_timeout = \(Session.longStatementTime.milliseconds);
                SET idle_in_transaction_session_timeout = 0;
                """
            )
            try session.transaction { session in
                try session.execute("SET LOCAL lock_timeout = \(Self.leaveTime.milliseconds)")
                for table in CopiedTable.all { try session.execute("LOCK TABLE \(table.name) IN EXCLUSIVE MODE") }
                try body(&session)
            }
        } catch let error as PostgresError { throw error.asWriteError }
    }

    /// A server that goes on working would work for nothing. One that was just stopped may still be leaving.
    private static func waitForServers(_ session: inout Session) throws {
        let start = MonotonicInstant.now()
        while true {
            // Within a transaction the server shows what it showed first, unless told to look again.
            try session.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.05)")
            let others = try session.row(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'symflow' AND pid <> pg_backend_pid()
                """
            ) { $0.integer(0) }
            if others == 0 { return }
            guard MonotonicInstant.now() - start < leaveTime else {
                throw StoreError.notCopied("it is in use: stop every server of it first")
            }
        }
    }

    private static func checkTables(in session: inout Session) throws {
        var tables: [String: Set<String>] = [:]
        let columns = try session.rows(
            """
            SELECT table_name::text, column_name::text FROM information_schema.columns
            WHERE table_schema = current_schema()
            """
        ) { ($0.text(0), $0.text(1)) }
        for (table, column) in columns { tables[table, default: []].insert(column) }
        try StoreError.check(tables: tables, own: own)
    }
}

extension CopiedTable.Kind {
    fileprivate var arrayType: String {
        switch self {
        case .integer, .flag: "bigint[]"
        case .text: "text[]"
        case .bytes: "bytea[]"
        }
    }
}

extension Row {
    fileprivate func values(of table: CopiedTable) -> [CopiedValue] {
        table.columns.enumerated().map { place, column in
            let place = Int32(place)
            if isNull(place) { return .null }
            switch column.kind {
            case .integer, .flag: return .integer(integer(place))
            case .text: return .text(text(place))
            case .bytes: return .bytes(blob(place))
            }
        }
    }
}

extension SQL.Value {
    /// A column of a page.
    fileprivate init(_ kind: CopiedTable.Kind, _ values: [CopiedValue]) {
        switch kind {
        case .integer, .flag: self = .integers(values.map { if case .integer(let number) = $0 { number } else { nil } })
        case .text: self = .texts(values.map { if case .text(let text) = $0 { text } else { nil } })
        case .bytes: self = .blobs(values.map { if case .bytes(let bytes) = $0 { bytes } else { nil } })
        }
    }
}
