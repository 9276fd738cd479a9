import Crypto
import HTTPModel
import SlackEmulator
import Support
import Testing

@Suite struct `Typing a command` {
    @Test func `reaches the app signed, with a trigger and a response URL`() async throws {
        let slack = try Slack()
        let result = await slack.act("command", ["user": "ada", "channel": "#db-access", "text": "/sym req  prod db "])
        #expect(result["ok"] == true)
        #expect(result["deliveries"]?[0]?["status"] == 200)

        let request = try #require(await slack.app.received.first?.request)
        let form = try #require(await slack.app.last.object)
        #expect(request.target == "http://app.test/slack/events")
        #expect(form["command"] == "/sym")
        #expect(form["text"] == "req  prod db")
        #expect(form["user_id"] == "U0ADA")
        #expect(form["team_id"] == "T0ACME")
        #expect(form["team_domain"] == "acme")
        #expect(form["channel_id"] == "C0DB")
        #expect(form["channel_name"] == "db-access")
        #expect(form["api_app_id"] == "A0SYM")
        #expect(form["is_enterprise_install"] == "false")
        #expect(form["response_url"]?.text?.hasPrefix("http://slack.test/response/") == true)

        let stamp = try #require(request.headers["X-Slack-Request-Timestamp"])
        let base = Array("v0:\(stamp):".utf8) + request.body
        let code = Hex.text(HMACSHA256.code(for: base, key: Array(Slack.secret.utf8)))
        #expect(stamp == String(slack.clock.now.seconds))
        #expect(request.headers["X-Slack-Signature"] == "v0=\(code)")
    }

    @Test func `in an organisation's workspace names the organisation`() async throws {
        let text = WorkspaceFile.sampleText.replacing(
            #""domain": "acme"}"#, with: #""domain": "acme", "enterprise": {"id": "E0ORG", "name": "Org"}}"#)
        let slack = try Slack(workspace: text)
        await slack.open(Sample.modal(Sample.section("x")))
        #expect(await slack.app.last["enterprise_id"] == "E0ORG")
        #expect(await slack.call("auth.test")["enterprise_id"] == "E0ORG")
        _ = await slack.act("view/submit", ["user": "ada"])
        #expect(await slack.app.last["enterprise"] == ["id": "E0ORG", "name": "Org"])
        #expect(await slack.app.last["team"]?["enterprise_id"] == "E0ORG")
        #expect(await slack.app.last["is_enterprise_install"] == false)
    }

    @Test func `mentions arrive escaped where the command asks for it`() async throws {
        let text = WorkspaceFile.sampleText.replacing(
            #""command": "/sym","#, with: #""command": "/sym", "should_escape": true,"#)
        let slack = try Slack(workspace: text)
        _ = await slack.act(
            "command", ["user": "ada", "channel": "C0DB", "text": "/sym for @bob in #general and #security"])
        #expect(await slack.app.last["text"] == "for <@U0BOB|bob> in <#C0GENERAL|general> and <#C0SECRET|>")
    }

    @Test func `the name of a private channel stays hidden`() async throws {
        let slack = try Slack()
        _ = await slack.act("command", ["user": "ada", "channel": "C0SECRET", "text": "/sym"])
        #expect(await slack.app.last["channel_name"] == "privategroup")
    }

    @Test(arguments: [
        ("carl", "C0SHARED", "/sym", "invalid_command"),  // an outsider
        ("ada", "C0DB", "/nope", "invalid_command"),
        ("gus", "C0DB", "/sym", "not_in_channel"),
        ("lena", "C0DB", "/sym", "account_inactive"),
    ])
    func `is refused to those who cannot`(user: String, channel: String, text: String, error: String) async throws {
        let slack = try Slack()
        let result = await slack.act(
            "command", ["user": .string(user), "channel": .string(channel), "text": .string(text)])
        #expect(result["ok"] == false)
        #expect(result["error"]?.text == error)
        #expect(await slack.app.received.isEmpty)
    }

    @Test func `an app that is late shows operation_timeout, a broken one dispatch_failed`() async throws {
        let slack = try Slack { _ in throw TransportError.timedOut(after: .seconds(3)) }
        let late = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        #expect(late["error"] == "operation_timeout")
        await slack.app.answer { _ in HTTPResponse(status: 500) }
        let broken = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        #expect(broken["error"] == "dispatch_failed")
    }

    @Test func `a text answer is seen by that person alone`() async throws {
        let slack = try Slack { _ in .text("Hello") }
        let result = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym help"])
        #expect(result["messages"]?[0]?["text"] == "Hello")
        #expect(result["messages"]?[0]?["ephemeral"] == true)
        let others = await slack.look("messages?channel=C0DB&user=bob")
        #expect(others["messages"]?.elements?.isEmpty == true)
    }

    @Test func `an answer in the channel shows what was typed`() async throws {
        let slack = try Slack { _ in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"],
                body: JSONValue.object(["response_type": "in_channel", "text": "There you are"]).bytes)
        }
        _ = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym list"])
        let seen = await slack.look("messages?channel=C0DB&user=bob")
        #expect(seen["messages"]?.elements?.compactMap { $0["text"]?.text } == ["/sym list", "There you are"])
    }

    @Test func `an answer with invalid blocks is a failure`() async throws {
        let slack = try Slack { _ in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"],
                body: JSONValue.object(["blocks": [["type": "sektion"]]]).bytes)
        }
        let result = await slack.act("command", ["user": "ada", "channel": "C0DB", "text": "/sym"])
        #expect(result["error"] == "invalid_command_response")
        #expect(result["messages"]?.elements?.isEmpty == true)
    }
}
