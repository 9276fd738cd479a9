import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import Testing

@Suite struct `An audit trail` {
    private let key = [UInt8](repeating: 7, count: 32)

    private func verify(_ store: AnyStore) async throws -> (head: String, unsealedRecords: Int) {
        var verifier = AuditVerifier(key: key)
        for (position, record) in try await store.records(after: 0, limit: 1000) {
            try verifier.check(record, at: position)
        }
        for seal in try await store.seals(after: 0, limit: 1000) { try verifier.check(seal) }
        return verifier.finish()
    }

    @Test(arguments: StoreUnderTest.all)
    func `gives records back as they were written, in order, page by page`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1"), recording: ["requested", "routed"]))
            try await store.commit(.new(.waiting("run-2")))
            let stored = try #require(try await store.load("run-1"))
            try await store.commit(stored.change(recording: ["approved"]))
            let written = AuditRecord.chain(["requested", "routed", "approved"], of: "run-1")
            #expect(try await store.records(of: "run/run-1") == written)
            #expect(try await store.records(of: "run/nobody") == [])
            let all = try await store.records(after: 0, limit: 100)
            #expect(all.map(\.record.aggregate) == ["run/run-1", "run/run-1", "run/run-2", "run/run-1"])
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.position < $1.position })
            let page = try await store.records(after: all[0].position, limit: 2)
            #expect(page.map(\.position) == all[1...2].map(\.position))
            #expect(page.map(\.record) == all[1...2].map(\.record))
            #expect(try await store.records(after: all[3].position, limit: 2).isEmpty)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `does not take a record into a place of the chain that is taken`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1")))
            var change = try #require(try await store.load("run-1")).change(asking: [.card("a")])
            change.records = AuditRecord.chain(["denied"], of: "run-1")
            await expectError(.conflict) { [change] in try await store.commit(change) }
            #expect(try await store.records(of: "run/run-1").map(\.kind) == ["requested"])
            #expect(try await store.claimAll() == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `seals what is not sealed yet, up to a limit, and then nothing`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            #expect(try await store.seal(limit: 10, at: noon, key: key) == 0)
            #expect(try await store.seals(after: 0, limit: 10) == [])
            try await store.commit(.new(.waiting("run-1"), recording: ["requested", "routed", "approved"]))
            #expect(try await store.seal(limit: 2, at: noon, key: key) == 2)
            #expect(try await verify(store).unsealedRecords == 1)
            try await store.commit(.new(.waiting("run-2")))
            #expect(try await store.seal(limit: 10, at: noon + .seconds(1), key: key) == 2)
            #expect(try await store.seal(limit: 10, at: noon + .seconds(2), key: key) == 0)
            let seals = try await store.seals(after: 0, limit: 10)
            #expect(seals.map(\.number) == [1, 2])
            #expect(seals.map(\.at) == [noon, noon + .seconds(1)])
            #expect(seals[0].previous == AuditSeal.genesis)
            #expect(seals[1].previous == seals[0].code)
            #expect(seals[1].first == seals[0].last + 1)
            #expect(try await verify(store) == (seals[1].code, 0))
            #expect(try await store.seals(after: 1, limit: 10) == [seals[1]])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a commit that failed leaves no gap between records`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1")))
            var change = RunChange.new(.waiting("run-2"), recording: ["requested", "routed"])
            change.completing = Claim(entry: 99, wanted: 1, leaseUntil: noon)
            await expectError(.conflict) { [change] in try await store.commit(change) }
            try await store.commit(.new(.waiting("run-3")))
            #expect(try await store.records(after: 0, limit: 10).map(\.position) == [1, 2])
            #expect(try await store.load("run-2") == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `sealing while facts are recorded covers every record once`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<60 { group.addTask { try await store.commit(.new(.waiting(RunID("run-\(index)")))) } }
                for _ in 0..<20 { group.addTask { _ = try await store.seal(limit: 7, at: noon, key: key) } }
                try await group.waitForAll()
            }
            while try await store.seal(limit: 7, at: noon, key: key) > 0 {}
            #expect(try await store.records(after: 0, limit: 100).count == 60)
            #expect(try await verify(store).unsealedRecords == 0)
        }
    }
}
