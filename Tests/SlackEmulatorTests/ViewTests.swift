import HTTPModel
import SlackEmulator
import Support
import Testing

private func json(_ object: JSONObject) -> HTTPResponse {
    HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: JSONValue.object(object).bytes)
}

@Suite struct `Triggers` {
    private let modal = Sample.modal(Sample.section("hello"))

    private func trigger(_ slack: Slack) async -> JSONValue {
        _ = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        return await slack.app.last["trigger_id"] ?? nil
    }

    @Test(arguments: [(2_999, nil), (3_000, nil), (3_001, "expired_trigger_id")] as [(Int64, String?)])
    func `live three seconds`(milliseconds: Int64, error: String?) async throws {
        let slack = try Slack()
        let trigger = await trigger(slack)
        slack.clock.advance(.milliseconds(milliseconds))
        let answer = await slack.call("views.open", ["trigger_id": trigger, "view": .object(modal)])
        #expect(answer["error"]?.text == error)
        #expect(await slack.look("views?user=ada")["views"]?.elements?.isEmpty == (error != nil))
    }

    @Test func `work once, and only those that were given`() async throws {
        let slack = try Slack()
        let trigger = await trigger(slack)
        #expect(await slack.call("views.open", ["trigger_id": trigger, "view": .object(modal)])["ok"] == true)
        let again = await slack.call("views.open", ["trigger_id": trigger, "view": .object(modal)])
        #expect(again["error"] == "exchanged_trigger_id")
        let made = await slack.call("views.open", ["trigger_id": "1.2.x", "view": .object(modal)])
        #expect(made["error"] == "invalid_trigger_id")
        #expect(await slack.call("views.open", ["view": .object(modal)])["error"] == "invalid_arguments")
    }

    @Test func `an invalid view does not use the trigger up`() async throws {
        let slack = try Slack()
        let trigger = await trigger(slack)
        let long = Sample.modal(Sample.section("x"), extra: ["title": Sample.plain(String(repeating: "x", count: 25))])
        let refused = await slack.call("views.open", ["trigger_id": trigger, "view": .object(long)])
        #expect(refused["error"] == "invalid_arguments")
        #expect(
            refused["response_metadata"]?["messages"] == [
                "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
            ])
        #expect(await slack.call("views.open", ["trigger_id": trigger, "view": .object(modal)])["ok"] == true)
    }
}

@Suite struct `Modals` {
    @Test func `are shown with what Slack assigns`() async throws {
        let slack = try Slack()
        let view = await slack.open(Sample.modal(Sample.section("x"), extra: ["private_metadata": "C0DB"]))["view"]
        #expect(view?["team_id"] == "T0ACME")
        #expect(view?["app_installed_team_id"] == "T0ACME")
        #expect(view?["app_id"] == "A0SYM")
        #expect(view?["bot_id"] == "B0SYM")
        #expect(view?["private_metadata"] == "C0DB")
        #expect(view?["root_view_id"] == view?["id"])
        #expect(view?["previous_view_id"] == .null)
        #expect(view?["hash"]?.text?.isEmpty == false)
        // Ids that the app left out are made.
        #expect(view?["blocks"]?[0]?["block_id"]?.text?.isEmpty == false)
    }

    @Test func `keep what was entered while the ids stay the same`() async throws {
        let slack = try Slack()
        func element(_ initial: String) -> JSONValue { Sample.text().with("initial_value", .string(initial)) }
        let opened = await slack.open(
            Sample.modal(Sample.input("a", element("one")), Sample.input("b", element("two"))))
        let id = try #require(opened["view"]?["id"])
        #expect(opened["view"]?["state"]?["values"]?["a"]?["text"]?["value"] == "one")
        _ = await slack.act("view/input", ["user": "ada", "values": ["a": "typed"]])
        let updated = await slack.call(
            "views.update",
            [
                "view_id": id,
                "view": .object(Sample.modal(Sample.input("a", element("new")), Sample.input("c", element("three")))),
            ])
        let values = updated["view"]?["state"]?["values"]
        #expect(values?["a"]?["text"]?["value"] == "typed")
        #expect(values?["b"] == nil)
        #expect(values?["c"]?["text"]?["value"] == "three")
        // Another kind of element under the same ids starts anew.
        let changed = await slack.call(
            "views.update",
            ["view_id": id, "view": .object(Sample.modal(Sample.input("a", Sample.select("text", "x"))))])
        #expect(changed["view"]?["state"]?["values"]?["a"]?["text"]?["selected_option"] == .null)
    }

