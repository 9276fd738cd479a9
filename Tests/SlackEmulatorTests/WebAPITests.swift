import HTTPModel
import SlackEmulator
import Support
import Testing

@Suite struct `The Web API's door` {
    @Test func `asks for a token`() async throws {
        let slack = try Slack()
        #expect(await slack.call("auth.test", token: nil)["error"] == "not_authed")
        #expect(await slack.call("auth.test", token: "xoxb-wrong")["error"] == "invalid_auth")
        #expect(await slack.form("auth.test", ["token": Slack.token], token: nil)["ok"] == true)
        let query = await slack.send("GET", "/api/auth.test?token=\(Slack.token)").json
        #expect(query["error"] == "not_authed")
    }

    @Test func `knows the app`() async throws {
        let answer = await (try Slack()).call("auth.test")
        #expect(
            answer == [
                "ok": true, "url": "https://acme.slack.com/", "team": "Acme", "user": "sym", "team_id": "T0ACME",
                "user_id": "U0SYM", "bot_id": "B0SYM", "is_enterprise_install": false,
            ])
    }

    @Test func `a revoked token stays refused`() async throws {
        let slack = try Slack()
        #expect(await slack.form("auth.revoke", ["test": "1"])["revoked"] == false)
        #expect(await slack.form("auth.revoke", [:])["revoked"] == true)
        #expect(await slack.call("auth.test")["error"] == "token_revoked")
        _ = await slack.act("token", ["state": "account_inactive"])
        #expect(await slack.call("auth.test")["error"] == "account_inactive")
    }

    @Test func `names the scope that is missing`() async throws {
        let text = WorkspaceFile.sampleText.replacing(
            #""token": "xoxb-emulator-acme","#, with: #""token": "xoxb-emulator-acme", "scopes": ["chat:write"],"#)
        let slack = try Slack(workspace: text)
        let answer = await slack.form("users.info", ["user": "U0ADA"])
        #expect(answer["error"] == "missing_scope")
        #expect(answer["needed"] == "users:read")
        #expect(answer["provided"] == "chat:write")
        #expect(await slack.call("conversations.open", ["users": "U0ADA"])["needed"] == "im:write")
        let response = await slack.response("auth.test", [:])
        #expect(response.headers["X-OAuth-Scopes"] == "chat:write")
    }

    @Test func `unknown methods, and bodies that cannot be read`() async throws {
        let slack = try Slack()
        #expect(await slack.call("chat.shout")["error"] == "unknown_method")
        func body(_ text: String, _ type: String?) async -> JSONValue {
            await slack.send("POST", "/api/chat.postMessage", type: type, Array(text.utf8), token: Slack.token).json
        }
        #expect(await body("{", "application/json")["error"] == "invalid_json")
        #expect(await body("[]", "application/json")["error"] == "json_not_object")
        let empty = await slack.send("POST", "/api/auth.test", type: "application/json", token: Slack.token).json
        #expect(empty["ok"] == true)
        #expect(await body("x", "text/plain")["error"] == "invalid_post_type")
        #expect(await body("x", nil)["error"] == "missing_post_type")
        #expect(await body("a=%ff", "application/x-www-form-urlencoded")["error"] == "invalid_form_data")
    }

    @Test func `what is missing is named with its pointer`() async throws {
        let answer = await (try Slack()).call("chat.postMessage", ["text": "x"])
        #expect(answer["error"] == "invalid_arguments")
        #expect(
            answer["response_metadata"]?["messages"] == [
                "[ERROR] missing required field: channel [json-pointer:/channel]"
            ])
    }

    @Test func `methods for forms do not read JSON`() async throws {
        let slack = try Slack()
        #expect(await slack.call("users.info", ["user": "U0ADA"])["error"] == "invalid_arguments")
        #expect(await slack.form("users.info", ["user": "U0ADA"])["ok"] == true)
        let got = await slack.send("GET", "/api/users.info?user=U0ADA", token: Slack.token).json
        #expect(got["user"]?["id"] == "U0ADA")
        let posted = await slack.send("GET", "/api/chat.postMessage?channel=C0DB&text=x", token: Slack.token).json
        #expect(posted["ok"] == false)
    }

    @Test func `nested values are text in forms and themselves in JSON`() async throws {
        let slack = try Slack()
        let blocks: JSONValue = [Sample.section("x")]
        let wrongJSON = await slack.call("chat.postMessage", ["channel": "C0DB", "blocks": .string(blocks.compact)])
        #expect(wrongJSON["error"] == "invalid_blocks_format")
        let form = await slack.form("chat.postMessage", ["channel": "C0DB", "text": "t", "blocks": blocks.compact])
        #expect(form["ok"] == true)
        let wrongForm = await slack.form("chat.postMessage", ["channel": "C0DB", "blocks": "no json"])
        #expect(wrongForm["error"] == "invalid_blocks_format")
        let object = await slack.call("chat.postMessage", ["channel": "C0DB", "blocks": ["type": "divider"]])
        #expect(object["error"] == "invalid_blocks_format")
    }
}

