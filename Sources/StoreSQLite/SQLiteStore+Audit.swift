package import ApprovalEngine
package import AuditTrail
package import Support

extension SQLiteStore: AuditStore {
    package func seal(limit: Int, at now: Timestamp, key: [UInt8]) async throws(StoreError) -> Int {
        let isAnyUnsealed = try readers.read { connection in
            try connection.hasRow(
                """
                SELECT 1 FROM audit_records WHERE position > (SELECT coalesce(max(last), 0) FROM audit_seals) LIMIT 1
                """
            )
        }
        guard isAnyUnsealed else { return 0 }
        return try await writer.write { connection in
            let last = try connection.row("SELECT \(SealRow.columns) FROM audit_seals ORDER BY number DESC LIMIT 1") {
                SealRow.seal($0)
            }
            let covered = try connection.rows(
                """
                SELECT position, hash FROM audit_records WHERE position > \(last?.last ?? 0)
                ORDER BY position LIMIT \(limit)
                """
            ) { (position: $0.integer(0), hash: $0.text(1)) }
            guard let first = covered.first, let end = covered.last else { return 0 }
            let seal = AuditSeal(
                number: (last?.number ?? 0) + 1, at: now, first: first.position, last: end.position,
                recordHashes: covered.map(\.hash), previous: last?.code ?? AuditSeal.genesis, key: key
            )
            try SealRow.insert(seal, into: &connection)
            return covered.count
        }
    }

    package func records(
        after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, record: AuditRecord)] {
        try readers.read { connection in
            try connection.rows(
                """
                SELECT position, \(AuditRow.columns) FROM audit_records WHERE position > \(position)
                ORDER BY position LIMIT \(limit)
                """
            ) { (position: $0.integer(0), record: try AuditRow.record($0, from: 1)) }
        }
    }

    package func records(of aggregate: String) async throws(StoreError) -> [AuditRecord] {
        try readers.read { connection in
            try connection.rows(
                "SELECT \(AuditRow.columns) FROM audit_records WHERE aggregate = \(aggregate) ORDER BY sequence"
            ) { try AuditRow.record($0, from: 0) }
        }
    }

    package func seals(after number: Int64, limit: Int) async throws(StoreError) -> [AuditSeal] {
        try readers.read { connection in
            try connection.rows(
                """
                SELECT \(SealRow.columns) FROM audit_seals WHERE number > \(number) ORDER BY number LIMIT \(limit)
                """
            ) { SealRow.seal($0) }
        }
    }
}

/// An audit record as its table holds it.
struct AuditRow: Sendable {
    private let record: AuditRecord
    private let details: String

    init(_ record: AuditRecord) {
        self.record = record
        details = record.detailsText
    }

    /// A record whose place in its chain is taken means that somebody else was first.
    func insert(into connection: inout Connection) throws {
        let inserted = try connection.run(
            """
            INSERT INTO audit_records (\(AuditRow.columns)) VALUES (
                \(record.aggregate), \(record.sequence), \(record.at), \(record.kind), \(record.actor), \(details),
                \(record.previous), \(record.hash)
            ) ON CONFLICT (aggregate, sequence) DO NOTHING
            """
        )
        guard inserted == 1 else { throw StoreError.conflict }
    }

    static let columns: SQL.Fragment = "aggregate, sequence, at, kind, actor, details, previous, hash"

    /// Nothing of what was stored is made good here: the verifier is to see it as it is.
    static func record(_ row: borrowing Row, from first: Int32) throws -> AuditRecord {
        guard let details = try JSONValue(parsing: row.text(first + 5)).object else {
            throw StoreError.corrupt("the details of an audit record are not an object")
        }
        return AuditRecord(
            stored: row.text(first), sequence: row.integer(first + 1), at: row.time(first + 2),
            kind: row.text(first + 3), actor: row.text(first + 4), details: details, previous: row.text(first + 6),
            hash: row.text(first + 7)
        )
    }
}

private enum SealRow {
    static let columns: SQL.Fragment = "number, at, first, last, digest, previous, code"

    static func insert(_ seal: AuditSeal, into connection: inout Connection) throws {
        try connection.run(
            """
            INSERT INTO audit_seals (\(columns)) VALUES (
                \(seal.number), \(seal.at), \(seal.first), \(seal.last), \(seal.digest), \(seal.previous), \(seal.code)
            )
            """
        )
    }

    static func seal(_ row: borrowing Row) -> AuditSeal {
        AuditSeal(
            stored: row.integer(0), at: row.time(1), first: row.integer(2), last: row.integer(3), digest: row.text(4),
            previous: row.text(5), code: row.text(6)
        )
    }
}
