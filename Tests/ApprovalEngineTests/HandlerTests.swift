import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Hooks around a run` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `each question has a key of its own, and the steps go on`() async throws {
        fixture.handlers.has(.afterRequest, .afterApprove, .afterEscalate, .onDeescalate, .afterDeescalate)
        let id = try await fixture.granted()
        try await fixture.pass(.minutes(61), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(
            fixture.handlers.asked.map { $0.replacing(id.text, with: "run") } == [
                "run/route/1", "run/after_request/1.0/1", "run/after_approve/1.0/1", "run/after_escalate/1.1/1",
                "run/deescalate/1/1", "run/after_deescalate/1.1/1",
            ])
    }

    @Test(arguments: [
        FakeHandlers.Answer.failure(.failed("KeyError")), .failure(.unavailable("no worker")),
        .success(.ignore(message: "not yet")), .success(.transition(.deny, reason: nil)),
    ])
    func `whatever on_deescalate says when the time is over, access ends`(answer: FakeHandlers.Answer) async throws {
        fixture.handlers.has(.onDeescalate)
        fixture.handlers.answer(.onDeescalate, answer)
        let id = try await fixture.granted()
        try await fixture.pass(.minutes(61), step: .minutes(1))
        #expect(try await fixture.run(id).state.name == "removed")
        #expect(try await fixture.kinds(id).contains("handler_failed"))
    }

    @Test func `on_deescalate is asked once, however often taking back fails`() async throws {
        fixture.handlers.has(.onDeescalate)
        fixture.strategy.onRemoval(.notSent, .timeOutBefore)
        let id = try await fixture.granted()
        try await fixture.pass(.minutes(62), step: .seconds(30))
        #expect(try await fixture.run(id).state.name == "removed")
        #expect(fixture.strategy.keys("deescalate").count == 3)
        #expect(fixture.handlers.asked.count { $0.contains("deescalate") } == 1)
    }

    @Test func `on_escalate may make it less, and no more`() async throws {
        fixture.handlers.has(.onEscalate)
        for (seconds, state) in [(600, "active"), (7200, "failed")] {
            fixture.handlers.answer(
                .onEscalate, .success(.transition(.escalate, reason: nil, change: JobChange(durationSeconds: seconds))))
            let run = try await fixture.run(fixture.granted())
            #expect(run.state.name == state)
            #expect(run.submission.durationSeconds == (state == "active" ? 600 : 3600))
        }
    }

    @Test func `on_request may choose another target, which is what people are asked and get`() async throws {
        fixture.handlers.route(
            .success(
                .changed(
                    JobChange(target: "team", durationSeconds: 60),
                    .ask(Sample.routing(mayDecide: DeciderRule(people: ["dana@acme.test"]))))))
        let before = try await fixture.submit()
        let hash = try await fixture.run(before).binding.jobHash
        try await fixture.settle()
        let run = try await fixture.run(before)
        #expect(run.submission.target == "team")
        #expect(run.submission.fields["duration"] == .duration(60))
        #expect(run.binding.jobHash != hash)
        try await fixture.know(Sample.dana)
        _ = try await fixture.click(.approve, by: Sample.dana, on: before)
        try await fixture.settle()
        #expect(try await fixture.run(before).state.name == "active")
        #expect(fixture.strategy.calls.first?.settings["shared"] == "true")
    }
}

@Suite struct `What people are called elsewhere` {
    private let fixture: EngineFixture
    private static let service = ServiceKey(type: "http", externalID: "prod")

    init() throws { fixture = try EngineFixture() }

    @Test func `is asked when nothing is stored, kept, and used from then on`() async throws {
        fixture.handlers.knowsPeople(.identity("bobby"), .identity("somebody else"))
        for _ in 0..<2 {
            let run = try await fixture.run(fixture.asked())
            #expect(run.terms.identity == "bobby")
            #expect(run.state.name == "pending")
        }
        #expect(fixture.handlers.asked.count { $0.hasSuffix("/identity") } == 1)
        let user = try await fixture.engine.user(behind: Sample.bob)
        #expect(user?.identity(in: Self.service)?.key == "bobby")
        try await fixture.verify()
    }

    @Test func `is the e-mail address where the code does not know`() async throws {
        fixture.handlers.knowsPeople(.unknown)
        let run = try await fixture.run(fixture.granted())
        #expect(run.terms.identity == "bob@acme.test")
        #expect(run.state.name == "active")
        #expect(try await fixture.engine.user(behind: Sample.bob)?.identity(in: Self.service) == nil)
    }

    @Test func `is denied with a sentence where nobody knows`() async throws {
        fixture.handlers.knowsPeople(.unknown)
        let nameless = Sample.person("Nameless", "U0NAMELESS")
        let id = try await fixture.asked(by: nameless)
        let run = try await fixture.run(id)
        #expect(run.state.name == "denied")
        #expect(run.verdict?.reason?.contains("Ask an admin to store your identity") == true)
    }

    @Test func `is part of what approval is bound to`() async throws {
        let id = try await fixture.asked()
        let identity = ServiceIdentity(service: Self.service, matcher: ["user_id": "robert"])
        try await fixture.engine.keepIdentity(identity, of: Sample.bob, by: "admin")
        try await fixture.know(Sample.dana)
        _ = try await fixture.click(.approve, by: Sample.dana, on: id)
        try await fixture.settle()
        let run = try await fixture.run(id)
        #expect(fixture.strategy.calls.isEmpty)
        #expect(run.changedKeys == ["job.identity"])
        #expect(run.terms.identity == "robert")
    }

    @Test func `is taken back under the name that it was given under`() async throws {
        let id = try await fixture.granted()
        let key = try await fixture.run(id).terms.grantKey
        let identity = ServiceIdentity(service: Self.service, matcher: ["user_id": "robert"])
        try await fixture.engine.keepIdentity(identity, of: Sample.bob, by: "admin")
        try await fixture.pass(.minutes(61), step: .minutes(1))
        let run = try await fixture.run(id)
        #expect(run.state.name == "removed")
        #expect(run.terms.identity == "bob@acme.test")
        #expect(run.terms.grantKey == key)
    }
}

@Suite struct `Values that a flow's code keeps` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func values(_ flow: String = "prod") -> FlowValues { FlowValues(engine: fixture.engine, flow: flow) }

    @Test func `stand under paths, and other flows have their own`() async throws {
        try await values().put("Dr", at: ["users", "titles", "alice"])
        try await values().put(["bob": 3], at: ["users", "counts"])
        #expect(try await values().value(at: ["users", "titles", "alice"]) == "Dr")
        #expect(try await values().value(at: ["users", "counts", "bob"]) == 3)
        #expect(try await values().value(at: ["users", "titles"]) == ["alice": "Dr"])
        #expect(try await values().value(at: ["nobody", "here"]) == .null)
        #expect(try await values("other").value(at: ["users"]) == .null)
    }

    @Test func `are no places for further paths`() async throws {
        try await values().put("x", at: ["a", "b"])
        let problem = FlowValues.Problem.leadsThroughValue("a.b")
        await #expect(throws: problem) { try await values().value(at: ["a", "b", "c"]) }
        await #expect(throws: problem) { try await values().put(1, at: ["a", "b", "c"]) }
        #expect(try await values().value(at: ["a", "b"]) == "x")
    }

    @Test func `have an end`() async throws {
        let long = JSONValue.string(String(repeating: "x", count: FlowValues.bytesMax))
        await #expect(throws: FlowValues.Problem.self) { try await values().put(long, at: ["a"]) }
        #expect(try await values().value(at: ["a"]) == .null)
    }
}

