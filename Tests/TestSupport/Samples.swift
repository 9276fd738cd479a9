package import ApprovalCore
package import Support

/// People, a flow and points in time for tests: Bob asks, Dana and Eli decide, Ada is an admin, and Carla is from
/// another company.
package enum Sample {
    package static let workspace = "T0HOME"
    package static let otherWorkspace = "T0GUEST"
    package static let channel = "C0DBACCESS"
    /// When samples are submitted: 2026-03-02T09:00:00Z, a Monday.
    package static let start = Timestamp(seconds: 1_772_442_000)
    package static let runID: RunID = "6e1d3a52-98f4-4c57-8f3f-0d6a41b0c001"

    package static let bob = person("Bob", "U0BOB", email: "bob@acme.test")
    package static let dana = person("Dana", "U0DANA", email: "dana@acme.test")
    package static let eli = person("Eli", "U0ELI", email: "eli@acme.test")
    package static let ada = person("Ada", "U0ADA", email: "ada@acme.test", role: .admin)
    package static let carla = person(
        "Carla", "U0CARLA", workspace: otherWorkspace, email: "carla@customer.test", role: .guest
    )

    /// Has a token and no account in Slack.
    package static let bot = Person(
        id: "person-bot", account: Account(ofNobodyInSlack: "person-bot"), name: "deploy-bot", role: .member,
        isBot: true, isHome: false, observedAt: Sample.start
    )

    package static func person(
        _ name: String, _ user: String, workspace: String = Sample.workspace, email: String? = nil,
        role: Role = .member, isActive: Bool = true, isBot: Bool = false, observedAt: Timestamp = Sample.start
    ) -> Person {
        Person(
            id: PersonID("person-\(user)"), account: Account(workspace: workspace, user: user), name: name,
            email: email, role: role, isActive: isActive, isBot: isBot, isHome: workspace == Sample.workspace,
            observedAt: observedAt
        )
    }

    package static func environment(errorChannel: String? = nil) -> Environment {
        Environment(name: "main", label: "Production", workspace: workspace, errorChannel: errorChannel)
    }

    /// An `http` target whose settings nobody may read on a card.
    package static func strategy(settings: [String: String] = [:]) -> Strategy {
        Strategy(
            type: "http", name: "prod-http",
            settings: ["url": "https://internal.example/hook", "secret": "hook-secret"].merging(settings) { $1 },
            targets: [Target(type: "http", name: "prod_main", label: "prod", settings: ["role": "writer"])]
        )
    }

    package static let fields = [
        PromptField(name: "reason", kind: .string, label: "Why?"),
        PromptField(
            name: "urgency", kind: .string, label: "Urgency",
            allowedValues: ["Normal", "Emergency"].map(FieldValue.string)),
    ]

    /// The production database of decisions.md 10. Without a strategy it is approval-only.
    package static func flow(
        strategy: Strategy? = Sample.strategy(), fields: [PromptField] = Sample.fields, allowRevoke: Bool = true,
        scheduleDeescalation: Bool = true, includeDecisionMessage: Bool = false, allowGuestInteraction: Bool = false,
        quorum: Int = 1, adminOverride: Bool = true, riskTags: [String] = ["prod", "write"],
        constraints: Constraints = Constraints(maxRuntimeSeconds: 900, maxLinesChanged: 500), rules: [Rule] = []
    ) -> Flow {
        Flow(
            name: "prod_db", label: "Production database", environment: environment(), strategy: strategy,
            fields: fields, allowRevoke: allowRevoke, scheduleDeescalation: scheduleDeescalation,
            includeDecisionMessage: includeDecisionMessage, allowGuestInteraction: allowGuestInteraction,
            answerBySeconds: 24 * 3600, quorum: quorum, adminOverride: adminOverride, riskTags: riskTags,
            constraints: constraints, rules: rules
        )
    }

    package static func routing(
        mayDecide: DeciderRule = DeciderRule(), selfApproval: Bool = false, quorum: Int = 1,
        stages: [Routing.Stage] = [Routing.Stage(places: [.channel(Sample.channel)])],
        rule: String? = "ask the database team"
    ) -> Routing {
        Routing(mayDecide: mayDecide, selfApproval: selfApproval, quorum: quorum, stages: stages, rule: rule)
    }
}

