import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import TestSupport
import Testing

private let isCommit: @Sendable (StoreCall) -> Bool = { if case .commit = $0 { true } else { false } }

private func records(_ kind: String) -> @Sendable (StoreCall) -> Bool {
    { call in
        guard case .commit(let change) = call else { return false }
        return change.records.contains { $0.kind == kind }
    }
}

@Suite struct `Switching access on` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func approved(target: String = "orders") async throws -> RunID {
        let id = try await fixture.asked(target: target)
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        return id
    }

    @Test func `is durable as an attempt before the call leaves, and lasts from when it is on`() async throws {
        let id = try await approved()
        fixture.strategy.during { [unowned fixture] _ in
            let attempt = (try? await fixture.run(id))?.attempt
            #expect(attempt?.isUnderWay == true)
            #expect(attempt?.removeBy != nil)
            fixture.clock.advance(.seconds(7))
        }
        try await fixture.settle()
        let access = try #require(try await fixture.run(id).access)
        #expect(access.until == fixture.clock.now + .seconds(3600))
        #expect(access.output == "{\"grant\":\"\(id)/escalate/1\"}")
        #expect(fixture.strategy.keys("escalate") == ["\(id)/escalate/1"])
        try await fixture.verify()
    }

    @Test func `does not happen when its attempt cannot be made durable`() async throws {
        let id = try await approved()
        fixture.fail(.instead(.unavailable("disk full")), when: records("attempt_under_way"))
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        try await fixture.pass(.seconds(5))
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `does not happen when the attempt was over before it began`() async throws {
        fixture.handlers.has(.onEscalate)
        let id = try await approved()
        // Between reading the run and announcing the call the attempt's time ends.
        fixture.fail(.instead(.conflict)) { call in
            guard records("attempt_under_way")(call) else { return false }
            return true
        }
        let clock = fixture.clock
        let engine = fixture.restarted()
        let entries = try await fixture.engine.store.claim(
            .grants, limit: 1, at: clock.now, leaseUntil: clock.now + .seconds(90)
        )
        let entry = try #require(entries.first)
        let late = try EngineFixture(
            store: movingStore(fixture.engine.store) {
                clock.advance(.seconds(601))
                try await engine.attempt(.checkDeadline(holdExpiries: false), on: id)
            })
        late.clock.set(clock.now)
        await late.engine.perform(entry)
        #expect(late.strategy.calls.isEmpty)
        #expect(fixture.strategy.calls.isEmpty)
        #expect(try await fixture.run(id).state.words == "failed notSent, retryable: true")
    }

    @Test func `is tried again under the same key while the call certainly did not leave`() async throws {
        fixture.strategy.onGrant(.notSent, .notSent)
        let id = try await approved()
        try await fixture.settle()
        let attempt = try #require(try await fixture.run(id).attempt)
        #expect(!attempt.isUnderWay)
        try await fixture.pass(.seconds(20))
        #expect(try await fixture.run(id).state.name == "active")
        #expect(Set(fixture.strategy.keys("escalate")) == ["\(id)/escalate/1"])
        #expect(fixture.strategy.calls.count == 3)
    }

    @Test func `is given up when no call leaves, and nothing is to be taken back`() async throws {
        fixture.strategy.onGrant(.notSent, .notSent, .notSent)
        let id = try await approved()
        try await fixture.pass(.seconds(60))
        let failure = try #require(try await fixture.run(id).failure)
        #expect(failure.kind == .notSent)
        #expect(failure.isRetryable && !failure.accessMayBeOn)
        #expect(fixture.messenger.reports == ["connection refused"])
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .done)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
        #expect(fixture.strategy.effects == ["\(id)/escalate/1"])
    }

    @Test func `that timed out is asked again under the same key, and happens once`() async throws {
        fixture.strategy.onGrant(.timeOutAfter, .timeOutBefore)
        let id = try await approved()
        try await fixture.pass(.seconds(30))
        #expect(try await fixture.run(id).state.name == "active")
        #expect(fixture.strategy.calls.count == 3)
        #expect(fixture.strategy.effects == ["\(id)/escalate/1"])
    }

    @Test func `whose outcome stays unknown fails, and is taken back at its time`() async throws {
        fixture.strategy.onGrant(.timeOutAfter, .timeOutBefore, .timeOutBefore)
        let id = try await approved()
        try await fixture.pass(.seconds(60))
        #expect(try await fixture.run(id).state.words == "failed ambiguous, retryable: true")
        #expect(fixture.strategy.isOn == [id.text])
        try await fixture.pass(.minutes(75), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(try await fixture.run(id).state.name == "removed")
    }

    @Test func `that was refused fails at once, and a retry asks under a new key`() async throws {
        fixture.strategy.onGrant(.refused("no such role"))
        let id = try await approved()
        try await fixture.settle()
        #expect(try await fixture.run(id).state.words == "failed refused, retryable: true")
        #expect(try await fixture.run(id).wakeAt == nil)
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .done)
        try await fixture.settle()
        #expect(fixture.strategy.keys("escalate") == ["\(id)/escalate/1", "\(id)/escalate/2"])
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `that was refused after a call whose answer was lost is retried under the same key`() async throws {
        fixture.strategy.onGrant(.timeOutAfter, .refused("signature is wrong"))
        let id = try await approved()
        try await fixture.pass(.seconds(30))
        #expect(try await fixture.run(id).state.words == "failed ambiguous, retryable: true")
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .done)
        try await fixture.settle()
        #expect(fixture.strategy.effects == ["\(id)/escalate/1"])
        try await fixture.pass(.minutes(75), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
    }

    @Test func `is not asked twice where the target must not be`() async throws {
        fixture.strategy.onGrant(.timeOutAfter)
        let id = try await approved(target: "fragile")
        try await fixture.pass(.seconds(60))
        #expect(try await fixture.run(id).state.words == "failed ambiguous, retryable: false")
        #expect(fixture.strategy.calls.count == 1)
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .refused(.retryNeedsAdmin))
        #expect(try await fixture.click(.confirmGranted, by: Sample.bob, on: id) == .refused(.adminsOnly))
        try await fixture.know(Sample.ada)
        #expect(try await fixture.click(.confirmGranted, by: Sample.ada, on: id) == .done)
        #expect(try await fixture.run(id).state.name == "active")
        #expect(fixture.strategy.calls.count == 1)
    }

    @Test func `by a worker that died is not asked twice where the target must not be`() async throws {
        let id = try await approved(target: "fragile")
        fixture.fail(.afterwards(.unavailable("killed")), when: records("attempt_under_way"))
        fixture.fail(.instead(.unavailable("killed"))) { if case .retry = $0 { true } else { false } }
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        fixture.clock.advance(OutboxWorker.lease)
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        #expect(try await fixture.run(id).state.words == "failed ambiguous, retryable: false")
    }

    @Test func `goes on with another worker when its lease ends`() async throws {
        let id = try await approved()
        let now = fixture.clock.now
        let taken = try await fixture.engine.store.claim(
            .grants, limit: 1, at: now, leaseUntil: now + OutboxWorker.lease)
        #expect(taken.count == 1)
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        fixture.clock.advance(OutboxWorker.lease)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
        // The dead one comes back: it may finish nothing.
        await #expect(throws: StoreError.conflict) { try await fixture.engine.store.complete(taken[0].claim) }
        await fixture.engine.perform(taken[0])
        #expect(fixture.strategy.effects == ["\(id)/escalate/1"])
        #expect(try await fixture.kinds(id).count { $0 == "access_granted" } == 1)
    }

    @Test func `whose answer cannot be recorded is asked again and recorded then`() async throws {
        let id = try await approved()
        fixture.fail(.instead(.unavailable("busy")), when: records("access_granted"))
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "escalating")
        try await fixture.pass(.seconds(10))
        #expect(try await fixture.run(id).state.name == "active")
        #expect(fixture.strategy.effects == ["\(id)/escalate/1"])
    }

    @Test func `that is answered after the attempt was given up still counts, and ends no later`() async throws {
        let id = try await approved()
        fixture.strategy.during { [unowned fixture] _ in
            fixture.clock.advance(.seconds(601))
            try? await fixture.watch()
            let run = try? await fixture.run(id)
            #expect(run?.state.words == "failed ambiguous, retryable: true")
        }
        let removeBy = fixture.clock.now + Attempt.time + .seconds(3600)
        try await fixture.settle()
        let access = try #require(try await fixture.run(id).access)
        #expect(try #require(access.until) <= removeBy)
    }

    @Test func `that may have reached the target keeps its removal through retries`() async throws {
        fixture.strategy.onGrant(.timeOutAfter, .timeOutBefore, .timeOutBefore, .notSent, .notSent, .notSent)
        let id = try await approved()
        try await fixture.pass(.seconds(60))
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .done)
        try await fixture.pass(.seconds(60))
        let failure = try #require(try await fixture.run(id).failure)
        #expect(failure.accessMayBeOn)
        try await fixture.pass(.minutes(75), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(fixture.strategy.effects == ["\(id)/escalate/1", "\(id)/deescalate/1"])
    }

    @Test func `a hook may refuse it, and nothing is called`() async throws {
        fixture.handlers.has(.onEscalate)
        fixture.handlers.answer(.onEscalate, .success(.ignore(message: "Not in the freeze")))
        let id = try await approved()
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        let failure = try #require(try await fixture.run(id).failure)
        #expect(failure.error == "Not in the freeze")
        #expect(failure.isRetryable)
    }
}

