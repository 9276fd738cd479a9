import ApprovalCore
import Support
import Testing

@Suite struct `A click of somebody who must be looked up` {
    @Test(arguments: [Story.Knowledge.stale, .nothing])
    func `is durable, and decides nothing yet`(knowledge: Story.Knowledge) throws {
        var story = try Story.pending()
        let decision = try story.press(.approve, by: .ada, knowing: knowledge)
        let id = try story.receipt(of: .ada)
        #expect(decision.facts.count == 1)
        #expect(decision.effects.first == .classify(id))
        #expect(story.run.isPending)
        #expect(story.run.votes.isEmpty)
        #expect(try story.press(.approve, by: .ada, knowing: knowledge) == .nothing, "pressed twice")
        #expect(story.run.openReceipts.count == 1)
    }

    @Test func `facts that are sixty seconds old are fresh`() throws {
        var story = try Story.pending()
        let person = Person.ada.seen(at: story.now - Person.freshFor)
        let receipt = Receipt(id: "r", account: person.account, action: .approve, at: story.now, round: 1)
        try story.take(.click(receipt, Evidence(person: person)))
        #expect(story.run.attempt != nil)
    }

    @Test func `facts from before the clock was set back are not`() throws {
        var story = try Story.pending()
        let person = Person.ada.seen(at: story.now + Person.freshFor + .milliseconds(1))
        let receipt = Receipt(id: "r", account: person.account, action: .approve, at: story.now, round: 1)
        try story.take(.click(receipt, Evidence(person: person)))
        #expect(story.run.openReceipts.count == 1 && story.run.votes.isEmpty)
    }

    @Test func `counts once the answer is there`() throws {
        var story = try Story.pending()
        try story.press(.approve, by: .ada, knowing: .nothing)
        let decision = try story.classify(.ada)
        #expect(story.run.deciders == ["ada"])
        #expect(decision.effects.contains(.escalate(epoch: 1)))
        #expect(story.run.openReceipts.isEmpty)
    }

    @Test func `a channel that must be looked up opens a receipt as well`() throws {
        var story = try Story.pending(.sample(DeciderRule(channelMembers: "C0DB")))
        try story.press(.approve, by: .ada)
        #expect(story.run.openReceipts.count == 1)
        let decision = try story.classify(.ada, channels: ["C0DB": false])
        #expect(decision.refusals == ["not_a_decider"])
        try story.press(.approve, by: .bob)
        try story.classify(.bob, channels: ["C0DB": true])
        #expect(story.run.deciders == ["bob"])
    }

    @Test func `a failed look-up refuses that click only, with a message`() throws {
        var story = try Story.pending()
        try story.press(.approve, by: .ada, knowing: .nothing)
        try story.press(.approve, by: .bob, knowing: .nothing)
        let decision = try story.take(.classified(story.receipt(of: .ada), .failed("Slack says no")))
        #expect(decision.refusals == ["cannot_tell_who"])
        #expect(decision.notices.map(\.refusal) == [.cannotTellWho("Slack says no")])
        #expect(story.run.isPending)
        #expect(story.run.openReceipts.map(\.receipt.account) == [Person.bob.account])
        try story.classify(.bob)
        #expect(story.run.deciders == ["bob"])
    }

    @Test func `somebody who may not is refused then, and told why`() throws {
        var story = try Story.pending()
        try story.press(.approve, by: .eve, knowing: .nothing)
        let decision = try story.classify(.eve)
        #expect(decision.notices.map(\.refusal) == [.ownRequest])
        #expect(story.run.isPending)
        #expect(story.run.votes.isEmpty)
    }

    @Test func `the second of two who are looked up is told who decided`() throws {
        var story = try Story.pending()
        try story.press(.approve, by: .ada, knowing: .nothing)
        try story.press(.approve, by: .bob, knowing: .nothing)
        try story.classify(.bob)
        let decision = try story.classify(.ada)
        #expect(decision.refusals == ["already_decided"])
        #expect(story.run.deciders == ["bob"])
        #expect(!decision.effects.contains(.escalate(epoch: 1)))
    }

    @Test func `an answer to nobody's question changes nothing`() throws {
        var story = try Story.pending()
        #expect(try story.take(.classified("unknown", .evidence(Evidence(person: .ada)))).facts.isEmpty)
        try story.press(.approve, by: .ada, knowing: .nothing)
        let id = try story.receipt(of: .ada)
        try story.classify(.ada)
        let state = story.run.state
        #expect(try story.take(.classified(id, .evidence(Evidence(person: .ada)))).facts.isEmpty)
        #expect(story.run.state == state)
    }

