import HTTPModel
import Support

extension Emulator {
    /// What Slack shows when a modal's answer is of no use.
    static let connectionTrouble = "We had some trouble connecting. Try again?"

    /// A person presses the submit button of the modal on top.
    func submit(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person, view) = try change { world in try world.submission(request) }
        guard let outgoing else {
            let errors = change { $0.views[view.id]?.errors ?? [:] }
            var answer = result(
                [], error: "invalid_input", message: "Fields are not right yet.", person: person, since: start)
            answer["errors"] = Self.document(errors)
            return answer
        }
        let deliveries = await deliver(outgoing)
        let refusal = change { world in world.take(answer: deliveries[0], for: view) }
        var answer = result(
            deliveries, error: refusal.error, message: refusal.message, person: person, since: start)
        if !refusal.errors.isEmpty { answer["errors"] = Self.document(refusal.errors) }
        if !refusal.findings.isEmpty { answer["findings"] = .strings(refusal.findings.map(\.line)) }
        return answer
    }

    private static func document(_ errors: [String: String]) -> JSONValue {
        .object(JSONObject(errors.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// A person fills fields in without submitting: other windows and updates of the view find them.
    func input(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let person = try change { world in
            let person = try world.actor(request)
            let view = try world.openView(request, of: person)
            try world.enter(request["values"] ?? [:], into: view, of: person)
            if let view = world.views[view.id] { world.note(view, "input") }
            return person
        }
        return result([], error: nil, person: person, since: start)
    }

    /// A person uses a button or a menu in a modal or home tab, and the app hears of it at once.
    func viewAction(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person) = try change { world in try world.viewAction(request) }
        let deliveries = await deliver(outgoing)
        return result(
            deliveries, error: deliveries[0].error, message: "This didn't work. Try again.", person: person,
            since: start)
    }

    /// A person closes the modal on top, or with `all` the window with every modal in it.
    func close(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person) = try change { world -> (Outgoing?, Person) in
            let person = try world.actor(request)
            let stack = world.stack(of: person.id)
            guard let top = stack.last, let root = stack.first else {
                throw PersonRefusal("no_view", "\(person.name) has no modal open.")
            }
            if let id = request.text("view_id"), id != top.id {
                throw PersonRefusal("not_on_top", "Another modal lies on that one.")
            }
            let clearsAll = request["all"]?.flag == true || top.content["clear_on_close"]?.flag == true
            // The window's close button tells of the root view; one view's Cancel of that view (slack.md 1.4).
            let told = clearsAll ? root : top
            let outgoing =
                told.content["notify_on_close"]?.flag == true
                ? world.outgoing("view_closed", about: told, by: person, extra: ["is_cleared": .bool(clearsAll)]) : nil
            if clearsAll { world.closeAll(of: person.id) } else { world.close(top.id) }
            return (outgoing, person)
        }
        let deliveries = if let outgoing { await deliver(outgoing) } else { [Delivery]() }
        // Nobody sees it when this delivery fails.
        return result(deliveries, error: nil, person: person, since: start)
    }
}

/// What the app's answer to a submission came to, where it was not taken.
struct SubmissionOutcome: Sendable {
    var error: String?
    var message = ""
    /// Beside the fields, by block.
    var errors: [String: String] = [:]
    var findings: [BlockFinding] = []

    static let taken = SubmissionOutcome()

    static func trouble(_ why: String = "", _ findings: [BlockFinding] = []) -> SubmissionOutcome {
        let text = Emulator.connectionTrouble + (why.isEmpty ? "" : " (\(why))")
        return SubmissionOutcome(error: "connection_trouble", message: text, findings: findings)
    }
}

extension World {
    /// The view as the control API shows it: as Slack does, and the messages beside its fields.
    func shown(_ view: View) -> JSONValue {
        let errors = view.errors.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return document(view).with("errors", .object(JSONObject(errors)))
    }

