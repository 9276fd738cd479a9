import ApprovalCore
import Support
import Testing

private let two = [
    Routing.Stage(places: [.channel("#one")], forwardAfterSeconds: 60),
    Routing.Stage(places: [.channel("#two")], forwardAfterSeconds: 60),
]

extension Story {
    /// The questions to hooks that a decision starts.
    fileprivate static func asked(_ decision: Decision) -> [String] {
        decision.effects.compactMap { effect in
            if case .ask(let hook, let occasion) = effect { "\(hook.rawValue) \(occasion)" } else { nil }
        }
    }

    fileprivate static func waiting(stages: [Routing.Stage] = two, _ hooks: Hook...) throws -> Story {
        var story = try Story.pending(.sample(stages: stages), Story.terms(hooks: hooks))
        try story.deliverCards()
        return story
    }

    /// Time goes on to when something is due.
    @discardableResult
    fileprivate mutating func elapse() throws -> Decision {
        now = run.wakeAt ?? now
        return try take(.checkDeadline(holdExpiries: false))
    }

    @discardableResult
    fileprivate mutating func hear(_ answer: HookAnswer) throws -> Decision {
        guard let asking = run.asking else { throw Unexpected(says: "no hook is asked") }
        return try take(.answered(asking.hook, asking.occasion, answer))
    }
}

@Suite struct `A hook before a forward or an expiry` {
    @Test func `is asked first, and the step waits for it`() throws {
        var story = try Story.waiting(.onRequestForward)
        let decision = try story.elapse()
        #expect(Story.asked(decision) == ["on_request_forward 1.0.timeout"])
        #expect(story.run.cards.count == 2)
        try story.hear(.proceed)
        #expect(story.run.cards.count == 3)
        #expect(story.run.asking == nil)
    }

    @Test(arguments: [HookAnswer.failed(error: "KeyError"), .transition(.request, reason: nil)])
    func `that goes wrong is reported, and the step happens`(answer: HookAnswer) throws {
        for (hook, stages) in [(Hook.onRequestForward, two), (.onRequestExpire, [two[0]])] {
            var story = try Story.waiting(stages: stages, hook)
            try story.elapse()
            let decision = try story.hear(answer)
            #expect(decision.reports.count == 1)
            #expect(story.run.errors.count == 1)
            #expect(story.run.state == .expired || story.run.cards.count == 3)
        }
    }

    @Test func `that says nothing is not waited for beyond its time`() throws {
        var story = try Story.waiting(stages: [two[0]], .onRequestExpire)
        try story.elapse()
        let since = story.now
        let occasion = try #require(story.run.asking?.occasion)
        let decision = try story.elapse()
        #expect(story.now == since + AccessRequest.openReceiptsGrace)
        #expect(story.run.state == .expired)
        #expect(decision.reports.count == 1)
        #expect(try story.take(.answered(.onRequestExpire, occasion, .transition(.approve, reason: nil))) == .nothing)
    }

    @Test func `keeps the step from happening; then the time to answer is the end`() throws {
        var story = try Story.waiting(.onRequestForward)
        try story.elapse()
        try story.hear(.ignore(message: "she is coming"))
        #expect(story.run.isPending && story.run.cards.count == 2)
        #expect(story.run.wakeAt == Story.answerBy)
        try story.elapse()
        #expect(story.run.state == .expired)
    }

    @Test func `does not keep a request open beyond the time to answer`() throws {
        var story = try Story.waiting(stages: [Routing.Stage(places: [.channel("#one")])], .onRequestExpire)
        try story.elapse()
        let decision = try story.hear(.ignore(message: "wait"))
        #expect(story.run.state == .expired)
        #expect(decision.reports.count == 1)
    }

    @Test(arguments: [(Transition.approve, Verdict.Outcome.approved), (.deny, .denied)])
    func `may decide`(transition: Transition, outcome: Verdict.Outcome) throws {
        var story = try Story.waiting(.onRequestForward)
        try story.elapse()
        try story.hear(.transition(transition, reason: "nobody is there"))
        #expect(story.run.verdict?.outcome == outcome)
        #expect(story.run.verdict?.by == .policy(rule: nil))
        #expect(story.run.verdict?.reason == "nobody is there")
    }

    @Test func `does not approve over a denial that is being looked into`() throws {
        var story = try Story.waiting(.onRequestForward)
        try story.elapse()
        try story.press(.deny, by: .bob, knowing: .nothing)
        try story.hear(.transition(.approve, reason: nil))
        #expect(story.run.isPending)
        try story.classify(.bob)
        #expect(story.run.state == .denied)
    }

