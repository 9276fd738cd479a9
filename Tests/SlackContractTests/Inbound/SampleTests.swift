import SlackContract
import Support
import TestSupport
import Testing

/// What a sample is, and to whom it belongs.
private struct Expectation: Sendable {
    var file: String
    var kind: String
    var place: InstallationKey.Place?
    var account: SlackAccount?
    var isTeamStated = true
    var app: String?

    init(
        _ file: String, _ kind: String, _ place: InstallationKey.Place? = nil, _ account: String? = nil,
        isTeamStated: Bool = true, app: String? = nil
    ) {
        self.file = file
        self.kind = kind
        self.place = place
        self.account = account.map {
            let parts = $0.split(separator: "/")
            return SlackAccount(team: String(parts[0]), user: String(parts[1]))
        }
        self.isTeamStated = isTeamStated
        self.app = app
    }
}

private let samples = [
    Expectation(
        "block_actions_docs_attachment.json", "blockActions", .workspace("T9TK3CUKW"), "T9TK3CUKW/UA8RXUSPL",
        app: "AABA1ABCD"),
    Expectation(
        "block_actions_enterprise_workspace.json", "blockActions", .workspace("T111"), "T111/W111", app: "A111"),
    Expectation("block_actions_ephemeral_state.json", "blockActions", .workspace("T111"), "T111/U111", app: "A111"),
    Expectation("block_actions_home_tab.json", "blockActions", .workspace("T123"), "T123/U123", app: "A123"),
    Expectation(
        "block_actions_message_button.json", "blockActions", .workspace("T0G9PQBBK"), "T0G9PQBBK/U111",
        isTeamStated: false, app: "A111"),
    Expectation("block_suggestion_view.json", "blockSuggestion", .workspace("T123"), "T123/U123", app: "A123"),
    Expectation(
        "event_app_home_opened.json", "event", .organisation("E111"), "T111/W111", isTeamStated: false, app: "A111"),
    Expectation(
        "event_app_mention_shared_channel.json", "event", .workspace("T_INSTALLED"), "T_INSTALLED/U234",
        isTeamStated: false, app: "A111"),
    Expectation("event_app_uninstalled.json", "event", .workspace("T_INSTALLED"), app: "A111"),
    Expectation(
        "event_member_joined_channel.json", "event", .workspace("T_INSTALLED"), "T_INSTALLED/W23456789",
        isTeamStated: false, app: "A111"),
    Expectation(
        "event_message_other_team.json", "event", .workspace("T_INSTALLED"), "T_INSTALLED/U234", isTeamStated: false,
        app: "A111"),
    Expectation("event_team_access_granted.json", "event", .organisation("E111"), app: "A111"),
    Expectation("event_tokens_revoked.json", "event", .workspace("T_INSTALLED"), app: "A111"),
    Expectation(
        "message_action.json", "messageAction", .workspace("T0MJRM1A7"), "T0MJRM1A7/U0D15K92L", isTeamStated: false),
    Expectation("shortcut_global.json", "shortcut", .workspace("T123"), "T123/U123"),
    Expectation("slash_command_docs.form", "command", .workspace("T0001"), "T0001/U2147483697", app: "A123456"),
    Expectation("slash_command_enterprise.form", "command", .workspace("T111"), "T111/W111", app: "A111"),
    Expectation("ssl_check.form", "sslCheck"),
    Expectation("url_verification.json", "urlVerification"),
    Expectation("view_closed.json", "viewClosed", .workspace("T12345678"), "T12345678/U12345678", app: "A12345678"),
    Expectation(
        "view_submission_many_inputs.json", "viewSubmission", .workspace("T12345678"), "T12345678/U12345678",
        app: "A12345678"),
    Expectation(
        "view_submission_org_install.json", "viewSubmission", .organisation("E111"), "T111/W111", app: "A111"),
    Expectation(
        "view_submission_response_urls.json", "viewSubmission", .workspace("T123"), "T123/U03E94MK0", app: "A123"),
    Expectation("view_submission_simple.json", "viewSubmission", .workspace("T111"), "T111/W111", app: "A111"),
    Expectation(
        "view_submission_slack_connect.json", "viewSubmission", .workspace("T-installed-workspace"),
        "T-other-side/W111", app: "A1111"),
]

