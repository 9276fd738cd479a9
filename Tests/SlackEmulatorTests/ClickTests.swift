import HTTPModel
import SlackEmulator
import Support
import Testing

@Suite struct `Clicking` {
    private func card(_ slack: Slack, in channel: String = "C0DB", _ blocks: JSONValue...) async throws -> JSONValue {
        let all = blocks.isEmpty ? [Sample.buttons("approve", "deny")] : blocks
        let posted = await slack.call(
            "chat.postMessage", ["channel": .string(channel), "text": "card", "blocks": .array(all)])
        return try #require(posted["ts"])
    }

    @Test(
        arguments: [
            ("dana", "C0DB", "approve", nil), ("erin", "C0DB", "approve", "not_in_channel"),
            ("carl", "C0DB", "approve", "not_in_channel"), ("lena", "C0DB", "approve", "account_inactive"),
            ("dana", "C0DB", "dance", "no_such_element"),
        ] as [(String, String, String, String?)])
    func `is for those who see the message`(
        user: String, channel: String, action: String, error: String?
    ) async throws {
        let slack = try Slack()
        let ts = try await card(slack)
        let result = await slack.act(
            "click",
            ["user": .string(user), "channel": .string(channel), "ts": ts, "action_id": .string(action)])
        #expect(result["error"]?.text == error)
        #expect(await slack.app.received.count == (error == nil ? 1 : 0))
    }

    @Test func `ends when the channel is archived, left or disconnected`() async throws {
        let slack = try Slack()
        let ts = try await card(slack, in: "C0SHARED")
        func click(_ user: String) async -> JSONValue? {
            await slack.act(
                "click", ["user": .string(user), "channel": "C0SHARED", "ts": ts, "action_id": "approve"])["error"]
        }
        #expect(await click("carl") == nil)
        _ = await slack.act("channel/disconnect", ["channel": "C0SHARED", "team": "globex"])
        #expect(await click("carl") == "not_in_channel")
        #expect(await click("bob") == nil)
        _ = await slack.act("channel/leave", ["user": "bob", "channel": "C0SHARED"])
        #expect(await click("bob") == "not_in_channel")
        _ = await slack.act("channel/archive", ["channel": "C0SHARED"])
        #expect(await click("ada") == "is_archived")
    }

    @Test func `an outsider's click names the installing workspace, their own, or not even that`() async throws {
        let slack = try Slack()
        let ts = try await card(slack, in: "C0SHARED")
        let click: JSONObject = ["user": "carl", "channel": "C0SHARED", "ts": ts, "action_id": "approve"]
        #expect(await slack.act("click", click)["ok"] == true)
        #expect(await slack.app.last["team"]?["id"] == "T0ACME")
        #expect(await slack.app.last["user"]?["team_id"] == "T0GLOBEX")

        _ = await slack.act("faults", ["delivery": "block_actions", "kind": "omit_user_team", "times": 1])
        _ = await slack.act("click", click)
        #expect(await slack.app.last["user"]?["id"] == "U0CARL")
        #expect(await slack.app.last["user"]?["team_id"] == nil)

        // The modal that follows is submitted from the other side.
        let trigger = await slack.app.last["trigger_id"] ?? nil
        let opened = await slack.call(
            "views.open", ["trigger_id": trigger, "view": .object(Sample.modal(Sample.section("x")))])
        #expect(opened["view"]?["team_id"] == "T0GLOBEX")
        #expect(await slack.act("view/submit", ["user": "carl"])["ok"] == true)
        let submission = await slack.app.last
        #expect(submission["team"]?["id"] == "T0GLOBEX")
        #expect(submission["user"]?["team_id"] == "T0GLOBEX")
        #expect(submission["view"]?["app_installed_team_id"] == "T0ACME")
    }