    @Test func `refuse what is stale, closed or misnamed`() async throws {
        let slack = try Slack()
        let view = Sample.modal(Sample.section("x"))
        let opened = await slack.open(view)
        let id = try #require(opened["view"]?["id"])
        let hash = try #require(opened["view"]?["hash"])
        let first = await slack.call("views.update", ["view_id": id, "hash": hash, "view": .object(view)])
        #expect(first["ok"] == true)
        #expect(first["view"]?["hash"] != hash)
        let stale = await slack.call("views.update", ["view_id": id, "hash": hash, "view": .object(view)])
        #expect(stale["error"] == "hash_conflict")
        let echoed = await slack.call("views.update", ["view_id": id, "view": first["view"] ?? nil])
        #expect(echoed["error"] == "invalid_arguments")
        _ = await slack.act("view/close", ["user": "ada"])
        #expect(await slack.call("views.update", ["view_id": id, "view": .object(view)])["error"] == "not_found")
        #expect(await slack.call("views.update", ["view": .object(view)])["error"] == "invalid_arguments")
    }

    @Test func `can be named by the app, once`() async throws {
        let slack = try Slack()
        let named = Sample.modal(Sample.section("x"), extra: ["external_id": "run-1"])
        #expect(await slack.open(named)["ok"] == true)
        let changed = await slack.call("views.update", ["external_id": "run-1", "view": .object(named)])
        #expect(changed["ok"] == true)
        #expect(await slack.open(named, for: "bob")["error"] == "duplicate_external_id")
    }

