import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import Testing

@testable import StoreSQLite

@Suite struct `Writes that share a commit` {
    /// Lends a store that has room for a few pages more.
    private func withFullDisk(_ body: (SQLiteStore) async throws -> Void) async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            try await store.writer.write { connection in
                let pages = try connection.row("PRAGMA page_count") { Int($0.integer(0)) } ?? 0
                try connection.execute("PRAGMA max_page_count = \(pages + 12)")
            }
            try await body(store)
        }
    }

    @Test func `fail alone, and leave nothing behind`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            let noted = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        do throws(StoreError) {
                            try await store.writer.write { connection in
                                try connection.run(
                                    "INSERT INTO deliveries (identity, at) VALUES (\("Ev\(index)"), \(index))"
                                )
                                if index % 5 == 0 { throw StoreError.conflict }
                            }
                            return true
                        } catch {
                            #expect(error == .conflict)
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(noted == 160)
            let stored = try store.readers.read { connection in
                try connection.rows("SELECT at FROM deliveries ORDER BY at") { Int($0.integer(0)) }
            }
            #expect(stored == (0..<200).filter { $0 % 5 != 0 })
        }
    }

    @Test func `all fail when the disk is full, none is half done, and small ones go on`() async throws {
        try await withFullDisk { store in
            let errors = await withTaskGroup(of: StoreError?.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let run = AccessRequest.waiting(RunID("run-\(index)"))
                        do throws(StoreError) {
                            try await store.commit(.new(run, asking: [.card("a", of: run.id)]))
                        } catch {
                            return error
                        }
                        return nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let failures = errors.compactMap(\.self)
            #expect(!failures.isEmpty)
            for failure in failures {
                guard case .unavailable(let words) = failure else {
                    Issue.record("\(failure)")
                    continue
                }
                #expect(words.contains("full"))
                #expect(!words.contains("run-"))
            }
            let records = try await store.records(after: 0, limit: 1000)
            let entries = try await store.claim(.cards, limit: 1000, at: noon, leaseUntil: noon + .seconds(9))
            #expect(records.count == 100 - failures.count)
            #expect(Set(entries.map(\.run.text)) == Set(records.map { String($0.record.aggregate.dropFirst(4)) }))

            try await store.writer.write { connection in
                try connection.execute("PRAGMA max_page_count = 1000000")
            }
            try await store.commit(.new(.waiting("with room again")))
            #expect(try await store.load("with room again") != nil)
        }
    }

    /// `SQLITE_FULL`, `_BUSY`, `_BUSY_SNAPSHOT`, `_IOERR_WRITE`; `_IOERR_FSYNC`, `_IOERR`, `_CORRUPT`.
    @Test(arguments: [
        (13, true), (5, true), (517, true), (778, true), (1034, false), (10, false), (11, false),
    ])
    func `have an unknown outcome when the commit failed after it may have been written`(
        code: Int32, surelyNothing: Bool
    ) {
        switch SQLiteError("commit", code: code, database: nil).asCommitError {
        case .unavailable: #expect(surelyNothing)
        case .unknownOutcome: #expect(!surelyNothing)
        default: Issue.record("neither")
        }
    }

    @Test func `are values, never SQL`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            let hostile = "'); DROP TABLE runs; --"
            try await store.commit(.new(.waiting(RunID(hostile)), submissionKey: hostile))
            #expect(try await store.load(RunID(hostile))?.run.id.text == hostile)
            let sql: SQL = "SELECT \(hostile), \(7), \([1, 2] as [UInt8]), \(nil as String?)"
            #expect(sql.text == "SELECT ?, ?, ?, ?")
            let row = try store.readers.read { connection in
                try connection.row(sql) { ($0.text(0), $0.integer(1), $0.blob(2), $0.isNull(3)) }
            }
            #expect(try #require(row) == (hostile, 7, [1, 2], true))
        }
    }

    @Test func `cannot be made through a connection that reads`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            #expect(throws: StoreError.self) {
                try store.readers.read { try $0.run("DELETE FROM runs") }
            }
        }
    }
}
