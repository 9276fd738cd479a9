import ApprovalCore
import Support

extension Timestamp {
    static let start = Timestamp(seconds: 1_767_600_000)
}

extension Person {
    static func sample(
        _ name: String, workspace: String = "T0ACME", email: String? = nil, role: Role = .member,
        isActive: Bool = true, isBot: Bool = false
    ) -> Person {
        Person(
            id: PersonID("person-" + name), account: Account(workspace: workspace, user: "U0" + name.uppercased()),
            name: name, email: email ?? "\(name)@acme.test", role: role, isActive: isActive, isBot: isBot,
            isHome: workspace == "T0ACME", observedAt: .start
        )
    }

    /// Who asks.
    static let eve = sample("eve")
    static let ada = sample("ada")
    static let bob = sample("bob")
    static let cleo = sample("cleo")
    static let root = sample("root", role: .admin)
    /// A customer's employee.
    static let gus = sample("gus", workspace: "T0CUST", email: "gus@customer.test", role: .guest)
    /// Eve's other account: other id, other workspace, same address.
    static var eveElsewhere: Person {
        var person = sample("eve2", workspace: "T0TWIN", email: Person.eve.email)
        person.id = "person-eve-elsewhere"
        return person
    }
}

extension Routing {
    static func sample(
        _ mayDecide: DeciderRule = DeciderRule(), selfApproval: Bool = false, quorum: Int = 1,
        stages: [Stage] = [Stage(places: [.channel("#ops")])]
    ) -> Routing {
        Routing(mayDecide: mayDecide, selfApproval: selfApproval, quorum: quorum, stages: stages, rule: "ask")
    }
}

/// One run and the time, moved by commands. Eve asks for an hour; without more said, any other member decides.
struct Story {
    var run: AccessRequest
    var now = Timestamp.start
    private var receiptCount = 0

    static let answerBySeconds = 3600
    static let durationSeconds = 3600
    static var answerBy: Timestamp { .start + .seconds(answerBySeconds) }

    static func terms(
        hasStrategy: Bool = true, allowRevoke: Bool = true, scheduleDeescalation: Bool = true,
        allowGuestInteraction: Bool = false, adminOverride: Bool = true, hooks: [Hook] = [],
        retryAmbiguous: Bool = true
    ) -> Terms {
        Terms(
            hasStrategy: hasStrategy, allowRevoke: allowRevoke, scheduleDeescalation: scheduleDeescalation,
            answerBySeconds: answerBySeconds, allowGuestInteraction: allowGuestInteraction,
            adminOverride: adminOverride, hooks: hooks, retryAmbiguous: retryAmbiguous, grantKey: "key"
        )
    }

    static func binding(_ version: String, round: Int) -> Binding {
        Binding(
            jobHash: "job", policySnapshot: "policy-" + version, parts: ["job.target": "t", "policy.rules": version],
            round: round
        )
    }

    static func rebinding(_ terms: Terms = terms(), round: Int = 2) -> Rebinding {
        Rebinding(revision: "r\(round)", terms: terms, binding: binding("v\(round)", round: round))
    }

    // MARK: Where stories begin

    /// Just submitted.
    init(_ terms: Terms = terms()) {
        let submission = Submission(
            flow: "prod_db", requester: .eve, target: terms.hasStrategy ? "orders" : nil,
            durationSeconds: terms.hasStrategy && terms.scheduleDeescalation ? Story.durationSeconds : nil,
            at: .start
        )
        run =
            AccessRequest.submit(
                submission, as: "run-1", revision: "r1", terms: terms, binding: Story.binding("v1", round: 1)
            ).run
    }

    static func pending(_ routing: Routing = .sample(), _ terms: Terms = terms()) throws -> Story {
        var story = Story(terms)
        try story.take(.routed(.ask(routing), round: 1))
        return story
    }

    static func escalating(_ routing: Routing = .sample(), _ terms: Terms = terms()) throws -> Story {
        var story = try pending(routing, terms)
        while case .pending = story.run.state {
            let votes = story.run.votes.count
            try story.press(.approve, by: [.ada, .bob, .cleo][votes])
        }
        return story
    }

    static func active(
        output: String? = nil, _ routing: Routing = .sample(), _ terms: Terms = terms()
    ) throws -> Story {
        var story = try escalating(routing, terms)
        try story.take(.attemptStarts(epoch: 1))
        try story.take(.granted(epoch: 1, output: output))
        return story
    }

    /// After an attempt whose end is what `kind` says.
    static func failed(_ kind: Failure.Kind, isRetryable: Bool = true, _ terms: Terms = terms()) throws -> Story {
        var story = try escalating(.sample(), terms)
        try story.take(.attemptStarts(epoch: 1))
        if kind == .notSent { try story.take(.attemptDidNotLeave(epoch: 1)) }
        try story.take(
            .grantFailed(
                epoch: 1, kind, error: "no", isRetryable: isRetryable, mayHaveReached: kind == .ambiguous
            ))
        return story
    }