    /// A view of this person: the one that is named, else the modal on top.
    func openView(_ request: ControlRequest, of person: Person) throws -> View {
        let id = request.text("view_id")
        let found = id.flatMap { views[$0] } ?? (id == nil ? stack(of: person.id).last : nil)
        guard let view = found, view.user == person.id else {
            throw PersonRefusal("no_view", "\(person.name) has no such view open.")
        }
        return view
    }

    /// Puts values into the fields of a view: by block and action, by block alone, or by label.
    mutating func enter(_ values: JSONValue, into view: View, of person: Person) throws {
        guard let values = values.object else {
            throw ControlProblem(error: "invalid_values", message: "\"values\" is no object.")
        }
        let placed = ElementState.elements(in: view.blocks).filter { ElementState.field(of: $0.type) != nil }
        let reader = EnteredValue(world: self, person: person, offered: view.offered)
        for (name, given) in values {
            let there = placed.filter { $0.blockID == name || $0.label == name || $0.actionID == name }
            guard !there.isEmpty else {
                let names = placed.map { "\($0.blockID) (\($0.label))" }.joined(separator: ", ")
                throw PersonRefusal("no_such_element", "There is no field \"\(name)\"; there are: \(names).")
            }
            for field in there {
                var value = given
                if let object = given.object, object.names.allSatisfy({ key in there.contains { $0.actionID == key } })
                {
                    guard let own = object[field.actionID] else { continue }
                    value = own
                }
                let read = try reader.value(value, for: field)
                views[view.id]?.inputs[field.blockID, default: [:]][field.actionID] =
                    ElementState.entry(for: field.element, value: read)
            }
        }
    }

    /// A payload about a view. `team` of a submission is the workspace of whoever acts, of `block_actions` the installing
    /// one; ours always stands in `view.app_installed_team_id` (slack.md 1.7).
    mutating func outgoing(_ kind: String, about view: View, by person: Person, extra: JSONObject) -> Outgoing {
        let team = kind == "block_actions" ? view.installation : person.workspace
        var payload = envelope(kind, of: person, team: team)
        payload["view"] = Echo.echoed(document(view))
        return Outgoing(
            kind: kind, url: settings.interactivityURL, channel: nil, body: .payload(payload.merging(extra)))
    }

    /// Checks what was entered as Slack's client does, and makes the submission where all is well.
    fileprivate mutating func submission(_ request: ControlRequest) throws -> (Outgoing?, Person, View) {
        let person = try actor(request)
        let opened = try openView(request, of: person)
        guard !opened.isHome, stack(of: person.id).last?.id == opened.id else {
            throw PersonRefusal("not_on_top", "Another modal lies on that one.")
        }
        guard opened.content["submit"]?.object != nil else {
            throw PersonRefusal("no_submit", "This modal has no submit button.")
        }
        if opened.content["submit_disabled"]?.flag == true {
            throw PersonRefusal("submit_disabled", "The submit button cannot be pressed.")
        }
        try enter(request["values"] ?? [:], into: opened, of: person)
        let errors = ClientChecks.errors(of: opened.blocks, inputs: views[opened.id]?.inputs ?? [:])
        views[opened.id]?.errors = errors
        guard let view = views[opened.id] else { throw PersonRefusal("no_view", "The modal is gone.") }
        note(view, errors.isEmpty ? "submitted" : "errors")
        guard errors.isEmpty else { return (nil, person, view) }
        let extra: JSONObject = [
            "response_urls": .array(responseURLs(of: view, for: person)),
            "trigger_id": .string(
                newTrigger(user: person.id, installation: view.installation, channel: view.channel, view: view.id)),
        ]
        return (outgoing("view_submission", about: view, by: person, extra: extra), person, view)
    }

    /// For selects with `response_url_enabled`.
    private mutating func responseURLs(of view: View, for person: Person) -> [JSONValue] {
        var urls: [JSONValue] = []
        for placed in ElementState.elements(in: view.blocks)
        where placed.element["response_url_enabled"]?.flag == true {
            let value = ElementState.value(in: view.inputs[placed.blockID]?[placed.actionID])
            guard let channel = value.text else { continue }
            urls.append([
                "block_id": .string(placed.blockID), "action_id": .string(placed.actionID),
                "channel_id": .string(channel),
                "response_url": .string(
                    newResponseURL(user: person.id, installation: view.installation, channel: channel, origin: nil)),
            ])
        }
        return urls
    }

