import ApprovalCore
import ApprovalEngine
import AuditTrail
import StorePostgres
import StoreSQLite
import Support
import TestSupport
import Testing

/// Rows of every table, as a copy carries them.
private func everything(_ source: any CopySource) throws -> [String: [[CopiedValue]]] {
    var found: [String: [[CopiedValue]]] = [:]
    try source.readEverything { table, rows in found[table.name, default: []] += rows }
    return found
}

private func copy(_ source: any CopySource, to target: any CopyTarget) throws {
    try target.writeEverything { write in try source.readEverything { try write($0, $1) } }
}

@Suite struct `A copy of a whole store` {
    /// Something in every table, with texts that are awkward.
    private func fill(_ store: any EngineStore) async throws {
        try await store.save(
            FlowRevision(of: Flow(name: "prod_db", environment: Environment(name: "main", workspace: "THOME"))))
        for number in 0..<40 {
            let run = AccessRequest.waiting(RunID("run-\(number)"))
            var change = RunChange.new(
                run, recording: ["requested", "routed"],
                asking: [.card("a", of: run.id), .card("b", of: run.id, serialKey: "shared")],
                submissionKey: number == 0 ? "key" : nil
            )
            if number < 2 {
                change.event = RunEvent(
                    id: EventID("event-\(number)"), run: run.id, name: .request, at: noon,
                    key: number == 0 ? IdempotencyKey(text: "ada/\"é", fingerprint: "f") : nil
                )
            }
            try await store.commit(change)
        }
        _ = try await store.claim(.cards, limit: 5, at: noon, leaseUntil: noon + .seconds(60))
        _ = try await store.seal(limit: 50, at: noon, key: [1])
        try await store.save(.named("U1", email: "Ada@acme.test"))
        try await store.save(.named("U2", workspace: "TELSE"), seenAs: Account(workspace: "THOME", user: "U2"))
        _ = try await store.note(delivery: "Ev1", at: noon)
        let kind = DocumentKind("thing")
        try await store.commit(
            DocumentsChange(
                saved: [
                    Document(
                        kind: kind, id: "d\"é\u{1F512}", unique: ["one"], keys: ["k", "l"], body: ["a": "\u{0}"],
                        createdAt: noon)
                ],
                notes: [AuditNote(aggregate: "thing/d", at: noon, kind: "made", actor: "ada")]
            )
        )
    }

    @Test func `goes to PostgreSQL and back without a difference`() async throws {
        try await withDatabase { url in
            try await withFolder { folder in
                let first = try SQLiteStore(path: folder + "/first.db")
                defer { first.close() }
                try await fill(first)
                // Nobody has anything in hand in a copy.
                let original = try everything(first)
                let middle = try PostgresStore(url: url)
                middle.close()
                try copy(first, to: middle)
                let last = try SQLiteStore(path: folder + "/last.db")
                defer { last.close() }
                try copy(middle, to: last)
                let returned = try everything(last)
                for table in CopiedTable.all {
                    let expected = table.endingLeases(original[table.name] ?? [])
                    #expect(!expected.isEmpty, "\(table.name) is not tested")
                    #expect(Set(returned[table.name] ?? []) == Set(expected), "\(table.name)")
                }

                let opened = try PostgresStore(url: url)
                defer { opened.close() }
                for store in [opened, last] as [any EngineStore] {
                    #expect(try await store.load("run-7") == first.load("run-7"))
                    // New rows come behind the copied ones.
                    try await store.commit(.new(.waiting("new"), asking: [.card("a", of: "new")]))
                    await expectError(.duplicate("run-0")) {
                        try await store.commit(.new(.waiting("other"), submissionKey: "key"))
                    }
                    let records = try await store.records(after: 0, limit: 1000)
                    #expect(records.map(\.position) == (1...82).map { Int64($0) })
                    #expect(records.last?.record.aggregate == "run/new")
                    #expect(try await store.seal(limit: 100, at: noon, key: [1]) == 32)
                    // What was in hand is due at once.
                    #expect(
                        try await store.claim(.cards, limit: 500, at: noon, leaseUntil: noon + .hours(1)).count == 42)
                }
            }
        }
    }

    @Test func `is refused by a store that holds something, which stays as it is`() async throws {
        try await withDatabase { url in
            try await withFolder { folder in
                let source = try SQLiteStore(path: folder + "/first.db")
                defer { source.close() }
                try await fill(source)
                let target = try PostgresStore(url: url)
                _ = try await target.note(delivery: "Ev9", at: noon)
                target.close()
                #expect {
                    try copy(source, to: target)
                } throws: {
                    "\($0)".contains("not empty: there are rows in the table deliveries")
                }
                let opened = try PostgresStore(url: url)
                defer { opened.close() }
                #expect(try await opened.load("run-1") == nil)
                #expect {
                    try copy(source, to: opened)
                } throws: {
                    "\($0)".contains("not empty")
                }
            }
        }
    }

    @Test func `is refused where a table is not known, or a server runs`() async throws {
        try await withDatabase { url in
            try await withFolder { folder in
                let source = try PostgresStore(url: url)
                let target = try SQLiteStore(path: folder + "/copy.db")
                defer { target.close() }
                _ = try await source.load("nobody")
                #expect {
                    try copy(source, to: target)
                } throws: {
                    "\($0)".contains("in use")
                }
                source.close()
                try TestCluster.shared.query("CREATE TABLE novelty (a bigint)", url: url)
                #expect {
                    try copy(source, to: target)
                } throws: {
                    "\($0)".contains("the table novelty")
                }
                try TestCluster.shared.query(
                    "DROP TABLE novelty; ALTER TABLE runs ADD COLUMN novelty bigint", url: url
                )
                #expect {
                    try copy(source, to: target)
                } throws: {
                    "\($0)".contains("the column runs.novelty")
                }
            }
        }
    }
}
