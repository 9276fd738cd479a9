import Support

/// What elements hold: initial values, and `state.values` as Slack sends it (slack.md 1.4).
enum ElementState {
    struct Key: Hashable, Sendable {
        var block: String
        var action: String
    }

    /// One element where it stands.
    struct Placed: Sendable {
        var block: JSONValue
        var element: JSONValue

        var blockID: String { block["block_id"]?.text ?? "" }
        var actionID: String { element["action_id"]?.text ?? "" }
        var type: String { element["type"]?.text ?? "" }
        var isInput: Bool { block["type"]?.text == "input" }
        /// The label of an input, else the text of a button.
        var label: String { block["label"]?["text"]?.text ?? element["text"]?["text"]?.text ?? "" }
    }

    /// The elements of these blocks that a person can use, in their order.
    static func elements(in blocks: [JSONValue]) -> [Placed] {
        blocks.flatMap { block -> [Placed] in
            switch block["type"]?.text {
            case "input": return [block["element"]].compactMap { $0 }.map { Placed(block: block, element: $0) }
            case "section":
                return [block["accessory"]].compactMap { $0 }.map { Placed(block: block, element: $0) }
            case "actions": return (block["elements"]?.elements ?? []).map { Placed(block: block, element: $0) }
            default: return []
            }
        }
        .filter { $0.type != "image" }
    }

    /// The member of a state entry that carries the value; `nil` for elements without state.
    static func field(of type: String) -> String? {
        switch type {
        case "static_select", "external_select", "radio_buttons": "selected_option"
        case "users_select": "selected_user"
        case "conversations_select": "selected_conversation"
        case "channels_select": "selected_channel"
        case "multi_static_select", "multi_external_select", "checkboxes": "selected_options"
        case "multi_users_select": "selected_users"
        case "multi_conversations_select": "selected_conversations"
        case "multi_channels_select": "selected_channels"
        case "datepicker": "selected_date"
        case "timepicker": "selected_time"
        case "datetimepicker": "selected_date_time"
        case "plain_text_input", "email_text_input", "url_text_input", "number_input": "value"
        case "rich_text_input": "rich_text_value"
        case "file_input": "files"
        default: nil
        }
    }

    static func isList(_ type: String) -> Bool {
        type.hasPrefix("multi_") || type == "checkboxes" || type == "file_input"
    }

    /// An entry of `state.values`.
    static func entry(for element: JSONValue, value: JSONValue) -> JSONValue {
        let type = element["type"]?.text ?? ""
        var entry: JSONObject = ["type": .string(type)]
        if let field = field(of: type) { entry[field] = value }
        if type == "timepicker", let zone = element["timezone"] { entry["timezone"] = zone }
        return .object(entry)
    }

    /// What an untouched element holds.
    static func initialValue(of element: JSONValue, channel: String?) -> JSONValue {
        let type = element["type"]?.text ?? ""
        let empty: JSONValue = isList(type) ? [] : nil
        let current = element["default_to_current_conversation"]?.flag == true ? channel : nil
        switch type {
        case "static_select", "external_select", "radio_buttons": return element["initial_option"] ?? empty
        case "users_select": return element["initial_user"] ?? empty
        case "conversations_select":
            return element["initial_conversation"] ?? current.map(JSONValue.string) ?? empty
        case "channels_select": return element["initial_channel"] ?? empty
        case "multi_static_select", "multi_external_select", "checkboxes": return element["initial_options"] ?? empty
        case "multi_users_select": return element["initial_users"] ?? empty
        case "multi_conversations_select":
            return element["initial_conversations"] ?? current.map { [.string($0)] } ?? empty
        case "multi_channels_select": return element["initial_channels"] ?? empty
        case "datepicker": return element["initial_date"] ?? empty
        case "timepicker": return element["initial_time"] ?? empty
        case "datetimepicker": return element["initial_date_time"] ?? empty
        default: return element["initial_value"] ?? empty
        }
    }

    static func initial(of blocks: [JSONValue], channel: String?) -> Inputs {
        var inputs: Inputs = [:]
        for placed in elements(in: blocks) where field(of: placed.type) != nil {
            inputs[placed.blockID, default: [:]][placed.actionID] = entry(
                for: placed.element, value: initialValue(of: placed.element, channel: channel))
        }
        return inputs
    }

    /// `state.values`: every element that has state, touched or not.
    static func values(of blocks: [JSONValue], inputs: Inputs, channel: String? = nil) -> JSONValue {
        var values = JSONObject()
        for placed in elements(in: blocks) where field(of: placed.type) != nil {
            let usual = entry(for: placed.element, value: initialValue(of: placed.element, channel: channel))
            let entry = inputs[placed.blockID]?[placed.actionID] ?? usual
            values[placed.blockID] = (values[placed.blockID] ?? [:]).with(placed.actionID, entry)
        }
        return .object(values)
    }

    static func types(in blocks: [JSONValue]) -> [Key: String] {
        var types: [Key: String] = [:]
        for placed in elements(in: blocks) where field(of: placed.type) != nil {
            types[Key(block: placed.blockID, action: placed.actionID)] = placed.type
        }
        return types
    }

    /// The value inside an entry; `null` without one.
    static func value(in entry: JSONValue?) -> JSONValue {
        guard let entry, let field = field(of: entry["type"]?.text ?? "") else { return nil }
        return entry[field] ?? nil
    }
}
