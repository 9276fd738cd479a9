import Support

/// An open modal or a published home tab.
struct View: Sendable {
    /// Modals lie this deep upon each other at most (slack.md 3.1).
    static let stackMax = 3

    var id: String
    var user: String
    /// The workspace of the person who sees it.
    var team: String
    /// The workspace of the installation that opened it.
    var installation: String
    /// What the app sent, with the ids that it left out.
    var content: JSONObject
    var hash: String
    var rootID: String
    var previousID: String?
    /// The conversation in which the person was, for `default_to_current_conversation`.
    var channel: String?
    /// What was entered so far, only where the person touched an element or it had an initial value.
    var inputs: Inputs = [:]
    /// What the app answered to `block_suggestion`, by block and action: a person can only choose what was offered.
    var offered: [ElementState.Key: [JSONValue]] = [:]
    /// What stands beside the fields: messages of this Slack's own checks or of the app, by block.
    var errors: [String: String] = [:]

    var isHome: Bool { content["type"]?.text == "home" }
    var blocks: [JSONValue] { content["blocks"]?.elements ?? [] }
    var externalID: String { content["external_id"]?.text ?? "" }

    /// The view as answers and payloads show it.
    func document(app: String, botID: String) -> JSONValue {
        var document: JSONObject = [
            "id": .string(id), "team_id": .string(team), "type": .string(isHome ? "home" : "modal"),
            "blocks": .array(blocks), "private_metadata": .string(content["private_metadata"]?.text ?? ""),
            "callback_id": .string(content["callback_id"]?.text ?? ""),
            "state": ["values": ElementState.values(of: blocks, inputs: inputs)], "hash": .string(hash),
        ]
        document["clear_on_close"] = .bool(content["clear_on_close"]?.flag ?? false)
        document["notify_on_close"] = .bool(content["notify_on_close"]?.flag ?? false)
        for name in ["title", "close", "submit"] { document[name] = content[name] ?? .null }
        document["previous_view_id"] = .optional(previousID)
        document["root_view_id"] = .string(rootID)
        document["app_id"] = .string(app)
        document["external_id"] = .string(externalID)
        document["app_installed_team_id"] = .string(installation)
        document["bot_id"] = .string(botID)
        return .object(document)
    }
}

extension World {
    func stack(of user: String) -> [View] { (stacks[user] ?? []).compactMap { views[$0] } }

    func document(_ view: View) -> JSONValue {
        view.document(app: directory.app.id, botID: directory.installation(in: view.installation)?.botID ?? "")
    }

    /// Opens a modal, alone or upon the others.
    mutating func open(
        _ content: JSONObject, for person: Person, installation: String, channel: String?, upon push: Bool
    ) -> View {
        if !push { closeAll(of: person.id) }
        let id = newID("V")
        let below = stack(of: person.id).last
        var view = View(
            id: id, user: person.id, team: person.workspace, installation: installation, content: filled(content),
            hash: newHash(), rootID: below?.rootID ?? id, previousID: below?.id, channel: channel)
        view.inputs = ElementState.initial(of: view.blocks, channel: channel)
        views[id] = view
        stacks[person.id, default: []].append(id)
        note(view, push ? "pushed" : "opened")
        return view
    }

    /// Replaces what a view shows. An element whose block and action ids are unchanged keeps what was entered, and its
    /// initial value is ignored (slack.md 3.2).
    mutating func replace(_ id: String, with content: JSONObject) -> View? {
        guard var view = views[id] else { return nil }
        let before = view
        view.content = filled(content)
        view.hash = newHash()
        view.inputs = ElementState.initial(of: view.blocks, channel: view.channel)
        let types = ElementState.types(in: before.blocks)
        for (key, type) in ElementState.types(in: view.blocks) where types[key] == type {
            view.inputs[key.block, default: [:]][key.action] = before.inputs[key.block]?[key.action]
        }
        view.offered = before.offered
        view.errors = [:]
        views[id] = view
        note(view, "updated")
        return view
    }

    mutating func publish(_ content: JSONObject, for person: Person, installation: String) -> View {
        if let old = home(of: person.id, installation: installation), let view = replace(old.id, with: content) {
            return view
        }
        let id = newID("V")
        let view = View(
            id: id, user: person.id, team: person.workspace, installation: installation, content: filled(content),
            hash: newHash(), rootID: id)
        views[id] = view
        note(view, "published")
        return view
    }

    func home(of user: String, installation: String) -> View? {
        views.values.first { $0.isHome && $0.user == user && $0.installation == installation }
    }

    /// Takes one modal away; what lay upon it goes too.
    mutating func close(_ id: String) {
        guard let view = views[id], let place = stacks[view.user]?.firstIndex(of: id) else { return }
        for closed in stacks[view.user]![place...] { views[closed] = nil }
        stacks[view.user]!.removeSubrange(place...)
        note(view, "closed")
    }

    mutating func closeAll(of user: String) {
        if let root = stacks[user]?.first { close(root) }
    }

    mutating func note(_ view: View, _ change: String) {
        journal.record(
            "view", ["view_id": .string(view.id), "user": .string(view.user), "change": .string(change)])
    }

    private mutating func filled(_ content: JSONObject) -> JSONObject {
        var content = content
        content["blocks"] = .array(filled(blocks: content["blocks"]?.elements ?? []))
        return content
    }

    /// Gives the ids that the app left out (slack.md 3.1).
    mutating func filled(blocks: [JSONValue]) -> [JSONValue] {
        blocks.map { block in
            var block = block
            if block["block_id"]?.text == nil { block = block.with("block_id", .string(newID("b"))) }
            for name in ["element", "accessory"] {
                if let element = block[name] { block = block.with(name, filled(element: element)) }
            }
            if block["type"]?.text == "actions", let elements = block["elements"]?.elements {
                block = block.with("elements", .array(elements.map { filled(element: $0) }))
            }
            return block
        }
    }

    private mutating func filled(element: JSONValue) -> JSONValue {
        guard element["action_id"]?.text == nil, element["type"]?.text != "image" else { return element }
        return element.with("action_id", .string(newID("a")))
    }
}
