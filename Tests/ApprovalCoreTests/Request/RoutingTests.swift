import ApprovalCore
import Support
import Testing

private let two = [
    Routing.Stage(places: [.channel("#a"), .people([Person.ada.account])], forwardAfterSeconds: 60),
    Routing.Stage(places: [.channel("#b")], forwardAfterSeconds: 120),
]

@Suite struct `A new request` {
    @Test func `asks the flow, and shows the requester a card`() {
        let story = Story()
        let submitted = AccessRequest.submit(
            story.run.submission, as: "run-1", revision: "r1", terms: Story.terms(),
            binding: Story.binding("v1", round: 1))
        #expect(submitted.decision == Decision(.requested, then: .route, .show(slot: Card.requesterSlot)))
        #expect(submitted.run.state == .submitted(answerBy: Story.answerBy))
        #expect(submitted.run.cards.map(\.place) == [.people([Person.eve.account])])
    }

    @Test func `is pending once people are asked`() throws {
        var story = Story()
        story.now = .start + .seconds(5)
        let decision = try story.take(.routed(.ask(.sample(stages: two)), round: 1))
        #expect(decision.shown == [Card.requesterSlot, "1.0.0", "1.0.1"])
        guard case .pending(let pending) = story.run.state else { throw Unexpected(says: "\(story.run.state)") }
        #expect(pending.answerBy == Story.answerBy, "routing takes nothing from the time to answer")
        #expect(pending.forwardAt == .start + .seconds(65))
        #expect(story.run.wakeAt == .start + .seconds(65))
    }

    @Test func `is approved by policy, and fires nothing twice`() throws {
        var story = Story()
        let decision = try story.take(.routed(.approve(reason: "low risk", rule: "reads", routing: nil), round: 1))
        #expect(story.run.verdict?.by == .policy(rule: "reads"))
        #expect(story.run.verdict?.reason == "low risk")
        #expect(decision.effects.filter { $0 == .escalate(epoch: 1) }.count == 1)
        #expect(
            try story.take(.routed(.approve(reason: "low risk", rule: "reads", routing: nil), round: 1)) == .nothing)
    }

    @Test func `is approved by policy whatever the quorum, and people see it`() throws {
        var story = Story()
        let routing = Routing.sample(quorum: 3)
        let decision = try story.take(.routed(.approve(reason: nil, rule: "reads", routing: routing), round: 1))
        #expect(story.run.attempt != nil)
        #expect(decision.shown == [Card.requesterSlot, "1.0.0"])
        #expect(story.refusal(of: .approve, by: .ada) == story.run.verdict.map(Refusal.alreadyDecided))
    }

    @Test func `is denied by policy`() throws {
        var story = Story()
        try story.take(.routed(.deny(reason: "never", rule: "outside", routing: .sample()), round: 1))
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.by == .policy(rule: "outside"))
        #expect(story.run.verdict?.reason == "never")
    }

    @Test func `ends with the message of a hook that ignores it`() throws {
        var story = Story()
        try story.take(.routed(.ignore(message: "not on Fridays"), round: 1))
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.reason == "not on Fridays")
    }

    @Test func `stays open when the flow fails, with the error on record, until its time is over`() throws {
        var story = Story()
        let decision = try story.take(.routed(.failed(error: "no such group"), round: 1))
        #expect(story.run.isSubmitted)
        #expect(story.run.status == Status(.submitted(answerBy: Story.answerBy)))
        #expect(story.run.errors.map(\.message) == ["no such group"])
        #expect(decision.reports == ["no such group"])
        story.now = Story.answerBy
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(story.run.state == .expired)
    }

    @Test func `takes no answer that is late or for another round`() throws {
        var story = Story()
        #expect(try story.take(.routed(.ask(.sample()), round: 2)) == .nothing)
        try story.take(.routed(.ask(.sample()), round: 1))
        #expect(try story.take(.routed(.deny(reason: "x", rule: nil, routing: nil), round: 1)) == .nothing)
        #expect(story.run.isPending)
    }
}

@Suite struct `A request that nobody could decide` {
    @Test func `where nobody is told`() throws {
        for stages in [[], [Routing.Stage(places: [])]] {
            var story = Story()
            try story.take(.routed(.ask(.sample(stages: stages)), round: 1))
            #expect(story.run.state == .denied)
            #expect(story.run.verdict?.by == .system)
            #expect(story.run.verdict?.reason?.contains("Nobody would hear") == true)
        }
    }

