import ApprovalCore
import ApprovalEngine
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Private answers and reports` {
    private let slack = Outbound()
    private static let bo = Account(workspace: Outbound.workspace, user: "U0BO")

    private func tell(in channel: String?) async -> Delivery {
        await slack.messenger.tell(
            Self.bo, Notice(refusal: .ownRequest, action: .approve, channel: channel), of: Outbound.run,
            flow: Outbound.flow()
        )
    }

    private func directMessages() {
        slack.transport.always("conversations.open", .json(["ok": true, "channel": ["id": "D0BO"]]))
        slack.transport.always("chat.postMessage", Outbound.posted("D0BO"))
    }

    // MARK: Notices

    @Test func `a person is told beside the button, and nobody else sees it`() async {
        slack.transport.expect("chat.postEphemeral", .json(["ok": true, "message_ts": "1.1"]))
        #expect(await tell(in: "C0DB") == .done(nil))
        #expect(
            slack.transport.bodies(of: "chat.postEphemeral")
                == [["channel": "C0DB", "user": "U0BO", "text": "no: own_request"]]
        )
        #expect(slack.transport.names == ["chat.postEphemeral"])
    }

    @Test func `who did not act in a channel is told in a direct message`() async {
        directMessages()
        #expect(await tell(in: nil).kind == "done")
        #expect(slack.transport.names == ["conversations.open", "chat.postMessage"])
        #expect(slack.transport.bodies(of: "conversations.open") == [["users": "U0BO"]])
    }

    @Test(arguments: [
        "user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "brand_new",
        "invalid_blocks",
    ])
    func `what cannot stand beside the button goes to the person`(code: String) async {
        directMessages()
        slack.transport.expect("chat.postEphemeral", Outbound.error(code))
        #expect(await tell(in: "C0DB").kind == "done")
        #expect(slack.transport.bodies(of: "chat.postMessage").compactMap { $0["channel"]?.text } == ["D0BO"])
    }

    @Test(arguments: [
        ("ratelimited", "later"), ("internal_error", "ambiguous"), ("token_revoked", "not sent"),
    ])
    func `what may yet stand beside the button does not go to the person as well`(code: String, kind: String) async {
        directMessages()
        slack.transport.expect("chat.postEphemeral", Outbound.error(code))
        #expect(await tell(in: "C0DB").kind == kind)
        #expect(slack.transport.names == ["chat.postEphemeral"])
    }

    @Test func `a person who cannot be reached is not told`() async {
        slack.transport.expect("conversations.open", Outbound.error("user_not_found"))
        let delivery = await tell(in: nil)
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("U0BO"))
    }

    // MARK: Reports

    private func report(_ error: String, to channel: String?) async -> Delivery {
        await slack.messenger.report(error, of: Outbound.run, flow: Outbound.flow(errorChannel: channel))
    }

    @Test func `an error is said in the error channel, escaped and without secrets`() async {
        slack.transport.expect("chat.postMessage", Outbound.posted("C0ERR"))
        #expect(await report("<!channel> xoxb-1-abcdef said ```no``` & *left*", to: "#errors").kind == "done")
        let text =
            "*Production*, request `run-1`: something went wrong.\n"
            + "```\n&lt;!channel&gt; &lt;redacted&gt; said ˋˋˋnoˋˋˋ &amp; *left*\n```"
        #expect(
            slack.transport.bodies(of: "chat.postMessage") == [
                ["channel": "#errors", "text": .string(text), "unfurl_links": false, "unfurl_media": false]
            ]
        )
    }

    @Test func `a long error is cut`() async throws {
        slack.transport.expect("chat.postMessage", Outbound.posted("C0ERR"))
        #expect(await report(String(repeating: "long ", count: 10_000), to: "C0ERR").kind == "done")
        let text = try #require(slack.transport.bodies(of: "chat.postMessage").first?["text"]?.text)
        #expect(text.count < 3000)
        #expect(text.hasSuffix("```"))
    }

    @Test func `without an error channel the log alone has it`() async {
        #expect(await report("no", to: nil) == .done(nil))
        #expect(slack.transport.sent.isEmpty)
        #expect(slack.records.lines(of: "warning").contains { $0.contains("run-1") })
    }

    @Test(arguments: [
        ("channel_not_found", "refused"), ("ratelimited", "later"), ("fatal_error", "ambiguous"),
        ("invalid_auth", "not sent"),
    ])
    func `a report that does not arrive says why`(code: String, kind: String) async {
        slack.transport.expect("chat.postMessage", Outbound.error(code))
        #expect(await report("no", to: "C0ERR").kind == kind)
        #expect(slack.transport.sent.count == 1)
    }
}