    @Test func `lie three deep at most`() async throws {
        let slack = try Slack()
        let button = Sample.modal(Sample.buttons("more"))
        await slack.open(button)
        for depth in 2...4 {
            _ = await slack.act("view/action", ["user": "ada", "action_id": "more"])
            let trigger = await slack.app.last["trigger_id"] ?? nil
            let pushed = await slack.call("views.push", ["trigger_id": trigger, "view": .object(button)])
            #expect(pushed["error"]?.text == (depth == 4 ? "push_limit_reached" : nil))
            if depth == 2 { #expect(pushed["view"]?["previous_view_id"] == pushed["view"]?["root_view_id"]) }
        }
        #expect(await slack.look("views?user=ada")["views"]?.elements?.count == 3)
        _ = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        let trigger = await slack.app.last["trigger_id"] ?? nil
        let outside = await slack.call("views.push", ["trigger_id": trigger, "view": .object(button)])
        #expect(outside["error"] == "invalid_trigger_id")
    }

    @Test func `larger than 250 kilobytes are refused`() async throws {
        let text = String(repeating: "x", count: 2990)
        let blocks = JSONValue.array((0..<90).map { Sample.section("\($0) \(text)") })
        let answer = await (try Slack()).open(Sample.modal(extra: ["blocks": blocks]))
        #expect(answer["error"] == "view_too_large")
    }

    @Test func `tell of their closing where they asked for it`() async throws {
        let slack = try Slack()
        await slack.open(Sample.modal(Sample.buttons("more"), extra: ["notify_on_close": true]))
        _ = await slack.act("view/action", ["user": "ada", "action_id": "more"])
        let trigger = await slack.app.last["trigger_id"] ?? nil
        _ = await slack.call("views.push", ["trigger_id": trigger, "view": .object(Sample.modal(Sample.section("x")))])
        // The one on top did not ask.
        let before = await slack.app.received.count
        #expect(await slack.act("view/close", ["user": "ada"])["views"]?.elements?.count == 1)
        #expect(await slack.app.received.count == before)
        let closed = await slack.act("view/close", ["user": "ada", "all": true])
        #expect(closed["views"]?.elements?.isEmpty == true)
        #expect(await slack.app.last["type"] == "view_closed")
        #expect(await slack.app.last["is_cleared"] == true)
        #expect(await slack.act("view/close", ["user": "ada"])["error"] == "no_view")
    }

    @Test func `a home tab is published, found and stays`() async throws {
        let slack = try Slack()
        let home: JSONObject = ["type": "home", "blocks": [Sample.buttons("start")]]
        #expect(await slack.act("home", ["user": "ada"])["home"] == .null)
        #expect(await slack.app.last["event"]?["type"] == "app_home_opened")
        let published = await slack.call("views.publish", ["user_id": "U0ADA", "view": .object(home)])
        #expect(published["view"]?["type"] == "home")
        let id = try #require(published["view"]?["id"])
        let clicked = await slack.act("view/action", ["user": "ada", "view_id": id, "action_id": "start"])
        #expect(clicked["ok"] == true)
        #expect(await slack.app.last["view"]?["type"] == "home")
        #expect(await slack.app.last["response_url"] == nil)
        let stale = await slack.call(
            "views.publish", ["user_id": "U0ADA", "hash": "old", "view": .object(home)])
        #expect(stale["error"] == "hash_conflict")
        let modal = await slack.call("views.publish", ["user_id": "U0ADA", "view": .object(Sample.modal())])
        #expect(modal["error"] == "invalid_arguments")
    }
}

@Suite struct `Submitting` {
    @Test func `is held back by what Slack checks itself`() async throws {
        let slack = try Slack()
        await slack.open(
            Sample.modal(
                Sample.input("reason", Sample.text().with("min_length", 3).with("max_length", 5)),
                Sample.input(
                    "count", ["type": "number_input", "is_decimal_allowed": false, "min_value": "1", "max_value": "9"]),
                Sample.input("mail", ["type": "email_text_input"], optional: true),
                Sample.input("link", ["type": "url_text_input"], optional: true),
                Sample.input("people", ["type": "multi_users_select", "max_selected_items": 1], optional: true)))
        let sent = await slack.app.received.count
        func submit(_ values: JSONObject) async -> JSONValue {
            await slack.act("view/submit", ["user": "ada", "values": .object(values)])
        }
        let empty = await submit([:])
        #expect(empty["error"] == "invalid_input")
        #expect(empty["errors"]?.object?.names == ["count", "reason"])
        #expect(empty["views"]?[0]?["errors"] == empty["errors"])
        let wrong = await submit([
            "reason": "ab", "count": "10", "mail": "nobody", "link": "example", "people": ["bob", "dana"],
        ])
        #expect(wrong["errors"]?.object?.names == ["count", "link", "mail", "people", "reason"])
        #expect(
            await submit(["reason": "abcdef", "count": "1.5"])["errors"]?["count"]?.text?.contains("whole") == true)
        #expect(await slack.app.received.count == sent)
        let right = await submit([
            "reason": "abcde", "count": 9, "mail": "a@b.test", "link": "https://b.test", "people": "bob",
        ])
        #expect(right["ok"] == true)
        #expect(await slack.app.received.count == sent + 1)
        let values = await slack.app.last["view"]?["state"]?["values"]
        #expect(values?["count"]?.object?.first { _ in true }?.value["value"] == "9")
        #expect(values?["people"]?.object?.first { _ in true }?.value["selected_users"] == ["U0BOB"])
    }