@Suite struct `Posting and editing` {
    @Test(
        arguments: [
            ("C0DB", nil), ("#db-access", nil), ("C0VAULT", nil), ("C0GENERAL", "not_in_channel"),
            ("C0SECRET", "channel_not_found"), ("C0OLD", "is_archived"), ("C0NONE", "channel_not_found"),
            ("C0GLOBEX", "channel_not_found"), ("U0NOBODY", "channel_not_found"), ("U0CORA", "channel_not_found"),
            ("U0LEFT", "user_disabled"),
        ] as [(String, String?)])
    func `goes where the app may write`(channel: String, error: String?) async throws {
        let answer = await (try Slack()).call("chat.postMessage", ["channel": .string(channel), "text": "x"])
        #expect(answer["error"]?.text == error)
    }

    @Test func `with chat write public also to public channels not joined`() async throws {
        let text = WorkspaceFile.sampleText.replacing(
            #""token": "xoxb-emulator-acme","#,
            with: #""token": "xoxb-emulator-acme", "scopes": ["chat:write", "chat:write.public"],"#)
        let slack = try Slack(workspace: text)
        #expect(await slack.call("chat.postMessage", ["channel": "C0GENERAL", "text": "x"])["ok"] == true)
        #expect(
            await slack.call("chat.postMessage", ["channel": "C0SECRET", "text": "x"])["error"] == "channel_not_found")
    }

    @Test func `to a person goes into their DM, and only its id edits`() async throws {
        let slack = try Slack()
        let posted = await slack.call("chat.postMessage", ["channel": "U0ADA", "text": "hello"])
        let channel = try #require(posted["channel"]?.text)
        let ts = try #require(posted["ts"])
        #expect(channel.hasPrefix("D"))
        let opened = await slack.call("conversations.open", ["users": "U0ADA"])
        #expect(opened["channel"]?["id"]?.text == channel)
        #expect(opened["already_open"] == true)
        let wrong = await slack.call("chat.update", ["channel": "U0ADA", "ts": ts, "text": "x"])
        #expect(wrong["error"] == "channel_not_found")
        #expect(await slack.call("chat.update", ["channel": .string(channel), "ts": ts, "text": "x"])["ok"] == true)
        let seen = await slack.look("messages?channel=@app&user=ada")
        #expect(seen["messages"]?[0]?["text"] == "x")
        let others = await slack.look("messages?channel=\(channel)&user=bob")
        #expect(others["error"] == "not_in_channel")
    }

