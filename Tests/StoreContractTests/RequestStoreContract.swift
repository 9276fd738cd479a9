import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import Testing

@Suite struct `A store of runs` {
    @Test(arguments: StoreUnderTest.all)
    func `gives back what was committed, and nothing for a name that it does not know`(kind: StoreUnderTest)
        async throws
    {
        try await kind.lend { store in
            #expect(try await store.load("run-1") == nil)
            let run = AccessRequest.waiting("run-1")
            try await store.commit(.new(run, recording: ["requested", "routed"]))
            let stored = try #require(try await store.load("run-1"))
            #expect(stored.run == run)
            #expect(stored.version == 1)
            #expect(stored.head == AuditHead(try #require(try await store.records(of: "run/run-1").last)))
            #expect(try await store.load("run-2") == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `counts commits, and keeps the head of a commit that records nothing`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1")))
            let first = try #require(try await store.load("run-1"))
            try await store.commit(first.change { $0.state = .denied })
            let second = try #require(try await store.load("run-1"))
            #expect(second.version == first.version + 1)
            #expect(second.head == first.head)
            #expect(second.run.state == .denied)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `refuses a commit by somebody who did not see the last one, and does none of it`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1")))
            let seen = try #require(try await store.load("run-1"))
            try await store.commit(seen.change(recording: ["approved"]) { $0.state = .approved })
            await expectError(.conflict) {
                try await store.commit(
                    seen.change(recording: ["denied"], asking: [.card("late")]) { $0.state = .denied }
                )
            }
            let stored = try #require(try await store.load("run-1"))
            #expect(stored.run.state == .approved)
            #expect(stored.version == 2)
            #expect(try await store.records(of: "run/run-1").map(\.kind) == ["requested", "approved"])
            #expect(try await store.claimAll() == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `refuses a change to a run that is not there, and a new run of a name that is taken`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            let nobody = StoredRun(run: .waiting("run-1"), version: 1, head: .genesis)
            await expectError(.conflict) { try await store.commit(nobody.change()) }
            try await store.commit(.new(.waiting("run-1")))
            await expectError(.conflict) {
                try await store.commit(.new(.waiting("run-1", state: .denied), recording: []))
            }
            #expect(try await store.load("run-1")?.run == .waiting("run-1"))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `takes a submission once, and names the run that it became`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1"), submissionKey: "view-1"))
            await expectError(.duplicate("run-1")) {
                try await store.commit(.new(.waiting("run-2"), asking: [.card("a")], submissionKey: "view-1"))
            }
            #expect(try await store.load("run-2") == nil)
            #expect(try await store.records(of: "run/run-2") == [])
            #expect(try await store.claimAll() == [])
            try await store.commit(.new(.waiting("run-3"), submissionKey: "view-2"))
            try await store.commit(.new(.waiting("run-4")))
            try await store.commit(.new(.waiting("run-5")))
            // The key stays the first run's, whatever becomes of it.
            let first = try #require(try await store.load("run-1"))
            try await store.commit(first.change { $0.state = .denied })
            await expectError(.duplicate("run-1")) {
                try await store.commit(.new(.waiting("run-1"), submissionKey: "view-1"))
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `lets one of many commits on the same version win`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1")))
            let seen = try #require(try await store.load("run-1"))
            let wins = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let change = seen.change(recording: ["voted"], asking: [.card("\(index)")])
                        do { try await store.commit(change) } catch { return false }
                        return true
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
            #expect(try await store.claimAll().count == 1)
            #expect(try await store.records(of: "run/run-1").count == 2)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `commits of many runs at once all happen, those that fail do not`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        // Every third is the second of its name or of its submission.
                        let run = AccessRequest.waiting(RunID("run-\(index % 3 == 2 ? index - 2 : index)"))
                        try? await store.commit(
                            .new(run, asking: [.card("a", of: run.id)], submissionKey: "view-\(run.id)")
                        )
                    }
                }
            }
            let records = try await store.records(after: 0, limit: 1000)
            let entries = try await store.claim(.cards, limit: 1000, at: noon, leaseUntil: noon + .seconds(9))
            #expect(records.count == 200)
            #expect(entries.count == 200)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `names runs whose time has come, the longest overdue first`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            for (id, minutes) in [("late", 9), ("early", 1), ("other-early", 1), ("future", 60)] as [(RunID, Int64)] {
                try await store.commit(.new(.waiting(id, state: .submitted(answerBy: noon + .minutes(minutes)))))
            }
            try await store.commit(.new(.waiting("over", state: .denied)))
            let time = noon + .minutes(9)
            #expect(try await store.dueRuns(at: noon, limit: 10, accessOnly: false) == [])
            #expect(
                try await store.dueRuns(at: time - .milliseconds(1), limit: 10, accessOnly: false) == [
                    "early", "other-early",
                ])
            #expect(
                try await store.dueRuns(at: time, limit: 10, accessOnly: false) == ["early", "other-early", "late"])
            #expect(try await store.dueRuns(at: time, limit: 1, accessOnly: false) == ["early"])
            #expect(try await store.nextWake(after: noon) == noon + .minutes(1))
            #expect(try await store.nextWake(after: noon + .minutes(1)) == noon + .minutes(9))
            #expect(try await store.nextWake(after: noon + .minutes(60)) == nil)
            // A run that has ended wakes nobody.
            let early = try #require(try await store.load("early"))
            try await store.commit(early.change { $0.state = .expired })
            #expect(try await store.dueRuns(at: time, limit: 10, accessOnly: false) == ["other-early", "late"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `names runs whose access must end while everything else waits`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("asked", state: .submitted(answerBy: noon))))
            try await store.commit(.new(try .active("on", grantKey: "key")))
            let later = noon + .hours(1000)
            #expect(try await store.dueRuns(at: later, limit: 10, accessOnly: false) == ["asked", "on"])
            #expect(try await store.dueRuns(at: later, limit: 10, accessOnly: true) == ["on"])
            #expect(try await store.dueRuns(at: noon, limit: 10, accessOnly: true) == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `names the other runs that may hold the same access, the oldest first`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(try .active("run-b", grantKey: "key")))
            try await store.commit(.new(try .active("run-a", grantKey: "key")))
            try await store.commit(.new(try .active("other", grantKey: "other key")))
            try await store.commit(.new(.waiting("waiting", grantKey: "key")))
            #expect(try await store.holders(of: "key", except: "nobody") == ["run-b", "run-a"])
            #expect(try await store.holders(of: "key", except: "run-b") == ["run-a"])
            #expect(try await store.holders(of: "unknown", except: "run-b") == [])
            let first = try #require(try await store.load("run-b"))
            try await store.commit(first.change { $0.state = .removed(Ending(cause: .scheduled, at: $0.lastFactAt)) })
            #expect(try await store.holders(of: "key", except: "nobody") == ["run-a"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `names what a person has open, the newest first`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let ada = Person.named("UADA")
            try await store.commit(.new(.waiting("run-b", requester: ada)))
            try await store.commit(.new(.waiting("run-a", requester: ada)))
            try await store.commit(.new(.waiting("over", requester: ada, state: .denied)))
            try await store.commit(.new(.waiting("else")))
            #expect(try await store.runs(of: ada.id, limit: 10) == ["run-a", "run-b"])
            #expect(try await store.runs(of: ada.id, limit: 1) == ["run-a"])
            #expect(try await store.runs(of: "person-nobody", limit: 10) == [])
            #expect(try await store.runs(requestedBy: ada.id, limit: 10) == ["over", "run-a", "run-b"])
            #expect(try await store.runs(requestedBy: ada.id, limit: 2) == ["over", "run-a"])
            #expect(try await store.runs(requestedBy: "person-nobody", limit: 2) == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `keeps a revision of a flow under its hash`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let revision = FlowRevision(
                of: Flow(name: "prod_db", environment: Environment(name: "main", workspace: "THOME"))
            )
            #expect(try await store.revision(revision.hash) == nil)
            try await store.save(revision)
            try await store.save(revision)
            #expect(try await store.revision(revision.hash) == revision)
            #expect(try await store.revision("other") == nil)
        }
    }
}

extension StoredRun: Equatable {
    static func == (left: StoredRun, right: StoredRun) -> Bool {
        left.run == right.run && left.version == right.version && left.head == right.head
    }
}
