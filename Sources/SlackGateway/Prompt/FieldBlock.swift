import ApprovalCore
import SlackContract
import Support

/// One field of a form as a block, and back.
struct FieldBlock {
    let field: PromptForm.Field
    let durationChoices: [Int]
    /// Of a field whose options the flow's code offers.
    let prefetched: Prefetched?

    enum Prefetched: Hashable, Sendable {
        case loading
        case ready([FieldOption])
        /// With the reason, for the person.
        case failed(String)

        var options: [FieldOption]? { if case .ready(let options) = self { options } else { nil } }
    }

    init(_ field: PromptForm.Field, durationChoices: [Int], prefetched: Prefetched? = nil) {
        self.field = field
        self.durationChoices = durationChoices
        // What an `on_change` function offers takes the place of what was fetched.
        self.prefetched = field.original.isPrefetched && field.options == nil ? prefetched ?? .loading : nil
    }

    private static let prefix = "field."
    private static let versionMark: Character = "~"

    static func id(_ name: String, version: Int = 0) -> String {
        prefix + name + (version == 0 ? "" : "\(versionMark)\(version)")
    }

    /// The field that a block stands for.
    static func name(ofBlock id: String) -> String? {
        guard id.hasPrefix(prefix) else { return nil }
        let name = id.dropFirst(prefix.count)
        guard let mark = name.lastIndex(of: versionMark), Int(name[name.index(after: mark)...]) != nil else {
            return String(name)
        }
        return String(name[..<mark])
    }

    var id: String { Self.id(field.name, version: field.version) }

    /// An option that says why there is none yet. Whoever chooses it has chosen nothing.
    static func placeholder(_ text: PlainText) -> Option { Option(text, value: placeholderValue) }
    static let placeholderValue = "symflow.no-option"

    // MARK: The block

    var blocks: [Block] {
        if isWithoutChoice {
            return [.section("*\(raw: Words.label(field.label))*\nThere is nothing to choose from.", id: id)]
        }
        var blocks: [Block] = [
            .input(
                label: PlainText(field.label), element: element, hint: hint, isOptional: isOptional,
                dispatches: field.original.onChange != nil, id: id
            )
        ]
        if case .failed(let reason) = prefetched {
            let shown = Mrkdwn(plain: reason).shortened(to: Self.reasonMax)
            blocks.append(
                .context([":warning: The options could not be loaded: \(raw: shown) Open the menu to try again."])
            )
        }
        return blocks
    }

    static let reasonMax = 300

    /// Slack refuses a menu without options.
    private var isWithoutChoice: Bool {
        guard case .loading? = prefetched else { return field.options?.isEmpty == true && field.isMenu }
        return false
    }

    private var isOptional: Bool {
        !field.isRequired || (!field.isTarget && field.defaultValue(prefetched?.options) != nil)
    }

    /// The choices of the menu, where the field is one.
    var options: [Option] {
        if let prefetched { return (prefetched.options ?? []).map(option) }
        if let options = field.options { return options.map(option) }
        switch field.original.kind {
        case .duration where field.flowOptions.isEmpty:
            return durationChoices.map { option(FieldOption(.duration(Int64($0)))) }
        case .bool where field.flowOptions.isEmpty:
            return [Option("Yes", value: "true"), Option("No", value: "false")]
        default: return field.flowOptions.map(option)
        }
    }

    /// Durations without a label of their own are said as people say them.
    private func option(_ option: FieldOption) -> Option {
        var label = option.label
        if case .duration(let seconds) = option.value, label == String(seconds) {
            label = DurationWords.text(seconds: seconds)
        }
        return Option(PlainText(label), value: option.value.settingText)
    }

    private var hint: PlainText? {
        switch prefetched {
        case .loading: return "The options are being loaded."
        case .ready([]): return "There is nothing to choose from."
        default: break
        }
        switch field.original.kind {
        case .stringList, .intList: return prefetched == nil && options.isEmpty ? "One entry on each line." : nil
        case .string, .int, .bool, .duration, .slackUser, .slackUserList: return nil
        }
    }