    @Test func `says something, within the limits`() async throws {
        let slack = try Slack()
        func post(_ members: JSONObject) async -> JSONValue {
            var arguments: JSONObject = ["channel": "C0DB"]
            for (name, value) in members { arguments[name] = value }
            return await slack.call("chat.postMessage", arguments)
        }
        #expect(await post([:])["error"] == "no_text")
        #expect(await post(["text": ""])["error"] == "no_text")
        let cut = await post(["text": .string(String(repeating: "x", count: 40_001))])
        #expect(cut["warning"] == "message_truncated")
        #expect(cut["message"]?["text"]?.text?.count == 40_000)
        let long: JSONValue = .string(String(repeating: "x", count: 3001))
        let blocks = await post(["blocks": [["type": "section", "text": ["type": "mrkdwn", "text": long]]]])
        #expect(blocks["error"] == "invalid_blocks")
        #expect(
            blocks["response_metadata"]?["messages"] == [
                "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
            ])
        #expect(await post(["text": "x", "markdown_text": "y"])["error"] == "markdown_text_conflict")
        #expect(await post(["text": "x", "metadata": ["event_type": "run"]])["error"] == "invalid_metadata_schema")
        #expect(await post(["text": "x", "metadata": []])["error"] == "invalid_metadata_format")
        let big: JSONValue = [
            "event_type": "run", "event_payload": ["x": .string(String(repeating: "y", count: 8000))],
        ]
        #expect(await post(["text": "x", "metadata": big])["error"] == "metadata_too_large")
        #expect(await post(["text": "x", "thread_ts": "1.0"])["error"] == "thread_not_found")
        #expect(await post(["text": "x", "username": "Boss"])["error"] == "missing_scope")
        let count = await slack.look("messages?channel=C0DB")["messages"]?.elements?.count
        #expect(count == 1)
    }

    @Test func `edits only its own messages, and knows what stays`() async throws {
        let slack = try Slack()
        let posted = await slack.call(
            "chat.postMessage",
            [
                "channel": "C0DB", "text": "one", "blocks": [Sample.section("one")],
                "metadata": ["event_type": "run", "event_payload": ["id": "r1"]],
            ])
        let ts = try #require(posted["ts"])
        func update(_ members: JSONObject) async -> JSONValue {
            var arguments: JSONObject = ["channel": "C0DB", "ts": ts]
            for (name, value) in members { arguments[name] = value }
            return await slack.call("chat.update", arguments)
        }
        #expect(await update([:])["error"] == "no_text")
        // Metadata alone keeps text and blocks.
        let kept = await update(["metadata": ["event_type": "run", "event_payload": ["id": "r2"]]])
        #expect(kept["message"]?["blocks"]?.elements?.count == 1)
        #expect(kept["message"]?["metadata"]?["event_payload"]?["id"] == "r2")
        // Text alone takes the blocks away and keeps the metadata.
        let plain = await update(["text": "two"])
        #expect(plain["message"]?["blocks"] == nil)
        #expect(plain["message"]?["metadata"]?["event_payload"]?["id"] == "r2")
        #expect(await update(["text": .string(String(repeating: "x", count: 40_001))])["error"] == "msg_too_long")

        let said = await slack.act("message", ["user": "ada", "channel": "C0DB", "text": "mine"])
        let other = await slack.call("chat.update", ["channel": "C0DB", "ts": said["ts"] ?? nil, "text": "x"])
        #expect(other["error"] == "cant_update_message")
        let deletion = await slack.call("chat.delete", ["channel": "C0DB", "ts": said["ts"] ?? nil])
        #expect(deletion["error"] == "cant_delete_message")
        let unknown = await slack.call("chat.update", ["channel": "C0DB", "ts": "1.000001", "text": "x"])
        #expect(unknown["error"] == "message_not_found")
        #expect(await slack.call("chat.delete", ["channel": "C0DB", "ts": ts])["ok"] == true)
        #expect(await slack.call("chat.delete", ["channel": "C0DB", "ts": ts])["error"] == "message_not_found")
        _ = await slack.act("channel/archive", ["channel": "C0DB"])
    }

    @Test func `an archived channel freezes its messages`() async throws {
        let slack = try Slack()
        let ts = try #require(await slack.call("chat.postMessage", ["channel": "C0DB", "text": "x"])["ts"])
        _ = await slack.act("channel/archive", ["channel": "C0DB"])
        #expect(await slack.call("chat.update", ["channel": "C0DB", "ts": ts, "text": "y"])["error"] == "is_inactive")
        #expect(await slack.call("chat.postMessage", ["channel": "C0DB", "text": "y"])["error"] == "is_archived")
        _ = await slack.act("channel/archive", ["channel": "C0DB", "archived": false])
        #expect(await slack.call("chat.update", ["channel": "C0DB", "ts": ts, "text": "y"])["ok"] == true)
    }

    @Test func `ephemeral messages reach members only, and cannot be edited`() async throws {
        let slack = try Slack()
        func whisper(_ channel: String, _ user: String) async -> JSONValue {
            await slack.call(
                "chat.postEphemeral", ["channel": .string(channel), "user": .string(user), "text": "psst"])
        }
        let sent = await whisper("C0DB", "U0ADA")
        let ts = try #require(sent["message_ts"])
        #expect(await whisper("C0DB", "U0ERIN")["error"] == "user_not_in_channel")
        #expect(await whisper("C0GENERAL", "U0ADA")["error"] == "not_in_channel")
        #expect(await whisper("C0SECRET", "U0ADA")["error"] == "channel_not_found")
        let edit = await slack.call("chat.update", ["channel": "C0DB", "ts": ts, "text": "x"])
        #expect(edit["error"] == "message_not_found")
        #expect(await slack.look("messages?channel=C0DB&user=ada")["messages"]?[0]?["ephemeral"] == true)
        #expect(await slack.look("messages?channel=C0DB&user=bob")["messages"]?.elements?.isEmpty == true)
        let history = await slack.form("conversations.history", ["channel": "C0DB"])
        #expect(history["messages"]?.elements?.isEmpty == true)
    }

    @Test func `threads stay out of the history unless broadcast`() async throws {
        let slack = try Slack()
        let parent = try #require(await slack.call("chat.postMessage", ["channel": "C0DB", "text": "card"])["ts"])
        func answer(_ text: String, broadcast: Bool = false) async {
            _ = await slack.call(
                "chat.postMessage",
                [
                    "channel": "C0DB", "text": .string(text), "thread_ts": parent,
                    "reply_broadcast": .bool(broadcast),
                ])
        }
        await answer("quiet")
        await answer("loud", broadcast: true)
        func texts(_ answer: JSONValue) -> [String?] { answer["messages"]?.elements?.map { $0["text"]?.text } ?? [] }
        #expect(texts(await slack.form("conversations.history", ["channel": "C0DB"])) == ["loud", "card"])
        let thread = await slack.form("conversations.replies", ["channel": "C0DB", "ts": parent.text ?? ""])
        #expect(texts(thread) == ["card", "quiet", "loud"])
        #expect(thread["messages"]?[1]?["thread_ts"] == parent)
        let none = await slack.form("conversations.replies", ["channel": "C0DB", "ts": "1.000001"])
        #expect(none["error"] == "thread_not_found")
    }

    @Test(arguments: [(100, nil), (101, "too_many_attachments")] as [(Int, String?)])
    func `carries a hundred attachments`(count: Int, error: String?) async throws {
        let attachments = JSONValue.array(Array(repeating: ["text": "a"], count: count))
        let answer = await (try Slack()).call("chat.postMessage", ["channel": "C0DB", "attachments": attachments])
        #expect(answer["error"]?.text == error)
    }

    @Test func `history goes back from the newest, with metadata where asked`() async throws {
        let slack = try Slack()
        var stamps: [String] = []
        for number in 1...5 {
            let posted = await slack.call(
                "chat.postMessage",
                [
                    "channel": "C0DB", "text": .string("m\(number)"),
                    "metadata": ["event_type": "run", "event_payload": ["n": .int(Int64(number))]],
                ])
            stamps.append(posted["ts"]?.text ?? "")
        }
        let page = await slack.form("conversations.history", ["channel": "C0DB", "limit": "2"])
        #expect(page["messages"]?.elements?.compactMap { $0["text"]?.text } == ["m5", "m4"])
        #expect(page["messages"]?[0]?["metadata"] == nil)
        #expect(page["has_more"] == true)
        let cursor = try #require(page["response_metadata"]?["next_cursor"]?.text)
        #expect(cursor.hasSuffix("="))
        let next = await slack.form("conversations.history", ["channel": "C0DB", "limit": "3", "cursor": cursor])
        #expect(next["messages"]?.elements?.compactMap { $0["text"]?.text } == ["m3", "m2", "m1"])
        #expect(next["response_metadata"]?["next_cursor"] == "")
        let since = await slack.form(
            "conversations.history",
            ["channel": "C0DB", "oldest": stamps[2], "include_all_metadata": "true"])
        #expect(since["messages"]?.elements?.compactMap { $0["metadata"]?["event_payload"]?["n"]?.integer } == [5, 4])
        let inclusive = await slack.form(
            "conversations.history", ["channel": "C0DB", "oldest": stamps[2], "inclusive": "true"])
        #expect(inclusive["messages"]?.elements?.count == 3)
        #expect(await slack.form("conversations.history", ["channel": "C0GENERAL"])["error"] == "not_in_channel")
        #expect(await slack.form("conversations.history", ["channel": "C0SECRET"])["error"] == "channel_not_found")
        let link = await slack.form("chat.getPermalink", ["channel": "C0DB", "message_ts": stamps[0]])
        #expect(link["permalink"]?.text == "https://acme.slack.com/archives/C0DB/p\(stamps[0].filter { $0 != "." })")
    }
}