    @Test func `untouched fields have their initial values or null`() async throws {
        let slack = try Slack()
        let options: JSONValue = [Sample.option("a"), Sample.option("b")]
        await slack.open(
            Sample.modal(
                Sample.input("t", Sample.text("x"), optional: true),
                Sample.input("s", Sample.select("x", "a"), optional: true),
                Sample.input(
                    "m", ["type": "multi_static_select", "action_id": "x", "options": options], optional: true),
                Sample.input(
                    "c",
                    [
                        "type": "checkboxes", "action_id": "x", "options": options,
                        "initial_options": [Sample.option("b")],
                    ], optional: true),
                Sample.input("u", ["type": "users_select", "action_id": "x", "initial_user": "U0BOB"]),
                Sample.input("d", ["type": "datepicker", "action_id": "x", "initial_date": "2026-11-21"]),
                Sample.input("h", ["type": "timepicker", "action_id": "x"], optional: true),
                Sample.input("z", ["type": "datetimepicker", "action_id": "x"], optional: true),
                Sample.input(
                    "v",
                    ["type": "conversations_select", "action_id": "x", "default_to_current_conversation": true],
                    optional: true)))
        let result = await slack.act("view/submit", ["user": "ada", "values": ["h": "09:30"]])
        #expect(result["ok"] == true)
        let values = await slack.app.last["view"]?["state"]?["values"]
        #expect(values?["t"]?["x"] == ["type": "plain_text_input", "value": nil])
        #expect(values?["s"]?["x"] == ["type": "static_select", "selected_option": nil])
        #expect(values?["m"]?["x"] == ["type": "multi_static_select", "selected_options": []])
        #expect(values?["c"]?["x"]?["selected_options"]?[0]?["value"] == "b")
        #expect(values?["u"]?["x"] == ["type": "users_select", "selected_user": "U0BOB"])
        #expect(values?["d"]?["x"] == ["type": "datepicker", "selected_date": "2026-11-21"])
        #expect(values?["h"]?["x"] == ["type": "timepicker", "selected_time": "09:30"])
        #expect(values?["z"]?["x"] == ["type": "datetimepicker", "selected_date_time": nil])
        #expect(values?["v"]?["x"]?["selected_conversation"] == "C0DB")
    }

    @Test(arguments: [
        (json(["response_action": "errors", "errors": ["why": "Too short"]]), "invalid_input"),
        (json(["response_action": "errors", "errors": ["text": "an action id"]]), "connection_trouble"),
        (json(["response_action": "errors", "errors": ["note": "no input"]]), "connection_trouble"),
        (json(["response_action": "errors", "errors": [:]]), "connection_trouble"),
        (json(["response_action": "dance"]), "connection_trouble"),
        (json(["response_action": "update", "view": ["type": "modal"]]), "connection_trouble"),
        (.text("OK"), "connection_trouble"), (.text("", status: 500), "connection_trouble"),
    ])
    func `stays open where the answer is errors or useless`(answer: HTTPResponse, error: String) async throws {
        let slack = try Slack()
        await slack.open(
            Sample.modal(
                ["type": "section", "block_id": "note", "text": ["type": "mrkdwn", "text": "n"]],
                Sample.input("why", Sample.text())))
        await slack.app.answer { _ in answer }
        let result = await slack.act("view/submit", ["user": "ada", "values": ["why": "x"]])
        #expect(result["ok"] == false)
        #expect(result["error"]?.text == error)
        #expect(result["views"]?.elements?.count == 1)
        #expect((result["errors"]?["why"] == "Too short") == (error == "invalid_input"))
    }

    @Test func `late answers are trouble too`() async throws {
        let slack = try Slack()
        await slack.open(Sample.modal(Sample.section("x")))
        await slack.app.answer { _ in throw TransportError.timedOut(after: .seconds(3)) }
        let result = await slack.act("view/submit", ["user": "ada"])
        #expect(result["error"] == "connection_trouble")
        #expect(result["views"]?.elements?.count == 1)
    }

    @Test func `updates, pushes and clears as the app answers`() async throws {
        let slack = try Slack()
        await slack.open(Sample.modal(Sample.section("one"), callback: "one"))
        func submit(_ answer: JSONObject) async -> [String] {
            await slack.app.answer { _ in json(answer) }
            return await slack.act("view/submit", ["user": "ada"])["views"]?.elements?
                .compactMap { $0["callback_id"]?.text } ?? []
        }
        func next(_ name: String) -> JSONValue { .object(Sample.modal(Sample.section(name), callback: name)) }
        #expect(await submit(["response_action": "update", "view": next("two")]) == ["two"])
        #expect(await submit(["response_action": "push", "view": next("three")]) == ["two", "three"])
        #expect(await submit(["response_action": "push", "view": next("four")]) == ["two", "three", "four"])
        #expect(await submit(["response_action": "push", "view": next("five")]) == ["two", "three", "four"])
        await slack.app.answer { _ in HTTPResponse(status: 200) }
        #expect(await slack.act("view/submit", ["user": "ada"])["views"]?.elements?.count == 2)
        #expect(await submit(["response_action": "clear"]).isEmpty)
    }