    private var element: Element {
        let id = PromptModal.valueAction
        let initial = initialTexts
        let placeholder: PlainText = field.isTarget ? "Choose a target" : "Choose"
        if let prefetched { return searched(prefetched) }
        switch field.original.kind {
        case .slackUser: return .usersSelect(id: id, initial: initial.first, placeholder: "Choose a person")
        case .slackUserList: return .multiUsersSelect(id: id, initial: initial, placeholder: "Choose people")
        case .bool:
            guard let list = OptionList(options) else { break }
            return .radioButtons(id: id, options: list, initial: initial.first)
        case .duration: return menu(initial.first, placeholder: "Choose how long")
        case .string:
            if !options.isEmpty { return menu(initial.first, placeholder: placeholder) }
            return .textInput(id: id, multiline: true, initial: initial.first, lengths: 0...PromptField.textLengthMax)
        case .int:
            if !options.isEmpty { return menu(initial.first, placeholder: placeholder) }
            return .numberInput(id: id, initial: initial.first)
        case .stringList, .intList:
            guard let list = OptionList(options, keeping: initial) else { break }
            return list.leftOut > 0
                ? .multiExternalSelect(id: id, initial: chosen, placeholder: "Search")
                : .multiStaticSelect(id: id, options: list, initial: initial, placeholder: "Choose")
        }
        return .textInput(
            id: id, multiline: true, initial: initial.isEmpty ? nil : initial.joined(separator: "\n"),
            lengths: 0...PromptField.textLengthMax
        )
    }

    /// A menu; above 100 choices one that searches.
    private func menu(_ initial: String?, placeholder: PlainText) -> Element {
        let id = PromptModal.valueAction
        guard let list = OptionList(options, keeping: initial.map { [$0] } ?? []) else {
            return .textInput(id: id, initial: initial, lengths: 0...PromptField.textLengthMax)
        }
        guard list.leftOut > 0 else {
            return .staticSelect(id: id, options: list, initial: initial, placeholder: placeholder)
        }
        return .externalSelect(
            id: id, initial: chosen.first, placeholder: field.isTarget ? "Search a target" : placeholder
        )
    }

    /// A menu whose options come when it is opened.
    private func searched(_ prefetched: Prefetched) -> Element {
        let id = PromptModal.valueAction
        let placeholder: PlainText
        switch prefetched {
        case .loading: placeholder = "Loading…"
        case .failed: placeholder = "Not available"
        case .ready(let options): placeholder = options.count > Limits.options ? "Type to search" : "Choose"
        }
        switch field.original.kind {
        case .stringList, .intList: return .multiExternalSelect(id: id, initial: chosen, placeholder: placeholder)
        default: return .externalSelect(id: id, initial: chosen.first, placeholder: placeholder)
        }
    }

    private var chosen: [Option] {
        let texts = initialTexts
        return options.filter { texts.contains($0.value) }
    }

    private var initialTexts: [String] {
        switch field.value {
        case nil: []
        case .strings(let texts): texts
        case .ints(let numbers): numbers.map(String.init)
        case .users(let accounts): accounts.map(\.user)
        case let value?: [value.settingText]
        }
    }

    // MARK: And back

    /// What was entered. Values of menus come back as they were sent, which for long ones is a digest.
    func input(_ state: FieldState?, workspace: String) -> FieldInput {
        switch state {
        case nil: return .none
        case .option(let option?): return Self.isPlaceholder(option) ? .none : .text(original(option.value))
        case .options(let chosen): return .texts(chosen.filter { !Self.isPlaceholder($0) }.map { original($0.value) })
        case .text(let text?), .number(let text?): return .text(text)
        case .user(let user?): return .users([Account(workspace: workspace, user: user)])
        case .users(let users): return .users(users.map { Account(workspace: workspace, user: $0) })
        default: return .none
        }
    }

    private static func isPlaceholder(_ option: SelectedOption) -> Bool { option.value == placeholderValue }

    private func original(_ sent: String) -> String { options.first { $0.sentValue == sent }?.value ?? sent }
}