    @Test(
        arguments: [
            (["eve@acme.test"], 1, false, true), (["U0EVE"], 1, false, true), (["eve@acme.test"], 1, true, false),
            (["eve@acme.test", "ada@acme.test"], 1, false, false),
            (["eve@acme.test", "ada@acme.test"], 2, false, true),
            (["eve@acme.test", "ada@acme.test"], 2, true, false), (["ada@acme.test"], 2, false, true),
            ([], 1, false, true),
        ] as [([String], Int, Bool, Bool)])
    func `where the list without the requester is smaller than the quorum`(
        people: [String], quorum: Int, selfApproval: Bool, isRefused: Bool
    ) throws {
        var story = Story()
        let rule = DeciderRule(people: people)
        try story.take(.routed(.ask(.sample(rule, selfApproval: selfApproval, quorum: quorum)), round: 1))
        #expect(story.run.isPending == !isRefused)
        #expect((story.run.verdict?.reason?.contains("Nobody could decide") == true) == isRefused)
    }

    @Test func `where none of the places can be found`() throws {
        var story = Story()
        let gone = Routing.Place.unknown(name: "gone@acme.test", reason: "left")
        try story.take(.routed(.ask(.sample(stages: [.init(places: [gone]), .init(places: [gone])])), round: 1))
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.reason?.contains("left") == true)
    }
}

@Suite struct `A backup chain` {
    @Test(arguments: [(-1, false), (0, true), (1, true)])
    func `goes on when its time has come, not before`(milliseconds: Int, forwards: Bool) throws {
        var story = try Story.pending(.sample(stages: two))
        story.now = .start + .seconds(60) + .milliseconds(milliseconds)
        let decision = try story.take(.checkDeadline(holdExpiries: false))
        #expect(decision.facts == (forwards ? [.forwarded(toStage: 1, cause: .timeout)] : []))
        #expect(decision.shown.contains("1.1.0") == forwards)
    }

    @Test func `ends without an answer after its last link`() throws {
        var story = try Story.pending(.sample(stages: two))
        story.now = .start + .seconds(60)
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(story.run.wakeAt == .start + .seconds(180))
        story.now = .start + .seconds(180)
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(story.run.state == .expired)
        #expect(try story.take(.checkDeadline(holdExpiries: false)) == .nothing)
    }

    @Test func `never outlasts the time to answer`() throws {
        let late = [Routing.Stage(places: [.channel("#a")], forwardAfterSeconds: 2 * Story.answerBySeconds), two[1]]
        var story = try Story.pending(.sample(stages: late))
        #expect(story.run.wakeAt == Story.answerBy)
        story.now = Story.answerBy
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(story.run.state == .expired)
    }

    @Test func `those who were told first may still decide`() throws {
        var story = try Story.pending(.sample(stages: two))
        story.now = .start + .seconds(60)
        try story.take(.checkDeadline(holdExpiries: false))
        try story.press(.approve, by: .ada)
        #expect(story.run.deciders == ["ada"])
    }

    @Test func `goes on when no card of a link can be delivered, and not when one can`() throws {
        var story = try Story.pending(.sample(stages: two))
        let first = try story.take(.undeliverable(slot: "1.0.0", reason: "channel_not_found"))
        #expect(first.facts == [.undeliverable(slot: "1.0.0", reason: "channel_not_found")])
        #expect(first.reports.count == 1)
        let second = try story.take(.undeliverable(slot: "1.0.1", reason: "user_disabled"))
        #expect(second.facts.last == .forwarded(toStage: 1, cause: .deliveryFailure))
        #expect(second.shown.contains("1.1.0"))
        #expect(!second.shown.contains("1.0.1"))
    }