    @Test func `hears too late of a run that was decided meanwhile`() throws {
        var story = try Story.waiting(.onRequestForward)
        try story.elapse()
        let occasion = try #require(story.run.asking?.occasion)
        try story.press(.deny, by: .ada)
        #expect(story.run.asking == nil)
        #expect(try story.take(.answered(.onRequestForward, occasion, .proceed)) == .nothing)
    }

    @Test func `is asked about a stage that cannot be told, too`() throws {
        var story = try Story.pending(.sample(stages: two), Story.terms(hooks: [.onRequestForward]))
        let decision = try story.take(.undeliverable(slot: "1.0.0", reason: "archived"))
        #expect(Story.asked(decision) == ["on_request_forward 1.0.delivery_failure"])
        let forwarded = try story.hear(.proceed)
        #expect(forwarded.facts.contains(.forwarded(toStage: 1, cause: .deliveryFailure)))
    }
}

@Suite struct `A link of the backup chain` {
    private func chain(_ forwardsOn: [ForwardCause]) -> [Routing.Stage] {
        var stages = two
        stages[0].forwardsOn = forwardsOn
        return stages
    }

    @Test func `that leads nowhere ends the request when its time is over`() throws {
        var story = try Story.waiting(stages: chain([.deliveryFailure]))
        try story.elapse()
        #expect(story.now == .start + .seconds(60))
        #expect(story.run.state == .expired)
    }

    @Test func `that cannot be told waits for its time where only that leads on`() throws {
        var story = try Story.pending(.sample(stages: chain([.timeout])))
        try story.take(.undeliverable(slot: "1.0.0", reason: "archived"))
        #expect(story.run.isPending && story.run.cards.count == 2)
        try story.elapse()
        #expect(story.run.cards.count == 3)
    }

    @Test func `that cannot be told and leads nowhere is the end`() throws {
        var story = try Story.pending(.sample(stages: chain([])))
        try story.take(.undeliverable(slot: "1.0.0", reason: "archived"))
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.reason == "Nobody could be reached: archived")
    }

    @Test func `an earlier end than the flow's is kept`() throws {
        var routing = Routing.sample()
        routing.answerWithinSeconds = 30
        let story = try Story.pending(routing)
        #expect(story.run.wakeAt == .start + .seconds(30))
        routing.answerWithinSeconds = 999_999
        #expect(try Story.pending(routing).run.wakeAt == Story.answerBy)
    }
}

@Suite struct `A hook after a step` {
    private static let all: [Hook] = Hook.allCases.filter(\.isAfter)

    @Test func `is asked once for each step`() throws {
        var story = try Story.pending(.sample(stages: two), Story.terms(hooks: Self.all))
        var asked: [String] = []
        for card in story.run.cards {
            let copy = Card.Copy(channel: "C-\(card.slot)", ts: "1.0")
            asked += Story.asked(try story.take(.delivered(slot: card.slot, copy)))
        }
        asked += Story.asked(try story.elapse())
        asked += Story.asked(try story.take(.delivered(slot: "1.1.0", Card.Copy(channel: "C-two", ts: "1.0"))))
        asked += Story.asked(try story.press(.approve, by: .ada))
        try story.take(.attemptStarts(epoch: 1))
        asked += Story.asked(try story.take(.granted(epoch: 1, output: nil)))
        try story.elapse()
        asked += Story.asked(try story.take(.removalDone(epoch: 1, output: "{}")))
        #expect(
            asked == [
                "after_request 1.0", "after_request_forward 1.1", "after_approve 1.0", "after_escalate 1.1",
                "after_deescalate 1.1",
            ])
    }

    @Test func `is asked about denials and expiries`() throws {
        var story = try Story.waiting(.afterDeny)
        #expect(Story.asked(try story.press(.deny, by: .ada)) == ["after_deny 1.0"])
        var expiring = Story(Story.terms(hooks: [.afterRequestExpire]))
        #expect(Story.asked(try expiring.elapse()) == ["after_request_expire 1.0"])
    }

    @Test func `that fails changes nothing and is reported`() throws {
        var story = try Story.active(.sample(), Story.terms(hooks: [.afterEscalate]))
        let occasion = Occasion(round: 1, index: 1)
        let decision = try story.take(.answered(.afterEscalate, occasion, .failed(error: "KeyError")))
        #expect(decision.reports == ["after_escalate: KeyError"])
        #expect(story.run.access != nil)
    }

    @Test func `may go forward: access ends before its time`() throws {
        var story = try Story.active(.sample(), Story.terms(hooks: [.afterEscalate]))
        let occasion = Occasion(round: 1, index: 1)
        let decision = try story.take(.answered(.afterEscalate, occasion, .transition(.deescalate, reason: nil)))
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
        #expect(story.run.removal?.cause == .hook(.afterEscalate))
    }

    @Test func `does not go back`() throws {
        var story = try Story.active(.sample(), Story.terms(hooks: [.afterEscalate]))
        let occasion = Occasion(round: 1, index: 1)
        let decision = try story.take(.answered(.afterEscalate, occasion, .transition(.deny, reason: nil)))
        #expect(decision.reports.count == 1)
        #expect(story.run.access != nil)
    }

    @Test func `decides on a request that waits; on one that was decided, not`() throws {
        var story = try Story.waiting(.afterRequest)
        var decided = story
        let occasion = Occasion(round: 1)
        try story.take(.answered(.afterRequest, occasion, .transition(.approve, reason: "fine")))
        #expect(story.run.verdict?.by == .policy(rule: nil))
        try decided.press(.deny, by: .ada)
        let late = try decided.take(.answered(.afterRequest, occasion, .transition(.approve, reason: "fine")))
        #expect(late.facts.isEmpty)
    }
}

