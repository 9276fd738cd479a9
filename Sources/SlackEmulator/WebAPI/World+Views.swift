import Support

extension World {
    /// The largest view, as JSON (slack.md 3.1).
    static let viewBytesMax = 250_000

    mutating func openView(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try modal(call)
        let trigger = try trigger(call)
        try checkExternalID(content, call, except: nil)
        guard let person = directory.person(trigger.user) else { throw SlackRefusal("invalid_trigger_id") }
        let view = open(
            content, for: person, installation: call.workspace, channel: trigger.channel, upon: false)
        return ["view": document(view)]
    }

    mutating func pushView(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try modal(call)
        let trigger = try trigger(call)
        try checkExternalID(content, call, except: nil)
        let depth = stack(of: trigger.user).count
        guard let person = directory.person(trigger.user), depth > 0, trigger.view != nil else {
            throw SlackRefusal("invalid_trigger_id")
        }
        guard depth < View.stackMax else { throw SlackRefusal("push_limit_reached") }
        let view = open(
            content, for: person, installation: call.workspace, channel: trigger.channel, upon: true)
        return ["view": document(view)]
    }

    mutating func updateView(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try checked(call)
        let wanted: View?
        if let id = call.arguments.text("view_id") {
            wanted = views[id]
        } else if let externalID = call.arguments.text("external_id") {
            wanted = views.values.first { $0.externalID == externalID }
        } else {
            throw SlackRefusal(
                "invalid_arguments", messages: ["[ERROR] missing required field: view_id [json-pointer:/view_id]"])
        }
        guard let view = wanted, view.installation == call.workspace else { throw SlackRefusal("not_found") }
        if let hash = call.arguments.text("hash"), hash != view.hash { throw SlackRefusal("hash_conflict") }
        guard (content["type"]?.text == "home") == view.isHome else {
            throw SlackRefusal(
                "invalid_arguments", messages: ["[ERROR] the type of a view cannot change [json-pointer:/view/type]"])
        }
        try checkExternalID(content, call, except: view.id)
        guard let changed = replace(view.id, with: content) else { throw SlackRefusal("not_found") }
        return ["view": document(changed)]
    }

    mutating func publishView(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try checked(call)
        guard content["type"]?.text == "home" else {
            throw SlackRefusal(
                "invalid_arguments", messages: ["[ERROR] must be a home view [json-pointer:/view/type]"])
        }
        guard directory.app.hasHomeTab else { throw SlackRefusal("not_enabled") }
        let person = try visiblePerson(call.arguments.text("user_id") ?? "", to: call)
        if let hash = call.arguments.text("hash"), let old = home(of: person.id, installation: call.workspace),
            hash != old.hash
        {
            throw SlackRefusal("hash_conflict")
        }
        return ["view": document(publish(content, for: person, installation: call.workspace))]
    }

    // MARK: Parts

    private func modal(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let content = try checked(call)
        guard content["type"]?.text == "modal" else {
            throw SlackRefusal("invalid_arguments", messages: ["[ERROR] must be a modal [json-pointer:/view/type]"])
        }
        return content
    }

    private func checked(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        guard let view = try call.arguments.nested("view", refusing: "invalid_arguments"), let object = view.object
        else { throw SlackRefusal("invalid_arguments", messages: ["[ERROR] must be an object [json-pointer:/view]"]) }
        try Self.check(view: view)
        return object
    }

    static func check(view: JSONValue) throws(SlackRefusal) {
        if view.bytes.count > viewBytesMax { throw SlackRefusal("view_too_large") }
        let findings = BlockRules.findings(inView: view)
        guard findings.isEmpty else { throw SlackRefusal("invalid_arguments", findings: findings) }
    }

    private mutating func trigger(_ call: WebCall) throws(SlackRefusal) -> Trigger {
        guard let id = call.arguments.text("trigger_id") ?? call.arguments.text("interactivity_pointer") else {
            throw SlackRefusal(
                "invalid_arguments",
                messages: ["[ERROR] missing required field: trigger_id [json-pointer:/trigger_id]"])
        }
        return try redeem(id, installation: call.workspace)
    }

    private func checkExternalID(
        _ content: JSONObject, _ call: WebCall, except id: String?
    ) throws(SlackRefusal) {
        guard let wanted = content["external_id"]?.text, !wanted.isEmpty else { return }
        let isTaken = views.values.contains {
            $0.externalID == wanted && $0.installation == call.workspace && $0.id != id
        }
        if isTaken { throw SlackRefusal("duplicate_external_id") }
    }
}
