import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import TestSupport
import Testing

@Suite struct `Taking access back` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `happens when its time is over, with the output of the grant`() async throws {
        let id = try await fixture.granted()
        try await fixture.pass(.seconds(3599))
        #expect(fixture.strategy.isOn == [id.text])
        try await fixture.pass(.seconds(1))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(fixture.strategy.calls.last?.output == "{\"grant\":\"\(id)/escalate/1\"}")
        #expect(try await fixture.run(id).state.name == "removed")
        #expect(try await fixture.shown(id).values.allSatisfy { $0.hasPrefix("removed") })
        try await fixture.verify()
    }

    @Test func `happens early when the requester is done`() async throws {
        let id = try await fixture.granted()
        try await fixture.know(Sample.bob)
        #expect(try await fixture.click(.revoke, by: Sample.bob, on: id) == .done)
        #expect(try await fixture.click(.revoke, by: Sample.bob, on: id) == .alreadySo)
        try await fixture.settle()
        #expect(fixture.strategy.isOn.isEmpty)
        try await fixture.pass(.minutes(70), step: .minutes(5))
        #expect(fixture.strategy.keys("deescalate") == ["\(id)/deescalate/1"])
    }

    @Test(arguments: [FakeStrategy.Behaviour.notSent, .timeOutBefore, .refused("locked")])
    func `is tried for ever, with one alarm after three failures`(behaviour: FakeStrategy.Behaviour) async throws {
        let id = try await fixture.granted()
        fixture.strategy.alwaysOnRemoval(behaviour)
        try await fixture.pass(.minutes(90), step: .seconds(30))
        #expect(fixture.strategy.keys("deescalate").count > 25)
        #expect(fixture.messenger.reports.count == 1)
        #expect(try await fixture.kinds(id).count { $0 == "removal_failed" } == 3)
        #expect(try await fixture.run(id).state.words == "removing, failed 3 times")
        fixture.strategy.alwaysOnRemoval(.done)
        try await fixture.pass(.minutes(2))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(Set(fixture.strategy.keys("deescalate")) == ["\(id)/deescalate/1"])
        #expect(try await fixture.run(id).state.name == "removed")
    }

    @Test func `whose answer was lost is repeated, and done once`() async throws {
        let id = try await fixture.granted()
        fixture.strategy.onRemoval(.timeOutAfter)
        try await fixture.pass(.minutes(61), step: .seconds(30))
        #expect(fixture.strategy.keys("deescalate").count == 2)
        #expect(fixture.strategy.effects.count { $0.contains("deescalate") } == 1)
        #expect(try await fixture.run(id).state.name == "removed")
    }

    @Test func `is found by whoever watches, also after a crash`() async throws {
        let id = try await fixture.granted()
        fixture.clock.advance(.minutes(61))
        let other = fixture.restarted()
        try await DeadlineWatch(other).runOnce()
        try await fixture.settle(other)
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(try await fixture.run(id).state.name == "removed")
    }

    @Test func `two watches at once start it once`() async throws {
        let id = try await fixture.granted()
        fixture.clock.advance(.minutes(61))
        async let one: Void = fixture.watch()
        async let two: Void = fixture.watch()
        _ = try await (one, two)
        #expect(try await fixture.kinds(id).count { $0 == "removal_started" } == 1)
    }

    @Test func `goes on although the store fails in the middle`() async throws {
        let id = try await fixture.granted()
        fixture.fail(.instead(.unavailable("busy"))) { call in
            if case .commit(let change) = call { change.records.contains { $0.kind == "removed" } } else { false }
        }
        try await fixture.pass(.minutes(61), step: .seconds(30))
        #expect(try await fixture.run(id).state.name == "removed")
        #expect(fixture.strategy.effects.count { $0.contains("deescalate") } == 1)
    }
}

@Suite struct `Membership that several runs share` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `is given by the first and taken by the last, with the first one's output`() async throws {
        let first = try await fixture.granted(target: "team")
        try await fixture.pass(.minutes(30), step: .minutes(1))
        let second = try await fixture.granted(target: "team")
        #expect(fixture.strategy.keys("escalate") == ["\(first)/escalate/1"])
        let access = try #require(try await fixture.run(second).access)
        #expect(access.output == "{\"grant\":\"\(first)/escalate/1\"}")

        try await fixture.pass(.minutes(31), step: .minutes(1))
        #expect(try await fixture.run(first).state.name == "removed")
        #expect(fixture.strategy.keys("deescalate").isEmpty)
        try await fixture.pass(.minutes(31), step: .minutes(1))
        #expect(fixture.strategy.calls.last?.output == "{\"grant\":\"\(first)/escalate/1\"}")
        #expect(fixture.strategy.keys("deescalate") == ["\(second)/deescalate/1"])
    }

    @Test func `of different people is not shared`() async throws {
        let sam = Sample.person("Sam", "U0SAM", email: "sam@acme.test")
        let first = try await fixture.granted(target: "team")
        let second = try await fixture.granted(by: sam, target: "team")
        #expect(fixture.strategy.isOn == [first.text, second.text])
    }

    @Test func `grants of each run are taken back one by one where the target does not share`() async throws {
        let first = try await fixture.granted()
        let second = try await fixture.granted()
        #expect(fixture.strategy.isOn == [first.text, second.text])
        try await fixture.pass(.minutes(61), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(fixture.strategy.keys("deescalate").count == 2)
    }

    @Test func `is held by an attempt whose outcome is unknown`() async throws {
        let first = try await fixture.granted(target: "team")
        try await fixture.know(Sample.bob)
        let second = try await fixture.asked(target: "team")
        try await fixture.know(Sample.dana)
        #expect(try await fixture.click(.revoke, by: Sample.bob, on: first) == .done)
        #expect(try await fixture.click(.approve, by: Sample.dana, on: second) == .done)
        try await fixture.settle()
        // Whichever came first at the target, the second one's access is on now.
        #expect(try await fixture.run(first).state.name == "removed")
        #expect(try await fixture.run(second).state.name == "active")
        #expect(fixture.strategy.isOn.count == 1)
        try await fixture.pass(.minutes(61), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
    }
}