extension AccessRequest {
    /// Bob's request, just submitted. Bring it further with `advance`.
    package static func sample(
        of flow: Flow = Sample.flow(), requester: Person = Sample.bob,
        fields: [String: FieldValue] = ["reason": .string("Invoices of May are wrong"), "urgency": .string("Normal")],
        durationSeconds: Int? = 3600, source: Flow.Source = .slack, onBehalfBy: PersonReference? = nil,
        hooks: [Hook] = [],
        id: RunID = Sample.runID, at time: Timestamp = Sample.start
    ) -> AccessRequest {
        let submission = Submission(
            flow: flow.name, requester: requester, target: flow.strategy?.targets.first?.name, fields: fields,
            durationSeconds: flow.isApprovalOnly ? nil : durationSeconds, source: source, at: time,
            onBehalfBy: onBehalfBy
        )
        let identity = requester.email ?? requester.account.description
        return submit(
            submission, as: id, revision: FlowRevision(of: flow).hash,
            terms: Terms(submission, flow: flow, identity: identity, hooks: hooks),
            binding: BindingDocuments(submission, flow: flow, identity: identity).binding(round: 1)
        ).run
    }

    /// Puts commands to the run, one after the other and a second apart, and takes in what they lead to.
    ///
    /// - Throws: `Refusal`, with the run as the commands before left it.
    package mutating func advance(_ commands: Command...) throws(Refusal) {
        for command in commands { try advance(command, at: lastFactAt + .seconds(1)) }
    }

    package mutating func advance(_ command: Command, at time: Timestamp) throws(Refusal) {
        let decision = try decide(command, at: time)
        for fact in decision.facts { apply(fact, at: time) }
    }

    /// A run that has gone through `commands`.
    package func advanced(_ commands: Command...) throws(Refusal) -> AccessRequest {
        var run = self
        for command in commands { try run.advance(command) }
        return run
    }

    /// Asks the people of `routing`; each card is delivered, in the channel `D0…` of a direct message where it is one.
    package func asked(_ routing: Routing = Sample.routing()) throws(Refusal) -> AccessRequest {
        var run = try advanced(.routed(.ask(routing), round: binding.round))
        for (index, card) in run.cards.enumerated() where card.copy == nil && card.failure == nil {
            let channel = if case .channel(let id) = card.place { id } else { "D0CARD\(index)" }
            try run.advance(
                .delivered(slot: card.slot, Card.Copy(channel: channel, ts: "\(1_772_442_000 + index).000100")))
        }
        return run
    }

    /// A click on a card of the current round by somebody of whom we have just heard.
    package func click(
        _ action: Receipt.Action, by person: Person, message: String? = nil, round: Int? = nil,
        copy: Card.Copy? = nil
    ) -> Command {
        var person = person
        person.observedAt = lastFactAt
        return .click(receipt(action, by: person, message: message, round: round, copy: copy), Evidence(person: person))
    }

    package func receipt(
        _ action: Receipt.Action, by person: Person, message: String? = nil, round: Int? = nil,
        copy: Card.Copy? = nil
    ) -> Receipt {
        Receipt(
            id: ReceiptID("receipt-\(action.rawValue)-\(person.account.user)"), account: person.account,
            action: action, at: lastFactAt + .seconds(1), round: round ?? binding.round,
            copy: copy ?? cards.first { $0.audience == .approvers && $0.round == binding.round }?.copy,
            message: message
        )
    }

    package func clicked(
        _ action: Receipt.Action, by person: Person, message: String? = nil
    ) throws(Refusal) -> AccessRequest {
        try advanced(click(action, by: person, message: message))
    }
}
