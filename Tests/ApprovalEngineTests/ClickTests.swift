import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

private let isCommit: @Sendable (StoreCall) -> Bool = { if case .commit = $0 { true } else { false } }

@Suite struct `Clicks` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `of somebody we just heard of are decided in the transaction that keeps them`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        let before = try await fixture.kinds(id)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        #expect(
            Array(try await fixture.kinds(id).dropFirst(before.count)) == ["voted", "approved", "escalation_started"]
        )
        #expect(fixture.directory.asked.filter { $0.contains("U0DANA") }.isEmpty)
        #expect(fixture.strategy.calls.isEmpty)
        try await fixture.verify()
    }

    @Test func `of strangers are kept, looked into, and then decided`() async throws {
        let id = try await fixture.asked()
        #expect(try await fixture.click(.deny, by: Sample.dana, on: id) == .checking)
        #expect(try await fixture.kinds(id).last == "receipt_opened")
        #expect(try await fixture.run(id).state.name == "pending")
        try await fixture.settle()
        #expect(try await fixture.run(id).state == .denied)
        #expect(try await fixture.shown(id).values.allSatisfy { $0.hasPrefix("denied") })
        #expect(fixture.strategy.calls.isEmpty)
    }

    @Test func `of somebody heard of a minute ago are looked into anew`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.clock.advance(.seconds(60))
        let first = try await fixture.click(.approve, by: Sample.dana, on: id)
        #expect(first == .done)
        let other = try await fixture.asked()
        try await fixture.know(Sample.eli)
        fixture.clock.advance(.milliseconds(60_001))
        #expect(try await fixture.click(.approve, by: Sample.eli, on: other) == .checking)
    }

    @Test func `a look-up that the end of the program broke off denies nothing and is made again`() async throws {
        let id = try await fixture.asked()
        fixture.directory.change { $0.errors[Sample.dana.account.description] = .unavailable("broken off") }
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        let engine = fixture.engine
        let stopping = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await OutboxWorker(.handlers, of: engine).runOnce()
        }
        #expect(try await stopping.value == 1)
        #expect(try await fixture.run(id).openReceipts.count == 1)
        #expect(fixture.messenger.told.isEmpty)
        // Whoever comes next need not wait for a lease to end, nor for a pause.
        fixture.directory.change { $0.errors = [:] }
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `a failed look-up denies that click only`() async throws {
        let id = try await fixture.asked()
        fixture.directory.change { $0.errors[Sample.dana.account.description] = .unavailable("Slack is down") }
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "pending")
        #expect(try await fixture.run(id).openReceipts.isEmpty)
        #expect(
            fixture.messenger.told.map(\.notice.refusal) == [.cannotTellWho("Slack is down")]
        )
        fixture.directory.change { $0.errors = [:] }
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `a look-up that the store stands in the way of is made again`() async throws {
        let id = try await fixture.asked()
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        fixture.fail(.instead(.unavailable("busy"))) { if case .keepPerson = $0 { true } else { false } }
        try await fixture.settle()
        #expect(try await fixture.run(id).openReceipts.count == 1)
        try await fixture.pass(.seconds(5))
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test func `by those who may not decide are refused with the reason`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.bob)
        let sam = Sample.person("Sam", "U0SAM", email: "sam@acme.test")
        try await fixture.know(sam)
        try await fixture.know(Sample.carla)
        #expect(try await fixture.click(.approve, by: Sample.bob, on: id) == .refused(.ownRequest))
        let rule = DeciderRule(people: ["dana@acme.test", "eli@acme.test"])
        #expect(try await fixture.click(.approve, by: sam, on: id) == .refused(.notADecider(rule)))
        #expect(try await fixture.click(.deny, by: Sample.carla, on: id) == .refused(.guestsMayNot))
        #expect(try await fixture.run(id).state.name == "pending")
    }

    @Test func `pressed twice are once`() async throws {
        let id = try await fixture.asked("two")
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .alreadySo)
        #expect(try await fixture.kinds(id).count { $0 == "voted" } == 1)
        #expect(try await fixture.run(id).state.name == "pending")
    }

    @Test func `of two approvers at once decide once, and the other is told who did`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        try await fixture.know(Sample.eli)
        async let one = fixture.click(.approve, by: Sample.dana, on: id)
        async let two = fixture.click(.deny, by: Sample.eli, on: id)
        let outcomes = try await [one, two]
        #expect(outcomes.count { $0 == .done } == 1)
        let verdict = try #require(try await fixture.run(id).verdict)
        #expect(outcomes.contains(.refused(.alreadyDecided(verdict))))
        #expect(try await fixture.kinds(id).count { ["approved", "denied"].contains($0) } == 1)
    }

    @Test func `that lose a race are decided anew`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.fail(.instead(.conflict), .instead(.conflict), .instead(.conflict), when: isCommit)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        #expect(try await fixture.kinds(id).count { $0 == "approved" } == 1)
    }

    @Test func `are not acknowledged when they lose every race`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        for _ in 0..<51 { fixture.fail(.instead(.conflict), when: isCommit) }
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .notKept)
        #expect(try await fixture.run(id).state.name == "pending")
    }

    @Test func `are not acknowledged when the store does not answer`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.fail(.instead(.unavailable("disk full")), when: isCommit)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .notKept)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
    }

    @Test(arguments: [Receipt.Action.approve, .deny])
    func `count when the commit happened after all`(action: Receipt.Action) async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.fail(.afterwards(.unknownOutcome("connection lost")), when: isCommit)
        #expect(try await fixture.click(action, by: Sample.dana, on: id) == .done)
        #expect(try await fixture.click(action, by: Sample.dana, on: id) == .alreadySo)
        try await fixture.settle()
        try await fixture.verify()
    }

    @Test func `do not count when the commit whose outcome was unknown did not happen`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.fail(.instead(.unknownOutcome("connection lost")), when: isCommit)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .notKept)
        #expect(try await fixture.run(id).verdict == nil)
    }

    @Test func `on what nobody knows of say so`() async throws {
        let receipt = Receipt(
            id: "r", account: Sample.dana.account, action: .approve, at: fixture.clock.now, round: 1
        )
        #expect(await fixture.engine.click(receipt, on: "nothing") == .unknownRun)
    }

    @Test func `wait for a hook where the flow has one`() async throws {
        fixture.handlers.has(.onApprove)
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        #expect(try await fixture.run(id).state.name == "pending")
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "active")
    }

    @Test(arguments: [HandlerError.unavailable("timed out"), .failed("KeyError")])
    func `are refused when the hook fails, and the request stays open`(error: HandlerError) async throws {
        fixture.handlers.has(.onApprove)
        fixture.handlers.answer(.onApprove, .failure(error))
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        _ = try await fixture.click(.approve, by: Sample.dana, on: id)
        try await fixture.settle()
        #expect(try await fixture.run(id).state.name == "pending")
        #expect(fixture.messenger.told.map(\.account) == [Sample.dana.account])
        #expect(fixture.messenger.reports.count == 1)
        #expect(fixture.strategy.calls.isEmpty)
    }

    @Test func `a denial that came in first holds an approval, whatever the clocks say`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        // Eli's click comes in through a replica whose clock is two seconds ahead.
        fixture.clock.advance(.seconds(2))
        #expect(try await fixture.click(.deny, by: Sample.eli, on: id) == .checking)
        fixture.clock.advance(.seconds(-1))
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        #expect(try await fixture.run(id).state.name == "pending")
        try await fixture.pass(.seconds(1))
        #expect(try await fixture.run(id).state == .denied)
        #expect(fixture.strategy.calls.isEmpty)
    }

    @Test func `that came in time stay in time whatever was recorded since`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        let inTime = try await fixture.receipt(.approve, by: Sample.dana, on: id)
        fixture.clock.advance(.minutes(60) - .milliseconds(1))
        #expect(try await fixture.click(.deny, by: Sample.eli, on: id) == .checking)
        fixture.clock.advance(.seconds(2))
        try await fixture.engine.attempt(.handlerFailed(.onRequest, error: "late"), on: id)
        #expect(await fixture.engine.click(inTime, on: id) == .checking)
        try await fixture.settle()
        #expect(try await fixture.run(id).state == .denied)
    }
}