    /// Takes the app's answer to a submission (slack.md 1.5).
    fileprivate mutating func take(answer delivery: Delivery, for view: View) -> SubmissionOutcome {
        guard delivery.isAccepted else { return .trouble(delivery.error ?? "") }
        let text = String(decoding: delivery.body, as: UTF8.self)
        if text.isEmpty {
            close(view.id)
            return .taken
        }
        guard let answer = try? JSONValue(parsing: text), answer.object != nil else { return .trouble("no JSON") }
        switch answer["response_action"]?.text {
        case "clear":
            closeAll(of: view.user)
            return .taken
        case "errors": return take(errors: answer["errors"], for: view)
        case "update", "push":
            guard let content = answer["view"], let object = content.object else { return .trouble("no view") }
            let findings = BlockRules.findings(inView: content)
            guard findings.isEmpty, content.bytes.count <= Self.viewBytesMax, object["type"]?.text == "modal" else {
                return .trouble("invalid view", findings)
            }
            if answer["response_action"]?.text == "update" {
                return replace(view.id, with: object) == nil ? .trouble("the view is closed") : .taken
            }
            guard stack(of: view.user).count < View.stackMax, let person = directory.person(view.user) else {
                return .trouble("push_limit_reached")
            }
            _ = open(object, for: person, installation: view.installation, channel: view.channel, upon: true)
            return .taken
        default: return .trouble("unknown response_action")
        }
    }

    private mutating func take(errors: JSONValue?, for view: View) -> SubmissionOutcome {
        guard let errors = errors?.object, !errors.isEmpty else { return .trouble("no errors") }
        let inputs = Set(ElementState.elements(in: view.blocks).filter(\.isInput).map(\.blockID))
        var texts: [String: String] = [:]
        for (block, message) in errors {
            guard inputs.contains(block), let text = message.text, !text.isEmpty else {
                return .trouble("\"\(block)\" is no input block of this view, or its message no text")
            }
            texts[block] = text
        }
        views[view.id]?.errors = texts
        note(view, "errors")
        return SubmissionOutcome(error: "invalid_input", message: "The app wants fields changed.", errors: texts)
    }

    fileprivate mutating func viewAction(_ request: ControlRequest) throws -> (Outgoing, Person) {
        let person = try actor(request)
        let opened = try openView(request, of: person)
        let placed = try element(request, among: opened.blocks)
        if placed.element["confirm"] != nil, request["confirm"]?.flag == false {
            throw PersonRefusal("not_confirmed", "\(person.name) chose to cancel in the confirmation.")
        }
        if placed.isInput, placed.block["dispatch_action"]?.flag != true {
            throw PersonRefusal("no_dispatch", "This input tells the app nothing until the modal is submitted.")
        }
        // Other fields that were filled in before.
        if let values = request["values"] { try enter(values, into: opened, of: person) }
        var value: JSONValue = nil
        if placed.type != "button" {
            value = try EnteredValue(world: self, person: person, offered: opened.offered)
                .value(request["value"] ?? nil, for: placed)
            if ElementState.field(of: placed.type) != nil {
                views[opened.id]?.inputs[placed.blockID, default: [:]][placed.actionID] = ElementState.entry(
                    for: placed.element, value: value)
            }
        }
        guard let view = views[opened.id] else { throw PersonRefusal("no_view", "The view is gone.") }
        note(view, "input")
        let outgoing = outgoing(
            "block_actions", about: view, by: person,
            extra: [
                "container": ["type": "view", "view_id": .string(view.id)],
                "state": ["values": Echo.echoed(ElementState.values(of: view.blocks, inputs: view.inputs))],
                "actions": [action(placed, value: value)],
                "trigger_id": .string(
                    newTrigger(user: person.id, installation: view.installation, channel: view.channel, view: view.id)),
            ])
        return (outgoing, person)
    }
}
