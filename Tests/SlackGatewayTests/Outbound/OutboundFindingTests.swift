import ApprovalCore
import ApprovalEngine
import HTTPModel
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `A card whose posting got no answer` {
    private let slack = Outbound()
    private static let since = ManualClock.start

    /// A message as `conversations.history` tells it.
    private func message(
        _ ts: String, user: String = "U0BOT", bot: String? = "B0BOT", metadata: JSONValue? = Outbound.metadata
    ) -> JSONValue {
        var message: JSONObject = ["type": "message", "user": .string(user), "ts": .string(ts), "text": "…"]
        message["bot_id"] = bot.map { .string($0) }
        message["metadata"] = metadata
        return .object(message)
    }

    private func history(_ messages: [JSONValue], next: String? = nil) -> ScriptedTransport.Reply {
        .json([
            "ok": true, "messages": .array(messages), "has_more": .bool(next != nil),
            "response_metadata": ["next_cursor": .string(next ?? "")],
        ])
    }

    /// The attempt after the one that got no answer.
    private func again(_ place: Routing.Place = .channel("C0DB")) async -> Delivery {
        await slack.show(place, postedSince: Self.since)
    }

    @Test func `is found by its mark, made true, and not posted again`() async {
        slack.ownChannels()
        slack.transport.expect("chat.postMessage", .failure(.timedOut(after: .seconds(10))))
        #expect(await slack.show().kind == "ambiguous")
        slack.clock.advance(.seconds(11))
        slack.transport.expect("conversations.history", history([message("2.000001", metadata: nil), message("1.5")]))
        slack.transport.expect("chat.update", Outbound.posted())
        #expect(await again() == .done(Card.Copy(channel: "C0DB", ts: "1.5")))
        #expect(
            slack.transport.bodies(of: "conversations.history") == [
                [
                    "channel": "C0DB", "include_all_metadata": "true", "limit": "200",
                    "oldest": .string("\(Self.since.seconds - 60).000000"),
                ]
            ]
        )
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 1)
        #expect(slack.transport.bodies(of: "chat.update").first?["ts"] == "1.5")
        #expect(slack.transport.unscripted.isEmpty)
    }

    @Test func `is posted when it is not there`() async {
        slack.ownChannels()
        slack.transport.expect("conversations.history", history([message("1.1", metadata: nil)]))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again() == .done(Outbound.copy))
        #expect(slack.transport.names == ["conversations.info", "conversations.history", "chat.postMessage"])
    }

    @Test func `is not taken for the card of another run or place, nor for what others post`() async {
        slack.ownChannels()
        let other: JSONValue = [
            "event_type": "symflow_card", "event_payload": ["run": "run-1", "card": "run-1/requester"],
        ]
        slack.transport.expect(
            "conversations.history",
            history([
                message("1.4", metadata: other), message("1.3", user: "U0EVE", bot: nil),
                message("1.2", user: "U0EVE", bot: "B0EVE"),
            ])
        )
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again() == .done(Outbound.copy))
        #expect(slack.transport.bodies(of: "chat.update").isEmpty)
    }

    @Test func `is looked for on every page; of several the first one posted counts`() async {
        slack.ownChannels()
        slack.transport.expect(
            "conversations.history", history([message("3.1"), message("2.9")], next: "n="), history([message("2.1")])
        )
        slack.transport.expect("chat.update", Outbound.posted())
        #expect(await again() == .done(Card.Copy(channel: "C0DB", ts: "2.1")))
        #expect(slack.transport.bodies(of: "conversations.history").last?["cursor"] == "n=")
    }

    @Test func `is not looked for without end`() async {
        slack.ownChannels()
        slack.transport.always("conversations.history", history([], next: "n="))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again() == .done(Outbound.copy))
        #expect(slack.transport.bodies(of: "conversations.history").count == 5)
        #expect(slack.records.lines(of: "warning").contains { $0.contains("may appear twice") })
    }

    @Test(arguments: ["missing_scope", "not_in_channel", "channel_not_found", "brand_new"])
    func `is posted again, and that is logged, where nobody may look`(code: String) async {
        slack.ownChannels()
        slack.transport.expect("conversations.history", Outbound.error(code))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again() == .done(Outbound.copy))
        #expect(slack.records.lines(of: "warning").contains { $0.contains("may appear twice") })
    }

    @Test(arguments: [
        ("ratelimited", "later"), ("internal_error", "ambiguous"), ("token_revoked", "not sent"),
    ])
    func `is not posted while nobody can look`(code: String, kind: String) async {
        slack.ownChannels()
        slack.transport.expect("conversations.history", Outbound.error(code))
        #expect(await again().kind == kind)
        #expect(slack.transport.bodies(of: "chat.postMessage").isEmpty)
    }

    @Test func `is posted when it was deleted in between`() async {
        slack.ownChannels()
        slack.transport.expect("conversations.history", history([message("1.5")]))
        slack.transport.expect("chat.update", Outbound.error("message_not_found"))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again() == .done(Outbound.copy))
    }

    @Test func `stays found while its edit has to wait`() async {
        slack.ownChannels()
        slack.transport.expect("conversations.history", history([message("1.5")]), history([message("1.5")]))
        slack.transport.expect("chat.update", Outbound.rateLimited("5"), Outbound.posted())
        #expect(await again() == .later(ManualClock.start + .seconds(5)))
        slack.clock.advance(.seconds(5))
        #expect(await again() == .done(Card.Copy(channel: "C0DB", ts: "1.5")))
        #expect(slack.transport.bodies(of: "chat.postMessage").isEmpty)
    }

    @Test func `is looked for in the conversation with people`() async {
        slack.transport.expect("conversations.open", .json(["ok": true, "channel": ["id": "D0A"]]))
        slack.transport.expect("conversations.history", history([message("1.5")]))
        slack.transport.expect("chat.update", Outbound.posted("D0A"))
        let place = Routing.Place.people([Account(workspace: Outbound.workspace, user: "U0A")])
        #expect(await again(place) == .done(Card.Copy(channel: "D0A", ts: "1.5")))
    }

    @Test func `is looked for by the id behind a channel's name`() async {
        slack.transport.expect(
            "conversations.list", .json(["ok": true, "channels": [["id": "C0DB", "name": "db-access"]]])
        )
        slack.ownChannels()
        slack.transport.expect("conversations.history", history([message("1.5")]))
        slack.transport.expect("chat.update", Outbound.posted())
        #expect(await again(.channel("#db-access")) == .done(Card.Copy(channel: "C0DB", ts: "1.5")))
    }

    @Test func `is looked for after a refusal to connect only if it may have left before`() async {
        slack.ownChannels()
        slack.transport.expect(
            "chat.postMessage", .failure(.unreachable(reason: "no route")), .failure(.timedOut(after: .seconds(10)))
        )
        #expect(await slack.show().kind == "not sent")
        #expect(await again().kind == "ambiguous")
        #expect(slack.transport.bodies(of: "conversations.history").isEmpty)
        slack.transport.expect("conversations.history", history([]))
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await again().kind == "done")
        #expect(slack.transport.bodies(of: "conversations.history").count == 1)
    }

    @Test func `is recognised before it is known who we are`() async {
        let slack = Outbound(botUser: nil)
        slack.ownChannels()
        slack.transport.expect(
            "auth.test", .json(["ok": true, "team_id": "T0ACME", "user_id": "U0BOT", "bot_id": "B0BOT"])
        )
        slack.transport.expect(
            "conversations.history", history([message("1.6", user: "U0EVE", bot: nil), message("1.5")]))
        slack.transport.expect("chat.update", Outbound.posted())
        let delivery = await slack.show(postedSince: Self.since)
        #expect(delivery == .done(Card.Copy(channel: "C0DB", ts: "1.5")))
    }
}
