import Support
import Testing

/// Somebody in Slack, who does what people do there.
struct Person: Sendable {
    let name: String
    let slack: EmulatedSlack

    enum Button: String, Sendable {
        case approve = "Approve"
        case deny = "Deny"
        case revoke = "Revoke"
        case done = "I'm done"
        case retry = "Retry"
        case accessIsOn = "Access is on"
        case accessIsNotOn = "Access is not on"
    }

    private var user: JSONValue { .string(name) }

    // MARK: Asking

    /// Types a command, and expects the app to take it.
    @discardableResult
    func types(_ text: String, in channel: String = "#general") async throws -> JSONValue {
        let answer = try await slack.post(
            "command", ["user": user, "channel": .string(channel), "text": .string(text)]
        )
        try expectOK(answer, "\(name) types \(text)")
        return answer
    }

    /// The modal on top, once it says so.
    @discardableResult
    func seesForm(_ text: String = "", callback: String? = "sym_form") async throws -> JSONValue {
        var wanted: JSONObject = ["user": user]
        if let callback { wanted["callback_id"] = .string(callback) }
        if !text.isEmpty { wanted["contains"] = .string(text) }
        return try await slack.wait(["view": .object(wanted)])["view"] ?? nil
    }

    /// Presses the button of the modal on top, whatever comes of it.
    func presses(submit values: JSONObject) async throws -> JSONValue {
        try await slack.post("view/submit", ["user": user, "values": .object(values)])
    }

    /// Fills the modal on top in, and expects it to be taken.
    @discardableResult
    func submits(_ values: JSONObject) async throws -> JSONValue {
        let answer = try await presses(submit: values)
        try expectOK(answer, "\(name) submits")
        return answer
    }

    /// From `/sym req flow` to the submitted form.
    func asks(_ command: String = "/sym req prod_db orders-db", _ values: JSONObject = ["Why?": "INC-7"]) async throws {
        try await types(command)
        _ = try await seesForm()
        try await submits(values)
    }

    // MARK: Deciding

    /// Presses a button, whatever comes of it.
    func presses(_ button: Button, on card: CardText, confirm: Bool = true) async throws -> JSONValue {
        try await slack.post(
            "click",
            [
                "user": user, "channel": .string(card.channel), "ts": .string(card.ts),
                "label": .string(button.rawValue), "confirm": .bool(confirm),
            ]
        )
    }

    /// Presses a button, and expects the app to acknowledge it.
    @discardableResult
    func clicks(_ button: Button, on card: CardText) async throws -> JSONValue {
        let answer = try await presses(button, on: card)
        try expectOK(answer, "\(name) presses \(button.rawValue)")
        return answer
    }

    /// Writes into the field beside the buttons; the app hears of it with the button that is pressed next.
    func writes(_ text: String, on card: CardText) async throws {
        let answer = try await slack.post(
            "click",
            [
                "user": user, "channel": .string(card.channel), "ts": .string(card.ts), "action_id": "message",
                "value": .string(text),
            ]
        )
        guard answer["error"]?.text == "no_dispatch" else { throw HarnessError("\(name) writes: \(answer.compact)") }
    }

    // MARK: Looking

    /// The newest message of the app that says `text`, once there is one.
    ///
    /// - Parameter channel: `@app` for the person's direct messages.
    @discardableResult
    func sees(
        _ text: String, in channel: String, lacks: String? = nil, ephemeral: Bool? = nil,
        within time: Duration = .seconds(30)
    ) async throws -> CardText {
        var wanted: JSONObject = [
            "user": user, "channel": .string(channel), "contains": .string(text), "from_app": true,
        ]
        if let lacks { wanted["lacks"] = .string(lacks) }
        if let ephemeral { wanted["ephemeral"] = .bool(ephemeral) }
        do {
            return CardText(try await slack.wait(["message": .object(wanted)], within: time)["message"] ?? nil)
        } catch {
            let seen = (try? await messages(in: channel).map(\.description).joined(separator: "\n---\n")) ?? ""
            throw HarnessError("\(name) does not see \"\(text)\" in \(channel), but:\n\(seen)")
        }
    }

    /// The card as it is once it says `text`.
    @discardableResult
    func sees(
        _ text: String, on card: CardText, lacks: String? = nil, within time: Duration = .seconds(30)
    ) async throws -> CardText {
        var wanted: JSONObject = [
            "user": user, "channel": .string(card.channel), "ts": .string(card.ts), "contains": .string(text),
        ]
        if let lacks { wanted["lacks"] = .string(lacks) }
        do {
            return CardText(try await slack.wait(["message": .object(wanted)], within: time)["message"] ?? nil)
        } catch {
            let seen = try? await messages(in: card.channel).first { $0.ts == card.ts }
            throw HarnessError("\(name) does not see \"\(text)\" on the card, but:\n\(seen?.description ?? "nothing")")
        }
    }

    /// The private answer to something this person did.
    @discardableResult
    func isTold(_ text: String, in channel: String) async throws -> CardText {
        try await sees(text, in: channel, ephemeral: true)
    }

    /// All messages that this person sees in a conversation.
    func messages(in channel: String) async throws -> [CardText] {
        // Direct messages come into being with the first one.
        if channel == "@app" {
            let state = try await slack.get("state?user=\(name)")
            let direct = state["conversations"]?.elements?.filter { $0["kind"]?.text == "im" } ?? []
            return direct.flatMap { $0["messages"]?.elements ?? [] }.map(CardText.init)
        }
        let channel = channel.replacing("#", with: "%23")
        let answer = try await slack.get("messages?channel=\(channel)&user=\(name)")
        return (answer["messages"]?.elements ?? []).map(CardText.init)
    }

    private func expectOK(_ answer: JSONValue, _ what: String) throws {
        guard answer["ok"]?.flag == true else { throw HarnessError("\(what): \(answer.compact)") }
    }
}
