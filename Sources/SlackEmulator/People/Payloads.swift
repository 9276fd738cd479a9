import Support

/// What Slack puts around an interaction (slack.md 1.4).
extension World {
    /// The deprecated verification token; present, and good for nothing.
    static let verificationToken = "emulator-verification-token"

    func teamObject(_ workspace: String) -> JSONValue {
        var team: JSONObject = ["id": .string(workspace)]
        if let workspace = directory.workspace(workspace) {
            team["domain"] = .string(workspace.domain)
            if let enterprise = workspace.enterprise {
                team["enterprise_id"] = .string(enterprise.id)
                team["enterprise_name"] = .string(enterprise.name)
            }
        }
        return .object(team)
    }

    /// The members that all interactive payloads share.
    ///
    /// - Parameter workspace: what `team` says. For messages that is the installing workspace even where an outsider
    ///   clicked; for submissions of views it is the workspace of whoever acts (slack.md 1.7).
    func envelope(_ type: String, of person: Person, team workspace: String) -> JSONObject {
        var enterprise: JSONValue = nil
        if let found = directory.workspace(workspace)?.enterprise {
            enterprise = ["id": .string(found.id), "name": .string(found.name)]
        }
        return [
            "type": .string(type), "team": teamObject(workspace),
            "user": [
                "id": .string(person.id), "username": .string(person.name), "name": .string(person.name),
                "team_id": .string(person.workspace),
            ],
            "api_app_id": .string(directory.app.id), "token": .string(Self.verificationToken),
            "enterprise": enterprise, "is_enterprise_install": false,
        ]
    }

    func channelObject(_ conversation: Conversation) -> JSONValue {
        ["id": .string(conversation.id), "name": .string(channelName(conversation))]
    }

    func channelName(_ conversation: Conversation) -> String {
        switch conversation.kind {
        case .open: conversation.name
        case .closed: "privategroup"
        case .direct: "directmessage"
        case .group: "mpdm-\(conversation.id)"
        }
    }

    /// An entry of `actions[]`.
    mutating func action(_ placed: ElementState.Placed, value: JSONValue) -> JSONValue {
        var action: JSONObject = [
            "type": .string(placed.type), "block_id": .string(placed.blockID),
            "action_id": .string(placed.actionID), "action_ts": .string(newStamp()),
        ]
        switch placed.type {
        case "button":
            for name in ["text", "value", "url", "style", "confirm"] { action[name] = placed.element[name] }
        case "overflow": action["selected_option"] = value
        default:
            if let field = ElementState.field(of: placed.type) { action[field] = value }
        }
        return Echo.echoed(.object(action))
    }
}

/// How text comes back: entities encoded, text objects with their defaults (slack.md 1.4; seen in bolt-python 513).
enum Echo {
    static func echoed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(echoed))
        case .object(let object):
            var result = JSONObject(object.map { ($0.name, echoed($0.value)) })
            guard let text = object["text"]?.text else { return .object(result) }
            switch object["type"]?.text {
            case "plain_text":
                result["text"] = .string(encoded(text, angles: true))
                if object["emoji"] == nil { result["emoji"] = true }
            case "mrkdwn":
                result["text"] = .string(encoded(text, angles: false))
                if object["verbatim"] == nil { result["verbatim"] = false }
            default: break
            }
            return .object(result)
        case .null, .bool, .int, .double, .string: return value
        }
    }

    /// - Parameter angles: whether `<` and `>` are text too; in mrkdwn they are syntax.
    static func encoded(_ text: String, angles: Bool) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            switch character {
            case "&" where !["&amp;", "&lt;", "&gt;"].contains(where: rest.hasPrefix): result += "&amp;"
            case "<" where angles: result += "&lt;"
            case ">" where angles: result += "&gt;"
            default: result.append(character)
            }
            rest.removeFirst()
        }
        return result
    }
}