@Suite struct `People and conversations in the Web API` {
    @Test func `users are seen as what they are`() async throws {
        let slack = try Slack()
        func user(_ id: String) async -> JSONValue { await slack.form("users.info", ["user": id])["user"] ?? nil }
        let admin = await user("U0ADA")
        #expect(admin["is_admin"] == true)
        #expect(admin["profile"]?["email"] == "ada@acme.test")
        #expect(admin["is_stranger"] == nil)
        let guest = await user("U0GUS")
        #expect(guest["is_restricted"] == true && guest["is_ultra_restricted"] == false)
        let ultra = await user("U0UMA")
        #expect(ultra["is_restricted"] == true && ultra["is_ultra_restricted"] == true)
        let gone = await user("U0LEFT")
        #expect(gone["deleted"] == true && gone["is_admin"] == nil)
        let foreign = await user("U0CARL")
        #expect(foreign["team_id"] == "T0GLOBEX")
        #expect(foreign["is_stranger"] == false)
        #expect(foreign["profile"]?["email"] == nil)
        #expect(await user("U0CORA")["is_stranger"] == true)
        #expect(await user("U0SYM")["is_bot"] == true)
    }

    @Test func `foreign people vanish with the last shared channel`() async throws {
        let slack = try Slack()
        let before = await slack.call("chat.postMessage", ["channel": "U0CARL", "text": "x"])
        let direct = try #require(before["channel"])
        _ = await slack.act("channel/disconnect", ["channel": "C0SHARED", "team": "globex"])
        #expect(await slack.form("users.info", ["user": "U0CARL"])["error"] == "user_not_found")
        #expect(await slack.call("conversations.open", ["users": "U0CARL"])["error"] == "user_not_found")
        #expect(await slack.call("chat.postMessage", ["channel": direct, "text": "x"])["error"] == "channel_not_found")
        #expect(await slack.form("conversations.info", ["channel": "C0SHARED"])["channel"]?["is_ext_shared"] == false)
        let seen = await slack.look("messages?channel=C0SHARED&user=carl")
        #expect(seen["error"] == "not_in_channel")
    }

