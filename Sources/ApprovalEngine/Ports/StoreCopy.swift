/// A table as a copy of a whole store carries it from one kind of database to the other (`symflow database copy`).
package struct CopiedTable: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case integer, flag, text, bytes }

    package struct Column: Hashable, Sendable {
        package var name: String
        package var kind: Kind
    }

    package var name: String
    package var columns: [Column]
    /// Rows are read and written in the order of this column.
    package var order: String

    private init(_ name: String, by order: String, _ columns: KeyValuePairs<String, Kind>) {
        self.name = name
        self.order = order
        self.columns = columns.map { Column(name: $0.key, kind: $0.value) }
    }

    /// Everything that a store keeps. A table or column that stands in a database and not here is an obstacle to every
    /// copy, so that nothing is ever left behind.
    package static let all = [
        CopiedTable(
            "runs", by: "number",
            [
                "number": .integer, "id": .text, "version": .integer, "status": .text, "approval_status": .text,
                "flow": .text, "requester": .text, "is_over": .flag, "wake_at": .integer, "grant_key": .text,
                "submission_key": .text, "created_at": .integer, "updated_at": .integer, "audit_sequence": .integer,
                "audit_hash": .text, "schema": .integer, "state": .bytes,
            ]),
        CopiedTable("flow_revisions", by: "hash", ["hash": .text, "schema": .integer, "flow": .bytes]),
        CopiedTable(
            "outbox", by: "id",
            [
                "id": .integer, "lane": .text, "serial_key": .text, "unique_key": .text, "is_head": .flag,
                "due_at": .integer, "lease_until": .integer, "wanted": .integer, "attempt": .integer,
                "first_tried_at": .integer, "next_serial_key": .text, "next_due_at": .integer, "run": .text,
                "schema": .integer, "effect": .bytes, "last_error": .text, "created_at": .integer,
            ]),
        CopiedTable(
            "people", by: "workspace",
            [
                "workspace": .text, "account": .text, "person": .text, "email": .text, "is_home": .flag,
                "is_full_member": .flag, "schema": .integer, "facts": .bytes,
            ]),
        CopiedTable("deliveries", by: "identity", ["identity": .text, "at": .integer]),
        CopiedTable(
            "audit_records", by: "position",
            [
                "position": .integer, "aggregate": .text, "sequence": .integer, "at": .integer, "kind": .text,
                "actor": .text, "details": .text, "previous": .text, "hash": .text,
            ]),
        CopiedTable(
            "audit_seals", by: "number",
            [
                "number": .integer, "at": .integer, "first": .integer, "last": .integer, "digest": .text,
                "previous": .text, "code": .text,
            ]),
        CopiedTable(
            "documents", by: "number",
            [
                "number": .integer, "kind": .text, "id": .text, "version": .integer, "created_at": .integer,
                "updated_at": .integer, "schema": .integer, "body": .text,
            ]),
        CopiedTable(
            "document_keys", by: "kind", ["kind": .text, "name": .text, "id": .text, "is_unique": .flag]),
        CopiedTable(
            "run_events", by: "id",
            ["id": .text, "run": .text, "name": .text, "at": .integer, "key": .text, "fingerprint": .text]),
        CopiedTable("document_kinds", by: "kind", ["kind": .text, "generation": .integer]),
    ]

    /// Rows that are carried at once.
    package static let page = 500
}

/// A cell on its way. A flag is the integer 0 or 1.
package enum CopiedValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

extension CopiedTable {
    /// What an entry in hand becomes in the copy: nobody there has it in hand, so it is due at once, as after a restart.
    package func endingLeases(_ rows: [[CopiedValue]]) -> [[CopiedValue]] {
        guard let lease = columns.firstIndex(where: { $0.name == "lease_until" }),
            let due = columns.firstIndex(where: { $0.name == "due_at" })
        else { return rows }
        return rows.map { row in
            guard row[lease] != .null else { return row }
            var row = row
            row[lease] = .integer(0)
            row[due] = .integer(0)
            return row
        }
    }
}

/// A store that can be read whole.
package protocol CopySource: Sendable {
    /// Gives every row of every table, as they are at one moment, in pages. Blocks; nobody else writes meanwhile.
    ///
    /// - Throws: what `take` throws; `StoreError`, also where the store is in use or holds what is not to be copied.
    func readEverything(_ take: (CopiedTable, [[CopiedValue]]) throws -> Void) throws
}

/// An empty store that can be filled.
package protocol CopyTarget: Sendable {
    /// Writes what `fill` hands over: all of it, durable when the call returns, or nothing when `fill` throws. Blocks.
    ///
    /// - Throws: what `fill` throws; `StoreError`, also where the store holds something already.
    func writeEverything(_ fill: ((CopiedTable, [[CopiedValue]]) throws -> Void) throws -> Void) throws
}

extension StoreError {
    /// Why a database cannot be copied, or copied into, as it is.
    package static func notCopied(_ reason: String) -> StoreError { .corrupt(reason) }

    /// Compares what a database has with what a copy carries.
    ///
    /// - Parameters:
    ///   - found: the columns of each table.
    ///   - own: what belongs to that kind of database alone, as `table` or `table.column`.
    package static func check(tables found: [String: Set<String>], own: Set<String>) throws(StoreError) {
        let known = Dictionary(uniqueKeysWithValues: CopiedTable.all.map { ($0.name, Set($0.columns.map(\.name))) })
        for (table, columns) in found.sorted(by: { $0.key < $1.key }) where !own.contains(table) {
            guard let wanted = known[table] else {
                throw .notCopied("the table \(table) is not one that this release can copy")
            }
            let more = columns.subtracting(wanted).filter { !own.contains("\(table).\($0)") }
            if let column = more.sorted().first {
                throw .notCopied("the column \(table).\(column) is not one that this release can copy")
            }
        }
    }
}