/// Reads a sample as it arrives: interactive payloads within a form.
func inbound(_ file: String) throws -> SlackInbound {
    let bytes = try Fixtures.bytes("slack/inbound/" + file)
    if file.hasSuffix(".form") {
        return try SlackInbound.decode(contentType: "application/x-www-form-urlencoded", body: bytes)
    }
    if file.hasPrefix("event_") || file.hasPrefix("url_") {
        return try SlackInbound.decode(contentType: "application/json; charset=utf-8", body: bytes)
    }
    let form = FormURLEncoded.encode([("payload", String(decoding: bytes, as: UTF8.self))])
    return try SlackInbound.decode(contentType: "application/x-www-form-urlencoded", body: Array(form.utf8))
}

@Suite struct `Samples of what Slack sends` {
    @Test(arguments: samples)
    fileprivate func `a sample decodes to its kind, its installation and its actor`(sample: Expectation) throws {
        let decoded = try inbound(sample.file)
        #expect(kind(of: decoded) == sample.kind)
        #expect(decoded.installation?.place == sample.place)
        #expect(decoded.actor?.account == sample.account)
        #expect(decoded.actor.map(\.isTeamStated) == sample.account.map { _ in sample.isTeamStated })
        #expect(decoded.apiAppID == sample.app)
    }

    @Test func `every sample in the folder is in one of the tables`() throws {
        let names = try Fixtures.names(in: "slack/inbound")
        #expect(names == (samples.map(\.file) + socketSamples.keys).sorted())
    }

    private let socketSamples = [
        "socket_hello.json": "hello", "socket_disconnect.json": "disconnect", "socket_events_api.json": "event",
        "socket_interactive.json": "blockActions", "socket_slash_commands.json": "command",
    ]

    @Test func `a frame of Socket Mode decodes to its kind`() throws {
        for (file, expected) in socketSamples {
            switch try SocketFrame.decode(Fixtures.text("slack/inbound/" + file)) {
            case .hello(let app): #expect(expected == "hello" && app == "A111")
            case .disconnect(let reason): #expect(expected == "disconnect" && reason == "too_many_websockets")
            case .envelope(let id, let content, let acceptsAnswer):
                #expect(id == "xxx-11-222-yyy-zzz")
                #expect(kind(of: content) == expected)
                #expect(content.installation?.place == .workspace("T111"))
                #expect(content.actor?.account == SlackAccount(team: "T111", user: "U111"))
                #expect(acceptsAnswer == (expected == "command"))
            case .unknown(let kind): Issue.record("\(file) is unknown: \(kind)")
            }
        }
    }

    private func kind(of inbound: SlackInbound) -> String {
        switch inbound {
        case .command: "command"
        case .blockActions: "blockActions"
        case .viewSubmission: "viewSubmission"
        case .viewClosed: "viewClosed"
        case .blockSuggestion: "blockSuggestion"
        case .shortcut: "shortcut"
        case .messageAction: "messageAction"
        case .event: "event"
        case .urlVerification: "urlVerification"
        case .appRateLimited: "appRateLimited"
        case .sslCheck: "sslCheck"
        case .retired: "retired"
        case .unknown: "unknown"
        }
    }
}

@Suite struct `What samples say` {
    @Test func `a command has its fields decoded`() throws {
        guard case .command(let command) = try inbound("slash_command_docs.form") else { throw WrongKind() }
        #expect(command.command == "/weather")
        #expect(command.text == "94070")
        #expect(command.channel == "C2147483705")
        #expect(command.installation.enterprise == "E0001")
        #expect(command.actor.displayName == "Steve")
        #expect(command.triggerID == Secret("13345224609.738474920.8088930838d88f008e0"))
        #expect(command.responseURL == ResponseURL("https://hooks.slack.com/commands/1234/5678"))
    }

    @Test func `a button in an ephemeral message has its value, its place and the state around it`() throws {
        guard case .blockActions(let actions) = try inbound("block_actions_ephemeral_state.json") else {
            throw WrongKind()
        }
        #expect(actions.actions.map(\.name) == ["save"])
        #expect(actions.actions.map(\.value) == [.button(value: "1")])
        #expect(actions.container.channel == "C111")
        #expect(actions.container.messageTS == "1606455372.001200")
        #expect(actions.container.isEphemeral)
        #expect(actions.container.kind == .message)
        #expect(actions.message == nil)
        #expect(actions.state["block_1", "action_1"] == .option(SelectedOption(value: "schedule", text: "Schedule")))
    }

    @Test func `a button in an attachment and one in a Home tab know where they stand`() throws {
        guard case .blockActions(let attachment) = try inbound("block_actions_docs_attachment.json"),
            case .blockActions(let home) = try inbound("block_actions_home_tab.json")
        else { throw WrongKind() }
        #expect(attachment.container.kind == .messageAttachment)
        #expect(attachment.container.channel == "CBR2V3XEX")
        #expect(attachment.message?.botID == "BAH5CA16Z")
        #expect(home.container.kind == .view)
        #expect(home.container.viewID == "V123")
        #expect(home.container.channel == nil)
        #expect(home.view?.type == "home")
        #expect(home.responseURL == nil)
    }