    @Test(
        arguments: [
            ("ADA@acme.test", nil), ("lena@acme.test", "users_not_found"), ("carl@globex.test", "users_not_found"),
            ("nobody@acme.test", "users_not_found"),
        ] as [(String, String?)])
    func `an address finds active colleagues only`(email: String, error: String?) async throws {
        let answer = await (try Slack()).form("users.lookupByEmail", ["email": email])
        #expect(answer["error"]?.text == error)
    }

    @Test func `lists come in pages, short and empty ones too`() async throws {
        let slack = try Slack()
        #expect(await slack.act("limits", ["short_pages": true])["short_pages"] == true)
        var cursor = ""
        var names: [String] = []
        var sizes: [Int] = []
        repeat {
            let page = await slack.form("users.list", ["limit": "4", "cursor": cursor])
            names += page["members"]?.elements?.compactMap { $0["name"]?.text } ?? []
            sizes.append(page["members"]?.elements?.count ?? -1)
            cursor = page["response_metadata"]?["next_cursor"]?.text ?? ""
        } while !cursor.isEmpty && sizes.count < 20
        #expect(names == ["ada", "bob", "dana", "erin", "gus", "uma", "lena", "sym"])
        #expect(sizes == [2, 2, 2, 0, 2])
        #expect(await slack.form("users.list", ["limit": "1001"])["error"] == "invalid_limit")
        #expect(await slack.form("users.list", ["cursor": "nonsense"])["error"] == "invalid_cursor")
    }

    @Test(
        arguments: [
            ("U0ADA", nil), ("U0CARL", nil), ("U0NONE", "user_not_found"), ("U0CORA", "user_not_found"),
            ("U0LEFT", "user_disabled"), ("U0SYM", "cannot_dm_bot"), ("", "users_list_not_supplied"),
            ("U0ADA,U0BOB", nil), ("a,b,c,d,e,f,g,h,i", "too_many_users"),
        ] as [(String, String?)])
    func `a DM opens with those who can be written to`(users: String, error: String?) async throws {
        let answer = await (try Slack()).call("conversations.open", ["users": .string(users)])
        #expect(answer["error"]?.text == error)
        #expect((answer["channel"]?["id"]?.text != nil) == (error == nil))
    }

