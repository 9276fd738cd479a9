package import ApprovalEngine

extension SQLiteStore: CopySource, CopyTarget {
    /// What only this kind of database has: its own book-keeping.
    private static let own: Set<String> = ["schema_version", "sqlite_sequence"]
    /// `user` is a word of PostgreSQL's.
    private static func name(of column: CopiedTable.Column, in table: CopiedTable) -> String {
        table.name == "people" && column.name == "account" ? "user" : column.name
    }

    package func readEverything(_ take: (CopiedTable, [[CopiedValue]]) throws -> Void) throws {
        try withTransaction { connection in
            try Self.checkTables(in: &connection)
            for table in CopiedTable.all {
                let columns = table.columns.map { Self.name(of: $0, in: table) }.joined(separator: ", ")
                var page: [[CopiedValue]] = []
                try connection.forEachRow(SQL("SELECT \(columns) FROM \(table.name) ORDER BY \(table.order)", [])) {
                    row in
                    page.append(row.values(of: table))
                    guard page.count == CopiedTable.page else { return }
                    try take(table, page)
                    page = []
                }
                if !page.isEmpty { try take(table, page) }
            }
        }
    }

    package func writeEverything(
        _ fill: ((CopiedTable, [[CopiedValue]]) throws -> Void) throws -> Void
    ) throws {
        try withTransaction { connection in
            try Self.checkTables(in: &connection)
            for table in CopiedTable.all where try connection.hasRow(SQL("SELECT 1 FROM \(table.name)", [])) {
                throw StoreError.notCopied("it is not empty: there are rows in the table \(table.name)")
            }
            try fill { table, rows in
                let columns = table.columns.map { Self.name(of: $0, in: table) }.joined(separator: ", ")
                let places = table.columns.map { _ in "?" }.joined(separator: ", ")
                for row in table.endingLeases(rows) {
                    try connection.run(
                        SQL("INSERT INTO \(table.name) (\(columns)) VALUES (\(places))", row.map(SQL.Value.init))
                    )
                }
            }
        }
    }

    /// Runs `body` in a transaction of a connection of its own, beside which nobody writes.
    private func withTransaction(_ body: (inout Connection) throws -> Void) throws {
        var connection = try Connection.open(path, as: .writer)
        try connection.execute("BEGIN IMMEDIATE")
        do { try body(&connection) } catch {
            connection.rollBack()
            throw error
        }
        do { try connection.execute("COMMIT") } catch {
            connection.rollBack()
            throw error.asCommitError
        }
    }

    private static func checkTables(in connection: inout Connection) throws {
        var tables: [String: Set<String>] = [:]
        let columns = try connection.rows(
            """
            SELECT t.name, CASE WHEN t.name = 'people' AND c.name = 'user' THEN 'account' ELSE c.name END
            FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'
            """
        ) { ($0.text(0), $0.text(1)) }
        for (table, column) in columns { tables[table, default: []].insert(column) }
        try StoreError.check(tables: tables, own: own)
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
    fileprivate init(_ value: CopiedValue) {
        switch value {
        case .null: self = .null
        case .integer(let number): self = .integer(number)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .blob(bytes)
        }
    }
}