@Suite struct `A hook before access is taken back early` {
    private func asked() throws -> Story {
        var story = try Story.active(.sample(), Story.terms(hooks: [.onDeescalate]))
        let decision = try story.press(.revoke, by: .ada)
        #expect(decision.effects.contains(.consult(.onDeescalate, try story.receipt(of: .ada))))
        #expect(story.run.access != nil)
        return story
    }

    @Test func `lets it happen, or keeps access on with a message`() throws {
        var story = try asked()
        var kept = story
        try story.take(.consulted(story.receipt(of: .ada), .proceed))
        #expect(story.run.removal != nil)
        let decision = try kept.take(.consulted(kept.receipt(of: .ada), .ignore(message: "not yet")))
        #expect(kept.run.access != nil)
        #expect(decision.notices.map(\.refusal) == [.hookIgnored("not yet")])
    }

    @Test(arguments: [HookAnswer.failed(error: "KeyError"), .transition(.approve, reason: nil)])
    func `that goes wrong keeps no access on`(answer: HookAnswer) throws {
        var story = try asked()
        let decision = try story.take(.consulted(story.receipt(of: .ada), answer))
        #expect(story.run.removal != nil)
        #expect(decision.reports.count == 1)
    }

    @Test func `that says nothing keeps no access on`() throws {
        var story = try asked()
        #expect(story.run.wakeAt == story.now + AccessRequest.openReceiptsGrace)
        let id = try story.receipt(of: .ada)
        try story.elapse()
        #expect(story.run.removal?.cause == .revoked(by: PersonReference(.ada, through: .slack)))
        #expect(story.run.openReceipts.isEmpty)
        #expect(try story.take(.consulted(id, .ignore(message: "late"))) == .nothing)
    }

    @Test func `does not stand in the way when its time is over`() throws {
        var story = try Story.active(.sample(), Story.terms(hooks: [.onDeescalate]))
        let decision = try story.elapse()
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
    }
}

@Suite struct `A hook that changes the job` {
    private func amendment(_ seconds: Int, round: Int = 1) -> Amendment {
        Amendment(
            target: "orders", durationSeconds: seconds, terms: Story.terms(hooks: [.onApprove]),
            binding: Story.binding("shorter", round: round)
        )
    }

    @Test func `before people are asked changes what they are asked`() throws {
        var story = Story(Story.terms(hooks: [.onApprove]))
        try story.take(.routed(.ask(.sample()), round: 1, amendment: amendment(60)))
        #expect(story.run.submission.durationSeconds == 60)
        #expect(story.run.binding == Story.binding("shorter", round: 1))
        #expect(story.run.isPending)
    }

    @Test(arguments: zip([600, 3600, 7200], [true, true, false]))
    func `afterwards can only make it less`(seconds: Int, isWithin: Bool) throws {
        var story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        try story.press(.approve, by: .ada)
        let answer = HookAnswer.transition(.approve, reason: nil, change: JobChange(durationSeconds: seconds))
        let decision = try story.take(
            .consulted(story.receipt(of: .ada), answer, amendment: isWithin ? amendment(seconds) : nil)
        )
        #expect((story.run.verdict?.outcome == .approved) == isWithin)
        #expect(decision.reports.isEmpty == isWithin)
        #expect(story.run.submission.durationSeconds == (isWithin ? seconds : 3600))
    }

    @Test func `does not choose another target than people were shown`() throws {
        var story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        try story.press(.approve, by: .ada)
        let answer = HookAnswer.transition(.approve, reason: nil, change: JobChange(target: "billing"))
        try story.take(.consulted(story.receipt(of: .ada), answer))
        #expect(story.run.isPending && story.run.votes.isEmpty)
    }

    @Test func `ends access before it begins`() throws {
        var story = try Story.escalating()
        let decision = try story.take(.notToBegin(epoch: 1))
        #expect(decision.effects.contains(.deescalate(epoch: 1)))
        #expect(story.run.removal?.cause == .hook(.onEscalate))
    }
}