@Suite struct `Counting what somebody did before` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func count(
        _ step: String, like id: RunID, sameTarget: Bool = false, since: Timestamp? = nil, errors: Bool = false
    ) async throws -> Int {
        let wanted = EventCount(step: step, since: since, until: nil, sameTarget: sameTarget, includesErrors: errors)
        return try await fixture.engine.count(wanted, by: Sample.bob.id, like: fixture.run(id))
    }

    @Test func `goes by flow or target, and by time`() async throws {
        let first = try await fixture.granted()
        fixture.clock.set(fixture.clock.now + .hours(2))
        let second = try await fixture.asked(target: "team")
        let other = try await fixture.asked("two")
        #expect(try await count("request", like: second) == 2)
        #expect(try await count("request", like: other) == 1)
        #expect(try await count("request", like: first, sameTarget: true) == 2)
        #expect(try await count("request", like: second, since: fixture.clock.now) == 1)
        #expect(try await count("approve", like: second) == 1)
        #expect(try await count("escalate", like: second) == 1)
        #expect(try await count("deny", like: second) == 0)
        #expect(try await count("prompt", like: second) == 0)
    }

    @Test func `errors count only where they are wanted`() async throws {
        fixture.strategy.onGrant(.refused("no"))
        let id = try await fixture.granted()
        #expect(try await count("escalate", like: id) == 0)
        #expect(try await count("escalate", like: id, errors: true) == 1)
    }
}
