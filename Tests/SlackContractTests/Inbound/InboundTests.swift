import SlackContract
import Support
import Testing

private let form = "application/x-www-form-urlencoded"

private func decode(_ body: String, as contentType: String? = form) throws(SlackDecodingError) -> SlackInbound {
    try SlackInbound.decode(contentType: contentType, body: Array(body.utf8))
}

private func interactive(_ json: JSONValue) throws(SlackDecodingError) -> SlackInbound {
    try decode(FormURLEncoded.encode([("payload", json.compact)]))
}

private let click: JSONValue = [
    "type": "block_actions", "user": ["id": "U1", "team_id": "T1"], "team": ["id": "T1"],
    "container": ["type": "message", "channel_id": "C1", "message_ts": "1.2"],
    "actions": [["type": "button", "block_id": "b", "action_id": "approve", "value": "run-1"]],
]

extension JSONValue {
    fileprivate func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard var object else { return self }
        object[name] = value
        return .object(object)
    }
}

@Suite struct `Reading what Slack sends` {
    @Test(arguments: [
        nil, "", "text/plain", "multipart/form-data; boundary=x", "application/jsonx",
        "application/json2; charset=utf-8",
    ])
    func `neither JSON nor a form is refused`(contentType: String?) {
        #expect(throws: SlackDecodingError.unsupportedMediaType) {
            try decode("{\"type\":\"url_verification\",\"challenge\":\"x\"}", as: contentType)
        }
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json ;x=y",
    ])
    func `parameters and case of the media type do not count`(contentType: String) throws {
        let body = "{\"type\":\"url_verification\",\"challenge\":\"x\"}"
        #expect(try decode(body, as: contentType) == .urlVerification(challenge: "x"))
    }

    @Test(arguments: ["", "x=1", "token=t", "ssl_check=0", "payloads=%7B%7D"])
    func `a form without command and payload is refused`(body: String) {
        #expect(throws: SlackDecodingError.unrecognisedForm) { try decode(body) }
    }

    @Test func `bytes that are not UTF-8 and JSON that is none are refused`() {
        #expect(throws: SlackDecodingError.malformedForm) { try decode("command=%ff&channel_id=C1") }
        #expect(throws: SlackDecodingError.self) { try decode("payload=%7B") }
        #expect(throws: SlackDecodingError.self) { try decode("[1,2]", as: "application/json") }
        #expect(throws: SlackDecodingError.self) { try decode("{}", as: "application/json") }
    }

    @Test func `a failure does not quote the body`() {
        do {
            _ = try decode(
                FormURLEncoded.encode([("payload", "{\"token\": \"very-secret\", \"token\": \"very-secret\"}")]))
            Issue.record("decoded")
        } catch {
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test(
        arguments: zip(
            ["token=t&command=%2Fsym&text=help", "command=%2Fsym", "payload=%7B%7D", "{\"type\":\"event_callback\"}"],
            [true, true, false, false]
        ))
    func `what is neither an interaction nor an event looks like a command`(body: String, isCommand: Bool) {
        #expect(SlackInbound.looksLikeCommand(Array(body.utf8)) == isCommand)
    }

    @Test func `ssl_check wins over everything else in the form`() throws {
        #expect(try decode("ssl_check=1&token=t&command=%2Fsym&user_id=U1&channel_id=C1&team_id=T1") == .sslCheck)
        #expect(try decode("payload=%7B%7D&ssl_check=1") == .sslCheck)
    }

    @Test(
        arguments: zip(
            [
                "ssl_check=1&token=t", "token=t&ssl_check=1", "ssl_check=1", "ssl_check=1&token=t&command=%2Fsym",
                "ssl_check=1&payload=%7B%7D", "ssl_check=0&token=t", "token=t", "", "ssl_check=1&ssl_check2=1",
            ], [true, true, true, false, false, false, false, false, false]))
    func `only a bare ssl_check needs no signature`(body: String, isBare: Bool) {
        #expect(SlackInbound.isBareSSLCheck(contentType: form, body: Array(body.utf8)) == isBare)
        #expect(!SlackInbound.isBareSSLCheck(contentType: "application/json", body: Array(body.utf8)))
    }

    @Test(arguments: [
        "interactive_message", "dialog_submission", "dialog_cancellation", "dialog_suggestion", "workflow_step_edit",
    ])
    func `what Slack has given up is told from what is unknown`(kind: String) throws {
        #expect(try interactive(["type": .string(kind)]) == .retired(kind: kind))
        #expect(try interactive(["type": .string(kind + "_2")]) == .unknown(kind: kind + "_2"))
        #expect(try decode("{\"type\":\"\(kind)\"}", as: "application/json") == .unknown(kind: kind))
    }

    @Test func `rate limiting of the app is read`() throws {
        let body = "{\"type\":\"app_rate_limited\",\"team_id\":\"T1\",\"minute_rate_limited\":1518467820}"
        #expect(try decode(body, as: "application/json") == .appRateLimited(team: "T1"))
    }

    @Test func `of two fields with one name the first counts`() throws {
        let body = "command=%2Fsym&command=%2Fother&text=a&text=b&user_id=U1&team_id=T1&channel_id=C1"
        guard case .command(let command) = try decode(body) else { throw WrongKind() }
        #expect(command.command == "/sym")
        #expect(command.text == "a")
    }

    @Test(arguments: ["user_id", "team_id", "channel_id"]) func `a command without its keys is refused`(name: String) {
        let fields = [("command", "/sym"), ("user_id", "U1"), ("team_id", "T1"), ("channel_id", "C1")]
        let body = FormURLEncoded.encode(fields.filter { $0.0 != name })
        #expect(throws: SlackDecodingError.unexpected(path: "command.\(name)", expected: "text", found: "nothing")) {
            try decode(body)
        }
    }

    @Test func `a flag may be a boolean or its text`() throws {
        for flag: JSONValue in [true, "true"] {
            let payload = click.with("is_enterprise_install", flag).with("enterprise", ["id": "E1"])
            #expect(try interactive(payload).installation?.place == .organisation("E1"))
        }
        for flag: JSONValue? in [false, "false", nil, .null] {
            let payload = click.with("is_enterprise_install", flag).with("enterprise", ["id": "E1"])
            #expect(try interactive(payload).installation?.place == .workspace("T1"))
        }
    }
}

