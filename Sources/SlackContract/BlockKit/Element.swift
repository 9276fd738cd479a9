package import Support

/// What a person can press, choose or fill in. An initial choice that the element does not offer is left out.
package enum Element: Hashable, Sendable {
    /// A button that comes back to us. It has no URL: what is pressed is an action, links stand in text.
    case button(
        id: String, text: PlainText, value: String? = nil, style: ButtonStyle? = nil, confirm: ConfirmDialog? = nil)
    /// A button that opens a page. It comes back too, and is only acknowledged.
    case linkButton(id: String, text: PlainText, url: String, style: ButtonStyle? = nil)
    /// `initial` is the value of an option.
    case staticSelect(id: String, options: OptionList, initial: String? = nil, placeholder: PlainText? = nil)
    case multiStaticSelect(
        id: String, options: OptionList, initial: [String] = [], selectedMax: Int? = nil, placeholder: PlainText? = nil)
    /// A menu whose options we load while the person types.
    case externalSelect(id: String, initial: Option? = nil, queryMin: Int = 0, placeholder: PlainText? = nil)
    case multiExternalSelect(
        id: String, initial: [Option] = [], queryMin: Int = 0, selectedMax: Int? = nil, placeholder: PlainText? = nil)
    case usersSelect(id: String, initial: String? = nil, placeholder: PlainText? = nil)
    case multiUsersSelect(id: String, initial: [String] = [], selectedMax: Int? = nil, placeholder: PlainText? = nil)
    case conversationsSelect(
        id: String, initial: String? = nil, filter: ConversationFilter? = nil, placeholder: PlainText? = nil)
    /// More than `Limits.choices` become a menu with the same state.
    case checkboxes(id: String, options: OptionList, initial: [String] = [])
    case radioButtons(id: String, options: OptionList, initial: String? = nil)
    /// More than `Limits.overflowOptions` become a menu with the same state.
    case overflow(id: String, options: OptionList, confirm: ConfirmDialog? = nil)
    /// `initial` as `YYYY-MM-DD`.
    case datePicker(id: String, initial: String? = nil, placeholder: PlainText? = nil)
    /// `initial` as `HH:mm`; `zone` by its IANA name.
    case timePicker(id: String, initial: String? = nil, zone: String? = nil, placeholder: PlainText? = nil)
    case dateTimePicker(id: String, initial: Timestamp? = nil)
    case textInput(
        id: String, multiline: Bool = false, initial: String? = nil, lengths: ClosedRange<Int>? = nil,
        placeholder: PlainText? = nil)
    /// Bounds and initial value are decimal numbers as text, as Slack wants them.
    case numberInput(
        id: String, isDecimal: Bool = false, initial: String? = nil, min: String? = nil, max: String? = nil,
        placeholder: PlainText? = nil)

    package enum ButtonStyle: String, Sendable {
        case primary, danger
    }

    /// Which conversations a menu offers.
    package struct ConversationFilter: Hashable, Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case im, mpim
            case privateChannel = "private"
            case publicChannel = "public"
        }

        package var kinds: [Kind]
        package var excludesShared: Bool
        package var excludesBots: Bool

        package init(kinds: [Kind] = [], excludesShared: Bool = false, excludesBots: Bool = false) {
            self.kinds = kinds
            self.excludesShared = excludesShared
            self.excludesBots = excludesBots
        }
    }
}

/// Asks once more before something is done.
package struct ConfirmDialog: Hashable, Sendable {
    package var title: PlainText
    package var text: PlainText
    package var confirm: PlainText
    package var deny: PlainText
    package var style: Element.ButtonStyle?

    package init(
        title: PlainText, text: PlainText, confirm: PlainText, deny: PlainText = "Cancel",
        style: Element.ButtonStyle? = nil
    ) {
        self.title = title
        self.text = text
        self.confirm = confirm
        self.deny = deny
        self.style = style
    }

    var json: JSONValue {
        var json: JSONObject = [
            "title": title.json(limit: Limits.confirmTitle), "text": text.json(limit: Limits.confirmText),
            "confirm": confirm.json(limit: Limits.confirmButton), "deny": deny.json(limit: Limits.confirmButton),
        ]
        if let style { json["style"] = .string(style.rawValue) }
        return .object(json)
    }
}

// MARK: Where it may stand

extension Element {
    enum Place { case section, actions, input }

    /// slack.md 3.4.
    func isAllowed(in place: Place) -> Bool {
        switch self {
        case .button, .linkButton, .overflow: place != .input
        case .textInput, .numberInput: place == .input
        case .dateTimePicker: place != .section
        case .staticSelect, .multiStaticSelect, .externalSelect, .multiExternalSelect, .usersSelect, .multiUsersSelect,
            .conversationsSelect, .checkboxes, .radioButtons, .datePicker, .timePicker:
            true
        }
    }
}
