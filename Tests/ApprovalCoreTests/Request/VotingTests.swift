import ApprovalCore
import Support
import Testing

@Suite struct `Deciding on a request` {
    @Test func `an approval starts the escalation, with its removal`() throws {
        var story = try Story.pending()
        story.now = .start + .minutes(1)
        let decision = try story.press(.approve, by: .ada, message: "fine")
        let attempt = try #require(story.run.attempt)
        #expect(decision.facts.count == 3)
        #expect(decision.facts.last == .escalationStarted(attempt))
        #expect(decision.effects.contains(.escalate(epoch: 1)))
        #expect(decision.shown == [Card.requesterSlot, "1.0.0"])
        #expect(!attempt.isUnderWay)
        #expect(attempt.revision == "r1")
        #expect(attempt.deadline == story.now + Attempt.time)
        #expect(attempt.removeBy == attempt.deadline + .seconds(Story.durationSeconds))
        #expect(story.run.verdict?.outcome == .approved)
        #expect(story.run.verdict?.reason == "fine")
        #expect(story.run.deciders == ["ada"])
    }

    @Test func `an approval-only flow is over with the approval`() throws {
        var story = try Story.pending(.sample(), Story.terms(hasStrategy: false))
        let decision = try story.press(.approve, by: .ada)
        #expect(story.run.state == .approved)
        #expect(story.run.isOver)
        #expect(story.run.wakeAt == nil)
        #expect(!decision.effects.contains(.escalate(epoch: 1)))
    }

    @Test func `a denial ends it with its reason`() throws {
        var story = try Story.pending()
        try story.press(.deny, by: .ada, message: "not today")
        #expect(story.run.state == .denied)
        #expect(story.run.verdict?.reason == "not today")
        #expect(story.run.deciders == ["ada"])
        #expect(story.run.isOver)
    }

    @Test(arguments: [Receipt.Action.approve, .deny], [(-1, true), (0, false), (1, false)])
    func `is possible until the deadline, not at it`(action: Receipt.Action, at: (Int, Bool)) throws {
        var story = try Story.pending()
        story.now = Story.answerBy + .milliseconds(at.0)
        #expect(
            story.refusal(of: action, by: .ada)
                == (at.1 ? nil : .answeredTooLate(since: Story.answerBy)))
    }

    @Test func `what counts is when the click arrived, not when it is looked at`() throws {
        var story = try Story.pending()
        story.now = Story.answerBy + .seconds(2)
        #expect(story.refusal(of: .approve, by: .ada, at: Story.answerBy - .milliseconds(1)) == nil)
        #expect(story.refusal(of: .approve, by: .ada) == .answeredTooLate(since: Story.answerBy))
    }

    @Test func `the second of two approvers is told who decided`() throws {
        var story = try Story.escalating()
        let verdict = try #require(story.run.verdict)
        #expect(story.refusal(of: .approve, by: .bob) == .alreadyDecided(verdict))
        #expect(story.refusal(of: .deny, by: .bob) == .alreadyDecided(verdict))
        #expect(story.refusal(of: .deny, by: .ada) == .alreadyDecided(verdict))
        let again = try story.press(.approve, by: .ada)
        #expect(again == .nothing)
    }

    @Test func `nobody decides before the flow has answered`() {
        #expect(Story().refusal(of: .approve, by: .ada) == .notYetAsked)
        #expect(Story().refusal(of: .deny, by: .root) == .notYetAsked)
    }

    @Test func `after expiry everybody is told so`() throws {
        var story = try Story.pending()
        story.now = Story.answerBy
        try story.take(.checkDeadline(holdExpiries: false))
        let verdict = try #require(story.run.verdict)
        #expect(verdict.outcome == .expired)
        #expect(story.refusal(of: .approve, by: .ada, at: story.now - .seconds(1)) == .alreadyDecided(verdict))
    }

    // MARK: Quorum

    @Test func `a quorum counts people, and the last of them approves`() throws {
        var story = try Story.pending(.sample(quorum: 3))
        for (index, person) in [Person.ada, .bob].enumerated() {
            let decision = try story.press(.approve, by: person, message: person.name)
            #expect(!decision.effects.contains(.escalate(epoch: 1)))
            #expect(story.run.votes.count == index + 1)
            #expect(story.run.verdict == nil)
        }
        #expect(try story.press(.approve, by: .ada) == .nothing)
        try story.press(.approve, by: .cleo)
        #expect(story.run.deciders == ["ada", "bob", "cleo"])
        #expect(story.run.verdict?.reason == "ada\nbob")
        #expect(story.run.attempt != nil)
    }

    @Test func `the same human counts once, whichever account`() throws {
        var story = try Story.pending(.sample(quorum: 2))
        try story.press(.approve, by: .ada)
        var sameAddress = Person.sample("ada2", workspace: "T0TWIN", email: Person.ada.email)
        #expect(story.refusal(of: .approve, by: sameAddress) == .alreadyVoted)
        sameAddress.email = "other@acme.test"
        sameAddress.id = Person.ada.id
        #expect(story.refusal(of: .approve, by: sameAddress) == .alreadyVoted)
        sameAddress.id = "somebody-else"
        #expect(story.refusal(of: .approve, by: sameAddress) == nil)
        #expect(story.run.votes.count == 1)
    }

    @Test func `two people without an address are two`() throws {
        var story = try Story.pending(.sample(quorum: 2))
        var (one, two) = (Person.bob, Person.cleo)
        (one.email, two.email) = (nil, nil)
        try story.press(.approve, by: one)
        try story.press(.approve, by: two)
        #expect(story.run.attempt != nil)
    }

    @Test func `a denial beats a quorum in progress`() throws {
        var story = try Story.pending(.sample(quorum: 3))
        try story.press(.approve, by: .ada)
        try story.press(.approve, by: .bob)
        try story.press(.deny, by: .cleo)
        #expect(story.run.state == .denied)
        #expect(story.run.deciders == ["cleo"])
    }

    @Test func `whoever approved may still deny`() throws {
        var story = try Story.pending(.sample(quorum: 2))
        try story.press(.approve, by: .ada)
        try story.press(.deny, by: .ada)
        #expect(story.run.state == .denied)
    }
}