    static func removing(output: String? = nil) throws -> Story {
        var story = try active(output: output)
        story.now = story.now + .seconds(durationSeconds)
        try story.take(.checkDeadline(holdExpiries: false))
        return story
    }

    // MARK: How they go on

    @discardableResult
    mutating func take(_ command: Command) throws(Refusal) -> Decision {
        let (decision, after) = try run.decided(command, at: now)
        for fact in decision.facts { run.apply(fact, at: max(now, run.lastFactAt)) }
        precondition(run == after, "a decision makes of the run what its facts make of it")
        return decision
    }

    /// What is known of the person when a click arrives.
    enum Knowledge { case fresh, stale, nothing }

    /// A click that arrives now, or arrived at `at`.
    @discardableResult
    mutating func press(
        _ action: Receipt.Action, by person: Person, at: Timestamp? = nil, round: Int? = nil,
        copy: Card.Copy? = nil, message: String? = nil, knowing knowledge: Knowledge = .fresh,
        channels: [String: Bool] = [:]
    ) throws(Refusal) -> Decision {
        receiptCount += 1
        return try take(
            click(
                ReceiptID("receipt-\(receiptCount)"), action, by: person, at: at, round: round, copy: copy,
                message: message,
                knowing: knowledge, channels: channels))
    }

    /// Why the click would be refused; `nil` where it would not be. Changes nothing.
    func refusal(
        of action: Receipt.Action, by person: Person, at: Timestamp? = nil, round: Int? = nil,
        copy: Card.Copy? = nil, channels: [String: Bool] = [:]
    ) -> Refusal? {
        do throws(Refusal) {
            _ = try run.decide(
                click(
                    "receipt-x", action, by: person, at: at, round: round, copy: copy, message: nil, knowing: .fresh,
                    channels: channels), at: now)
            return nil
        } catch { return error }
    }

    private func click(
        _ id: ReceiptID, _ action: Receipt.Action, by person: Person, at: Timestamp?, round: Int?, copy: Card.Copy?,
        message: String?, knowing knowledge: Knowledge, channels: [String: Bool]
    ) -> Command {
        let receipt = Receipt(
            id: id, account: person.account, action: action, at: at ?? now, round: round ?? run.binding.round,
            copy: copy, message: message
        )
        guard knowledge != .nothing else { return .click(receipt, nil) }
        return .click(
            receipt,
            Evidence(
                person: person.seen(at: knowledge == .fresh ? now : now - .milliseconds(60_001)), channels: channels)
        )
    }

    /// The answer to the look-up behind the open receipt of a person.
    @discardableResult
    mutating func classify(_ person: Person, channels: [String: Bool] = [:]) throws -> Decision {
        let id = try receipt(of: person)
        return try take(.classified(id, .evidence(Evidence(person: person.seen(at: now), channels: channels))))
    }

    func receipt(of person: Person) throws -> ReceiptID {
        guard let open = run.openReceipts.first(where: { $0.receipt.account == person.account }) else {
            throw Unexpected(says: "\(person.name) has no open receipt")
        }
        return open.receipt.id
    }

    /// Every card that can be arrives in Slack.
    mutating func deliverCards() throws {
        for card in run.cards where card.copy == nil && card.failure == nil {
            try take(.delivered(slot: card.slot, Card.Copy(channel: "C-\(card.slot)", ts: "1.0")))
        }
    }
}

struct Unexpected: Error { var says: String }

extension Person {
    func seen(at time: Timestamp) -> Person {
        var person = self
        person.observedAt = time
        return person
    }
}

extension AccessRequest {
    var votes: [Vote] { if case .pending(let pending) = state { pending.votes } else { [] } }
    var attempt: Attempt? { if case .escalating(let attempt) = state { attempt } else { nil } }
    var access: Access? { if case .active(let access) = state { access } else { nil } }
    var failure: Failure? { if case .executionFailed(let failure) = state { failure } else { nil } }
    var removal: Removal? { if case .removing(let removal) = state { removal } else { nil } }
    var isPending: Bool { if case .pending = state { true } else { false } }
    var isSubmitted: Bool { if case .submitted = state { true } else { false } }
    var isRemoved: Bool { if case .removed = state { true } else { false } }
    var deciders: [String] {
        if case .people(let votes)? = verdict?.by { votes.map(\.person.name) } else { [] }
    }
}

extension Decision {
    var notices: [Notice] {
        effects.compactMap { if case .tell(_, let notice) = $0 { notice } else { nil } }
    }
    var refusals: [String] {
        facts.compactMap { if case .receiptRefused(_, _, _, let reason, _) = $0 { reason } else { nil } }
    }
    var reports: [String] {
        effects.compactMap { if case .report(let text) = $0 { text } else { nil } }
    }
    var shown: [String] {
        effects.compactMap { if case .show(let slot) = $0 { slot } else { nil } }
    }
}
