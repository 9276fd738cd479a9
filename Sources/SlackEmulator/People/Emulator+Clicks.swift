import HTTPModel
import Support

extension Emulator {
    /// A person uses a button or a menu in a message.
    func click(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person) = try change { world in try world.click(request) }
        let deliveries = await deliver(outgoing)
        // Slack shows a warning mark on the element.
        return result(
            deliveries, error: deliveries[0].error, message: "This didn't work. Try again.", person: person,
            since: start)
    }

    /// A person opens a menu that the app fills, or types into its search.
    func options(_ request: ControlRequest) async throws -> JSONObject {
        let (outgoing, person, place) = try change { world in try world.suggestion(request) }
        let deliveries = await deliver(outgoing)
        let delivery = deliveries[0]
        var error = delivery.error
        var answer: JSONValue = [:]
        var findings: [BlockFinding] = []
        if error == nil {
            if let parsed = try? JSONValue(parsing: delivery.body), parsed.object != nil {
                answer = parsed
                findings = BlockRules.findings(inOptions: parsed)
                if !findings.isEmpty { error = "invalid_options" }
            } else {
                error = "invalid_options"
            }
        }
        if error == nil {
            let options = OptionList.options(of: answer)
            change { world in
                world.views[place.view]?.offered[place.key, default: []] += options
                world.messageOptions[place, default: []] += options
            }
        }
        var result: JSONObject = ["ok": .bool(error == nil), "user": .string(person.id)]
        if let error {
            result["error"] = .string(error)
            result["message"] = "The menu stays empty."
            result["findings"] = .strings(findings.map(\.line))
        } else {
            result["options"] = answer["options"]
            result["option_groups"] = answer["option_groups"]
        }
        result["deliveries"] = .array(deliveries.map { .object($0.document) })
        return result
    }
}

/// Where options were offered: an element of a view, or of a message (`channel` and `ts`).
struct OfferPlace: Hashable, Sendable {
    var view = ""
    var message = ""
    var key: ElementState.Key
}

extension World {
    /// A message that this person can see, ephemeral ones of others excluded.
    func readable(_ request: ControlRequest, by person: Person) throws -> (Conversation, Message) {
        let conversation = try conversation(request, for: person)
        guard isReader(person, of: conversation) else {
            throw PersonRefusal("not_in_channel", "\(person.name) is not in this conversation.")
        }
        guard let message = message(try request.required("ts"), in: conversation.id),
            message.onlyFor == nil || message.onlyFor == person.id
        else { throw PersonRefusal("message_not_found", "\(person.name) sees no such message.") }
        return (conversation, message)
    }

    /// The element that a request names by `action_id`, `block_id`, `label`, and a button's `value`.
    func element(_ request: ControlRequest, among blocks: [JSONValue]) throws -> ElementState.Placed {
        let all = ElementState.elements(in: blocks)
        let found = all.filter { placed in
            (request.text("action_id").map { $0 == placed.actionID } ?? true)
                && (request.text("block_id").map { $0 == placed.blockID } ?? true)
                && (request.text("label").map { $0 == placed.label } ?? true)
                && (placed.type != "button" || request["value"].map { $0 == placed.element["value"] } ?? true)
        }
        guard request["action_id"] != nil || request["block_id"] != nil || request["label"] != nil else {
            throw ControlProblem(error: "missing_argument", message: "\"action_id\" or \"label\" is missing.")
        }
        guard let first = found.first else {
            let names = all.map(\.actionID).joined(separator: ", ")
            throw PersonRefusal("no_such_element", "There is no such element; there are: \(names).")
        }
        return first
    }

