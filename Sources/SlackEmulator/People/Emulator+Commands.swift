import HTTPModel
import Support

extension Emulator {
    /// A person types a slash command.
    func command(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person, conversation, installation) = try change { world in
            let person = try world.actor(request)
            let conversation = try world.conversationOrDirect(request, for: person)
            guard world.isReader(person, of: conversation) else {
                throw PersonRefusal("not_in_channel", "\(person.name) is not in this conversation.")
            }
            let line = try request.required("text").trimmed
            let parts = line.split(separator: " ", maxSplits: 1)
            let name = String(parts.first ?? "")
            guard let command = world.directory.app.commands.first(where: { $0.command == name }),
                let installation = world.directory.installation(in: person.workspace)
            else {
                // To people of other workspaces the app's commands do not exist (slack.md 1.3).
                throw PersonRefusal("invalid_command", "\(name) is not a valid command.")
            }
            let text = parts.count == 2 ? String(parts[1]).trimmed : ""
            let outgoing = world.outgoing(
                command: command, text: text, by: person, in: conversation, of: installation)
            return (outgoing, person, conversation, installation)
        }
        let deliveries = await deliver(outgoing)
        let delivery = deliveries[0]
        var error = delivery.error
        if error == nil {
            let isShown = change { world in
                world.show(
                    answer: delivery, line: (try? request.required("text")) ?? "", person: person,
                    conversation: conversation, installation: installation)
            }
            if !isShown { error = "invalid_command_response" }
        }
        let message = error.map { "\(outgoing.commandName) failed with the error \"\($0)\"" }
        return result(deliveries, error: error, message: message, person: person, since: start)
    }

    /// What an act led to: its deliveries, the person's modals, and the messages that changed meanwhile.
    func result(
        _ deliveries: [Delivery], error: String?, message: String? = nil, person: Person, since start: Int64
    ) -> JSONObject {
        change { world in
            var result: JSONObject = ["ok": .bool(error == nil)]
            if let error {
                result["error"] = .string(error)
                result["message"] = .string(message ?? error)
            }
            result["deliveries"] = .array(deliveries.map { .object($0.document) })
            result["views"] = .array(world.stack(of: person.id).map { world.shown($0) })
            result["messages"] = .array(world.changed(since: start, for: person))
            return result
        }
    }
}

extension Outgoing {
    fileprivate var commandName: String {
        if case .form(let form) = body { form["command"]?.text ?? kind } else { kind }
    }
}

extension World {
    fileprivate mutating func outgoing(
        command: SlashCommandRegistration, text: String, by person: Person, in conversation: Conversation,
        of installation: Installation
    ) -> Outgoing {
        let workspace = directory.workspace(person.workspace)
        var form: JSONObject = [
            "token": .string(Self.verificationToken), "team_id": .string(person.workspace),
            "team_domain": .string(workspace?.domain ?? ""), "channel_id": .string(conversation.id),
            "channel_name": .string(channelName(conversation)), "user_id": .string(person.id),
            "user_name": .string(person.name), "command": .string(command.command),
            "text": .string(command.escapes ? escaped(text, for: person) : text),
            "api_app_id": .string(directory.app.id), "is_enterprise_install": "false",
        ]
        if let enterprise = workspace?.enterprise {
            form["enterprise_id"] = .string(enterprise.id)
            form["enterprise_name"] = .string(enterprise.name)
        }
        form["response_url"] = .string(
            newResponseURL(
                user: person.id, installation: installation.workspace, channel: conversation.id, origin: nil))
        form["trigger_id"] = .string(
            newTrigger(
                user: person.id, installation: installation.workspace, channel: conversation.id, view: nil))
        return Outgoing(kind: "command", url: settings.commandsURL, channel: conversation.id, body: .form(form))
    }

    /// With `should_escape`: `@ada` becomes `<@U…|ada>`, `#ops` becomes `<#C…|ops>` (slack.md 1.3).
    private func escaped(_ text: String, for person: Person) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
            let name = String(word.dropFirst())
            if word.hasPrefix("@"), let found = self.person(named: name, in: person.workspace) {
                return "<@\(found.id)|\(found.name)>"
            }
            if word.hasPrefix("#"), let found = conversation(named: name, for: person) {
                return "<#\(found.id)|\(found.kind == .open ? found.name : "")>"
            }
            return word.hasPrefix("https://") || word.hasPrefix("http://") ? "<\(word)>" : String(word)
        }
        return words.joined(separator: " ")
    }

    /// Shows what the app answered to a command. False where the answer is no message.
    fileprivate mutating func show(
        answer delivery: Delivery, line: String, person: Person, conversation: Conversation,
        installation: Installation
    ) -> Bool {
        let text = String(decoding: delivery.body, as: UTF8.self)
        guard !text.isEmpty, case .answered(let response) = delivery.outcome else { return true }
        let type = (response.headers["Content-Type"] ?? "").prefix { $0 != ";" }.lowercased()
        var body: JSONObject = ["text": .string(text)]
        if type == "application/json" {
            guard let document = try? JSONValue(parsing: text), let object = document.object else { return false }
            body = object
        }
        let arguments = Arguments(values: body, isJSON: true)
        let isVisible = arguments.text("response_type") == "in_channel"
        guard let content = try? MessageContent(arguments, cuts: false) else { return false }
        if isVisible {
            add(
                Message(
                    ts: newStamp(), channel: conversation.id, user: person.id, team: person.workspace, text: line))
        }
        if content.isEmpty { return isVisible || body.isEmpty }
        self.answer(
            content, user: person.id, installation: installation.workspace, channel: conversation.id,
            isVisible: isVisible)
        return true
    }
}
