import ApprovalCore
import ApprovalEngine
import Support
import Testing

@Suite struct `A store of what the API asks for` {
    private static func event(
        _ id: EventID, of run: RunID = "run-1", at time: Timestamp = noon, key: String? = nil,
        fingerprint: String = "f"
    ) -> RunEvent {
        RunEvent(
            id: id, run: run, name: .request, at: time,
            key: key.map { IdempotencyKey(text: $0, fingerprint: fingerprint) }
        )
    }

    private static func new(_ id: RunID, _ event: RunEvent) -> RunChange {
        RunChange(run: .waiting(id), expectedVersion: 0, records: [], entries: [], event: event)
    }

    @Test(arguments: StoreUnderTest.all)
    func `keeps an event with the commit that it led to`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let event = Self.event("event-1", key: "bot/build 7")
            try await store.commit(Self.new("run-1", event))
            #expect(try await store.event("event-1") == event)
            #expect(try await store.event("event-2") == nil)
            #expect(try await store.event(key: "bot/build 7", since: noon) == event)
            #expect(try await store.event(key: "bot/build 7", since: noon + .seconds(1)) == nil)
            #expect(try await store.event(key: "bot/build 8", since: noon) == nil)
            let stored = try #require(try await store.load("run-1"))
            var later = Self.event("event-2", at: noon + .seconds(9))
            later.name = .deescalate
            try await store.commit(
                RunChange(
                    run: stored.run, expectedVersion: stored.version, records: [], entries: [], event: later
                )
            )
            #expect(try await store.event("event-2") == later)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a commit that is refused keeps no event`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(Self.new("run-1", Self.event("event-1", key: "key")))
            await expectError(.duplicate("run-1")) {
                try await store.commit(Self.new("run-2", Self.event("event-2", of: "run-2", key: "key")))
            }
            #expect(try await store.load("run-2") == nil)
            #expect(try await store.event("event-2") == nil)
            let seen = try #require(try await store.load("run-1"))
            try await store.commit(seen.change(recording: ["approved"]))
            await expectError(.conflict) {
                try await store.commit(
                    RunChange(
                        run: seen.run, expectedVersion: seen.version, records: [], entries: [],
                        event: Self.event("event-3", key: "other")
                    )
                )
            }
            #expect(try await store.event("event-3") == nil)
            #expect(try await store.event(key: "other", since: noon) == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a key is free again after its time, and its first event stays`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(Self.new("run-1", Self.event("event-1", key: "key")))
            let last = noon + RunEvent.keyKept
            await expectError(.duplicate("run-1")) {
                try await store.commit(Self.new("run-2", Self.event("event-2", of: "run-2", at: last, key: "key")))
            }
            let later = Self.event("event-3", of: "run-3", at: last + .milliseconds(1), key: "key")
            try await store.commit(Self.new("run-3", later))
            #expect(try await store.event(key: "key", since: noon) == later)
            #expect(try await store.event("event-1")?.run == "run-1")
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `of many commits under one key one is first`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        let id = RunID("run-\(number)")
                        let event = Self.event(EventID("event-\(number)"), of: id, key: "key")
                        return (try? await store.commit(Self.new(id, event))) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(outcomes == 1)
            let listed = try await store.runs(matching: RunQuery(limit: 20))
            #expect(listed.count == 1)
        }
    }

    // MARK: Lists

    private static func submitted(
        _ id: RunID, at time: Timestamp, by user: String = "UREQ", flow: String = "prod_db",
        state: AccessRequest.State? = nil
    ) -> RunChange {
        let submission = Submission(flow: flow, requester: .named(user), at: time)
        var run = AccessRequest.submit(
            submission, as: id, revision: "revision-1", terms: Terms(hasStrategy: false),
            binding: Binding(jobHash: "job", policySnapshot: "policy", parts: [:])
        ).run
        if let state { run.state = state }
        return RunChange(run: run, expectedVersion: 0, records: [], entries: [])
    }

    @Test(arguments: StoreUnderTest.all)
    func `lists runs, the newest first, page by page`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            // Replicas' clocks differ: what was kept later may have been made earlier.
            for (id, seconds) in [("c", 3), ("a", 1), ("d", 3), ("b", 2)] as [(RunID, Int64)] {
                try await store.commit(Self.submitted(id, at: noon + .seconds(seconds)))
            }
            let all = try await store.runs(matching: RunQuery(limit: 10))
            #expect(all.map(\.run.id) == ["d", "c", "b", "a"])
            let places = all.map(\.place)
            #expect(places == places.sorted(by: >))
            let first = try await store.runs(matching: RunQuery(limit: 2))
            #expect(first.map(\.run.id) == ["d", "c"])
            let second = try await store.runs(matching: RunQuery(after: first.last?.place, limit: 2))
            #expect(second.map(\.run.id) == ["b", "a"])
            #expect(try await store.runs(matching: RunQuery(after: second.last?.place, limit: 2)).isEmpty)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `lists what a query means, as it is now`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(Self.submitted("a", at: noon))
            try await store.commit(Self.submitted("b", at: noon + .seconds(10), by: "UADA", state: .denied))
            try await store.commit(Self.submitted("c", at: noon + .seconds(20), flow: "other", state: .expired))
            func found(_ query: RunQuery) async throws -> [RunID] {
                try await store.runs(matching: query).map(\.run.id)
            }
            #expect(try await found(RunQuery(statuses: [.denied, .requested], limit: 9)) == ["b", "a"])
            #expect(try await found(RunQuery(flow: "prod_db", limit: 9)) == ["b", "a"])
            #expect(try await found(RunQuery(requester: "person-UADA", limit: 9)) == ["b"])
            #expect(try await found(RunQuery(since: noon + .seconds(10), limit: 9)) == ["c", "b"])
            #expect(try await found(RunQuery(until: noon + .seconds(10), limit: 9)) == ["a"])
            #expect(try await found(RunQuery(statuses: [.escalated], limit: 9)) == [])
            var all = RunQuery(
                statuses: [.denied, .requested, .expired, .approved], flow: "prod_db", requester: "person-UADA",
                since: noon, until: noon + .seconds(11),
                after: ListedRun.Place(at: noon + .seconds(10), number: .max), limit: 1
            )
            #expect(try await found(all) == ["b"])
            all.after = ListedRun.Place(at: noon + .seconds(10), number: 0)
            #expect(try await found(all) == [])
            let a = try #require(try await store.load("a"))
            try await store.commit(a.change { $0.state = .denied })
            #expect(try await found(RunQuery(statuses: [.denied], limit: 9)) == ["b", "a"])
            #expect(try await store.runs(matching: RunQuery(flow: "other", limit: 9)).first?.run.state == .expired)
        }
    }
}