    fileprivate mutating func click(_ request: ControlRequest) throws -> (Outgoing, Person) {
        let person = try actor(request)
        let (conversation, message) = try readable(request, by: person)
        if conversation.isArchived { throw PersonRefusal("is_archived", "This conversation is archived.") }
        guard let workspace = message.installation, let installation = directory.installation(in: workspace) else {
            throw PersonRefusal("no_such_element", "This message is not from an app.")
        }
        let placed = try element(request, among: message.blocks)
        if placed.element["confirm"] != nil, request["confirm"]?.flag == false {
            throw PersonRefusal("not_confirmed", "\(person.name) chose to cancel in the confirmation.")
        }
        var value: JSONValue = nil
        if placed.type != "button" {
            let place = OfferPlace(
                message: "\(conversation.id) \(message.ts)",
                key: .init(block: placed.blockID, action: placed.actionID))
            let reader = EnteredValue(
                world: self, person: person, offered: [place.key: messageOptions[place] ?? []])
            value = try reader.value(request["value"] ?? nil, for: placed)
            if ElementState.field(of: placed.type) != nil {
                let entry = ElementState.entry(for: placed.element, value: value)
                change(message.ts, in: conversation.id) { message in
                    message.inputs[person.id, default: [:]][placed.blockID, default: [:]][placed.actionID] = entry
                }
            }
        }
        if placed.isInput, placed.block["dispatch_action"]?.flag != true {
            throw PersonRefusal("no_dispatch", "This input tells the app nothing until a button is pressed.")
        }
        let inputs = self.message(message.ts, in: conversation.id)?.inputs[person.id] ?? [:]
        // The installing workspace, even where an outsider clicked (slack.md 1.7).
        var payload = envelope("block_actions", of: person, team: workspace)
        var container: JSONObject = [
            "type": "message", "message_ts": .string(message.ts), "channel_id": .string(conversation.id),
            "is_ephemeral": .bool(message.isEphemeral),
        ]
        if let thread = message.thread { container["thread_ts"] = .string(thread) }
        payload["container"] = .object(container)
        payload["channel"] = channelObject(conversation)
        if !message.isEphemeral {
            payload["message"] = Echo.echoed(
                .object(message.document(app: directory.app.id, withMetadata: false)))
        }
        payload["state"] = ["values": Echo.echoed(ElementState.values(of: message.blocks, inputs: inputs))]
        payload["actions"] = [action(placed, value: value)]
        payload["trigger_id"] = .string(
            newTrigger(user: person.id, installation: workspace, channel: conversation.id, view: nil))
        payload["response_url"] = .string(
            newResponseURL(
                user: person.id, installation: installation.workspace, channel: conversation.id, origin: message.ts))
        return (
            Outgoing(
                kind: "block_actions", url: settings.interactivityURL, channel: conversation.id,
                body: .payload(payload)),
            person
        )
    }

    fileprivate mutating func suggestion(_ request: ControlRequest) throws -> (Outgoing, Person, OfferPlace) {
        let person = try actor(request)
        let query = request.text("query") ?? ""
        let placed: ElementState.Placed
        var payload: JSONObject
        var place: OfferPlace
        var channel: String?
        if request["channel"] == nil {
            let view = try openView(request, of: person)
            placed = try element(request, among: view.blocks)
            place = OfferPlace(view: view.id, key: .init(block: placed.blockID, action: placed.actionID))
            payload = envelope("block_suggestion", of: person, team: person.workspace)
            payload["container"] = ["type": "view", "view_id": .string(view.id)]
            payload["view"] = Echo.echoed(document(view))
        } else {
            let (conversation, message) = try readable(request, by: person)
            guard let workspace = message.installation else {
                throw PersonRefusal("no_such_element", "This message is not from an app.")
            }
            placed = try element(request, among: message.blocks)
            place = OfferPlace(
                message: "\(conversation.id) \(message.ts)",
                key: .init(block: placed.blockID, action: placed.actionID))
            channel = conversation.id
            payload = envelope("block_suggestion", of: person, team: workspace)
            payload["container"] = [
                "type": "message", "message_ts": .string(message.ts), "channel_id": .string(conversation.id),
                "is_ephemeral": .bool(message.isEphemeral),
            ]
            payload["channel"] = channelObject(conversation)
            if !message.isEphemeral {
                payload["message"] = Echo.echoed(
                    .object(message.document(app: directory.app.id, withMetadata: false)))
            }
        }
        guard placed.type.hasSuffix("external_select") else {
            throw PersonRefusal("no_such_element", "\(placed.actionID) is no menu that the app fills.")
        }
        let least = placed.element["min_query_length"]?.integer ?? Self.minQueryLengthUsual
        guard query.unicodeScalars.count >= Int(least) else {
            throw PersonRefusal("query_too_short", "The menu asks the app from \(least) characters on.")
        }
        payload["action_id"] = .string(placed.actionID)
        payload["block_id"] = .string(placed.blockID)
        payload["value"] = .string(query)
        let outgoing = Outgoing(
            kind: "block_suggestion", url: settings.optionsURL, channel: channel, body: .payload(payload))
        return (outgoing, person, place)
    }

    /// `min_query_length` where the app does not set it (slack.md 3.4).
    static let minQueryLengthUsual: Int64 = 3
}
