import ApprovalCore
import FlowConfig
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Answers to /sym` {
    @Test func `the list has what is open and what is on`() throws {
        let samples: [CardSample] = [.pending, .active, .failedAmbiguous, .escalating]
        let runs = try samples.map { (try $0.run(), $0.flow) }
        let message = Message(text: "Your requests", blocks: RunSummary.blocks(runs, for: Sample.bob))
        #expect(SlackRules.breaches(of: .object(message.json)) == [])
        try expectGolden(JSONValue.object(message.json).pretty, "slack/outbound/reply_list.json")
        let others = Message(text: "Your requests", blocks: RunSummary.blocks(runs, for: Sample.dana))
        #expect(!JSONValue.object(others.json).compact.contains("sym_revoke"))
    }

    @Test func `a long list is cut, and says so`() throws {
        let run = try CardSample.active.run()
        let runs = (0..<60).map { _ in (run, CardSample.active.flow) }
        let json = JSONValue.object(Message(text: "l", blocks: RunSummary.blocks(runs, for: Sample.bob)).json)
        #expect(SlackRules.breaches(of: json) == [])
        #expect(json.compact.contains("… and 20 more"))
    }

    @Test func `an empty list says how to ask`() {
        let json = JSONValue.object(Message(text: "l", blocks: RunSummary.blocks([], for: Sample.bob)).json)
        #expect(json.compact.contains("no open requests"))
    }

    @Test func `who I am`() throws {
        let message = WhoAmI.message(
            Sample.bob, organization: Organization(slug: "acme", label: "Acme"), workspace: Sample.workspace,
            identities: [WhoAmI.KnownAs(service: "aws_sso", name: "bob.b")])
        #expect(SlackRules.breaches(of: .object(message.json)) == [])
        try expectGolden(JSONValue.object(message.json).pretty, "slack/outbound/reply_whoami.json")
    }

    @Test func `help suggests what was probably meant`() throws {
        try expectGolden(JSONValue.object(HelpText.message(unknown: nil).json).pretty, "slack/outbound/reply_help.json")
        #expect(
            HelpText.message(unknown: "whoam").text.markup == "I do not know `/sym whoam`. Did you mean `/sym whoami`?")
        #expect(HelpText.message(unknown: "lsit").text.markup.contains("Did you mean `/sym list`?"))
        #expect(!HelpText.message(unknown: "zzzzzz").text.markup.contains("Did you mean"))
        #expect(HelpText.message(unknown: "<!channel>").text.markup.contains("&lt;!channel&gt;"))
    }
}
