import ApprovalCore
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `What cards offer and say` {
    private func message(
        _ sample: CardSample, _ audience: Card.Audience = .approvers, _ reader: CardReader = .member
    ) throws -> JSONValue {
        let run = try sample.run()
        return .object(
            RequestMessage.message(
                for: try sample.card(audience, of: run), of: run, flow: sample.flow, reader: reader, marker: "m"
            ).json)
    }

    private func buttons(_ message: JSONValue) -> [String] {
        (message["blocks"]?.elements ?? []).filter { $0["type"]?.text == "actions" }
            .flatMap { $0["elements"]?.elements ?? [] }.compactMap { $0["action_id"]?.text }
    }

    @Test(arguments: CardSample.allCases) func `only buttons that make sense now`(sample: CardSample) throws {
        let expected: (approvers: [String], requester: [String]) =
            switch sample {
            case .pending, .checking, .quorum, .decisionMessage, .fromElsewhere, .askedAnew:
                (["sym_approve", "sym_deny"], [])
            case .active, .activeForGood, .approvedByRule: (["sym_revoke"], ["sym_revoke"])
            case .failedRefused: (["sym_retry"], ["sym_retry"])
            case .failedAmbiguous: (["sym_retry", "sym_revoke"], ["sym_retry", "sym_revoke"])
            case .failedUnclear: (["sym_confirm_granted", "sym_confirm_not_granted", "sym_revoke"], ["sym_revoke"])
            case .submitted, .handlerFailed, .escalating, .approved, .removing, .removalFailing, .removed, .revoked,
                .denied, .expired, .deniedByRule, .nobodyCouldDecide, .replaced:
                ([], [])
            }
        #expect(try buttons(message(sample)) == expected.approvers)
        #expect(try buttons(message(sample, .requester)) == expected.requester)
    }

    @Test func `revoking is not offered where the flow forbids it`() throws {
        let flow = Sample.flow(allowRevoke: false)
        let run = try AccessRequest.sample(of: flow).asked().clicked(.approve, by: Sample.dana)
            .advanced(.attemptStarts(epoch: 1), .granted(epoch: 1, output: nil))
        for card in run.cards {
            let message = RequestMessage.message(for: card, of: run, flow: flow, reader: .member, marker: "m")
            #expect(!JSONValue.object(message.json).compact.contains("sym_revoke"))
        }
        #expect(!"\(RunSummary.blocks([(run, flow)], for: Sample.bob))".contains("sym_revoke"))
    }

    @Test(arguments: CardSample.allCases) func `no secret, no setting, no raw output`(sample: CardSample) throws {
        for audience in [Card.Audience.approvers, .requester] {
            let text = try message(sample, audience).compact
            for hidden in ["hook-secret", "internal.example", "s3cret", "writer", "prod_main", "prod-http"] {
                #expect(!text.contains(hidden), "\(hidden)")
            }
        }
    }

    @Test(arguments: CardSample.allCases) func `a guest reads less`(sample: CardSample) throws {
        let text = try message(sample, .approvers, .guest).compact
        for hidden in [
            "@customer.test", "ask the database team", "on-call emergencies", "never from outside", "policy ",
            "at most", "Scope", "KeyError", "HTTP 403", "HTTP 502", "no answer within",
        ] {
            #expect(!text.contains(hidden), "\(hidden)")
        }
        if sample != .replaced { #expect(text.contains("job `")) }
    }

    @Test func `a member reads everything that decides`() throws {
        let text = try message(.pending).compact
        for shown in [
            "<@U0BOB>", "Production database", "(prod)", "for 1 hour", "*Why?*", "Invoices of May are wrong",
            "ask the database team", "`prod` `write`", "runs at most 15 minutes, changes at most 500 lines",
            "Answer by <!date^",
            "{ago}",
        ] {
            #expect(text.contains(shown), "\(shown)")
        }
        let run = try CardSample.pending.run()
        #expect(
            text.contains("job `\(run.binding.jobHash.prefix(12))` policy `\(run.binding.policySnapshot.prefix(12))`"))
        #expect(!text.contains(run.binding.jobHash))
    }

    @Test func `hidden and empty fields are left out, others have their type's words`() throws {
        let flow = Sample.flow(fields: [
            PromptField(name: "a", kind: .string, label: "Empty"),
            PromptField(name: "b", kind: .string, label: "Hidden", isVisible: false),
            PromptField(name: "c", kind: .duration, label: "Window"),
            PromptField(name: "d", kind: .bool, label: "Urgent"),
            PromptField(name: "e", kind: .slackUserList, label: "With"),
            PromptField(name: "f", kind: .intList, label: "Ports"),
            PromptField(name: "g", kind: .stringList, label: "None"),
            PromptField(name: "duration", kind: .duration, label: "How long"),
        ])
        let run = try AccessRequest.sample(
            of: flow,
            fields: [
                "a": .string("  "), "b": .string("invisible"), "c": .duration(5400), "d": .bool(true),
                "e": .users([Sample.dana.account, Sample.eli.account]), "f": .ints([22, 5432]), "g": .strings([]),
                "duration": .duration(3600), "unknown": .string("not of this form"),
            ]
        ).asked()
        let card = try #require(run.cards.last)
        let message = RequestMessage.message(for: card, of: run, flow: flow, reader: .member, marker: "m")
        let fields = (message.json["blocks"]?.elements ?? []).flatMap { $0["fields"]?.elements ?? [] }
        #expect(
            fields.compactMap { $0["text"]?.text } == [
                "*Window*\n1 hour 30 minutes", "*Urgent*\nYes", "*With*\n<@U0DANA>, <@U0ELI>", "*Ports*\n22, 5432",
            ])
    }

    @Test func `what came to light in a form that changes is shown`() throws {
        let flow = Sample.flow(fields: [
            PromptField(name: "a", kind: .string, label: "Urgency", onChange: "code"),
            PromptField(name: "b", kind: .string, label: "Incident", isVisible: false),
            PromptField(name: "c", kind: .string, label: "Origin", defaultValue: .string("form"), isVisible: false),
        ])
        let run = try AccessRequest.sample(
            of: flow, fields: ["a": .string("high"), "b": .string("I-1"), "c": .string("form")]
        ).asked()
        let card = try #require(run.cards.last)
        let message = RequestMessage.message(for: card, of: run, flow: flow, reader: .member, marker: "m")
        let fields = (message.json["blocks"]?.elements ?? []).flatMap { $0["fields"]?.elements ?? [] }
        #expect(fields.compactMap { $0["text"]?.text } == ["*Urgency*\nhigh", "*Incident*\nI-1"])
    }

    @Test func `a card says in its metadata which it is`() throws {
        let metadata = try message(.pending)["metadata"]
        #expect(
            metadata == [
                "event_type": "symflow_card", "event_payload": ["run": .string(Sample.runID.text), "card": "m"],
            ])
    }

    @Test func `buttons say which run and which round`() throws {
        let message = try message(.askedAnew)
        let button = try #require(message["blocks"]?.elements?.last?["elements"]?[0])
        #expect(RunButton(value: button["value"]?.text ?? "") == RunButton(run: Sample.runID, round: 2))
    }

    @Test func `ninety fields leave room for the buttons`() throws {
        let fields = (0..<90).map { PromptField(name: "f\($0)", kind: .string, label: "Field \($0)") }
        let flow = Sample.flow(fields: fields, includeDecisionMessage: true)
        let long = String(repeating: "long & longer\n", count: 200)
        for count in [1, 20, 21, 90] {
            let values = Dictionary(
                uniqueKeysWithValues: fields.prefix(count).map { ($0.name, FieldValue.string(long)) })
            let run = try AccessRequest.sample(of: flow, fields: values).asked()
            for card in run.cards {
                let message = RequestMessage.message(for: card, of: run, flow: flow, reader: .member, marker: "m")
                #expect(SlackRules.breaches(of: .object(message.json)) == [])
                if card.audience == .approvers {
                    #expect(buttons(.object(message.json)) == ["sym_approve", "sym_deny"])
                    #expect(JSONValue.object(message.json).compact.contains("*Field \(count - 1)*"))
                }
            }
        }
    }
}

@Suite struct `Buttons of cards` {
    @Test(arguments: ["run-1:0", "run-1:1", "6e1d3a52-98f4-4c57-8f3f-0d6a41b0c001:12"])
    func `come back as they were`(value: String) { #expect(RunButton(value: value)?.value == value) }

    @Test(arguments: [
        "", ":", "run", "run:", ":1", "run:-1", "run:+1", "run:01", "run:1 ", " run:1", "run:1:1", "run:１",
        "run:99999999999999999999", "run:1000001", "r/n:1", "rün:1", "run:1\n",
        String(repeating: "r", count: 65) + ":1",
    ])
    func `are read strictly`(value: String) { #expect(RunButton(value: value) == nil) }

    @Test func `have an id for each action`() {
        for action in Receipt.Action.allCases { #expect(Receipt.Action(actionID: action.actionID) == action) }
        #expect(
            Receipt.Action.allCases.map(\.actionID).sorted() == [
                "sym_approve", "sym_confirm_granted", "sym_confirm_not_granted", "sym_deny", "sym_retry", "sym_revoke",
            ])
        for other in ["approve", "sym_", "sym_Approve", "sym_approve~2", "sym_request"] {
            #expect(Receipt.Action(actionID: other) == nil)
        }
    }
}
