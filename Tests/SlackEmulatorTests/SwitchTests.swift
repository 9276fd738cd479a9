import Crypto
import HTTPModel
import SlackEmulator
import Support
import Testing

@Suite struct `Switches` {
    private func post(_ slack: Slack, _ channel: String = "C0DB") async -> HTTPResponse {
        await slack.response("chat.postMessage", ["channel": .string(channel), "text": "x"])
    }

    private func posted(_ slack: Slack) async -> Int {
        await slack.look("messages?channel=C0DB")["messages"]?.elements?.count ?? -1
    }

    @Test func `too many requests, a few times and in one channel`() async throws {
        let slack = try Slack()
        _ = await slack.act(
            "faults",
            ["method": "chat.postMessage", "channel": "C0DB", "kind": "429", "retry_after": 7, "times": 2])
        for _ in 1...2 {
            let response = await post(slack)
            #expect(response.status == 429)
            #expect(response.headers["Retry-After"] == "7")
            #expect(response.json["error"] == "ratelimited")
        }
        #expect(await post(slack, "C0VAULT").status == 200)
        #expect(await post(slack).status == 200)
        #expect(await slack.look("faults")["rules"]?.elements?.isEmpty == true)
    }

    @Test(arguments: [("500", 500), ("outage", 503)])
    func `broken servers do nothing`(kind: String, status: Int) async throws {
        let slack = try Slack()
        _ = await slack.act("faults", ["rules": [["method": "*", "kind": .string(kind)]]])
        #expect(await post(slack).status == status)
        #expect(await slack.response("auth.test", [:]).status == status)
        _ = await slack.send("DELETE", "/emulator/faults")
        #expect(await slack.response("auth.test", [:]).status == 200)
        #expect(await posted(slack) == 0)
    }

    @Test(arguments: ["500", "truncated", "never"])
    func `a lost answer hides what was done`(answer: String) async throws {
        let slack = try Slack()
        _ = await slack.act(
            "faults",
            ["method": "chat.postMessage", "kind": "lost_answer", "answer": .string(answer), "times": 1, "ms": 1])
        let response = await post(slack)
        #expect(response.json["ok"] == nil)
        #expect(response.status == (answer == "truncated" ? 200 : 500))
        #expect(await posted(slack) == 1)
        let logged = await slack.look("calls?method=chat.postMessage")["calls"]?[0]
        #expect(logged?["ok"] == true)
    }

    @Test func `any error of Slack's, and delays`() async throws {
        let slack = try Slack()
        _ = await slack.act(
            "faults",
            [
                "rules": [
                    ["method": "views.open", "kind": "delay", "ms": 1],
                    ["method": "views.open", "kind": "error", "error": "fatal_error"],
                ]
            ])
        #expect(await slack.open(Sample.modal(Sample.section("x")))["error"] == "fatal_error")
        #expect(await slack.look("views?user=ada")["views"]?.elements?.isEmpty == true)
    }

    @Test(
        arguments: [
            ["method": "*"], ["kind": "429"], ["method": "*", "kind": "earthquake"],
            ["method": "*", "delivery": "*", "kind": "delay"], ["method": "*", "kind": "duplicate"],
            ["delivery": "*", "kind": "429"],
        ] as [JSONObject])
    func `rules that make no sense are refused`(rule: JSONObject) async throws {
        let slack = try Slack()
        let response = await slack.send("POST", "/emulator/faults", JSONValue.object(rule).bytes)
        #expect(response.status == 400)
        #expect(await slack.look("faults")["rules"]?.elements?.isEmpty == true)
    }

