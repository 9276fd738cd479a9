import Crypto
import HTTPModel
import Support
import TransportCurl

/// What Slack, or somebody who pretends to be Slack, sends to the program directly: for what no client would do.
struct Delivery: Sendable {
    var body: [UInt8]
    var contentType = "application/x-www-form-urlencoded"
    var secret = EmulatedSlack.signingSecret
    /// Of the signature, against now.
    var timestampOffset: Duration = .zero

    init(form: [(String, String)]) { body = Array(FormURLEncoded.encode(form).utf8) }
    init(payload: JSONValue) { self.init(form: [("payload", payload.compact)]) }
    init(body: [UInt8], contentType: String) {
        self.body = body
        self.contentType = contentType
    }

    /// What an interactive delivery says.
    var payload: JSONValue? {
        FormURLEncoded.decode(body)?.first { $0.name == "payload" }.flatMap { try? JSONValue(parsing: $0.value) }
    }

    /// A slash command as Bob types it.
    static func command(
        _ text: String, team: String = "T0ACME", app: String = EmulatedSlack.appID
    ) -> Delivery {
        Delivery(form: [
            ("command", "/sym"), ("text", text), ("team_id", team), ("team_domain", "acme"), ("channel_id", "C0GEN"),
            ("channel_name", "general"), ("user_id", "U0BOB"), ("user_name", "bob"), ("trigger_id", "1.2.3"),
            ("api_app_id", app),
        ])
    }

    /// A click on a message that a client still shows as it was when `card` was seen.
    static func click(_ button: Person.Button, on card: CardText, by user: String) throws -> Delivery {
        guard let element = card.button(button.rawValue) else {
            throw HarnessError("the card has no button \(button.rawValue)")
        }
        return Delivery(payload: [
            "type": "block_actions", "api_app_id": .string(EmulatedSlack.appID), "token": "x",
            "user": ["id": .string(user), "username": "somebody", "team_id": "T0ACME"],
            "team": ["id": "T0ACME", "domain": "acme"], "enterprise": nil, "is_enterprise_install": false,
            "trigger_id": "1.2.3",
            "container": [
                "type": "message", "message_ts": .string(card.ts), "channel_id": .string(card.channel),
                "is_ephemeral": false,
            ],
            "channel": ["id": .string(card.channel), "name": "channel"], "message": card.json,
            "state": ["values": [:]],
            "actions": [
                [
                    "type": "button", "block_id": "b", "action_id": element["action_id"] ?? nil,
                    "value": element["value"] ?? nil, "text": element["text"] ?? nil, "action_ts": "1.2",
                ]
            ],
        ])
    }
}

extension JSONValue {
    /// A message with one more button, which only a forger would make.
    func withButton(_ label: String, action: String, value: String) -> JSONValue {
        guard var message = object else { return self }
        let button: JSONValue = [
            "type": "button", "text": ["type": "plain_text", "text": .string(label)], "action_id": .string(action),
            "value": .string(value),
        ]
        message["blocks"] = .array(
            (message["blocks"]?.elements ?? []) + [["type": "actions", "elements": [button]]]
        )
        return .object(message)
    }
}

extension CardText {
    func button(_ label: String) -> JSONValue? {
        (json["blocks"]?.elements ?? []).flatMap {
            ($0["elements"]?.elements ?? []) + [$0["accessory"]].compactMap { $0 }
        }
        .first { $0["text"]?["text"]?.text == label }
    }
}

extension Delivery {
    /// Sends it, signed as Slack does.
    func send(to url: String, signed: Bool = true) async throws -> HTTPResponse {
        let timestamp = String((WallClock.system.now() + timestampOffset).seconds)
        let base = Array("v0:\(timestamp):".utf8) + body
        var headers: HTTPHeaders = ["Content-Type": contentType]
        if signed {
            headers["X-Slack-Request-Timestamp"] = timestamp
            headers["X-Slack-Signature"] = "v0=" + Hex.text(HMACSHA256.code(for: base, key: Array(secret.utf8)))
        }
        let transport = CurlTransport()
        defer { transport.shutdown() }
        return try await transport.send(
            HTTPRequest(method: "POST", target: url + "/slack/events", headers: headers, body: body),
            within: .seconds(30), bodyBytesMax: 1 << 20
        )
    }
}

extension Installation {
    /// Sends something to the program, signed as Slack does.
    @discardableResult
    func receives(_ delivery: Delivery, signed: Bool = true) async throws -> HTTPResponse {
        try await delivery.send(to: url, signed: signed)
    }

    func call(
        _ path: String, method: String = "GET", headers: HTTPHeaders = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        let transport = CurlTransport()
        defer { transport.shutdown() }
        return try await transport.send(
            HTTPRequest(method: method, target: url + path, headers: headers, body: body), within: .seconds(30),
            bodyBytesMax: 1 << 20
        )
    }
}