    @Test func `that reaches nobody denies the request`() throws {
        var story = try Story.pending()
        try story.take(.undeliverable(slot: "1.0.0", reason: "is_archived"))
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.by == .system)
        #expect(story.run.verdict?.reason?.contains("is_archived") == true)
    }

    @Test func `whose last link fails waits for the people who were reached before`() throws {
        var story = try Story.pending(.sample(stages: two))
        try story.deliverCards()
        story.now = .start + .seconds(60)
        try story.take(.checkDeadline(holdExpiries: false))
        try story.take(.undeliverable(slot: "1.1.0", reason: "not_in_channel"))
        #expect(story.run.isPending)
    }

    @Test func `skips people who cannot be found`() throws {
        let gone = Routing.Stage(places: [.unknown(name: "gone@acme.test", reason: "left")])
        let story = try Story.pending(.sample(stages: [gone, two[1]]))
        #expect(story.run.cards.map(\.slot) == [Card.requesterSlot, "1.0.0", "1.1.0"])
        #expect(story.run.isPending)
    }

    @Test func `the requester's card is not among those that count`() throws {
        var story = try Story.pending()
        try story.take(.undeliverable(slot: Card.requesterSlot, reason: "user_disabled"))
        #expect(story.run.isPending)
    }

    @Test func `expiries are held after the clock jumped, and follow later`() throws {
        for var story in [Story(), try .pending(.sample(stages: two))] {
            story.now = Story.answerBy + .hours(1)
            #expect(try story.take(.checkDeadline(holdExpiries: true)) == .nothing)
            try story.take(.checkDeadline(holdExpiries: false))
            #expect(story.run.state == .expired)
        }
    }
}

@Suite struct `Cards` {
    @Test func `are delivered once`() throws {
        var story = try Story.pending()
        let copy = Card.Copy(channel: "C0OPS", ts: "1.0")
        #expect(try story.take(.delivered(slot: "1.0.0", copy)).facts == [.delivered(slot: "1.0.0", copy)])
        #expect(try story.take(.delivered(slot: "1.0.0", Card.Copy(channel: "C0OPS", ts: "2.0"))) == .nothing)
        #expect(try story.take(.delivered(slot: "9.9.9", copy)) == .nothing)
        #expect(try story.take(.undeliverable(slot: "1.0.0", reason: "late")) == .nothing)
        #expect(story.run.cards.last?.copy == copy)
    }

    @Test func `that were lost are posted again, twice at most`() throws {
        var story = try Story.pending()
        for attempt in 0...Card.replacementsMax {
            try story.take(.delivered(slot: "1.0.0", Card.Copy(channel: "C0OPS", ts: "\(attempt).0")))
            let decision = try story.take(.copyLost(slot: "1.0.0", reason: "message_not_found"))
            #expect(decision.shown == (attempt < Card.replacementsMax ? ["1.0.0"] : ["requester"]))
        }
        // It was the only one: nobody can be reached any more.
        #expect(story.run.state == .denied)
        #expect(story.run.cards.last?.failure == "message_not_found")
    }

    @Test func `of a run that is over are not posted again`() throws {
        var story = try Story.pending()
        try story.deliverCards()
        try story.press(.deny, by: .ada)
        let decision = try story.take(.copyLost(slot: "1.0.0", reason: "message_not_found"))
        #expect(decision.effects.isEmpty)
    }

    @Test func `that came twice are both kept true`() throws {
        var story = try Story.pending()
        try story.deliverCards()
        let copy = Card.Copy(channel: "C0OPS", ts: "7.0")
        let decision = try story.take(.adopted(copy))
        #expect(decision.shown.count == 1)
        #expect(try story.take(.adopted(copy)) == .nothing)
        let shown = try story.press(.deny, by: .ada).shown
        #expect(Set(shown) == Set(story.run.cards.map(\.slot)))
    }

    @Test func `that were pressed before we knew of them are not two`() throws {
        var story = try Story.pending()
        let slot = try #require(story.run.cards.first { $0.audience == .approvers }).slot
        let copy = Card.Copy(channel: "C0OPS", ts: "7.0")
        try story.take(.adopted(copy))
        #expect(story.run.cards.count { $0.copy == copy && Card.isAdopted($0.slot) } == 1)
        try story.take(.delivered(slot: slot, copy))
        #expect(story.run.cards.filter { $0.copy == copy }.map(\.slot) == [slot])
        #expect(!Card.isAdopted(slot) && !Card.isAdopted(Card.requesterSlot))
    }

    @Test func `change together with each decision`() throws {
        var story = try Story.pending(.sample(stages: two))
        story.now = .start + .seconds(60)
        try story.take(.checkDeadline(holdExpiries: false))
        #expect(
            try story.press(.approve, by: .ada).shown == [Card.requesterSlot, "1.0.0", "1.0.1", "1.1.0"])
    }

    @Test func `errors are kept, the last twenty of them`() throws {
        var story = Story()
        for index in 0..<30 { try story.take(.handlerFailed(.afterRequest, error: "error \(index)")) }
        #expect(story.run.errors.count == AccessRequest.errorsMax)
        #expect(story.run.errors.last?.message == "error 29")
        #expect(story.run.isSubmitted)
    }
}