@Suite struct `What approval is bound to` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func approved() async throws -> RunID {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        return id
    }

    @Test func `is computed again before the first call: a difference asks anew`() async throws {
        let id = try await approved()
        fixture.configure(try SampleConfiguration.load(url: "https://elsewhere.test"))
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        let run = try await fixture.run(id)
        #expect(run.state.name == "pending")
        #expect(run.binding.round == 2)
        #expect(run.changedKeys.contains("policy.target"))
        #expect(try await fixture.shown(id)["1.0.0"] == "replaced")
        try await fixture.know(Sample.eli)
        #expect(try await fixture.click(.approve, by: Sample.eli, on: id) == .done)
        try await fixture.settle()
        #expect(fixture.strategy.calls.map(\.settings) == [["url": "https://elsewhere.test"]])
    }

    @Test func `stays known to other processes when it has changed`() async throws {
        let id = try await approved()
        fixture.configure(try SampleConfiguration.load(url: "https://elsewhere.test"))
        try await OutboxWorker(.grants, of: fixture.engine).runOnce()
        try await fixture.settle(fixture.restarted())
        #expect(try await fixture.run(id).state.name == "pending")
        #expect(try await fixture.engine.store.revision(fixture.run(id).revision) != nil)
    }

    @Test func `is not changed by labels and texts`() async throws {
        let id = try await approved()
        let flows = SampleConfiguration.flows.replacing(
            "\"name\": \"prod\",", with: "\"name\": \"prod\", \"label\": \"P\",")
        fixture.configure(try SampleConfiguration.load(flows: flows))
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `is computed again before a retry: what may be on is taken back before anybody is asked`() async throws {
        fixture.strategy.onGrant(.timeOutAfter)
        let id = try await approved()
        try await fixture.settle()
        fixture.configure(try SampleConfiguration.load(url: "https://elsewhere.test"))
        try await fixture.pass(.seconds(10))
        let run = try await fixture.run(id)
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(fixture.strategy.effects == ["\(id)/escalate/1", "\(id)/deescalate/1"])
        #expect(run.state.name == "pending")
        #expect(run.binding.round == 2)
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        try await fixture.settle()
        #expect(fixture.strategy.keys("escalate").last == "\(id)/escalate/2")
    }

    @Test func `a flow that is configured no more is not carried out`() async throws {
        let id = try await approved()
        fixture.configure(
            try SampleConfiguration.load(
                flows: "{\"name\": \"x\", \"environment\": \"main\", \"notify\": [{\"channel\": \"C0DB\"}]}"))
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
        #expect(try await fixture.run(id).state.name == "failed")
        #expect(try await fixture.run(id).errors.map(\.message) == ["The flow prod is no longer configured."])
        fixture.configure(try SampleConfiguration.load())
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.retry, by: Sample.bob, on: id) == .done)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }
}
