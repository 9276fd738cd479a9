import ApprovalCore
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Hostile texts on cards` {
    private static let tricks = [
        "<!channel>", "<!here>", "<@U0VICTIM>", "<!subteam^S0ALL>", "<https://evil.example|Approve>",
        "&lt;!channel&gt;",
        "*bold* _it_ ~no~ `code` ```block```", ">quote\n>>> more", ":tada: :x:", "\u{202e}desrever\u{202c}",
        "a\u{0}b\u{7}\r\n", "<!date^0^{date}|now>", "|", "<", "&", "`<!everyone>`", "```<!channel>", "@here @channel",
        "#general", " ", "\n", "👩‍👩‍👧‍👦", String(repeating: "e\u{301}", count: 40),
        String(repeating: "<!channel>", count: 40),
        String(repeating: "&", count: 300), String(repeating: "`", count: 99),
    ]

    private func text(_ random: inout SplitMix) -> String {
        (0...Int(random.next() % 4)).map { _ in Self.tricks[Int(random.next() % UInt64(Self.tricks.count))] }
            .joined(separator: [" ", "", "\n"][Int(random.next() % 3)])
    }

    @Test(arguments: 0..<16) func `notify nobody and break nothing`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let requester = Sample.person(
            text(&random), "U0BOB", workspace: seed.isMultiple(of: 2) ? Sample.workspace : Sample.otherWorkspace,
            email: "x\(text(&random))@acme.test")
        let decider = Sample.person(text(&random), "U0DANA", workspace: Sample.otherWorkspace, email: text(&random))
        var decidingMember = decider
        decidingMember.role = .member
        var flow = Sample.flow(
            fields: (0..<3).map { PromptField(name: "f\($0)", kind: .string, label: text(&random)) },
            riskTags: [text(&random), text(&random)])
        flow.label = text(&random)
        flow.environment.label = text(&random)
        flow.strategy?.targets[0].label = text(&random)
        let new = AccessRequest.sample(
            of: flow, requester: requester,
            fields: [
                "f0": .string(text(&random)), "f1": .strings([text(&random), text(&random)]),
                "f2": .user(Account(workspace: "T0", user: text(&random))),
            ], onBehalfBy: PersonReference(Sample.person(text(&random), "U0ASKER")))
        var runs = [new]
        runs.append(try new.advanced(.routed(.failed(error: text(&random)), round: 1)))
        runs.append(
            try new.advanced(.routed(.deny(reason: text(&random), rule: text(&random), routing: nil), round: 1)))
        let pending = try new.asked(Sample.routing(mayDecide: DeciderRule(people: nil), rule: text(&random)))
        runs.append(pending)
        runs.append(try pending.clicked(.deny, by: decidingMember, message: text(&random)))
        let approved = try pending.clicked(.approve, by: decidingMember, message: text(&random))
        runs.append(approved)
        let active = try approved.advanced(.attemptStarts(epoch: 1), .granted(epoch: 1, output: text(&random)))
        runs.append(active)
        runs.append(try active.clicked(.revoke, by: decidingMember))
        runs.append(
            try active.clicked(.revoke, by: decidingMember).advanced(
                .removalFailed(epoch: 1, error: text(&random), attempt: 1)))
        runs.append(
            try approved.advanced(
                .attemptStarts(epoch: 1),
                .grantFailed(epoch: 1, .ambiguous, error: text(&random), isRetryable: false, mayHaveReached: true)))
        for run in runs {
            for card in run.cards {
                for reader in CardReader.allCases {
                    let message = RequestMessage.message(for: card, of: run, flow: flow, reader: reader, marker: "m")
                    try expectHarmless(message)
                }
            }
            let list = Message(text: "list", blocks: RunSummary.blocks([(run, flow)], for: requester))
            try expectHarmless(list)
        }
        for refusal in RefusalSamples.all(text: { text(&random) }) {
            for reader in [nil, CardReader.member, .guest] {
                let notice = Notice(refusal: refusal, action: .approve)
                try expectHarmless(RefusalText.message(notice, of: pending, flow: flow, reader: reader))
            }
        }
        try expectHarmless(HelpText.message(unknown: text(&random)))
    }

    @Test func `are found where a message does hold them`() {
        for markup in ["<!channel>", "<https://evil.example|x>", "<@U0VICTIM|x>", "<#C0", "<"] {
            let message = Message(text: "a", blocks: [.section(Mrkdwn(trusted: markup))])
            #expect(SlackRules.breaches(of: .object(message.json)).count == 1)
        }
        let blocks = (0..<51).map { _ in
            JSONValue.object(["type": "section", "text": ["type": "mrkdwn", "text": "a"]])
        }
        #expect(SlackRules.breaches(of: ["text": "a", "blocks": .array(blocks)]) == ["51 blocks"])
        #expect(SlackRules.breaches(of: ["blocks": [["type": "context", "elements": []]]]).count == 2)
    }

    private func expectHarmless(_ message: Message) throws {
        let json = JSONValue.object(message.json)
        #expect(SlackRules.breaches(of: json) == [])
        let compact = json.compact
        for ping in ["<!channel", "<!here", "<!everyone", "<!subteam", "<@U0VICTIM", "<http"] {
            #expect(!compact.contains(ping))
        }
    }
}

/// A small generator with a known sequence (SplitMix64).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