@Suite struct `Whose payload it is` {
    @Test func `an outsider's click belongs to the installing workspace and to the outsider's own`() throws {
        let decoded = try interactive(click.with("user", ["id": "U9", "team_id": "T-other"]))
        #expect(decoded.installation?.place == .workspace("T1"))
        #expect(decoded.actor?.account == SlackAccount(team: "T-other", user: "U9"))
        #expect(decoded.actor?.isTeamStated == true)
    }

    @Test func `without a stated workspace the actor is a guess, and says so`() throws {
        let decoded = try interactive(click.with("user", ["id": "U9"]))
        #expect(decoded.actor?.account == SlackAccount(team: "T1", user: "U9"))
        #expect(decoded.actor?.isTeamStated == false)
    }

    @Test func `where the team is null the user's workspace stands for it`() throws {
        let decoded = try interactive(click.with("team", .null).with("enterprise", ["id": "E1"]))
        #expect(decoded.installation == InstallationKey(team: "T1", enterprise: "E1"))
    }

    @Test func `a click in a modal belongs to the workspace that installed the app`() throws {
        let view: JSONValue = ["id": "V1", "type": "modal", "team_id": "T-other", "app_installed_team_id": "T-ours"]
        let decoded = try interactive(
            click.with("view", view).with("container", ["type": "view", "view_id": "V1"]).with(
                "team", ["id": "T-other"])
        )
        #expect(decoded.installation?.place == .workspace("T-ours"))
    }