@Suite struct `Who may decide` {
    @Test(arguments: [Receipt.Action.approve, .deny])
    func `not the requester, under any account`(action: Receipt.Action) throws {
        let story = try Story.pending()
        #expect(story.refusal(of: action, by: .eve) == .ownRequest)
        #expect(story.refusal(of: action, by: .eveElsewhere) == .ownRequest)
        var admin = Person.eveElsewhere
        admin.role = .admin
        #expect(story.refusal(of: action, by: admin) == .ownRequest, "an admin's override does not reach that far")
    }

    @Test func `the requester, where the rule allows it`() throws {
        #expect(try Story.pending(.sample(selfApproval: true)).refusal(of: .approve, by: .eve) == nil)
    }

    @Test func `only those whom the rule names, by address or id`() throws {
        let rule = DeciderRule(people: ["ada@acme.test", "U0BOB"])
        let story = try Story.pending(.sample(rule))
        #expect(story.refusal(of: .approve, by: .ada) == nil)
        #expect(story.refusal(of: .approve, by: .bob) == nil)
        #expect(story.refusal(of: .approve, by: .cleo) == .notADecider(rule))
        #expect(story.refusal(of: .deny, by: .cleo) == .notADecider(rule))
    }

    @Test func `a rule that asks for admins is not content with members`() throws {
        let rule = DeciderRule(level: .admin)
        let story = try Story.pending(.sample(rule))
        #expect(story.refusal(of: .approve, by: .ada) == .notADecider(rule))
        #expect(story.refusal(of: .approve, by: .root) == nil)
    }

    @Test(arguments: [true, false])
    func `admins beside the rule, where the flow says so`(adminOverride: Bool) throws {
        let rule = DeciderRule(people: ["ada@acme.test"])
        let story = try Story.pending(.sample(rule), Story.terms(adminOverride: adminOverride))
        #expect(story.refusal(of: .approve, by: .root) == (adminOverride ? nil : .notADecider(rule)))
        #expect(story.refusal(of: .approve, by: .ada) == nil)
    }

