import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Cards` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func isTrue(_ id: RunID) async throws -> Bool {
        let run = try await fixture.run(id)
        return run.cards.allSatisfy { card in
            card.copy == nil || fixture.messenger.text(of: card.copy) == run.truth(on: card)
        }
    }

    @Test func `are posted once each and edited to the newest truth`() async throws {
        let id = try await fixture.granted()
        #expect(fixture.messenger.posts.count == 2)
        #expect(try await isTrue(id))
        try await fixture.pass(.minutes(61), step: .minutes(1))
        #expect(fixture.messenger.posts.count == 2)
        #expect(fixture.messenger.messageCount == 2)
        #expect(try await isTrue(id))
    }

    @Test func `that change while they are being shown are shown once more`() async throws {
        let id = try await fixture.submit()
        try await fixture.know(Sample.dana)
        fixture.messenger.during { [unowned fixture] in
            fixture.messenger.during(nil)
            _ = try? await OutboxWorker(.handlers, of: fixture.engine).runOnce()
        }
        try await OutboxWorker(.cards, of: fixture.engine).runOnce()
        #expect(try await !isTrue(id))
        try await fixture.settle()
        #expect(try await isTrue(id))
    }

    @Test func `skip what is no longer true after an outage`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        let edits = fixture.messenger.edits
        fixture.messenger.answer(.show, .notSent("down"), .notSent("down"))
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .done)
        try await fixture.settle()
        #expect(fixture.strategy.isOn == [id.text])
        try await fixture.pass(.seconds(60))
        #expect(try await isTrue(id))
        #expect(fixture.messenger.edits - edits <= 4)
    }

    @Test func `that may have been posted are looked for before they are posted again`() async throws {
        fixture.messenger.actWhenAmbiguous()
        fixture.messenger.answer(.show, .ambiguous("timed out"), .ambiguous("timed out"))
        let id = try await fixture.asked()
        try await fixture.pass(.seconds(30))
        #expect(fixture.messenger.messageCount == 2)
        #expect(fixture.messenger.posts.count == 2)
        #expect(try await isTrue(id))
    }

    @Test func `that Slack asks to hold wait without counting as tried`() async throws {
        let later = fixture.clock.now + .minutes(3)
        fixture.messenger.answer(.show, .later(later), .later(later))
        let id = try await fixture.asked()
        #expect(fixture.messenger.messageCount <= 1)
        try await fixture.pass(.seconds(170))
        let held = try await fixture.engine.store.claim(
            .cards, limit: 10, at: fixture.clock.now + .seconds(20), leaseUntil: fixture.clock.now + .seconds(21)
        )
        #expect(held.allSatisfy { $0.attempt == 0 && $0.firstTriedAt != nil })
        try await fixture.pass(.minutes(1))
        #expect(try await isTrue(id))
    }

    @Test func `that somebody deletes are posted again, twice at most`() async throws {
        let id = try await fixture.asked("two")
        for (round, person) in [Sample.dana, Sample.eli, Sample.ada].enumerated() {
            let card = try #require(try await fixture.run(id).cards.first { $0.audience == .approvers })
            fixture.messenger.delete(try #require(card.copy))
            try await fixture.know(person)
            // A click opens and closes a receipt, so that the card is to be shown anew.
            fixture.directory.change { $0.errors[person.account.description] = .unavailable("down") }
            fixture.clock.advance(.seconds(61))
            #expect(try await fixture.click(.deny, by: person, on: id) == .checking)
            try await fixture.settle()
            let after = try #require(try await fixture.run(id).cards.first { $0.audience == .approvers })
            #expect((after.copy == nil) == (round == 2))
        }
        #expect(fixture.messenger.posts.count { $0.hasSuffix("/1.0.0") } == 3)
        // Nobody can see it any more, so the next in line is told.
        #expect(fixture.messenger.posts.contains("\(id)/1.1.0"))
    }

    @Test func `that cannot be delivered anywhere end the request, with the reason`() async throws {
        fixture.messenger.answer(.show, .refused("channel_not_found"), .refused("channel_not_found"))
        let id = try await fixture.asked()
        #expect(try await fixture.run(id).state == .denied)
        #expect(try await fixture.run(id).verdict?.reason?.contains("channel_not_found") == true)
        #expect(fixture.messenger.reports == ["A card could not be delivered: channel_not_found"])
    }

    @Test func `notices are tried again, then given up`() async throws {
        let id = try await fixture.asked()
        fixture.directory.change { $0.errors[Sample.dana.account.description] = .notFound("user_not_found") }
        for _ in 0..<12 { fixture.messenger.answer(.tell, .notSent("down")) }
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        try await fixture.pass(.minutes(20))
        #expect(fixture.messenger.calls(.tell) == 12)
        #expect(fixture.messenger.told.isEmpty)
        #expect(!fixture.memory.entries.contains { if case .tell = $0.effect { true } else { false } })
    }
}