    @Test func `outsiders have no shortcuts, colleagues do`() async throws {
        let slack = try Slack()
        let ts = try await card(slack, in: "C0SHARED")
        #expect(
            await slack.act("shortcut", ["user": "carl", "callback_id": "sym_request"])["error"] == "invalid_shortcut")
        #expect(await slack.act("shortcut", ["user": "ada", "callback_id": "sym_request"])["ok"] == true)
        #expect(await slack.app.last["type"] == "shortcut")
        #expect(await slack.app.last["response_url"] == nil)
        let explained = await slack.act(
            "shortcut", ["user": "ada", "callback_id": "sym_explain", "channel": "C0SHARED", "ts": ts])
        #expect(explained["ok"] == true)
        #expect(await slack.app.last["type"] == "message_action")
        #expect(await slack.app.last["message"]?["text"] == "card")
    }

    @Test func `ephemeral messages send no message, and belong to one person`() async throws {
        let slack = try Slack()
        let sent = await slack.call(
            "chat.postEphemeral",
            ["channel": "C0DB", "user": "U0ADA", "text": "only you", "blocks": [Sample.buttons("retry")]])
        let ts = try #require(sent["message_ts"])
        let click: JSONObject = ["channel": "C0DB", "ts": ts, "action_id": "retry"]
        #expect(await slack.act("click", click.setting("user", "bob"))["error"] == "message_not_found")
        #expect(await slack.act("click", click.setting("user", "ada"))["ok"] == true)
        let payload = await slack.app.last
        #expect(payload["container"]?["is_ephemeral"] == true)
        #expect(payload["message"] == nil)
        #expect(payload["channel"]?["id"] == "C0DB")
        let url = payload["response_url"]
        #expect(await slack.respond(url, ["replace_original": true, "text": "changed"]).status == 200)
        #expect(await slack.look("messages?channel=C0DB&user=ada")["messages"]?[0]?["text"] == "changed")
        #expect(await slack.look("messages?channel=C0DB&user=bob")["messages"]?.elements?.isEmpty == true)
        #expect(await slack.respond(url, ["delete_original": true]).status == 200)
        #expect(await slack.look("messages?channel=C0DB&user=ada")["messages"]?.elements?.isEmpty == true)
    }

    @Test func `menus in messages remember each person's choice`() async throws {
        let slack = try Slack()
        let ts = try await card(
            slack,
            [
                "type": "actions", "block_id": "b",
                "elements": [
                    Sample.select("level", "low", "high"),
                    ["type": "button", "action_id": "go", "text": Sample.plain("Go & <see>")],
                ],
            ])
        func click(_ user: String, _ action: String, _ value: JSONValue? = nil) async -> JSONValue {
            var body: JSONObject = ["user": .string(user), "channel": "C0DB", "ts": ts, "action_id": .string(action)]
            body["value"] = value
            return await slack.act("click", body)
        }
        #expect(await click("dana", "level", "medium")["error"] == "not_an_option")
        #expect(await click("dana", "level", "high")["ok"] == true)
        #expect(await click("dana", "go")["ok"] == true)
        let mine = await slack.app.last
        #expect(mine["state"]?["values"]?["b"]?["level"]?["selected_option"]?["value"] == "high")
        #expect(mine["state"]?["values"]?["b"]?["go"] == nil)
        // What comes back is entity-encoded.
        #expect(mine["actions"]?[0]?["text"]?["text"] == "Go &amp; &lt;see&gt;")
        #expect(await click("bob", "go")["ok"] == true)
        #expect(await slack.app.last["state"]?["values"]?["b"]?["level"]?["selected_option"] == .null)
    }

    @Test func `a confirmation can be declined`() async throws {
        let slack = try Slack()
        let confirm: JSONValue = [
            "title": Sample.plain("Sure?"), "text": Sample.plain("Really?"), "confirm": Sample.plain("Yes"),
            "deny": Sample.plain("No"),
        ]
        let ts = try await card(
            slack,
            [
                "type": "actions",
                "elements": [
                    ["type": "button", "action_id": "go", "text": Sample.plain("Go"), "confirm": confirm]
                ],
            ])
        let click: JSONObject = ["user": "dana", "channel": "C0DB", "ts": ts, "label": "Go"]
        #expect(await slack.act("click", click.setting("confirm", false))["error"] == "not_confirmed")
        #expect(await slack.app.received.isEmpty)
        #expect(await slack.act("click", click)["ok"] == true)
    }
}

@Suite struct `Response URLs` {
    private func url(_ slack: Slack, in channel: String = "C0SECRET") async -> JSONValue? {
        _ = await slack.act("command", ["user": "ada", "channel": .string(channel), "text": "/sym"])
        return await slack.app.last["response_url"]
    }

    @Test func `work five times, without membership`() async throws {
        let slack = try Slack()
        let url = await url(slack)
        for _ in 1...5 { #expect(await slack.respond(url, ["text": "hello"]).status == 200) }
        let sixth = await slack.respond(url, ["text": "hello"])
        #expect(sixth.status == 404)
        #expect(sixth.json == ["ok": false, "error": "used_url"])
        #expect(await slack.look("messages?channel=C0SECRET&user=ada")["messages"]?.elements?.count == 5)
        #expect(await slack.look("messages?channel=C0SECRET&user=dana")["messages"]?.elements?.isEmpty == true)
    }

    @Test(arguments: [(1800, 200), (1801, 404)])
    func `live thirty minutes`(seconds: Int, status: Int) async throws {
        let slack = try Slack()
        let url = await url(slack)
        slack.clock.advance(.seconds(seconds))
        let response = await slack.respond(url, ["text": "late"])
        #expect(response.status == status)
        #expect((response.json["error"] == "expired_url") == (status == 404))
    }

    @Test func `show to all where asked, and refuse what is no message`() async throws {
        let slack = try Slack()
        let url = await url(slack, in: "C0DB")
        #expect(await slack.respond(url, ["text": "all", "response_type": "in_channel"]).status == 200)
        #expect(await slack.look("messages?channel=C0DB&user=bob")["messages"]?[0]?["text"] == "all")
        let empty = await slack.respond(url, [:])
        #expect(empty.status == 400)
        #expect(empty.json["error"] == "no_text")
        let invalid = await slack.respond(url, ["blocks": [["type": "x"]]])
        #expect(invalid.json["error"] == "invalid_blocks")
        #expect(await slack.respond("http://slack.test/response/none", ["text": "x"]).status == 404)
    }

    @Test func `replace the message whose button was pressed`() async throws {
        let slack = try Slack()
        let posted = await slack.call(
            "chat.postMessage", ["channel": "C0DB", "text": "card", "blocks": [Sample.buttons("go")]])
        let ts = try #require(posted["ts"])
        _ = await slack.act("click", ["user": "dana", "channel": "C0DB", "ts": ts, "action_id": "go"])
        let url = await slack.app.last["response_url"]
        _ = await slack.respond(url, ["replace_original": true, "text": "done"])
        let seen = await slack.look("messages?channel=C0DB&user=bob")["messages"]
        #expect(seen?.elements?.count == 1)
        #expect(seen?[0]?["text"] == "done")
        #expect(seen?[0]?["blocks"] == nil)
    }
}

extension JSONObject {
    func setting(_ name: String, _ value: JSONValue) -> JSONObject {
        var changed = self
        changed[name] = value
        return changed
    }
}

extension JSONValue {
    func with(_ name: String, _ value: JSONValue) -> JSONValue { .object((object ?? [:]).setting(name, value)) }
}