    @Test func `a payload that names nobody, or no workspace at all, is refused`() {
        #expect(throws: SlackDecodingError.self) { try interactive(click.with("user", nil)) }
        #expect(throws: SlackDecodingError.self) { try interactive(click.with("user", ["name": "root"])) }
        #expect(throws: SlackDecodingError.self) {
            try interactive(click.with("user", ["id": "U1"]).with("team", .null))
        }
    }

    @Test func `the other side's organisation on an event is not taken for ours`() throws {
        let body: JSONValue = [
            "type": "event_callback", "team_id": "T-theirs", "enterprise_id": "E-theirs", "event_id": "Ev1",
            "event": ["type": "app_mention", "user": "U1", "user_team": "E-theirs"],
            "authorizations": [["enterprise_id": .null, "team_id": "T-ours", "is_enterprise_install": false]],
        ]
        guard case .event(let event) = try decode(body.compact, as: "application/json") else { throw WrongKind() }
        #expect(event.installation == InstallationKey(team: "T-ours", enterprise: nil))
        #expect(event.actor?.account == SlackAccount(team: "E-theirs", user: "U1"))
    }

    @Test func `unknown members, unknown elements and nulls are taken as they come`() throws {
        let payload = click.with("surprise", ["x": [1, 2]]).with(
            "actions",
            [
                ["type": "hologram", "block_id": "b", "action_id": "a", "ray": 1],
                ["type": "static_select", "selected_option": .null],
            ]
        ).with("state", ["values": ["b": ["a": ["type": "users_select", "selected_user": .null]]]])
        guard case .blockActions(let actions) = try interactive(payload) else { throw WrongKind() }
        guard case .other(let type, let json) = actions.actions[0].value else { throw WrongKind() }
        #expect(type == "hologram")
        #expect(json["ray"] == 1)
        #expect(actions.actions[1].value == .option(nil))
        #expect(actions.state["b"] == .user(nil))
        #expect(actions.state["b"]?.isEmpty == true)
    }

    @Test func `what the container says wins over the rest`() throws {
        let payload = click.with("channel", ["id": "C-other"]).with("message", ["ts": "9.9", "text": "hi"])
        guard case .blockActions(let actions) = try interactive(payload) else { throw WrongKind() }
        #expect(actions.container.channel == "C1")
        #expect(actions.container.messageTS == "1.2")
        guard case .blockActions(let bare) = try interactive(payload.with("container", nil)) else { throw WrongKind() }
        #expect(bare.container.channel == "C-other")
        #expect(bare.container.messageTS == "9.9")
    }

    @Test func `secrets of a payload do not print`() throws {
        let payload = click.with("trigger_id", "1.2.hush").with("response_url", "https://hooks.slack.com/actions/hush")
        let decoded = try interactive(payload)
        #expect(!"\(decoded)".contains("hush"))
        #expect(!String(reflecting: decoded).contains("hush"))
    }
}

