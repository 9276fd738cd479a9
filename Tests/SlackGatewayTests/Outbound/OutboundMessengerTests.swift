import ApprovalCore
import ApprovalEngine
import HTTPModel
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Cards in Slack` {
    private let slack = Outbound()

    private static let blocks: JSONValue = [
        ["type": "section", "text": ["type": "mrkdwn", "text": "Ada asks for *prod*", "verbatim": true]],
        [
            "type": "actions",
            "elements": [
                [
                    "type": "button", "action_id": "approve", "value": "run-1",
                    "text": ["type": "plain_text", "text": "Approve", "emoji": false],
                ]
            ],
        ],
    ]

    private static func account(_ user: String, _ workspace: String = Outbound.workspace) -> Account {
        Account(workspace: workspace, user: user)
    }

    // MARK: Posting

    @Test func `a card is posted to its channel with its mark, and stands where Slack says`() async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await slack.show() == .done(Outbound.copy))
        #expect(
            slack.transport.bodies(of: "chat.postMessage") == [
                [
                    "channel": "C0DB", "text": "Ada asks for *prod*", "blocks": Self.blocks,
                    "metadata": Outbound.metadata, "unfurl_links": false, "unfurl_media": false,
                ]
            ]
        )
        #expect(slack.transport.names == ["conversations.info", "chat.postMessage"])
    }

    @Test func `people get their card in the conversation with them, which is opened once`() async {
        slack.transport.expect("conversations.open", .json(["ok": true, "channel": ["id": "G0ABC"]]))
        slack.transport.always("chat.postMessage", Outbound.posted("G0ABC"))
        for people in [["U0B", "U0A", "U0B"], ["U0A", "U0B"]] {
            let delivery = await slack.show(.people(people.map { Self.account($0) }))
            #expect(delivery == .done(Card.Copy(channel: "G0ABC", ts: "1503435956.000247")))
        }
        #expect(slack.transport.bodies(of: "conversations.open") == [["users": "U0A,U0B"]])
        #expect(
            slack.transport.bodies(of: "chat.postMessage").compactMap { $0["channel"]?.text } == ["G0ABC", "G0ABC"])
        #expect(slack.transport.unscripted.isEmpty)
    }

    @Test(arguments: [
        Routing.Place.people([]), .people((1...9).map { Account(workspace: Outbound.workspace, user: "U\($0)") }),
        .unknown(name: "dana@acme.test", reason: "nobody has this address"),
    ])
    func `a place that there is not is refused without a call`(place: Routing.Place) async {
        let delivery = await slack.show(place)
        #expect(delivery.kind == "refused")
        #expect(!delivery.reason.isEmpty)
        #expect(slack.transport.sent.isEmpty)
    }

    /// slack.md 2.3, what a post can meet; with words that tell an operator what to do.
    @Test(arguments: [
        ("channel_not_found", "refused", "invite the app"), ("is_archived", "refused", "unarchive"),
        ("restricted_action", "refused", "posting rules"),
        ("restricted_action_read_only_channel", "refused", "posting rules"),
        ("messages_tab_disabled", "refused", "Messages tab"), ("message_limit_exceeded", "refused", "quota"),
        ("cannot_reply_to_message", "refused", "posting rules"), ("team_not_found", "refused", "by its id"),
        ("missing_scope", "refused", "scope"), ("ekm_access_denied", "refused", "ekm_access_denied"),
        ("brand_new", "refused", "brand_new"), ("invalid_auth", "not sent", "token"),
        ("token_expired", "not sent", "token"), ("account_inactive", "not sent", "token"),
        ("internal_error", "ambiguous", ""), ("service_unavailable", "ambiguous", ""), ("ratelimited", "later", ""),
        ("external_channel_migrating", "later", ""),
    ])
    func `what Slack says to a post decides what becomes of the card`(
        code: String, kind: String, words: String
    ) async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", Outbound.error(code))
        let delivery = await slack.show()
        #expect(delivery.kind == kind)
        #expect(words.isEmpty || delivery.reason.contains(words), "\(delivery)")
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 1)
        #expect(slack.transport.unscripted.isEmpty)
    }

    @Test(arguments: [
        ("user_not_found", "refused"), ("user_not_visible", "refused"), ("user_disabled", "refused"),
        ("invalid_user_combination", "refused"), ("cannot_dm_bot", "refused"), ("missing_scope", "refused"),
        ("channel_not_found", "refused"), ("internal_error", "not sent"), ("token_revoked", "not sent"),
        ("ratelimited", "later"),
    ])
    func `a conversation that cannot be opened gets no card`(code: String, kind: String) async {
        slack.transport.expect("conversations.open", Outbound.error(code))
        #expect(await slack.show(.people([Self.account("U0A")])).kind == kind)
        #expect(slack.transport.names == ["conversations.open"])
    }

    @Test func `a conversation that is gone is opened anew`() async {
        slack.transport.always("conversations.open", .json(["ok": true, "channel": ["id": "D0A"]]))
        slack.transport.expect("chat.postMessage", Outbound.error("channel_not_found"), Outbound.posted("D0A"))
        #expect(await slack.show(.people([Self.account("U0A")])).kind == "refused")
        #expect(await slack.show(.people([Self.account("U0A")])).kind == "done")
        #expect(slack.transport.bodies(of: "conversations.open").count == 2)
    }

    @Test func `without the app in the workspace the card waits`() async {
        var flow = Outbound.flow()
        flow.environment.workspace = "T0ELSE"
        #expect(await slack.show(flow: flow).kind == "not sent")
        #expect(slack.transport.sent.isEmpty)
    }

    @Test(arguments: [
        (TransportError.unreachable(reason: "no route"), "not sent"), (.timedOut(after: .seconds(10)), "ambiguous"),
    ])
    func `a post without an answer may have been made`(error: TransportError, kind: String) async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", .failure(error))
        #expect(await slack.show().kind == kind)
    }

    // MARK: Joining

    @Test func `a public channel is joined once, by its id, and the card posted`() async {
        slack.transport.expect(
            "conversations.list",
            .json([
                "ok": true, "channels": [["id": "C0OTHER", "name": "random"]],
                "response_metadata": ["next_cursor": "n="],
            ]),
            .json(["ok": true, "channels": [["id": "C0DB", "name": "db-access"]]])
        )
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", Outbound.error("not_in_channel"), Outbound.posted())
        slack.transport.expect("conversations.join", Outbound.channel())
        #expect(await slack.show(.channel("#db-access")) == .done(Outbound.copy))
        #expect(slack.transport.bodies(of: "conversations.join") == [["channel": "C0DB"]])
        #expect(
            slack.transport.bodies(of: "chat.postMessage").compactMap { $0["channel"]?.text }
                == ["#db-access", "#db-access"]
        )
        #expect(slack.transport.bodies(of: "conversations.list").count == 2)
    }

    @Test func `joining is not tried twice`() async {
        slack.ownChannels()
        slack.transport.always("chat.postMessage", Outbound.error("not_in_channel"))
        slack.transport.always("conversations.join", Outbound.channel())
        let delivery = await slack.show()
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("/invite"))
        #expect(slack.transport.bodies(of: "conversations.join").count == 1)
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 2)
    }

    @Test(arguments: [
        ("method_not_supported_for_channel_type", "refused"), ("is_archived", "refused"),
        ("too_many_members", "refused"), ("missing_scope", "refused"), ("internal_error", "not sent"),
        ("ratelimited", "later"),
    ])
    func `a channel that cannot be joined wants an invitation`(code: String, kind: String) async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", Outbound.error("not_in_channel"))
        slack.transport.expect("conversations.join", Outbound.error(code))
        let delivery = await slack.show()
        #expect(delivery.kind == kind)
        if kind == "refused" { #expect(delivery.reason.contains("/invite")) }
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 1)
    }

    // MARK: Mistakes of ours

    @Test(arguments: [
        "invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "invalid_arguments",
        "no_text",
        "metadata_too_large",
    ])
    func `a card that Slack finds a mistake in is posted with less in it, and keeps its buttons`(
        code: String
    ) async throws {
        slack.ownChannels()
        slack.transport.expect(
            "chat.postMessage",
            .json([
                "ok": false, "error": .string(code), "errors": ["no more than 75 [json-pointer:/blocks/1/text]"],
            ]),
            Outbound.posted()
        )
        #expect(await slack.show() == .done(Outbound.copy))
        let bodies = slack.transport.bodies(of: "chat.postMessage")
        #expect(bodies.count == 2)
        let simpler = try #require(bodies.last)
        #expect(simpler["metadata"] == Outbound.metadata)
        #expect(simpler["blocks"]?[0] == Self.blocks[0])
        #expect(simpler["blocks"]?[1]?["type"] == "context")
        #expect(simpler["blocks"]?[2] == Self.blocks[1])
        #expect(simpler["blocks"]?.elements?.count == 3)
        #expect(slack.records.lines(of: "error").contains { $0.contains("json-pointer:/blocks/1/text") })
    }

    @Test func `where even the buttons are wrong, the text is posted alone; and then it ends`() async throws {
        slack.ownChannels()
        slack.transport.expect(
            "chat.postMessage", Outbound.error("invalid_blocks"), Outbound.error("invalid_blocks"), Outbound.posted()
        )
        #expect(await slack.show() == .done(Outbound.copy))
        let bare = try #require(slack.transport.bodies(of: "chat.postMessage").last)
        #expect(bare["blocks"] == nil)
        #expect(bare["text"]?.text?.hasPrefix("Ada asks for *prod*\n") == true)

        slack.clock.advance(.seconds(60))
        slack.transport.always("chat.postMessage", Outbound.error("invalid_blocks"))
        #expect(await slack.show().kind == "refused")
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 6)
    }

    // MARK: Editing

    @Test func `a card that stands is edited where it stands`() async {
        slack.ownChannels()
        slack.transport.expect("chat.update", Outbound.posted())
        #expect(await slack.show(.channel("#db-access"), copy: Outbound.copy) == .done(Outbound.copy))
        #expect(
            slack.transport.bodies(of: "chat.update") == [
                [
                    "channel": "C0DB", "ts": "1503435956.000247", "text": "Ada asks for *prod*",
                    "blocks": Self.blocks, "metadata": Outbound.metadata,
                ]
            ]
        )
        #expect(slack.transport.bodies(of: "conversations.info") == [["channel": "C0DB"]])
        #expect(slack.transport.bodies(of: "chat.postMessage").isEmpty)
    }

    /// slack.md 2.3, what an edit can meet.
    @Test(arguments: [
        ("message_not_found", "gone"), ("cant_update_message", "gone"), ("edit_window_closed", "gone"),
        ("is_inactive", "gone"), ("channel_not_found", "gone"), ("is_archived", "gone"), ("brand_new", "refused"),
        ("restricted_action", "refused"), ("missing_scope", "not sent"), ("ekm_access_denied", "not sent"),
        ("token_revoked", "not sent"), ("update_failed", "ambiguous"), ("internal_error", "ambiguous"),
        ("ratelimited", "later"), ("org_login_required", "later"),
    ])
    func `what Slack says to an edit decides what becomes of the copy`(code: String, kind: String) async {
        slack.ownChannels()
        slack.transport.expect("chat.update", Outbound.error(code))
        #expect(await slack.show(copy: Outbound.copy).kind == kind)
        #expect(slack.transport.bodies(of: "chat.update").count == 1)
        #expect(slack.transport.bodies(of: "chat.postMessage").isEmpty)
    }

    @Test func `an edit that Slack finds a mistake in is made with less in it`() async {
        slack.ownChannels()
        slack.transport.expect("chat.update", Outbound.error("msg_blocks_too_long"), Outbound.posted())
        #expect(await slack.show(copy: Outbound.copy) == .done(Outbound.copy))
        #expect(slack.transport.bodies(of: "chat.update").last?["blocks"]?.elements?.count == 3)
    }

    @Test func `an edit that may have been made is simply made again`() async {
        slack.ownChannels()
        slack.transport.expect("chat.update", .failure(.timedOut(after: .seconds(10))), Outbound.posted())
        #expect(await slack.show(copy: Outbound.copy).kind == "ambiguous")
        let again = await slack.show(copy: Outbound.copy, postedSince: ManualClock.start)
        #expect(again == .done(Outbound.copy))
        #expect(slack.transport.names == ["conversations.info", "chat.update", "chat.update"])
    }

    // MARK: Pace

    @Test func `a crowd in one channel is told when to come back, another channel is not kept waiting`() async {
        slack.ownChannels()
        slack.transport.always("chat.postMessage", Outbound.posted())
        var deliveries: [Delivery] = []
        for number in 1...6 { deliveries.append(await slack.show(marker: "run-\(number)/1")) }
        #expect(deliveries.prefix(3).allSatisfy { $0.kind == "done" })
        #expect(deliveries.suffix(3) == [1, 2, 3].map { .later(ManualClock.start + .seconds($0)) })
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 3)

        #expect(await slack.show(.channel("C0ELSE"), marker: "run-7/1").kind == "done")
        slack.clock.advance(.seconds(1))
        #expect(await slack.show(marker: "run-6/1") == .later(ManualClock.start + .seconds(3)))
        // It never left, so nobody looks for it.
        let fourth = await slack.show(marker: "run-4/1", postedSince: ManualClock.start)
        #expect(fourth.kind == "done")
        #expect(slack.transport.bodies(of: "conversations.history").isEmpty)
    }

    @Test func `a limit is waited out by the channel that met it`() async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", Outbound.rateLimited("20"))
        slack.transport.always("chat.postMessage", Outbound.posted())
        let until = ManualClock.start + .seconds(20)
        #expect(await slack.show(marker: "run-1/1") == .later(until))
        #expect(await slack.show(marker: "run-2/1") == .later(until))
        #expect(await slack.show(.channel("C0ELSE"), marker: "run-3/1").kind == "done")
        slack.clock.advance(.seconds(20))
        #expect(await slack.show(marker: "run-1/1", postedSince: ManualClock.start).kind == "done")
        #expect(await slack.show(marker: "run-2/1", postedSince: ManualClock.start).kind == "later")
        #expect(slack.transport.bodies(of: "conversations.history").isEmpty)
    }

    // MARK: Readers

    @Test(arguments: [(false, false, CardReader.member), (true, false, .guest), (true, true, .guest)])
    func `where another organisation reads along, the card says less`(
        isShared: Bool, guests: Bool, reader: CardReader
    ) async {
        slack.transport.expect("conversations.info", Outbound.channel(isShared: isShared))
        slack.transport.always("chat.postMessage", Outbound.posted())
        #expect(await slack.show(flow: Outbound.flow(guests: guests)).kind == "done")
        #expect(await slack.show(flow: Outbound.flow(guests: guests)).kind == "done")
        #expect(slack.records.readers == [reader, reader])
        #expect(slack.transport.bodies(of: "conversations.info").count == 1)
    }

    @Test func `who reads a channel is asked again after ten minutes`() async {
        slack.transport.expect("conversations.info", Outbound.channel(), Outbound.channel(isShared: true))
        slack.transport.always("chat.update", Outbound.posted())
        for minutes in [Int64(0), 9, 1] {
            slack.clock.advance(.minutes(minutes))
            _ = await slack.show(copy: Outbound.copy)
        }
        #expect(slack.records.readers == [.member, .member, .guest])
    }

    @Test(arguments: [(true, CardReader.guest), (false, .member)], ["missing_scope", "internal_error"])
    func `where it is not known who reads, the flow decides`(rule: (guests: Bool, reader: CardReader), code: String)
        async
    {
        slack.transport.expect("conversations.info", Outbound.error(code))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await slack.show(flow: Outbound.flow(guests: rule.guests)).kind == "done")
        #expect(slack.records.readers == [rule.reader])
    }

    @Test(arguments: [("T0ACME", CardReader.member), ("T0ELSE", .guest)])
    func `a conversation with somebody from outside is a guest's`(workspace: String, reader: CardReader) async {
        slack.transport.expect("conversations.open", .json(["ok": true, "channel": ["id": "G0ABC"]]))
        slack.transport.expect("chat.postMessage", Outbound.posted("G0ABC"))
        let people = [Self.account("U0A"), Self.account("U0B", workspace)]
        #expect(await slack.show(.people(people), flow: Outbound.flow(guests: true)).kind == "done")
        #expect(slack.records.readers == [reader])
        #expect(slack.transport.bodies(of: "conversations.info").isEmpty)
    }

    @Test func `a channel's name is looked up once, and learnt from answers`() async {
        slack.transport.expect(
            "conversations.list", .json(["ok": true, "channels": [["id": "C0DB", "name": "db-access"]]])
        )
        slack.ownChannels()
        slack.transport.always("chat.postMessage", Outbound.posted())
        for _ in 1...2 { #expect(await slack.show(.channel("#db-access")).kind == "done") }
        #expect(slack.transport.bodies(of: "conversations.list").count == 1)
        #expect(slack.transport.bodies(of: "conversations.info") == [["channel": "C0DB"]])
    }
}
