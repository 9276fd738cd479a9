import ApprovalCore
import SlackContract
import SlackGateway
import Support

/// What Slack would send, signed at the moment it leaves.
struct SignedRequests: Sendable {
    let secret: Secret
    /// Path of the server that takes commands and interactions.
    var path = "/slack/events"

    func bytes(_ body: [UInt8]) -> [UInt8] {
        let timestamp = String(WallClock.system.now().seconds)
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
            + "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.count)\r\n"
            + "\(SlackSignature.timestampHeader): \(timestamp)\r\n"
            + "\(SlackSignature.signatureHeader): "
            + SlackSignature.sign(body: body, timestamp: timestamp, secret: secret) + "\r\n\r\n"
        return Array(head.utf8) + body
    }

    /// `/sym help`: answered in the acknowledgement.
    static let command: [UInt8] = Array(
        FormURLEncoded.encode([
            ("token", "gIkuvaNzQIHg97ATvDxqgjtO"), ("team_id", BenchInstallation.workspace), ("team_domain", "bench"),
            ("channel_id", BenchInstallation.channel(0)), ("channel_name", "general"),
            ("user_id", PreparedRuns.account(0).user), ("user_name", "person0"), ("command", "/sym"),
            ("text", "help"), ("api_app_id", BenchInstallation.appID), ("is_enterprise_install", "false"),
            ("response_url", "https://hooks.slack.com/commands/T0BENCH/1234567890123/abcdefghijklmnopqrstuvwx"),
            ("trigger_id", "13345224609.738474920.8088930838d88f008e0"),
        ]).utf8
    )

    /// - Parameter what: the answer to the form's one question.
    static func submission(of flow: String, by requester: Int, view: String, what: String) -> [UInt8] {
        let user = PreparedRuns.account(requester)
        let field: JSONValue = [
            "type": "input", "block_id": "field.what", "label": plain("What do you want to do?"), "optional": false,
            "element": ["type": "plain_text_input", "action_id": "value", "multiline": true],
        ]
        let target: JSONValue = ["type": "static_select", "selected_option": option("database")]
        let values: JSONValue = [
            "field.what": ["value": ["type": "plain_text_input", "value": .string(what)]],
            "field.\(PromptField.targetName)": ["value": target],
        ]
        let metadata: JSONValue = ["flow": .string(flow)]
        return payload([
            "type": "view_submission", "team": ["id": .string(user.workspace), "domain": "bench"],
            "user": person(user), "api_app_id": .string(BenchInstallation.appID), "token": "verification_token",
            "trigger_id": "111.222.valid",
            "view": [
                "id": .string(view), "team_id": .string(user.workspace), "type": "modal", "blocks": [field],
                "private_metadata": .string(metadata.compact), "callback_id": "sym_form",
                "state": ["values": values], "hash": "1596530361.3wRYuk3R", "title": plain("Request access"),
                "clear_on_close": false, "notify_on_close": false, "close": plain("Cancel"),
                "submit": plain("Request"), "previous_view_id": nil, "root_view_id": .string(view),
                "app_id": .string(BenchInstallation.appID), "external_id": "",
                "app_installed_team_id": .string(user.workspace), "bot_id": "B0BENCH",
            ], "response_urls": [],
        ])
    }

    /// A press of a button on a card, with the card as Slack sends it along.
    static func click(
        _ action: Receipt.Action, on run: RunID, card: Card.Copy, blocks: JSONValue, by decider: Int
    ) -> [UInt8] {
        let user = PreparedRuns.account(decider)
        return payload([
            "type": "block_actions", "user": person(user), "api_app_id": .string(BenchInstallation.appID),
            "token": "verification_token",
            "container": [
                "type": "message", "message_ts": .string(card.ts), "channel_id": .string(card.channel),
                "is_ephemeral": false,
            ], "trigger_id": "4916855695380.111.222", "team": ["id": .string(user.workspace), "domain": "bench"],
            "enterprise": nil, "is_enterprise_install": false,
            "channel": ["id": .string(card.channel), "name": "approvals"],
            "message": [
                "bot_id": "B0BENCH", "type": "message", "text": "Person asks for a go-ahead", "user": "U0BOT",
                "ts": .string(card.ts), "app_id": .string(BenchInstallation.appID), "blocks": blocks,
                "team": .string(user.workspace),
            ], "state": ["values": [:]],
            "response_url": "https://hooks.slack.com/actions/T0BENCH/1234567890123/abcdefghijklmnopqrstuvwx",
            "actions": [
                [
                    "action_id": .string(action.actionID), "block_id": "8KR", "text": plain("Approve"),
                    "value": .string(RunButton(run: run, round: 1).value), "style": "primary", "type": "button",
                    "action_ts": "1678252216.469172",
                ]
            ],
        ])
    }

    private static func payload(_ json: JSONValue) -> [UInt8] {
        Array(FormURLEncoded.encode([("payload", json.compact)]).utf8)
    }

    private static func person(_ account: Account) -> JSONValue {
        [
            "id": .string(account.user), "username": .string(account.user.lowercased()),
            "name": .string(account.user.lowercased()), "team_id": .string(account.workspace),
        ]
    }

    private static func plain(_ text: String) -> JSONValue { ["type": "plain_text", "text": .string(text)] }
    private static func option(_ value: String) -> JSONValue { ["text": plain(value), "value": .string(value)] }
}
