import ApprovalCore
import Support
import Testing

private func grantFailed(
    _ kind: Failure.Kind, epoch: Int = 1, isRetryable: Bool = true, mayHaveReached: Bool
) -> Command {
    .grantFailed(epoch: epoch, kind, error: "no", isRetryable: isRetryable, mayHaveReached: mayHaveReached)
}

@Suite struct `Switching access on` {
    @Test func `access lasts from when it is on`() throws {
        var story = try Story.escalating()
        try story.take(.attemptStarts(epoch: 1))
        story.now = story.now + .minutes(3)
        try story.take(.granted(epoch: 1, output: #"{"grant":1}"#))
        let access = try #require(story.run.access)
        #expect(access.since == story.now)
        #expect(access.until == story.now + .seconds(Story.durationSeconds))
        #expect(access.output == #"{"grant":1}"#)
        #expect(access.revision == "r1")
        #expect(story.run.wakeAt == access.until)
    }

    @Test func `access that only revoking ends has no end`() throws {
        let story = try Story.active(.sample(), Story.terms(scheduleDeescalation: false))
        #expect(story.run.access?.until == nil)
        #expect(story.run.wakeAt == nil)
    }

    @Test func `each step is recorded once, and for its epoch only`() throws {
        var story = try Story.escalating()
        #expect(try story.take(.attemptDidNotLeave(epoch: 1)) == .nothing)
        #expect(try story.take(.attemptStarts(epoch: 2)) == .nothing)
        #expect(try story.take(.attemptStarts(epoch: 1)).facts == [.attemptUnderWay(epoch: 1)])
        #expect(try story.take(.attemptStarts(epoch: 1)) == .nothing)
        #expect(try story.take(.attemptDidNotLeave(epoch: 1)).facts == [.attemptNotSent(epoch: 1)])
        #expect(story.run.attempt?.isUnderWay == false)
        #expect(try story.take(.granted(epoch: 2, output: nil)) == .nothing)
        #expect(try story.take(grantFailed(.refused, epoch: 2, mayHaveReached: false)) == .nothing)
        try story.take(.granted(epoch: 1, output: nil))
        #expect(try story.take(.granted(epoch: 1, output: nil)) == .nothing)
    }

    @Test(arguments: [
        (Failure.Kind.refused, false), (.notSent, false), (.ambiguous, true),
    ])
    func `a failure keeps the removal where access may be on`(kind: Failure.Kind, mayBeOn: Bool) throws {
        let removeBy = try Story.escalating().run.attempt?.removeBy
        let story = try Story.failed(kind)
        let failure = try #require(story.run.failure)
        #expect(failure.accessMayBeOn == mayBeOn)
        #expect(failure.removeBy == (mayBeOn ? removeBy : nil))
        #expect(story.run.wakeAt == failure.removeBy)
        #expect(story.run.errors.map(\.message) == ["no"])
        #expect(story.run.holdsGrant == mayBeOn)
    }

    @Test func `a refusal after a call that may have arrived keeps the removal and the idempotency key`() throws {
        var story = try Story.escalating()
        try story.take(.attemptStarts(epoch: 1))
        try story.take(grantFailed(.refused, mayHaveReached: true))
        #expect(story.run.failure?.removeBy != nil)
        #expect(story.run.failure?.kind == .ambiguous)
        try story.press(.retry, by: .eve)
        #expect(story.run.attempt?.epoch == 1)
    }

    @Test(arguments: [(-1, false), (0, true)])
    func `an attempt that takes too long is given up`(milliseconds: Int, isOver: Bool) throws {
        var story = try Story.escalating()
        story.now = story.now + Attempt.time + .milliseconds(milliseconds)
        try story.take(.checkDeadline(holdExpiries: false))
        #expect((story.run.failure != nil) == isOver)
        #expect(story.run.failure?.kind == (isOver ? .notSent : nil))
    }

    @Test(arguments: [true, false])
    func `given up while a call is out, its outcome is unknown`(retryAmbiguous: Bool) throws {
        var story = try Story.escalating(.sample(), Story.terms(retryAmbiguous: retryAmbiguous))
        try story.take(.attemptStarts(epoch: 1))
        story.now = story.now + Attempt.time
        let decision = try story.take(.checkDeadline(holdExpiries: true))
        #expect(decision.reports.count == 1)
        let failure = try #require(story.run.failure)
        #expect(failure.kind == .ambiguous)
        #expect(failure.isRetryable == retryAmbiguous)
        #expect(failure.removeBy != nil)
    }

    @Test func `a grant that comes after the attempt was given up counts, and ends no later`() throws {
        var story = try Story.escalating()
        try story.take(.attemptStarts(epoch: 1))
        story.now = story.now + Attempt.time
        try story.take(.checkDeadline(holdExpiries: false))
        let removeBy = try #require(story.run.failure?.removeBy)
        story.now = story.now + .minutes(30)
        try story.take(.granted(epoch: 1, output: nil))
        #expect(story.run.access?.until == removeBy)
    }

    @Test func `a grant that nobody can have made does not count`() throws {
        var story = try Story.failed(.refused)
        #expect(try story.take(.granted(epoch: 1, output: nil)) == .nothing)
    }

    @Test func `access that may be on is taken back at its time`() throws {
        var story = try Story.failed(.ambiguous)
        story.now = try #require(story.run.failure?.removeBy) - .milliseconds(1)
        #expect(try story.take(.checkDeadline(holdExpiries: false)) == .nothing)
        story.now = story.now + .milliseconds(1)
        let decision = try story.take(.checkDeadline(holdExpiries: true))
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
        #expect(story.run.removal?.cause == .scheduled)
    }
}

@Suite struct `Trying again` {
    @Test(arguments: [(Failure.Kind.refused, 2), (.notSent, 1), (.ambiguous, 1)])
    func `has a new epoch only after the target refused`(kind: Failure.Kind, epoch: Int) throws {
        var story = try Story.failed(kind)
        let decision = try story.press(.retry, by: .eve)
        #expect(decision.effects.contains(.escalate(epoch: epoch)))
        #expect(story.run.attempt?.epoch == epoch)
        #expect(story.run.attempt?.removeBy != nil)
        #expect(story.run.verdict?.outcome == .approved, "no new approval")
        #expect(try story.press(.retry, by: .eve) == .nothing)
    }

    @Test(arguments: [Failure.Kind.notSent, .refused])
    func `after an unknown outcome, access that may be on is never forgotten`(second: Failure.Kind) throws {
        var story = try Story.failed(.ambiguous)
        try story.press(.retry, by: .eve)
        let attempt = try #require(story.run.attempt)
        #expect(attempt.isUnderWay)
        #expect(story.run.holdsGrant)
        var givenUp = story
        givenUp.now = attempt.deadline
        try givenUp.take(.checkDeadline(holdExpiries: false))
        #expect(givenUp.run.failure?.kind == .ambiguous)
        #expect(givenUp.run.failure?.removeBy == attempt.removeBy)
        var rebound = story
        try rebound.take(.bindingBroken(Story.rebinding()))
        #expect(rebound.run.removal != nil, "taken back before it is asked anew")
        try story.take(grantFailed(second, mayHaveReached: true))
        try story.press(.retry, by: .eve)
        #expect(story.run.attempt?.isUnderWay == true)
        #expect(story.run.attempt?.removeBy != nil)
    }

    @Test func `is for the requester, deciders and admins`() throws {
        let rule = DeciderRule(people: ["ada@acme.test"])
        var story = try Story.pending(.sample(rule))
        try story.press(.approve, by: .ada)
        try story.take(.attemptStarts(epoch: 1))
        try story.take(grantFailed(.refused, mayHaveReached: false))
        for person in [Person.eve, .ada, .root] { #expect(story.refusal(of: .retry, by: person) == nil) }
        #expect(story.refusal(of: .retry, by: .bob) == .notRevoker)
        #expect(story.refusal(of: .retry, by: .sample("ada", isActive: false)) == .inactive)
    }

    @Test func `is not for what goes on or is over`() throws {
        for story in [Story(), try .pending(), try .active(), try .removing()] {
            #expect(story.refusal(of: .retry, by: .eve) == .nothingToRetry)
        }
    }

    @Test func `must wait for an admin's word where the target must not be asked twice`() throws {
        var story = try Story.failed(.ambiguous, isRetryable: false, Story.terms(retryAmbiguous: false))
        #expect(story.refusal(of: .retry, by: .eve) == .retryNeedsAdmin)
        #expect(story.refusal(of: .retry, by: .root) == .retryNeedsAdmin)
        #expect(story.refusal(of: .confirmNotGranted, by: .ada) == .adminsOnly)
        try story.press(.confirmNotGranted, by: .root)
        let failure = try #require(story.run.failure)
        #expect(!failure.accessMayBeOn && failure.isRetryable)
        #expect(story.run.wakeAt == nil)
        try story.press(.retry, by: .eve)
        #expect(story.run.attempt?.epoch == 2)
        #expect(story.run.attempt?.isUnderWay == false)
    }

    @Test func `is not needed when an admin says that access is on`() throws {
        var story = try Story.failed(.ambiguous)
        let removeBy = try #require(story.run.failure?.removeBy)
        #expect(story.refusal(of: .confirmGranted, by: .eve) == .adminsOnly)
        try story.press(.confirmGranted, by: .root)
        #expect(story.run.access != nil)
        #expect(try #require(story.run.access?.until) <= removeBy)
        #expect(story.refusal(of: .confirmGranted, by: .root) == .nothingToRetry)
    }

    @Test func `nobody has to say what is known`() throws {
        for kind in [Failure.Kind.refused, .notSent] {
            #expect(try Story.failed(kind).refusal(of: .confirmGranted, by: .root) == .nothingToRetry)
            #expect(try Story.failed(kind).refusal(of: .confirmNotGranted, by: .root) == .nothingToRetry)
        }
    }
}

@Suite struct `A binding that broke` {
    @Test func `before any call voids the approval and asks anew`() throws {
        var story = try Story.escalating()
        try story.deliverCards()
        story.now = story.now + .minutes(2)
        let decision = try story.take(.bindingBroken(Story.rebinding()))
        #expect(decision.facts == [.bindingBroken(Story.rebinding(), changed: ["policy.rules"])])
        #expect(decision.effects.first == .route)
        #expect(story.run.state == .submitted(answerBy: story.now + .seconds(Story.answerBySeconds)))
        #expect(story.run.verdict == nil && story.run.routing == nil)
        #expect(story.run.revision == "r2")
        #expect(story.run.binding.round == 2)
        #expect(story.run.changedKeys == ["policy.rules"])
        #expect(story.refusal(of: .approve, by: .bob, round: 1) == .cardReplaced)
        #expect(story.refusal(of: .approve, by: .bob, round: 2) == .notYetAsked)
    }

    @Test func `cards of the new round stand beside the old ones`() throws {
        var story = try Story.escalating()
        try story.take(.bindingBroken(Story.rebinding()))
        #expect(try story.take(.routed(.ask(.sample()), round: 1)) == .nothing, "an answer for the old round")
        try story.take(.routed(.ask(.sample()), round: 2))
        #expect(story.run.cards.map(\.slot) == [Card.requesterSlot, "1.0.0", "2.0.0"])
        #expect(story.run.votes.isEmpty)
        #expect(story.refusal(of: .approve, by: .ada, round: 1) == .cardReplaced)
        try story.press(.approve, by: .ada)
        #expect(story.run.attempt?.revision == "r2")
    }

    @Test func `after a call may have left takes back first, by the old revision`() throws {
        var story = try Story.escalating()
        try story.take(.attemptStarts(epoch: 1))
        let decision = try story.take(.bindingBroken(Story.rebinding()))
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
        #expect(!decision.effects.contains(.route))
        #expect(story.run.removal?.revision == "r1")
        #expect(story.run.revision == "r1")
        let done = try story.take(.removalDone(epoch: 1))
        #expect(done.effects.contains(.route))
        #expect(story.run.isSubmitted)
        #expect(story.run.revision == "r2")
    }

    @Test func `a later approval uses no idempotency key again`() throws {
        var story = try Story.escalating()
        try story.take(.attemptStarts(epoch: 1))
        try story.take(.bindingBroken(Story.rebinding()))
        try story.take(.removalDone(epoch: 1))
        try story.take(.routed(.ask(.sample()), round: 2))
        let decision = try story.press(.approve, by: .ada)
        #expect(decision.effects.contains(.escalate(epoch: 2)))
        #expect(story.run.attempt?.epoch == 2)
    }

    @Test func `means nothing to a run that is not being switched on`() throws {
        for var story in [Story(), try .pending(), try .active(), try .removing(), try .failed(.refused)] {
            #expect(try story.take(.bindingBroken(Story.rebinding())) == .nothing)
        }
    }

    @Test func `a click from before is told that the card was replaced`() throws {
        var story = try Story.pending(.sample(quorum: 1))
        try story.press(.deny, by: .cleo, at: story.now + .seconds(1), knowing: .nothing)
        try story.press(.approve, by: .ada)
        try story.take(.bindingBroken(Story.rebinding()))
        try story.take(.routed(.ask(.sample()), round: 2))
        #expect(try story.classify(.cleo).refusals == ["card_replaced"])
        #expect(story.run.isPending)
    }
}