    @Test func `a submission has its fields by type`() throws {
        guard case .viewSubmission(let submission) = try inbound("view_submission_many_inputs.json") else {
            throw WrongKind()
        }
        let state = submission.view.state
        #expect(state["date-of-visit"] == .date("2019-09-23"))
        #expect(state["comment"] == .text("Just amazing!"))
        #expect(state["rating"] == .option(SelectedOption(value: "3", text: ":star::star::star:")))
        #expect(state["nothing"] == nil)
        #expect(submission.view.callbackID == "modal-callback-id")
        #expect(submission.view.hash == "1569562184.10297bc3")
        #expect(submission.view.rootViewID == "V12345678")
        #expect(submission.view.previousViewID == nil)
    }

    @Test func `a time comes with its zone, and a select with the URL to answer to`() throws {
        guard case .viewSubmission(let organisation) = try inbound("view_submission_org_install.json"),
            case .viewSubmission(let urls) = try inbound("view_submission_response_urls.json")
        else { throw WrongKind() }
        #expect(organisation.view.state["time-block"] == .time("03:00", zone: "America/Los_Angeles"))
        #expect(organisation.installation.isEnterpriseInstall)
        #expect(urls.view.state["Cuw"] == .channel("C234"))
        #expect(urls.responseURLs.map(\.channel) == ["C234"])
        #expect(urls.responseURLs.first?.url == ResponseURL("https://hooks.slack.com/app/T123/123/random"))
    }

    @Test func `an outsider's submission belongs to our installation and to their account`() throws {
        guard case .viewSubmission(let submission) = try inbound("view_submission_slack_connect.json") else {
            throw WrongKind()
        }
        #expect(submission.installation.team == "T-installed-workspace")
        #expect(submission.actor.account.team == "T-other-side")
        #expect(submission.actor.isTeamStated)
    }

    @Test func `events are typed`() throws {
        #expect(try event("event_app_uninstalled.json") == .appUninstalled)
        #expect(try event("event_tokens_revoked.json") == .tokensRevoked(users: ["UXXXXXXXX"], bots: ["UXXXXXXXX"]))
        #expect(try event("event_app_home_opened.json") == .appHomeOpened(user: "W111", tab: "messages"))
        #expect(
            try event("event_member_joined_channel.json") == .memberJoinedChannel(user: "W23456789", channel: "C111")
        )
        #expect(try event("event_team_access_granted.json") == .teamAccessGranted(["T111", "T222"]))
        #expect(try event("event_app_mention_shared_channel.json") == .other(type: "app_mention"))
        // Written by a bot, and in a channel.
        #expect(try event("event_message_other_team.json") == .other(type: "message"))
    }

    @Test func `an event has the id that stays the same across retries`() throws {
        guard case .event(let callback) = try inbound("event_message_other_team.json") else { throw WrongKind() }
        #expect(callback.eventID == "Ev01F66ATNKV")
        #expect(callback.eventTime == Timestamp(seconds: 1_605_835_904))
        #expect(callback.isInSharedChannel)
        #expect(callback.installation == InstallationKey(team: "T_INSTALLED", enterprise: "E_INSTALLED"))
    }

    @Test func `a closed view, a search, a shortcut and a challenge say what they are for`() throws {
        guard case .viewClosed(let closed) = try inbound("view_closed.json"),
            case .blockSuggestion(let search) = try inbound("block_suggestion_view.json"),
            case .shortcut(let shortcut) = try inbound("shortcut_global.json"),
            case .messageAction(let messageAction) = try inbound("message_action.json")
        else { throw WrongKind() }
        #expect(!closed.isCleared)
        #expect(closed.view.callbackID == "modal-callback-id")
        #expect(search.query == "This is a test")
        #expect([search.blockID, search.actionID] == ["b", "a"])
        #expect(search.view?.privateMetadata == "This is a secret")
        #expect(shortcut.callbackID == "test-global-shortcut")
        #expect(messageAction.messageTS == "1516229207.000133")
        #expect(messageAction.channel == "D0LFFBKLZ")
        #expect(
            try inbound("url_verification.json")
                == .urlVerification(challenge: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
        )
    }

    private func event(_ file: String) throws -> SlackEvent {
        guard case .event(let callback) = try inbound(file) else { throw WrongKind() }
        return callback.event
    }
}

struct WrongKind: Error {}
