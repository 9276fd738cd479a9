import HTTPModel
import SlackEmulator
import Support
import Testing

@Suite struct `A request from command to outcome` {
    @Test func `modal, card, click and edit`() async throws {
        let slack = try Slack()
        let opened = await slack.open(
            Sample.modal(
                Sample.input("why", Sample.text(), label: "Why?"), Sample.input("how", Sample.select("s", "a", "b"))))
        #expect(opened["ok"] == true)
        #expect(opened["view"]?["state"]?["values"]?["why"]?["text"]?["value"] == .null)

        let submitted = await slack.act("view/submit", ["user": "ada", "values": ["Why?": "a < b & c", "how": "b"]])
        #expect(submitted["ok"] == true)
        #expect(submitted["views"]?.elements?.isEmpty == true)
        let submission = await slack.app.last
        #expect(submission["type"] == "view_submission")
        let values = submission["view"]?["state"]?["values"]
        #expect(values?["why"]?["text"]?["value"] == "a < b & c")
        #expect(values?["how"]?["s"]?["selected_option"]?["value"] == "b")
        #expect(submission["channel"] == nil)

        let posted = await slack.call(
            "chat.postMessage",
            [
                "channel": "C0DB", "text": "Approve?",
                "blocks": [Sample.section("<@U0ADA> asks"), Sample.buttons("approve", "deny")],
            ])
        let ts = try #require(posted["ts"])
        #expect(posted["channel"] == "C0DB")

        let clicked = await slack.act("click", ["user": "dana", "channel": "C0DB", "ts": ts, "action_id": "approve"])
        #expect(clicked["ok"] == true)
        let action = await slack.app.last
        #expect(action["type"] == "block_actions")
        #expect(action["container"]?["message_ts"] == ts)
        #expect(action["container"]?["is_ephemeral"] == false)
        #expect(action["actions"]?[0]?["value"] == "run-approve")
        #expect(action["user"]?["id"] == "U0DANA")
        #expect(action["message"]?["bot_id"] == "B0SYM")

        let updated = await slack.call("chat.update", ["channel": "C0DB", "ts": ts, "text": "Approved", "blocks": []])
        #expect(updated["ok"] == true)
        let seen = await slack.wait(["message": ["channel": "C0DB", "user": "bob", "contains": "Approved"]])
        #expect(seen["message"]?["ts"] == ts)
        #expect(seen["message"]?["blocks"] == nil)
        #expect(seen["message"]?["edited"]?["user"] == "U0SYM")
    }

    @Test func `waiting ends when it becomes so, and not before`() async throws {
        let slack = try Slack()
        async let waiting = slack.wait(["message": ["channel": "C0DB", "contains": "needle"]], milliseconds: 20_000)
        _ = await slack.call("chat.postMessage", ["channel": "C0DB", "text": "hay"])
        _ = await slack.call("chat.postMessage", ["channel": "C0DB", "text": "a needle"])
        #expect(await waiting["message"]?["text"] == "a needle")
        let late = await slack.wait(["message": ["channel": "C0DB", "contains": "thread"]], milliseconds: 20)
        #expect(late["error"] == "timeout")
    }
}