    // MARK: A denial under way

    @Test func `an open denial that arrived earlier holds the approval`() throws {
        var story = try Story.pending()
        try story.press(.deny, by: .bob, knowing: .nothing)
        story.now = story.now + .milliseconds(1)
        let held = try story.press(.approve, by: .ada)
        #expect(story.run.isPending)
        #expect(story.run.votes.count == 1)
        #expect(!held.effects.contains(.escalate(epoch: 1)))
        let denial = try story.classify(.bob)
        #expect(story.run.state == .denied)
        #expect(story.run.deciders == ["bob"])
        // Her vote was counted, so she hears that it came to nothing.
        let verdict = try #require(story.run.verdict)
        let notice = Notice(refusal: .alreadyDecided(verdict), action: .approve)
        #expect(denial.effects.contains(.tell(Person.ada.account, notice)))
    }

    @Test func `the approval takes effect when that denial does not count`() throws {
        var story = try Story.pending()
        try story.press(.deny, by: .eve, knowing: .nothing)
        try story.press(.approve, by: .ada)
        #expect(story.run.isPending)
        let decision = try story.classify(.eve)
        #expect(decision.refusals == ["own_request"])
        #expect(decision.effects.contains(.escalate(epoch: 1)))
        #expect(story.run.deciders == ["ada"])
    }

    @Test func `a denial that is on record holds it, even if the approval's clock says it was first`() throws {
        var story = try Story.pending()
        let before = story.now
        story.now = story.now + .seconds(1)
        try story.press(.deny, by: .bob, knowing: .nothing)
        try story.press(.approve, by: .ada, at: before)
        #expect(story.run.isPending)
        try story.classify(.bob)
        #expect(story.run.deciders == ["bob"])
    }

    // MARK: The deadline

    @Test func `expiry waits for open receipts, but not for ever`() throws {
        var story = try Story.pending()
        story.now = Story.answerBy - .milliseconds(1)
        try story.press(.approve, by: .ada, knowing: .nothing)
        let end = Story.answerBy + AccessRequest.openReceiptsGrace
        #expect(story.run.wakeAt == end)
        story.now = end - .milliseconds(1)
        #expect(try story.take(.checkDeadline(holdExpiries: false)) == .nothing)
        var inTime = story
        try inTime.classify(.ada)
        #expect(inTime.run.deciders == ["ada"])
        story.now = end
        let decision = try story.take(.checkDeadline(holdExpiries: false))
        #expect(decision.refusals == ["cannot_tell_who"])
        #expect(story.run.state == .expired)
        #expect(story.run.openReceipts.isEmpty)
    }

    @Test func `an approval that only an open denial held takes effect at the end`() throws {
        var story = try Story.pending()
        try story.press(.deny, by: .bob, knowing: .nothing)
        try story.press(.approve, by: .ada)
        story.now = Story.answerBy + AccessRequest.openReceiptsGrace
        let decision = try story.take(.checkDeadline(holdExpiries: false))
        #expect(decision.refusals == ["cannot_tell_who"])
        #expect(story.run.deciders == ["ada"])
        #expect(!decision.facts.contains(.expired))
    }

    @Test func `telling the next in line leaves open receipts alone`() throws {
        let stages = [
            Routing.Stage(places: [.channel("#a")], forwardAfterSeconds: 60), Routing.Stage(places: [.channel("#b")]),
        ]
        var story = try Story.pending(.sample(stages: stages))
        try story.press(.approve, by: .ada, knowing: .nothing)
        story.now = .start + .seconds(60) + AccessRequest.openReceiptsGrace
        let decision = try story.take(.checkDeadline(holdExpiries: false))
        #expect(decision.facts == [.forwarded(toStage: 1, cause: .timeout)])
        try story.classify(.ada)
        #expect(story.run.deciders == ["ada"])
    }
}

@Suite struct `A click that a hook is asked about` {
    private func consulted(
        _ action: Receipt.Action, _ answer: HookAnswer, hooks: [Hook] = [.onApprove, .onDeny],
        routing: Routing = .sample()
    ) throws -> (Story, Decision) {
        var story = try Story.pending(routing, Story.terms(hooks: hooks))
        try story.press(action, by: .ada, message: "mine")
        let decision = try story.take(.consulted(story.receipt(of: .ada), answer))
        return (story, decision)
    }

    @Test func `waits for its answer`() throws {
        var story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        let decision = try story.press(.approve, by: .ada)
        #expect(decision.effects.contains(.consult(.onApprove, try story.receipt(of: .ada))))
        #expect(story.run.isPending && story.run.votes.isEmpty)
        try story.press(.deny, by: .bob)
        #expect(story.run.state == .denied, "there is no hook on denials")
    }