    @Test func `conversations are listed by kind, private ones only with the app in them`() async throws {
        let slack = try Slack()
        func names(_ types: String) async -> [String] {
            await slack.form("conversations.list", ["types": types, "exclude_archived": "true"])["channels"]?.elements?
                .compactMap { $0["name"]?.text } ?? []
        }
        #expect(await names("public_channel") == ["general", "db-access", "oncall", "acme-globex"])
        #expect(await names("private_channel") == ["vault"])
        #expect(await slack.form("conversations.list", ["types": "secret"])["error"] == "invalid_types")
        let mine = await slack.form("users.conversations", ["types": "public_channel,private_channel"])
        #expect(mine["channels"]?.elements?.count == 5)
        let shared = await slack.form("conversations.info", ["channel": "C0SHARED", "include_num_members": "true"])
        #expect(shared["channel"]?["is_ext_shared"] == true)
        #expect(shared["channel"]?["connected_team_ids"] == ["T0GLOBEX"])
        #expect(shared["channel"]?["num_members"] == 5)
        let members = await slack.form("conversations.members", ["channel": "C0SHARED"])
        #expect(members["members"]?.elements?.contains("U0CARL") == true)
        #expect(await slack.form("conversations.members", ["channel": "C0SECRET"])["error"] == "channel_not_found")
    }

    @Test func `joining and inviting`() async throws {
        let text = WorkspaceFile.sampleText.replacing(
            #""token": "xoxb-emulator-acme","#,
            with: #""token": "xoxb-emulator-acme", "scopes": ["channels:join", "channels:manage", "groups:write"],"#)
        let slack = try Slack(workspace: text)
        #expect(await slack.call("conversations.join", ["channel": "C0GENERAL"])["channel"]?["is_member"] == true)
        #expect(await slack.call("conversations.join", ["channel": "C0DB"])["warning"] == "already_in_channel")
        let closed = await slack.call("conversations.join", ["channel": "C0VAULT"])
        #expect(closed["error"] == "method_not_supported_for_channel_type")
        #expect(await slack.call("conversations.join", ["channel": "C0OLD"])["error"] == "is_archived")
        func invite(_ users: String, force: Bool = false) async -> JSONValue {
            await slack.call(
                "conversations.invite", ["channel": "C0DB", "users": .string(users), "force": .bool(force)])
        }
        #expect(await invite("U0ADA")["error"] == "already_in_channel")
        #expect(await invite("U0SYM")["error"] == "cant_invite_self")
        #expect(await invite("U0CARL")["error"] == "no_external_invite_permission")
        #expect(await invite("U0ERIN,U0ADA")["errors"]?[0]?["user"] == "U0ADA")
        #expect(await invite("U0ERIN,U0ADA", force: true)["ok"] == true)
        #expect(await invite("U0ERIN")["error"] == "already_in_channel")
    }

    @Test func `groups, profiles and workspaces`() async throws {
        let slack = try Slack()
        let groups = await slack.form("usergroups.list", ["include_users": "true", "include_count": "1"])
        #expect(groups["usergroups"]?[0]?["handle"] == "oncall")
        #expect(groups["usergroups"]?[0]?["users"] == ["U0ERIN"])
        #expect(groups["usergroups"]?[0]?["user_count"] == "1")
        #expect(await slack.form("usergroups.users.list", ["usergroup": "S0DBA"])["users"] == ["U0DANA"])
        #expect(await slack.form("usergroups.users.list", ["usergroup": "S0"])["error"] == "no_such_subteam")
        #expect(await slack.form("users.profile.get", ["user": "U0BOB"])["profile"]?["real_name"] == "Bob Builder")
        #expect(await slack.form("team.info", [:])["team"]?["domain"] == "acme")
        #expect(await slack.form("team.info", ["team": "T0GLOBEX"])["team"]?["name"] == "Globex")
        #expect(await slack.form("team.info", ["team": "T0NONE"])["error"] == "team_not_found")
    }
}