    @Test func `wrong signatures, stale times, and two deliveries at once`() async throws {
        let slack = try Slack()
        func command() async -> JSONValue {
            await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        }
        func isGenuine(_ request: HTTPRequest) -> Bool {
            let stamp = request.headers["X-Slack-Request-Timestamp"] ?? ""
            let base = Array("v0:\(stamp):".utf8) + request.body
            let code = Hex.text(HMACSHA256.code(for: base, key: Array(Slack.secret.utf8)))
            return request.headers["X-Slack-Signature"] == "v0=\(code)"
        }
        func times(_ kind: String) async {
            _ = await slack.act("faults", ["delivery": "command", "kind": .string(kind), "times": 1])
        }
        await times("wrong_signature")
        _ = await command()
        #expect(await slack.app.received.last.map { isGenuine($0.request) } == false)

        await times("stale_timestamp")
        _ = await command()
        let stale = try #require(await slack.app.received.last?.request)
        #expect(isGenuine(stale))
        #expect(stale.headers["X-Slack-Request-Timestamp"] == String(slack.clock.now.seconds - 400))

        await times("duplicate")
        let before = await slack.app.received.count
        #expect(await command()["deliveries"]?.elements?.count == 2)
        let both = await slack.app.received[before...].map(\.request.body)
        #expect(both.count == 2 && both[0] == both[1])

        await times("lost_answer")
        #expect(await command()["error"] == "operation_timeout")
        await times("outage")
        let count = await slack.app.received.count
        #expect(await command()["error"] == "dispatch_failed")
        #expect(await slack.app.received.count == count)
    }