    @Test func `is asked about only when the person may act`() throws {
        let story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        #expect(story.refusal(of: .approve, by: .eve) == .ownRequest)
    }

    @Test func `after a look-up the hook is asked`() throws {
        var story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        try story.press(.approve, by: .ada, knowing: .nothing)
        let decision = try story.classify(.ada)
        #expect(decision.effects.contains(.consult(.onApprove, try story.receipt(of: .ada))))
        #expect(story.run.votes.isEmpty)
    }

    @Test func `proceeds`() throws {
        let (story, decision) = try consulted(.approve, .proceed)
        #expect(story.run.deciders == ["ada"])
        #expect(decision.effects.contains(.escalate(epoch: 1)))
    }

    @Test func `is blocked with the hook's message; the request stays open`() throws {
        let (story, decision) = try consulted(.approve, .ignore(message: "ask on Monday"))
        #expect(story.run.isPending && story.run.votes.isEmpty && story.run.openReceipts.isEmpty)
        #expect(decision.notices.map(\.refusal) == [.hookIgnored("ask on Monday")])
        #expect(decision.reports.isEmpty)
    }

    @Test func `is refused when the hook fails, and the failure is reported`() throws {
        let (story, decision) = try consulted(.approve, .failed(error: "division by zero"))
        #expect(story.run.isPending && story.run.votes.isEmpty)
        #expect(decision.refusals == ["hook_failed"])
        #expect(decision.reports.count == 1)
        #expect(story.run.errors.map(\.message) == ["division by zero"])
    }

    @Test(
        arguments: [
            (.approve, .approve, .approved), (.approve, .escalate, .approved), (.approve, .deny, .denied),
            (.deny, .deny, .denied), (.deny, .approve, .approved),
        ] as [(Receipt.Action, Transition, Verdict.Outcome)])
    func `becomes what the hook answers`(
        action: Receipt.Action, transition: Transition, outcome: Verdict.Outcome
    ) throws {
        let (story, _) = try consulted(action, .transition(transition, reason: "theirs"))
        #expect(story.run.verdict?.outcome == outcome)
        #expect(story.run.verdict?.reason == "theirs")
        #expect(story.run.deciders == ["ada"])
    }

    @Test(
        arguments: [
            (.approve, .request), (.approve, .prompt), (.approve, .deescalate), (.deny, .request), (.deny, .escalate),
        ] as [(Receipt.Action, Transition)])
    func `a way back is refused, and the state stays`(action: Receipt.Action, transition: Transition) throws {
        let (story, decision) = try consulted(action, .transition(transition, reason: nil))
        #expect(story.run.isPending && story.run.votes.isEmpty)
        #expect(decision.refusals == ["hook_failed"])
        #expect(decision.reports.count == 1)
    }

    @Test func `an answer in favour is one vote, not a whole quorum`() throws {
        let (story, _) = try consulted(.approve, .transition(.approve, reason: nil), routing: .sample(quorum: 2))
        #expect(story.run.isPending)
        #expect(story.run.votes.count == 1)
    }

    @Test func `an answer that comes after the decision has no effect`() throws {
        var story = try Story.pending(.sample(), Story.terms(hooks: [.onApprove]))
        try story.press(.approve, by: .ada)
        let id = try story.receipt(of: .ada)
        try story.press(.deny, by: .bob)
        let decision = try story.take(.consulted(id, .proceed))
        #expect(decision.refusals == ["already_decided"])
        #expect(story.run.state == .denied)
    }

    @Test(arguments: Hook.allCases)
    func `no hook leads back`(hook: Hook) {
        let order: [Transition: Int] = [
            .prompt: 0, .request: 1, .approve: 2, .deny: 2, .escalate: 3, .deescalate: 4,
        ]
        let ownStep: [Hook: Int] = [
            .onPrompt: 0, .afterPrompt: 1, .onRequest: 1, .afterRequest: 2, .onRequestForward: 2,
            .afterRequestForward: 2, .onRequestExpire: 2, .afterRequestExpire: 5, .onApprove: 2, .afterApprove: 3,
            .onDeny: 2, .afterDeny: 5, .onEscalate: 3, .afterEscalate: 4, .onDeescalate: 4, .afterDeescalate: 5,
        ]
        for transition in Transition.allCases where hook.allows(transition) {
            #expect((order[transition] ?? -1) >= (ownStep[hook] ?? 9), "\(hook.rawValue) → \(transition.rawValue)")
        }
        #expect(!hook.allows(.prompt))
    }
}