    @Test func `nobody who is deactivated, and no bot`() throws {
        let story = try Story.pending()
        #expect(story.refusal(of: .approve, by: .sample("gone", role: .admin, isActive: false)) == .inactive)
        #expect(story.refusal(of: .deny, by: .sample("gone", isActive: false)) == .inactive)
        #expect(story.refusal(of: .approve, by: .sample("robot", role: .admin, isBot: true)) == .botsMayNot)
    }

    @Test func `only people of the rule's workspace`() throws {
        let rule = DeciderRule(workspace: "T0TWIN")
        let story = try Story.pending(.sample(rule))
        #expect(story.refusal(of: .approve, by: .ada) == .notADecider(rule))
        #expect(story.refusal(of: .approve, by: .sample("ted", workspace: "T0TWIN")) == nil)
    }

    @Test func `only members of the rule's channel`() throws {
        let rule = DeciderRule(channelMembers: "C0DB")
        let story = try Story.pending(.sample(rule))
        #expect(story.refusal(of: .approve, by: .ada, channels: ["C0DB": true]) == nil)
        #expect(story.refusal(of: .approve, by: .ada, channels: ["C0DB": false]) == .notADecider(rule))
    }

    // MARK: Guests

    private static let guestRule = DeciderRule(level: .guest, workspace: "T0CUST")

    private func guestStory(allowed: Bool, _ rule: DeciderRule = guestRule) throws -> Story {
        var story = try Story.pending(.sample(rule), Story.terms(allowGuestInteraction: allowed, adminOverride: false))
        try story.deliverCards()
        return story
    }

    private func knownCopy(_ story: Story) -> Card.Copy? { story.run.cards.last?.copy }

    @Test func `a customer's guest, on a card that we posted`() throws {
        var story = try guestStory(allowed: true)
        let copy = try #require(knownCopy(story))
        try story.press(.approve, by: .gus, copy: copy)
        #expect(story.run.deciders == ["gus"])
    }

    @Test(arguments: [Receipt.Action.approve, .deny])
    func `no guest from anywhere else`(action: Receipt.Action) throws {
        let story = try guestStory(allowed: true)
        #expect(story.refusal(of: action, by: .gus, copy: nil) == .guestFromElsewhere)
        let copy = try #require(knownCopy(story))
        let other = Card.Copy(channel: copy.channel, ts: "2.0")
        #expect(story.refusal(of: action, by: .gus, copy: other) == .guestFromElsewhere)
    }

    @Test func `no guest by an address that is not known to be theirs, which still makes a request their own`() throws {
        var gus = Person.gus
        gus.email = "dba@acme.test"
        let story = try guestStory(allowed: true, DeciderRule(level: .guest, people: ["dba@acme.test"]))
        let receipt = Receipt(
            id: "r", account: gus.account, action: .approve, at: story.now, round: 1, copy: knownCopy(story))
        func decide(_ isTheirs: Bool) throws(Refusal) -> Decision {
            let evidence = Evidence(person: gus.seen(at: story.now), emailIsTheirs: isTheirs)
            return try story.run.decide(.click(receipt, evidence), at: story.now)
        }
        #expect(throws: Refusal.notADecider(DeciderRule(level: .guest, people: ["dba@acme.test"]))) {
            try decide(false)
        }
        #expect(try !decide(true).facts.isEmpty)
        gus.email = Person.eve.email
        #expect(Person.eve.email != nil)
        #expect(throws: Refusal.ownRequest) { try decide(false) }
    }

    @Test func `no guest without the flow's consent`() throws {
        let story = try guestStory(allowed: false)
        #expect(story.refusal(of: .approve, by: .gus, copy: knownCopy(story)) == .guestsMayNot)
    }

    @Test func `no guest whom the rule does not mean`() throws {
        let members = DeciderRule(level: .member)
        let story = try guestStory(allowed: true, members)
        #expect(story.refusal(of: .approve, by: .gus, copy: knownCopy(story)) == .notADecider(members))
        let consent = try guestStory(allowed: true)
        #expect(consent.refusal(of: .approve, by: .ada) == .notADecider(Self.guestRule))
        #expect(consent.refusal(of: .approve, by: .root) == .notADecider(Self.guestRule))
    }
}