    @Test func `strict rates hold back, each channel by itself, until time passes`() async throws {
        let slack = try Slack()
        for _ in 1...20 { #expect(await post(slack).status == 200) }
        _ = await slack.act("limits", ["strict": true])
        var statuses: [Int] = []
        for _ in 1...4 { statuses.append(await post(slack).status) }
        #expect(statuses == [200, 200, 200, 429])
        #expect(await post(slack, "C0VAULT").status == 200)
        slack.clock.advance(.seconds(1))
        #expect(await post(slack).status == 200)
        #expect(await post(slack).headers["Retry-After"] == "1")
        var lists = 0
        while await slack.form("users.list", [:])["ok"] == true, lists < 100 { lists += 1 }
        #expect(lists == 20)
    }

    @Test func `the clock moves where it may`() async throws {
        let slack = try Slack()
        let before = slack.clock.now
        let moved = await slack.act("clock", ["advance": 90])
        #expect(moved["ok"] == true)
        #expect(slack.clock.now - before == .seconds(90))
        let fixed = try Slack(movableClock: false)
        let refused = await fixed.send("POST", "/emulator/clock", Array(#"{"advance": 1}"#.utf8))
        #expect(refused.status == 403)
        #expect(refused.json["error"] == "clock_is_fixed")
    }
}

@Suite struct `Events` {
    @Test func `carry whose they are`() async throws {
        let slack = try Slack()
        let result = await slack.act("channel/join", ["user": "erin", "channel": "C0DB"])
        #expect(result["deliveries"]?.elements?.count == 1)
        let body = await slack.app.last
        #expect(body["type"] == "event_callback")
        #expect(body["team_id"] == "T0ACME")
        #expect(body["authorizations"]?[0]?["user_id"] == "U0SYM")
        #expect(body["event"]?["type"] == "member_joined_channel")
        #expect(body["event"]?["user"] == "U0ERIN")
        #expect(body["is_ext_shared_channel"] == false)
        #expect(await slack.act("channel/leave", ["user": "erin", "channel": "C0DB"])["ok"] == true)
        #expect(await slack.app.last["event"]?["type"] == "member_left_channel")
        let again = await slack.act("channel/leave", ["user": "erin", "channel": "C0DB"])
        #expect(again["deliveries"]?.elements?.isEmpty == true)
    }

    @Test func `tell of archives, shares, people and DMs`() async throws {
        let slack = try Slack()
        func heard(_ path: String, _ body: JSONObject) async -> String? {
            _ = await slack.act(path, body)
            return await slack.app.last["event"]?["type"]?.text
        }
        #expect(await heard("channel/archive", ["channel": "C0VAULT"]) == "group_archive")
        #expect(await heard("channel/archive", ["channel": "C0VAULT", "archived": false]) == "group_unarchive")
        #expect(await heard("channel/disconnect", ["channel": "C0SHARED", "team": "globex"]) == "channel_unshared")
        #expect(
            await heard("channel/disconnect", ["channel": "C0SHARED", "team": "globex", "connected": true])
                == "channel_shared")
        #expect(await heard("user", ["user": "bob", "kind": "guest"]) == "user_change")
        #expect(await slack.app.last["event"]?["user"]?["is_restricted"] == true)
        #expect(await heard("user/deactivate", ["user": "bob"]) == "user_change")
        #expect(await slack.form("users.info", ["user": "U0BOB"])["user"]?["deleted"] == true)
        #expect(await heard("message", ["user": "ada", "channel": "@app", "text": "help"]) == "message")
        #expect(await slack.app.last["event"]?["channel_type"] == "im")
    }

    @Test func `are retried three times, with the reason`() async throws {
        let slack = try Slack { _ in HTTPResponse(status: 500) }
        let event: JSONObject = ["event": ["type": "app_uninstalled"], "await_retries": true]
        let result = await slack.act("event", event)
        #expect(result["ok"] == false)
        let requests = await slack.app.received.map(\.request)
        #expect(requests.map { $0.headers["X-Slack-Retry-Num"] } == [nil, "1", "2", "3"])
        #expect(requests.last?.headers["X-Slack-Retry-Reason"] == "http_error")
        #expect(Set(requests.map(\.body)).count == 1)
        #expect(await slack.app.last["authorizations"]?[0]?["team_id"] == "T0ACME")
    }

    @Test func `stop being retried once taken, or where the app asks`() async throws {
        let slack = try Slack { received in
            if received.request.headers["X-Slack-Retry-Num"] == nil {
                throw TransportError.timedOut(after: .seconds(3))
            }
            return HTTPResponse(status: 200)
        }
        let event: JSONObject = ["event": ["type": "team_join"], "await_retries": true, "event_id": "Ev1"]
        #expect(await slack.act("event", event)["ok"] == true)
        #expect(await slack.app.received.count == 2)
        #expect(await slack.app.received.last?.request.headers["X-Slack-Retry-Reason"] == "http_timeout")
        #expect(await slack.app.last["event_id"] == "Ev1")
        await slack.app.answer { _ in HTTPResponse(status: 500, headers: ["X-Slack-No-Retry": "1"]) }
        _ = await slack.act("event", event)
        #expect(await slack.app.received.count == 3)
    }

    @Test func `are retried by the service when nobody waits`() async throws {
        let slack = try Slack { received in
            HTTPResponse(status: received.request.headers["X-Slack-Retry-Num"] == nil ? 500 : 200)
        }
        let service = Task { try await slack.emulator.run() }
        _ = await slack.act("event", ["event": ["type": "team_join"]])
        let seen = await slack.wait(["call": ["kind": "delivery", "ok": true]], milliseconds: 20_000)
        #expect(seen["calls"]?[0]?["retry_num"] == "1")
        service.cancel()
        _ = try? await service.value
    }
}

@Suite struct `Watching` {
    @Test func `the log holds both directions, and no secrets`() async throws {
        let slack = try Slack { _ in .text("done xoxb-1-secret") }
        _ = await slack.form(
            "chat.postMessage", ["token": Slack.token, "channel": "C0DB", "text": "x", "blocks": "[]"])
        _ = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        _ = await slack.respond(await slack.app.last["response_url"], ["text": "late"])
        let calls = await slack.look("calls")
        #expect(calls["calls"]?.elements?.compactMap { $0["kind"]?.text } == ["call", "delivery", "response_url"])
        #expect(calls["calls"]?[0]?["request"]?["blocks"] == [])
        #expect(calls["calls"]?[1]?["request"]?["trigger_id"] == "<redacted>")
        #expect(calls["calls"]?[1]?["response"] == "done xoxb-<redacted>")
        let text = calls.compact
        #expect(!text.contains(Slack.token) && !text.contains("/response/"))
        let last = try #require(calls["last"]?.integer)
        #expect(await slack.look("calls?since=\(last)")["calls"]?.elements?.isEmpty == true)
        #expect(await slack.look("calls?method=command")["calls"]?.elements?.count == 1)
    }

    @Test func `a person's state is what they see`() async throws {
        let slack = try Slack()
        _ = await slack.call("chat.postMessage", ["channel": "C0DB", "text": "for members"])
        _ = await slack.call("chat.postMessage", ["channel": "U0ADA", "text": "for ada"])
        func state(_ user: String) async -> JSONValue { await slack.look("state?user=\(user)") }
        func names(_ state: JSONValue) -> [String] {
            state["conversations"]?.elements?.compactMap { $0["name"]?.text } ?? []
        }
        let ada = await state("ada")
        #expect(names(ada).contains("security"))
        #expect(ada["conversations"]?.elements?.last?["messages"]?[0]?["text"] == "for ada")
        #expect(ada["commands"]?[0]?["command"] == "/sym")
        let erin = await state("erin")
        #expect(!names(erin).contains("security"))
        let channel = erin["conversations"]?.elements?.first { $0["id"] == "C0DB" }
        #expect(channel?["is_member"] == false)
        #expect(channel?["messages"]?.elements?.isEmpty == true)
        let carl = await state("carl")
        #expect(names(carl) == ["acme-globex", "globex-lobby"])
        #expect(carl["commands"]?.elements?.isEmpty == true)
        #expect(names(await state("gus")) == ["general"])
        #expect(names(await state("lena")).isEmpty)
        #expect(await slack.look("world")["users"]?.elements?.count == 10)
        #expect(!(await slack.look("world")).compact.contains("xoxb"))
    }

    @Test func `events flow on from where a reader stopped`() async throws {
        let slack = try Slack()
        let since = try #require(await slack.look("world")["last"]?.integer)
        _ = await slack.call("chat.postMessage", ["channel": "C0DB", "text": "one"])
        func read(from id: Int64?, count: Int) async -> [String] {
            var headers: HTTPHeaders = [:]
            if let id { headers["Last-Event-ID"] = "\(id)" }
            let response = await slack.emulator.respond(to: HTTPRequest(target: "/emulator/events", headers: headers))
            guard case .stream(let stream) = response.body else { return [] }
            var pieces: [String] = []
            for await piece in stream {
                pieces.append(String(decoding: piece, as: UTF8.self))
                if pieces.count == count { break }
            }
            return pieces
        }
        let resumed = await read(from: since, count: 2)
        #expect(resumed.first == ": connected\n\n")
        #expect(resumed.last?.hasPrefix("id: \(since + 1)\nevent: message\ndata: {\"channel\":\"C0DB\"") == true)
        #expect(resumed.last?.contains("event: call") == true)
        let lost = await read(from: 999_999, count: 1)
        #expect(lost.first?.contains("event: reset") == true)
        async let fresh = read(from: nil, count: 2)
        // Posting goes on until the reader has come in, whichever of the two is first.
        let posting = Task {
            while !Task.isCancelled {
                _ = await slack.call("chat.postMessage", ["channel": "C0DB", "text": "two"])
                await Task.yield()
            }
        }
        #expect(await fresh.last?.contains("event: message") == true)
        posting.cancel()
        await posting.value
    }

    @Test func `waiting knows views, calls and absence`() async throws {
        let slack = try Slack()
        async let opened = slack.wait(["view": ["user": "ada", "callback_id": "prompt"]], milliseconds: 20_000)
        await slack.open(Sample.modal(Sample.section("pick one")))
        #expect(await opened["view"]?["callback_id"] == "prompt")
        #expect(await slack.wait(["view": ["user": "ada", "contains": "pick one"]])["ok"] == true)
        #expect(await slack.wait(["view": ["user": "ada", "lacks": "pick one"]], milliseconds: 10)["ok"] == false)
        async let gone = slack.wait(["no_view": ["user": "ada"]], milliseconds: 20_000)
        _ = await slack.act("view/close", ["user": "ada"])
        #expect(await gone["ok"] == true)
        #expect(await slack.wait(["call": ["method": "views.open", "count": 1]])["calls"]?.elements?.count == 1)
        #expect(await slack.wait(["call": ["method": "views.open", "count": 2]], milliseconds: 10)["ok"] == false)
        let wrong = await slack.send("POST", "/emulator/wait", Array(#"{"until": {"rain": {}}}"#.utf8))
        #expect(wrong.status == 400)
        #expect(await slack.send("GET", "/emulator/nothing").status == 404)
        #expect(await slack.send("GET", "/elsewhere").status == 404)
    }
}
