import ApprovalCore
import Support
import Testing

@Suite struct `Taking access back` {
    @Test(arguments: [(-1, false), (0, true), (1, true)])
    func `when its time is over, not before`(milliseconds: Int, starts: Bool) throws {
        var story = try Story.active(output: #"{"grant":1}"#)
        story.now = try #require(story.run.access?.until) + .milliseconds(milliseconds)
        let decision = try story.take(.checkDeadline(holdExpiries: false))
        #expect(decision.effects.contains(.deescalate(epoch: 1)) == starts)
        #expect(story.run.removal?.output == (starts ? #"{"grant":1}"# : nil))
    }

    @Test func `also while expiries are held`() throws {
        var story = try Story.active()
        story.now = story.now + .hours(2)
        try story.take(.checkDeadline(holdExpiries: true))
        #expect(story.run.removal != nil)
    }

    @Test func `ends the run, once`() throws {
        var story = try Story.removing()
        #expect(try story.take(.checkDeadline(holdExpiries: false)) == .nothing)
        #expect(try story.take(.removalDone(epoch: 2)) == .nothing)
        let decision = try story.take(.removalDone(epoch: 1))
        #expect(decision.facts == [.removed(epoch: 1, output: nil)])
        #expect(story.run.isOver)
        #expect(try story.take(.removalDone(epoch: 1)) == .nothing)
    }

    @Test func `is tried until it works; the third failure raises the alarm, later ones are no news`() throws {
        var story = try Story.removing()
        for attempt in 1...6 {
            let decision = try story.take(.removalFailed(epoch: 1, error: "error \(attempt)", attempt: attempt))
            #expect(decision.facts.count == (attempt <= 3 ? 1 : 0))
            #expect(decision.reports.count == (attempt == Removal.alarmAfter ? 1 : 0))
        }
        #expect(story.run.removal?.failures == 3)
        #expect(story.run.removal?.error == "error 3")
        #expect(story.run.status.run == .escalated)
        #expect(story.run.errors.count == 3)
        #expect(!story.run.isOver)
        try story.take(.removalDone(epoch: 1))
        #expect(story.run.isRemoved)
    }

    @Test func `a failure that comes late is no news`() throws {
        var story = try Story.removing()
        #expect(try story.take(.removalFailed(epoch: 2, error: "x", attempt: 1)) == .nothing)
        try story.take(.removalDone(epoch: 1))
        #expect(try story.take(.removalFailed(epoch: 1, error: "x", attempt: 1)) == .nothing)
    }
}

@Suite struct `Ending access early` {
    private let rule = DeciderRule(people: ["ada@acme.test"])

    private func active(_ terms: Terms = Story.terms()) throws -> Story {
        var story = try Story.pending(.sample(rule), terms)
        try story.deliverCards()
        try story.press(.approve, by: .ada)
        try story.take(.attemptStarts(epoch: 1))
        try story.take(.granted(epoch: 1, output: "{}"))
        return story
    }

    @Test(arguments: [Person.eve, .ada, .root])
    func `is for the requester, who may decide, and admins`(person: Person) throws {
        var story = try active()
        let decision = try story.press(.revoke, by: person)
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
        guard case .revoked(let by)? = story.run.removal?.cause else { throw Unexpected(says: "\(story.run.state)") }
        #expect(by.id == person.id)
        #expect(story.run.removal?.output == "{}")
        #expect(try story.press(.revoke, by: person) == .nothing)
    }

    @Test func `is for nobody else`() throws {
        let story = try active(Story.terms(allowGuestInteraction: true))
        #expect(story.refusal(of: .revoke, by: .bob) == .notRevoker)
        #expect(story.refusal(of: .revoke, by: .sample("ada", isActive: false)) == .inactive)
        #expect(story.refusal(of: .revoke, by: .sample("ada", isBot: true)) == .botsMayNot)
        #expect(story.refusal(of: .revoke, by: .gus) == .guestFromElsewhere)
        #expect(story.refusal(of: .revoke, by: .gus, copy: story.run.cards.last?.copy) == .notRevoker)
        #expect(try active().refusal(of: .revoke, by: .gus, copy: story.run.cards.last?.copy) == .guestsMayNot)
    }

    @Test func `is not for anybody where the flow does not allow it`() throws {
        let story = try active(Story.terms(allowRevoke: false))
        for person in [Person.eve, .ada, .root] {
            #expect(story.refusal(of: .revoke, by: person) == .revokingNotAllowed)
        }
    }

    @Test func `is possible while access may be on`() throws {
        var story = try Story.failed(.ambiguous)
        try story.press(.revoke, by: .eve)
        #expect(story.run.removal?.epoch == 1)
        #expect(
            try Story.failed(.ambiguous, Story.terms(allowRevoke: false)).refusal(of: .revoke, by: .eve)
                == .revokingNotAllowed)
    }

    @Test func `says why not in every other state`() throws {
        #expect(Story().refusal(of: .revoke, by: .eve) == .notActive)
        #expect(try Story.pending().refusal(of: .revoke, by: .eve) == .notActive)
        #expect(try Story.escalating().refusal(of: .revoke, by: .eve) == .beingSwitchedOn)
        #expect(try Story.failed(.refused).refusal(of: .revoke, by: .eve) == .notActive)
        var story = try Story.removing()
        #expect(story.refusal(of: .revoke, by: .eve) == .alreadyEnded)
        try story.take(.removalDone(epoch: 1))
        #expect(story.refusal(of: .revoke, by: .eve) == .alreadyEnded)
    }

    @Test func `a look-up that outlasts access is told that it ended`() throws {
        var story = try active()
        try story.press(.revoke, by: .ada, knowing: .nothing)
        story.now = story.now + .hours(1)
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(try story.classify(.ada).refusals == ["already_ended"])
    }
}
