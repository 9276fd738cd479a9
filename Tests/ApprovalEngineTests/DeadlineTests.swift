import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Deadlines` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `a request that nobody answers expires`() async throws {
        let id = try await fixture.asked()
        try await fixture.pass(.minutes(60) - .seconds(1), step: .minutes(1))
        #expect(try await fixture.run(id).state.name == "pending")
        try await fixture.pass(.seconds(1))
        #expect(try await fixture.run(id).state == .expired)
        #expect(try await fixture.shown(id).values.allSatisfy { $0.hasPrefix("expired") })
        try await fixture.verify()
    }

    @Test func `expiry waits for a click that came in time, and the click counts`() async throws {
        let id = try await fixture.asked()
        fixture.clock.advance(.minutes(60) - .seconds(1))
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        fixture.clock.advance(.seconds(5))
        try await fixture.watch()
        #expect(try await fixture.run(id).state.name == "pending")
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `the next in line is told when the first do not answer`() async throws {
        let id = try await fixture.asked("two")
        try await fixture.pass(.minutes(15), step: .minutes(1))
        #expect(fixture.messenger.posts.contains("\(id)/1.1.0"))
        #expect(try await fixture.kinds(id).count { $0 == "forwarded" } == 1)
        #expect(try await fixture.run(id).state.name == "pending")
    }

    @Test func `a link whose people cannot be found is passed over also when its time comes`() async throws {
        fixture.directory.change { state in state.people.removeAll { $0.account == Sample.eli.account } }
        let flows = """
            {"name": "chain", "environment": "main", "params": {}, "rules": [{"name": "ask", "then": {"ask": {"notify": [
              {"channel": "C0DB", "forward_after": "5m"}, {"user": "eli@acme.test", "forward_after": "5m"},
              {"channel": "C0LAST"}]}}}]}
            """
        fixture.configure(try SampleConfiguration.load(flows: flows))
        let id = try await fixture.asked("chain")
        try await fixture.pass(.minutes(5), step: .minutes(1))
        #expect(fixture.messenger.posts.contains("\(id)/1.2.0"))
    }

    @Test func `a clock that jumped ahead holds expiries for a minute, but no removal`() async throws {
        let active = try await fixture.granted()
        let pending = try await fixture.asked()
        let watch = DeadlineWatch(fixture.engine)
        try await withThrowingTaskGroup(of: Void.self) { group async throws in
            group.addTask { try await watch.run() }
            _ = await fixture.waiting.untilSomebodyWaits()
            fixture.clock.advance(.hours(3))
            fixture.waiting.ring(.deadlines)
            _ = await fixture.waiting.untilSomebodyWaits()
            #expect(try await fixture.run(pending).state.name == "pending")
            #expect(try await fixture.run(active).state.name == "removing")
            fixture.clock.advance(.seconds(59))
            fixture.waiting.ring(.deadlines)
            _ = await fixture.waiting.untilSomebodyWaits()
            #expect(try await fixture.run(pending).state.name == "pending")
            fixture.clock.advance(.seconds(1))
            fixture.waiting.ring(.deadlines)
            _ = await fixture.waiting.untilSomebodyWaits()
            #expect(try await fixture.run(pending).state == .expired)
            group.cancelAll()
        }
    }

    @Test func `a clock that goes on as it should expires at once`() async throws {
        let pending = try await fixture.asked()
        fixture.clock.advance(.minutes(59))
        let watch = DeadlineWatch(fixture.engine)
        try await withThrowingTaskGroup(of: Void.self) { group async throws in
            group.addTask { try await watch.run() }
            _ = await fixture.waiting.untilSomebodyWaits()
            fixture.clock.advance(.seconds(61))
            fixture.waiting.ring(.deadlines)
            _ = await fixture.waiting.untilSomebodyWaits()
            #expect(try await fixture.run(pending).state == .expired)
            group.cancelAll()
        }
    }

    @Test func `an attempt that was never begun fails at its deadline, with nothing to take back`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        fixture.clock.advance(Attempt.time)
        try await fixture.watch()
        #expect(try await fixture.run(id).state.words == "failed notSent, retryable: true")
        try await fixture.settle()
        #expect(fixture.strategy.calls.isEmpty)
    }
}
