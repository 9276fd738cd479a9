import HTTPModel
import SlackContract
import SlackGateway
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct `Calling Slack` {
    private let slack = Outbound()

    private func post() async -> SlackCallError? {
        await failure { () async throws(SlackCallError) in
            try await slack.client.call(
                ChatPostMessage(channel: "C0DB", message: Message(text: "hello")), workspace: Outbound.workspace
            )
        }
    }

    private func lookUp(_ workspace: String = Outbound.workspace) async -> SlackCallError? {
        await failure { () async throws(SlackCallError) in
            try await slack.client.call(UsersInfo(user: "U1"), workspace: workspace)
        }
    }

    // MARK: What is sent

    @Test func `a method that takes JSON is sent JSON, with the token in a header`() async throws {
        slack.transport.expect("chat.postMessage", Outbound.posted())
        #expect(await post() == nil)
        let sent = try #require(slack.transport.sent.first)
        #expect(sent.request.method == "POST")
        #expect(sent.request.target == "https://slack.com/api/chat.postMessage")
        #expect(sent.request.headers["Content-Type"] == "application/json; charset=utf-8")
        #expect(sent.request.headers["Authorization"] == "Bearer " + Outbound.token)
        #expect(
            sent.body == ["channel": "C0DB", "text": "hello", "unfurl_links": false, "unfurl_media": false]
        )
        #expect(sent.timeout == .seconds(10))
        #expect(sent.bodyBytesMax == 1_048_576)
    }

    @Test func `a method that takes forms is sent a form`() async throws {
        slack.transport.expect("users.info", .response(HTTPResponse(status: 200, body: try Fixtures.userInfo)))
        #expect(await lookUp() == nil)
        let sent = try #require(slack.transport.sent.first)
        #expect(sent.request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(String(decoding: sent.request.body, as: UTF8.self) == "user=U1")
        #expect(!sent.request.target.contains("xoxb"))
    }

    @Test func `a view is given up before its trigger dies`() async throws {
        slack.transport.expect("views.update", .json(["ok": true, "view": ["id": "V1"]]))
        let view = try await slack.client.call(
            ViewsUpdate(view: View.modal(title: "Wait", blocks: []), viewID: "V1"), workspace: Outbound.workspace
        )
        #expect(view.id == "V1")
        #expect(slack.transport.sent.first?.timeout == .milliseconds(2500))
    }

    @Test(arguments: ["http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"])
    func `the address of the methods can be another one`(url: String) async throws {
        let slack = Outbound(apiURL: url)
        slack.transport.expect("auth.test", .json(["ok": true, "team_id": "T0ACME", "user_id": "U0BOT"]))
        _ = try await slack.client.call(AuthTest(), token: Secret("xoxb-first"))
        #expect(slack.transport.sent.first?.request.target == "http://127.0.0.1:9/api/auth.test")
        #expect(slack.transport.sent.first?.request.headers["Authorization"] == "Bearer xoxb-first")
    }

    @Test func `an exchange of codes sends its own credentials`() async throws {
        slack.transport.expect("oauth.v2.access", Outbound.error("invalid_code"))
        let error = await failure { () async throws(SlackCallError) in
            try await slack.client.call(
                OAuthV2Access(
                    client: BasicCredentials(user: "id", password: Secret("word")),
                    grant: .code(Secret("c"), redirectURI: "https://a.test/")
                )
            )
        }
        #expect(error == .refused(.known(.invalidCode), detail: ""))
        #expect(slack.transport.sent.first?.request.headers["Authorization"] == "Basic aWQ6d29yZA==")
    }

    @Test func `a workspace without the app is not called`() async {
        #expect(await lookUp("T0OTHER") == .noInstallation(workspace: "T0OTHER"))
        #expect(slack.transport.sent.isEmpty)
    }

    // MARK: What comes back

    /// slack.md 2.3, the classes that have an outcome of their own; everything else is a no.
    private static let held: Set<SlackErrorCode.Known> = [
        .ratelimited, .rateLimited, .orgLoginRequired, .teamAddedToOrg, .externalChannelMigrating,
    ]
    private static let ambiguous: Set<SlackErrorCode.Known> = [
        .internalError, .fatalError, .serviceUnavailable, .requestTimeout, .updateFailed, .fetchMembersFailed,
    ]

    @Test(arguments: SlackErrorCode.Known.allCases)
    func `an error of Slack's says whether it may have happened`(code: SlackErrorCode.Known) async {
        slack.transport.expect("chat.postMessage", Outbound.error(code.rawValue))
        let error = await post()
        if Self.held.contains(code) {
            #expect(error?.kind == "held")
        } else if Self.ambiguous.contains(code) {
            #expect(error == .ambiguous("chat.postMessage: \(code.rawValue)"))
        } else {
            #expect(error == .refused(.known(code), detail: ""))
        }
    }

    @Test func `an error that nobody documented is a no`() async {
        slack.transport.expect("chat.postMessage", Outbound.error("brand_new"))
        #expect(await post() == .refused(.other("brand_new"), detail: ""))
    }

    @Test func `what Slack says about a no is kept`() async {
        slack.transport.expect(
            "users.info",
            .json(["ok": false, "error": "missing_scope", "needed": "users:read", "provided": "chat:write"])
        )
        #expect(
            await lookUp()
                == .refused(.known(.missingScope), detail: "needed: users:read; provided: chat:write")
        )
        #expect(slack.records.lines(of: "warning").contains { $0.contains("users:read") })
    }

    @Test(arguments: [
        (500, #"{"ok":true}"#, "ambiguous"), (503, "", "ambiguous"), (200, "<html>", "ambiguous"),
        (200, #"{"ok":"yes"}"#, "ambiguous"), (200, #"{"ok":true,"channel":"C0DB"}"#, "ambiguous"),
        (408, "", "ambiguous"), (302, "", "not sent"), (404, "<html>", "not sent"), (403, "", "not sent"),
        (403, #"{"ok":false,"error":"is_archived"}"#, "refused"),
        (404, #"{"ok":true,"channel":"C0DB","ts":"1.2"}"#, "not sent"),
    ])
    func `an answer that is not Slack's is a failure on the way`(status: Int, text: String, kind: String) async {
        slack.transport.expect("chat.postMessage", .status(status, text: text))
        #expect(await post()?.kind == kind)
    }

    @Test(arguments: [
        (TransportError.unreachable(reason: "no route"), "not sent"), (.invalidRequest(reason: "url"), "not sent"),
        (.timedOut(after: .seconds(10)), "ambiguous"), (.interrupted(reason: "reset"), "ambiguous"),
        (.responseTooLarge(limit: 1), "ambiguous"), (.cancelled, "ambiguous"),
    ])
    func `a failure on the way says whether it may have happened`(failure: TransportError, kind: String) async {
        slack.transport.expect("chat.postMessage", .failure(failure))
        #expect(await post()?.kind == kind)
    }

    // MARK: Waiting

    @Test(arguments: [("7", 7), (" 7 ", 7), ("soon", 30), ("-3", 30), (nil, 30), ("0", 1), ("99999999", 3600)])
    func `what is limited is not called until the time that Slack says`(retryAfter: String?, seconds: Int64) async {
        slack.transport.expect("users.info", Outbound.rateLimited(retryAfter))
        let until = slack.clock.now + .seconds(seconds)
        #expect(await lookUp() == .heldUntil(until))
        slack.clock.advance(.seconds(seconds) - .milliseconds(1))
        #expect(await lookUp() == .heldUntil(until))
        #expect(slack.transport.sent.count == 1)

        slack.clock.advance(.milliseconds(1))
        slack.transport.expect("users.info", Outbound.error("user_not_found"))
        #expect(await lookUp()?.kind == "refused")
    }

    @Test func `a limit of one method or channel leaves the others alone`() async {
        slack.transport.expect("chat.postMessage", Outbound.rateLimited("60"), Outbound.posted("C0OTHER"))
        slack.transport.expect("users.info", Outbound.error("user_not_found"))
        #expect(await post()?.kind == "held")
        #expect(await lookUp()?.kind == "refused")
        let other = await failure { () async throws(SlackCallError) in
            try await slack.client.call(
                ChatPostMessage(channel: "C0OTHER", message: Message(text: "hello")), workspace: Outbound.workspace
            )
        }
        #expect(other == nil)
    }

    @Test func `a workspace that is being moved is left alone for a while`() async {
        slack.transport.expect("users.info", Outbound.error("team_added_to_org"))
        let until = slack.clock.now + .minutes(5)
        #expect(await lookUp() == .heldUntil(until))
        #expect(await post() == .heldUntil(until))
        #expect(slack.transport.sent.count == 1)
    }

    @Test func `a channel that is being moved leaves the others alone`() async {
        slack.transport.expect("chat.postMessage", Outbound.error("external_channel_migrating"))
        slack.transport.expect("users.info", Outbound.error("user_not_found"))
        #expect(await post()?.kind == "held")
        #expect(await post()?.kind == "held")
        #expect(await lookUp()?.kind == "refused")
        #expect(slack.transport.bodies(of: "chat.postMessage").count == 1)
    }

    // MARK: Broken installations

    @Test(arguments: [
        "invalid_auth", "not_authed", "account_inactive", "token_revoked", "user_removed_from_team", "team_disabled",
        "token_expired",
    ])
    func `a token that Slack refuses is not used for a minute`(code: String) async {
        slack.transport.expect("users.info", Outbound.error(code), Outbound.error("user_not_found"))
        #expect(await lookUp()?.kind == "refused")
        #expect(slack.records.broken == ["T0ACME \(code)"])
        #expect(slack.records.lines(of: "error").count == 1)
        #expect(await post()?.kind == "not sent")
        slack.clock.advance(.milliseconds(59_999))
        #expect(await lookUp()?.kind == "not sent")
        #expect(slack.transport.sent.count == 1)

        slack.clock.advance(.milliseconds(1))
        #expect(await lookUp() == .refused(.known(.userNotFound), detail: ""))
        #expect(slack.records.broken.count == 1)
    }

    @Test func `a new token is used at once`() async {
        slack.transport.expect("users.info", Outbound.error("token_revoked"), Outbound.error("user_not_found"))
        #expect(await lookUp()?.kind == "refused")
        slack.records.token.withLock { $0 = "xoxb-new" }
        #expect(await lookUp() == .refused(.known(.userNotFound), detail: ""))
    }

    // MARK: Secrets

    @Test func `neither logs nor errors hold what could be used`() async throws {
        let trigger = "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        let hook = "https://hooks.slack.com/actions/T0ACME/1/abcdef"
        let detail = "[ERROR] token=\(Outbound.token) \(trigger) <\(hook)> [json-pointer:/view]"
        slack.transport.expect(
            "views.open",
            .json(["ok": false, "error": "invalid_arguments", "response_metadata": ["messages": [.string(detail)]]]),
            .failure(.interrupted(reason: "\(trigger) \(Outbound.token)"))
        )
        slack.transport.expect(
            "abcdef", .failure(.interrupted(reason: hook)), .status(404, text: hook), .status(500, text: hook)
        )
        var texts: [String] = []
        for _ in 1...2 {
            let error = await failure { () async throws(SlackCallError) in
                try await slack.client.call(
                    ViewsOpen(view: View.modal(title: "Wait", blocks: []), triggerID: Secret(trigger)),
                    workspace: Outbound.workspace
                )
            }
            texts.append("\(try #require(error)) \(try #require(error).reason)")
        }
        for _ in 1...3 {
            let error = await failure { () async throws(SlackCallError) in
                try await slack.client.respond(to: ResponseURL(hook), with: .deleteOriginal)
            }
            texts.append("\(try #require(error)) \(try #require(error).reason)")
        }
        #expect(slack.transport.unscripted.isEmpty)
        #expect(!slack.records.lines.isEmpty)
        for text in texts + slack.records.lines {
            #expect(!text.contains("xoxb-"), "\(text)")
            #expect(!text.contains("803a0bc8"), "\(text)")
            #expect(!text.contains("hooks.slack"), "\(text)")
        }
        #expect(texts[0].contains("json-pointer:/view"))
    }

    @Test(arguments: [
        ("nothing to hide: 12.5 of 13.1", "nothing to hide: 12.5 of 13.1"),
        ("token=xoxb-12-ab, xapp-1-A0-9", "token=<redacted>, <redacted>"),
        ("xoxe.xoxb-1-abcdef", "<redacted>"), ("Bearer xoxp-1234-5678", "Bearer <redacted>"),
        ("\"https://hooks.slack-gov.com/x/y\"", "\"<redacted>\""),
        ("at 12345.67890.0123456789abcdef!", "at 12345.67890.0123456789abcdef!"),
        ("(12345.67890.0123456789abcdef)", "(<redacted>)"), ("1503435956.000247", "1503435956.000247"),
    ])
    func `what could be used is taken out of texts, the rest stays`(text: String, redacted: String) {
        #expect(Redaction.redacted(text) == redacted)
    }
}

@Suite struct `Answering where a click came from` {
    private func respond(_ url: String, _ slack: Outbound) async -> SlackCallError? {
        await failure { () async throws(SlackCallError) in
            try await slack.client.respond(to: ResponseURL(url), with: .ephemeral(Message(text: "no")))
        }
    }

    @Test func `the answer is JSON without a token`() async throws {
        let slack = Outbound()
        slack.transport.expect("h", .status(200, text: "ok"))
        #expect(await respond("https://hooks.slack.com/actions/h", slack) == nil)
        let sent = try #require(slack.transport.sent.first)
        #expect(sent.body == ["text": "no", "response_type": "ephemeral", "replace_original": false])
        #expect(sent.request.headers["Authorization"] == nil)
        #expect(sent.request.target == "https://hooks.slack.com/actions/h")
    }

    @Test(arguments: [
        "https://evil.test/h", "http://hooks.slack.com/h", "https://hooks.slack.com.evil.test/h",
        "https://slack.com/h", "https://hooks.slack.com:444/h", "http://127.0.0.1:8081/h", "file:///h", "",
    ])
    func `nothing is sent elsewhere`(url: String) async {
        let slack = Outbound()
        #expect(await respond(url, slack)?.kind == "refused")
        #expect(slack.transport.sent.isEmpty)
    }

    @Test func `a server that has the token may have answers`() async {
        let slack = Outbound(apiURL: "http://127.0.0.1:8081/api/")
        slack.transport.expect("h", .status(200))
        #expect(await respond("http://127.0.0.1:8081/response/h", slack) == nil)
        #expect(await respond("http://127.0.0.1:8082/response/h", slack)?.kind == "refused")
        #expect(slack.transport.sent.count == 1)
    }

    @Test(arguments: [
        (404, #"{"ok":false,"error":"used_url"}"#, SlackCallError.refused(.other("used_url"), detail: "response_url")),
        (404, "Expired url", .refused(.other("http_404"), detail: "response_url")),
        (200, #"{"ok":false,"error":"no_text"}"#, .refused(.known(.noText), detail: "response_url")),
        (502, "", .ambiguous("response_url: HTTP 502")), (429, "", .heldUntil(ManualClock.start + .seconds(30))),
    ])
    func `an address that is used up is used up for good`(
        status: Int, text: String, error: SlackCallError
    ) async {
        let slack = Outbound()
        slack.transport.expect("h", .status(status, text: text))
        #expect(await respond("https://hooks.slack.com/actions/h", slack) == error)
    }

    @Test(arguments: [
        (TransportError.unreachable(reason: "x"), "not sent"), (.timedOut(after: .seconds(1)), "ambiguous"),
    ])
    func `a failure on the way says whether it may have been said`(error: TransportError, kind: String) async {
        let slack = Outbound()
        slack.transport.expect("h", .failure(error))
        #expect(await respond("https://hooks.slack.com/actions/h", slack)?.kind == kind)
    }
}

extension Fixtures {
    static var userInfo: [UInt8] { get throws { try bytes("slack/webapi/webapi_users_info.json") } }
}