@Suite struct `States of elements` {
    @Test(
        arguments: [
            ("[\"type\"]", FieldState.other(type: "", ["type"])),
            ("{\"type\":\"button\",\"value\":\"v\"}", .button(value: "v")),
            ("{\"type\":\"overflow\",\"selected_option\":{\"value\":\"v\"}}", .option(SelectedOption(value: "v"))),
            ("{\"type\":\"external_select\",\"selected_option\":null}", .option(nil)),
            ("{\"type\":\"checkboxes\",\"selected_options\":[]}", .options([])),
            (
                "{\"type\":\"multi_static_select\",\"selected_options\":[{\"value\":\"a\"},{\"value\":\"b\"}]}",
                .options([SelectedOption(value: "a"), SelectedOption(value: "b")])
            ),
            ("{\"type\":\"users_select\",\"selected_user\":\"U1\"}", .user("U1")),
            ("{\"type\":\"multi_users_select\",\"selected_users\":[\"U1\",\"U2\"]}", .users(["U1", "U2"])),
            ("{\"type\":\"conversations_select\",\"selected_conversation\":\"C1\"}", .conversation("C1")),
            ("{\"type\":\"multi_conversations_select\",\"selected_conversations\":[\"C1\"]}", .conversations(["C1"])),
            ("{\"type\":\"channels_select\",\"selected_channel\":\"C1\"}", .channel("C1")),
            ("{\"type\":\"multi_channels_select\",\"selected_channels\":[\"C1\"]}", .channels(["C1"])),
            ("{\"type\":\"datepicker\",\"selected_date\":null}", .date(nil)),
            ("{\"type\":\"timepicker\",\"selected_time\":\"03:00\"}", .time("03:00", zone: nil)),
            (
                "{\"type\":\"datetimepicker\",\"selected_date_time\":1628633820}",
                .dateTime(Timestamp(seconds: 1_628_633_820))
            ),
            ("{\"type\":\"email_text_input\",\"value\":\"a@b\"}", .text("a@b")),
            ("{\"type\":\"url_text_input\",\"value\":null}", .text(nil)),
            ("{\"type\":\"number_input\",\"value\":\"0.5\"}", .number("0.5")),
            ("{\"type\":\"rich_text_input\",\"rich_text_value\":null}", .richText(nil)),
            ("{\"type\":\"file_input\",\"files\":[{\"id\":\"F1\"}]}", .files([["id": "F1"]])),
        ] as [(String, FieldState)])
    func `every type of element has its value`(json: String, state: FieldState) throws {
        let payload = click.with("state", ["values": ["b": ["a": try JSONValue(parsing: json)]]])
        guard case .blockActions(let actions) = try interactive(payload) else { throw WrongKind() }
        #expect(actions.state["b", "a"] == state)
    }

    @Test func `echoed texts are decoded once`() throws {
        let option: JSONValue = ["value": "v", "text": ["text": "a &amp;lt; b &lt;c&gt; &amp;"]]
        let payload = click.with("actions", [["type": "static_select", "selected_option": option]])
        guard case .blockActions(let actions) = try interactive(payload) else { throw WrongKind() }
        #expect(actions.actions[0].value == .option(SelectedOption(value: "v", text: "a &lt; b <c> &")))
    }
}

@Suite struct `Response URLs` {
    @Test(arguments: [
        "https://hooks.slack.com/actions/T1/2/3", "https://HOOKS.slack.com/x", "https://hooks.slack-gov.com/commands/x",
    ])
    func `Slack's own hosts are allowed`(url: String) {
        #expect(ResponseURL(url).isAllowed(hosts: ResponseURL.slackHosts))
    }

    @Test(arguments: [
        "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/x", "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/x", "https://evil.example\\@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x", "https://evil.example#@hooks.slack.com", "https:///hooks.slack.com",
        "ftp://hooks.slack.com/x", "//hooks.slack.com/x", "hooks.slack.com", "", "https://",
        "https://hooks.slack.com\t/x",
        "https://hooks.slack.com\n@evil.example/", "https://hooks。slack。com/x", "https://127.0.0.1/x",
        "file:///etc/passwd",
    ])
    func `nothing else is, however it looks`(url: String) {
        #expect(!ResponseURL(url).isAllowed(hosts: ResponseURL.slackHosts))
    }

    @Test func `an emulator is allowed by its whole origin`() {
        let hosts: Set<String> = ["http://127.0.0.1:8080"]
        #expect(ResponseURL("http://127.0.0.1:8080/response/1").isAllowed(hosts: hosts))
        #expect(!ResponseURL("http://127.0.0.1:8081/response/1").isAllowed(hosts: hosts))
        #expect(!ResponseURL("https://127.0.0.1:8080/response/1").isAllowed(hosts: hosts))
        #expect(!ResponseURL("https://hooks.slack.com/x").isAllowed(hosts: hosts))
    }
}