    @Test func `only one's own modal, and only the one on top`() async throws {
        let slack = try Slack()
        let opened = await slack.open(Sample.modal(Sample.section("x")))
        let id = try #require(opened["view"]?["id"])
        #expect(await slack.act("view/submit", ["user": "bob", "view_id": id])["error"] == "no_view")
        await slack.app.answer { _ in
            json(["response_action": "push", "view": .object(Sample.modal(Sample.section("y")))])
        }
        _ = await slack.act("view/submit", ["user": "ada"])
        #expect(await slack.act("view/submit", ["user": "ada", "view_id": id])["error"] == "not_on_top")
    }

    @Test func `a select with a response URL hands one out`() async throws {
        let slack = try Slack()
        await slack.open(
            Sample.modal(
                Sample.input(
                    "where", ["type": "conversations_select", "action_id": "x", "response_url_enabled": true])))
        _ = await slack.act("view/submit", ["user": "ada", "values": ["where": "#oncall"]])
        let handed = await slack.app.last["response_urls"]?[0]
        #expect(handed?["channel_id"] == "C0ONCALL")
        #expect(await slack.respond(handed?["response_url"], ["text": "here"]).status == 200)
        #expect(await slack.look("messages?channel=C0ONCALL&user=ada")["messages"]?[0]?["text"] == "here")
    }
}

@Suite struct `Menus that the app fills` {
    private func menu(_ members: JSONObject = [:]) -> JSONValue {
        var element: JSONObject = ["type": "external_select", "action_id": "target"]
        for (name, value) in members { element[name] = value }
        return Sample.input("where", .object(element), dispatch: true)
    }

    @Test func `ask from the least number of characters on, and offer what comes`() async throws {
        let slack = try Slack()
        await slack.open(Sample.modal(menu()))
        #expect(
            await slack.act("options", ["user": "ada", "action_id": "target", "query": "pr"])["error"]
                == "query_too_short")
        let early = await slack.act("view/submit", ["user": "ada", "values": ["where": "prod"]])
        #expect(early["error"] == "not_an_option")
        await slack.app.answer { _ in json(["options": [Sample.option("prod")]]) }
        let offered = await slack.act("options", ["user": "ada", "action_id": "target", "query": "pro"])
        #expect(offered["options"]?[0]?["value"] == "prod")
        let asked = await slack.app.last
        #expect(asked["type"] == "block_suggestion")
        #expect(asked["value"] == "pro")
        #expect(asked["action_id"] == "target" && asked["block_id"] == "where")
        #expect(asked["trigger_id"] == nil)
        await slack.app.answer { _ in HTTPResponse(status: 200) }
        let chosen = await slack.act("view/action", ["user": "ada", "action_id": "target", "value": "prod"])
        #expect(chosen["ok"] == true)
        #expect(await slack.app.last["actions"]?[0]?["selected_option"]?["value"] == "prod")
        #expect(
            await slack.app.last["state"]?["values"]?["where"]?["target"]?["selected_option"]?["value"] == "prod")
        #expect(await slack.act("view/submit", ["user": "ada"])["ok"] == true)
    }

    @Test func `stay empty where the answer is late or no list of options`() async throws {
        let slack = try Slack()
        await slack.open(Sample.modal(menu(["min_query_length": 0])))
        let many = JSONValue.array((0...100).map { Sample.option("\($0)") })
        for answer in [json(["options": many]), .text("no"), json(["choices": []])] {
            await slack.app.answer { _ in answer }
            let result = await slack.act("options", ["user": "ada", "action_id": "target"])
            #expect(result["error"] == "invalid_options")
        }
        await slack.app.answer { _ in throw TransportError.timedOut(after: .seconds(3)) }
        let late = await slack.act("options", ["user": "ada", "action_id": "target"])
        #expect(late["error"] == "operation_timeout")
    }
}
