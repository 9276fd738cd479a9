import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Submitting a request` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `makes it durable with its routing and the requester's card to follow`() async throws {
        let id = try await fixture.submit()
        #expect(try await fixture.run(id).state.name == "submitted")
        #expect(try await fixture.kinds(id) == ["requested"])
        #expect(fixture.memory.entries.map(\.effect) == [.route, .show(slot: Card.requesterSlot)])
        #expect(fixture.waiting.rung.contains(.lane(.handlers)))
        #expect(fixture.messenger.messageCount == 0)
        try await fixture.verify()
    }

    @Test func `the same form delivered twice is one request`() async throws {
        let first = try await fixture.submit(key: "V123")
        let second = try await fixture.submit(key: "V123")
        let other = try await fixture.submit(key: "V124")
        #expect(first == second)
        #expect(first != other)
        #expect(fixture.memory.records.count == 2)
    }

    @Test func `two forms at once under one key are one request`() async throws {
        async let one = fixture.submit(key: "V1")
        async let two = fixture.submit(key: "V1")
        let ids = try await [one, two]
        #expect(ids[0] == ids[1])
        #expect(fixture.memory.records.count == 1)
    }

    @Test func `is not for guests`() async throws {
        await #expect(throws: SubmissionRefusal.guestsMayNotAsk) { try await fixture.submit(by: Sample.carla) }
        #expect(fixture.memory.records.isEmpty)
    }

    @Test func `is not for people who are gone`() async throws {
        let gone = Sample.person("Gone", "U0GONE", email: "gone@acme.test", isActive: false)
        await #expect(throws: SubmissionRefusal.inactive) { try await fixture.submit(by: gone) }
    }

    @Test func `needs a name in the target system, unless nothing is switched on`() async throws {
        let nameless = Sample.person("Nameless", "U0NAMELESS")
        await #expect(throws: SubmissionRefusal.noIdentity) { try await fixture.submit(by: nameless) }
        try await fixture.submit("go_ahead", by: nameless)
    }

    @Test func `needs a target that the flow has`() async throws {
        await #expect(throws: SubmissionRefusal.noTarget) { try await fixture.submit(target: nil) }
        await #expect(throws: SubmissionRefusal.noTarget) { try await fixture.submit(target: "elsewhere") }
    }

    @Test func `comes from where the flow allows`() async throws {
        await #expect(throws: SubmissionRefusal.sourceNotAllowed(.api)) {
            try await fixture.submit("slack_only", source: .api)
        }
        try await fixture.submit("slack_only", source: .slack)
    }

    @Test func `lasts as long as the form says, else as the installation does`() async throws {
        let said = try await fixture.submit(durationSeconds: 60)
        let unsaid = try await fixture.submit(durationSeconds: nil)
        #expect(try await fixture.run(said).submission.durationSeconds == 60)
        #expect(try await fixture.run(unsaid).submission.durationSeconds == 3600)
    }

    @Test func `tells whoever asks when the store does not answer, and leaves nothing behind`() async throws {
        fixture.fail(.instead(.unavailable("disk full"))) { if case .commit = $0 { true } else { false } }
        await #expect(throws: StoreError.unavailable("disk full")) { try await fixture.submit() }
        #expect(fixture.memory.records.isEmpty)
        #expect(fixture.memory.entries.isEmpty)
    }

    @Test func `after a commit whose outcome was unknown the same form finds the request`() async throws {
        fixture.fail(.afterwards(.unknownOutcome("connection lost"))) { if case .commit = $0 { true } else { false } }
        await #expect(throws: StoreError.self) { try await fixture.submit(key: "V1") }
        let id = try await fixture.submit(key: "V1")
        #expect(try await fixture.kinds(id) == ["requested"])
        #expect(fixture.memory.records.count == 1)
    }
}

@Suite struct `Routing a request` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `asks those whom the rules name, with a card each`() async throws {
        let id = try await fixture.asked()
        #expect(try await fixture.run(id).state.name == "pending")
        #expect(fixture.messenger.posts.sorted() == ["\(id)/1.0.0", "\(id)/requester"])
        #expect(try await fixture.shown(id).values.allSatisfy { $0.hasPrefix("pending") })
    }

    @Test func `a rule can approve or deny at once`() async throws {
        let auto = try await fixture.asked("auto")
        let never = try await fixture.asked("never")
        #expect(try await fixture.run(auto).state.name == "active")
        #expect(try await fixture.run(never).state == .denied)
        #expect(fixture.strategy.isOn == [auto.text])
    }

    @Test func `asks again while something does not answer, under the same key`() async throws {
        fixture.handlers.route(.failure(.unavailable("Slack is down")))
        let id = try await fixture.asked()
        #expect(try await fixture.run(id).state.name == "submitted")
        try await fixture.pass(.seconds(30))
        #expect(try await fixture.run(id).state.name == "pending")
        #expect(fixture.handlers.asked == ["\(id)/route/1", "\(id)/route/1"])
    }

    @Test func `gives up in the end, says so, and the request expires`() async throws {
        for _ in 0..<8 { fixture.handlers.route(.failure(.unavailable("Slack is down"))) }
        let id = try await fixture.asked()
        try await fixture.pass(.minutes(10))
        #expect(fixture.messenger.reports == ["Slack is down"])
        #expect(try await fixture.run(id).errors.map(\.message) == ["Slack is down"])
        try await fixture.pass(.minutes(60), step: .minutes(10))
        #expect(try await fixture.run(id).state == .expired)
        #expect(fixture.handlers.asked.count == 8)
    }

    @Test func `a handler that fails is not asked again`() async throws {
        fixture.handlers.route(.failure(.failed("KeyError")))
        let id = try await fixture.asked()
        try await fixture.pass(.minutes(5))
        #expect(fixture.handlers.asked.count == 1)
        #expect(fixture.messenger.reports == ["KeyError"])
        #expect(try await fixture.kinds(id).contains("handler_failed"))
    }

    @Test func `an answer for an earlier state changes nothing`() async throws {
        let id = try await fixture.asked()
        let before = try await fixture.kinds(id)
        let routing = RoutingAnswer.approve(reason: nil, rule: nil, routing: nil)
        let decision = try await fixture.engine.attempt(.routed(routing, round: 1), on: id)
        #expect(decision.isNothing)
        #expect(try await fixture.kinds(id) == before)
    }
}
