package import ApprovalEngine
package import AuditTrail
package import Support

extension PostgresStore: AuditStore {
    package func seal(limit: Int, at now: Timestamp, key: [UInt8]) async throws(StoreError) -> Int {
        let isAnyUnsealed = try await pool.read { session in
            try session.row(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM audit_records WHERE position IS NULL)
                    OR (SELECT max(position) FROM audit_records) > (SELECT coalesce(max(last), 0) FROM audit_seals)
                """
            ) { _ in true } ?? false
        }
        guard isAnyUnsealed else { return 0 }
        return try await pool.transaction { session in
            // The lock is held until the transaction ends: seals follow each other, whichever replica makes them. Where
            // one is at it, the others have nothing to do.
            let isOurs = try session.row("SELECT pg_try_advisory_xact_lock(1937337703, 0)") { $0.flag(0) }
            guard isOurs == true else { return 0 }
            try AuditRow.number(limit, in: &session)
            let last = try session.row("SELECT \(SealRow.columns) FROM audit_seals ORDER BY number DESC LIMIT 1") {
                SealRow.seal($0)
            }
            let covered = try session.rows(
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
            try SealRow.insert([seal], into: &session)
            return covered.count
        }
    }

    package func records(
        after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, record: AuditRecord)] {
        try await pool.read { session in
            try AuditRow.numberAll(in: &session)
            return try session.rows(
                """
                SELECT position, \(AuditRow.columns) FROM audit_records WHERE position > \(position)
                ORDER BY position LIMIT \(limit)
                """
            ) { (position: $0.integer(0), record: try AuditRow.record($0, from: 1)) }
        }
    }

    package func records(of aggregate: String) async throws(StoreError) -> [AuditRecord] {
        try await pool.read { session in
            try session.rows(
                "SELECT \(AuditRow.columns) FROM audit_records WHERE aggregate = \(aggregate) ORDER BY sequence"
            ) { try AuditRow.record($0, from: 0) }
        }
    }

    package func seals(after number: Int64, limit: Int) async throws(StoreError) -> [AuditSeal] {
        try await pool.read { session in
            try session.rows(
                """
                SELECT \(SealRow.columns) FROM audit_seals WHERE number > \(number) ORDER BY number LIMIT \(limit)
                """
            ) { SealRow.seal($0) }
        }
    }
}

/// An audit record as its table holds it.
enum AuditRow {
    static let columns: SQL.Fragment = "aggregate, sequence, at, kind, actor, details, previous, hash"
    /// How many records get their places in one statement: few enough to be done long before it is broken off.
    static let numberedMax = 5000

    /// Gives every committed record its place in the trail.
    static func numberAll(in session: inout Session) throws {
        let question: SQL = "SELECT 1 FROM audit_records WHERE position IS NULL LIMIT 1"
        while try session.row(question, { _ in true }) == true { try number(numberedMax, in: &session) }
    }

    static func number(_ count: Int, in session: inout Session) throws {
        _ = try session.row("SELECT number_records_1(\(count))") { _ in }
    }

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

enum SealRow {
    static let columns: SQL.Fragment = "number, at, first, last, digest, previous, code"

    static func insert(_ seals: [AuditSeal], into session: inout Session) throws {
        for seal in seals {
            try session.run(
                """
                INSERT INTO audit_seals (\(columns)) VALUES (
                    \(seal.number), \(seal.at), \(seal.first), \(seal.last), \(seal.digest), \(seal.previous),
                    \(seal.code)
                )
                """
            )
        }
    }

    static func seal(_ row: borrowing Row) -> AuditSeal {
        AuditSeal(
            stored: row.integer(0), at: row.time(1), first: row.integer(2), last: row.integer(3), digest: row.text(4),
            previous: row.text(5), code: row.text(6)
        )
    }
}
