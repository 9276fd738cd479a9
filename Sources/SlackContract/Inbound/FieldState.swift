package import Support

/// What one element holds: in an action, or in the state of a view or message (slack.md 1.4). `nil` and empty arrays
/// are what the person has not filled in.
package enum FieldState: Hashable, Sendable {
    /// The opaque value of a `button`. Buttons stand in actions only.
    case button(value: String?)
    /// `static_select`, `external_select`, `radio_buttons`, and `overflow`, which stands in actions only.
    case option(SelectedOption?)
    /// `multi_static_select`, `multi_external_select`, `checkboxes`.
    case options([SelectedOption])
    case user(String?)
    case users([String])
    case conversation(String?)
    case conversations([String])
    case channel(String?)
    case channels([String])
    /// `datepicker`, as `YYYY-MM-DD`.
    case date(String?)
    /// `timepicker`, as `HH:mm`, with the IANA time zone if the element names one.
    case time(String?, zone: String?)
    case dateTime(Timestamp?)
    /// `plain_text_input`, `email_text_input`, `url_text_input`.
    case text(String?)
    /// `number_input`: the digits as typed.
    case number(String?)
    /// `rich_text_input`: a `rich_text` block.
    case richText(JSONValue?)
    /// `file_input`.
    case files([JSONValue])
    /// An element that this version does not know, as received.
    case other(type: String, JSONValue)
}

/// A chosen option. Only `value` says which one: texts come back re-encoded.
package struct SelectedOption: Hashable, Sendable {
    package var value: String
    /// What the person saw, as text.
    package var text: String

    package init(value: String, text: String = "") {
        self.value = value
        self.text = text
    }

    init?(_ json: JSONValue?) {
        guard let json, let value = json["value"]?.text else { return nil }
        self.init(value: value, text: Mrkdwn.unescaped(json["text"]?["text"]?.text ?? ""))
    }
}

extension FieldState {
    /// Reads an action or an entry of `state.values`. Never fails: a part of the wrong type counts as not filled in.
    init(_ json: JSONValue) {
        let type = json.string("type") ?? ""
        switch type {
        case "button": self = .button(value: json["value"]?.text)
        case "static_select", "external_select", "radio_buttons", "overflow":
            self = .option(SelectedOption(json["selected_option"]))
        case "multi_static_select", "multi_external_select", "checkboxes":
            self = .options(json["selected_options"]?.elements?.compactMap { SelectedOption($0) } ?? [])
        case "users_select": self = .user(json.string("selected_user"))
        case "multi_users_select": self = .users(json.strings("selected_users"))
        case "conversations_select": self = .conversation(json.string("selected_conversation"))
        case "multi_conversations_select": self = .conversations(json.strings("selected_conversations"))
        case "channels_select": self = .channel(json.string("selected_channel"))
        case "multi_channels_select": self = .channels(json.strings("selected_channels"))
        case "datepicker": self = .date(json.string("selected_date"))
        case "timepicker": self = .time(json.string("selected_time"), zone: json.string("timezone"))
        case "datetimepicker": self = .dateTime(json["selected_date_time"]?.integer.map { Timestamp(seconds: $0) })
        case "plain_text_input", "email_text_input", "url_text_input": self = .text(json["value"]?.text)
        case "number_input": self = .number(json["value"]?.text)
        case "rich_text_input": self = .richText(json.present("rich_text_value"))
        case "file_input": self = .files(json["files"]?.elements ?? [])
        default: self = .other(type: type, json)
        }
    }

    /// Whether the person left this empty.
    package var isEmpty: Bool {
        switch self {
        case .button(let text), .user(let text), .conversation(let text), .channel(let text), .date(let text),
            .time(let text, _), .text(let text), .number(let text):
            text?.isEmpty ?? true
        case .option(let option): option == nil
        case .options(let options): options.isEmpty
        case .users(let ids), .conversations(let ids), .channels(let ids): ids.isEmpty
        case .dateTime(let time): time == nil
        case .richText(let block): block == nil
        case .files(let files): files.isEmpty
        case .other: false
        }
    }
}

/// `state.values`: every stateful element of a view or message, by block and action.
package struct FormState: Hashable, Sendable {
    package private(set) var values: [String: [String: FieldState]]

    package init(_ values: [String: [String: FieldState]] = [:]) { self.values = values }

    package subscript(block: String, action: String) -> FieldState? { values[block]?[action] }

    /// The state of a block that holds one element, as input blocks do.
    package subscript(block: String) -> FieldState? {
        guard let actions = values[block], actions.count == 1 else { return nil }
        return actions.first?.value
    }

    /// - Parameter json: a view or payload with a member `state`, which may be absent.
    init(of json: JSONValue?) {
        values = [:]
        for (block, actions) in json?["state"]?["values"]?.object ?? [:] {
            var states: [String: FieldState] = [:]
            for (action, state) in actions.object ?? [:] { states[action] = FieldState(state) }
            values[block] = states
        }
    }
}
