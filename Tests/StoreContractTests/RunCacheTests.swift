import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import Testing

@testable import StoreSQLite

@Suite struct `Runs that were used last` {
    @Test func `are not taken for the truth when somebody else has changed them`() async throws {
        try await withFolder { folder in
            let one = try SQLiteStore(path: folder + "/symflow.db")
            let other = try SQLiteStore(path: folder + "/symflow.db")
            try await one.commit(.new(.waiting("run-1")))
            let seen = try #require(try await one.load("run-1"))
            try await other.commit(seen.change(recording: ["denied"]) { $0.state = .denied })
            let stored = try #require(try await one.load("run-1"))
            #expect(stored.run.state == .denied)
            #expect(stored.version == 2)
            #expect(stored.head.sequence == 2)
            one.close()
            other.close()
        }
    }

    @Test func `are not kept when their commit did not happen`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            try await store.commit(.new(.waiting("run-1")))
            let seen = try #require(try await store.load("run-1"))
            try await store.commit(seen.change { $0.state = .approved })
            await expectError(.conflict) { try await store.commit(seen.change { $0.state = .denied }) }
            #expect(try await store.load("run-1")?.run.state == .approved)
            // With or without it, the same run comes back.
            let cold = try SQLiteStore(path: folder + "/symflow.db")
            #expect(try await cold.load("run-1") == store.load("run-1"))
            cold.close()
        }
    }

    @Test func `are where the next step looks, also after a commit that records nothing`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            try await store.commit(.new(.waiting("run-1"), recording: []))
            #expect(store.recentRuns.run("run-1")?.head == .genesis)
            let first = try #require(try await store.load("run-1"))
            try await store.commit(first.change(recording: ["voted"]))
            let second = try #require(try await store.load("run-1"))
            try await store.commit(second.change { $0.state = .denied })
            let kept = try #require(store.recentRuns.run("run-1"))
            #expect(kept.version == 3)
            #expect(kept.head == second.head)
            #expect(kept.head == AuditHead(try #require(try await store.records(of: "run/run-1").last)))
        }
    }

    @Test func `are so many and no more, and the newest version stays`() {
        let cache = RunCache()
        func stored(_ id: Int, version: Int64 = 1) -> StoredRun {
            StoredRun(run: .waiting(RunID("run-\(id)")), version: version, head: .genesis)
        }
        for id in 0..<RunCache.countMax + 10 { cache.keep(stored(id)) }
        #expect(cache.run("run-9") == nil)
        #expect(cache.run("run-10")?.version == 1)
        cache.keep(stored(10, version: 3))
        cache.keep(stored(10, version: 2))
        #expect(cache.run("run-10")?.version == 3)
        cache.keep(stored(5000))
        #expect(cache.run("run-10") == nil)
        #expect(cache.run("run-11") != nil)
        #expect(cache.run("run-5000") != nil)
    }
}
