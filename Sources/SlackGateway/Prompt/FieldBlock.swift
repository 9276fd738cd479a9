import ApprovalCore
import SlackContract
import Support

/// One prompt field as a block of the form, and back.
struct FieldBlock {
    let field: PromptField
    let durationChoices: [Int]

    init(_ field: PromptField, durationChoices: [Int]) {
        self.field = field
        self.durationChoices = durationChoices
    }

    private static let prefix = "field."

    static func id(_ name: String) -> String { prefix + name }

    /// The field that a block stands for.
    static func name(ofBlock id: String) -> String? {
        id.hasPrefix(prefix) ? String(id.dropFirst(prefix.count)) : nil
    }

    var block: Block {
        .input(
            label: PlainText(field.label), element: element, hint: hint,
            isOptional: !field.isRequired || field.defaultValue != nil, id: Self.id(field.name)
        )
    }

    /// The choices of the menu, where the field is one.
    var options: [Option] {
        switch field.kind {
        case .duration:
            let seconds =
                field.allowedValues.isEmpty
                ? durationChoices.map(Int64.init)
                : field.allowedValues.compactMap { if case .duration(let seconds) = $0 { seconds } else { nil } }
            return seconds.map { Option(PlainText(DurationWords.text(seconds: $0)), value: String($0)) }
        case .bool: return [Option("Yes", value: "true"), Option("No", value: "false")]
        case .string, .int, .stringList, .intList:
            return field.allowedValues.map { Option(PlainText($0.settingText), value: $0.settingText) }
        case .slackUser, .slackUserList: return []
        }
    }

    private var hint: PlainText? {
        switch field.kind {
        case .stringList, .intList: options.isEmpty ? "One entry on each line." : nil
        case .string, .int, .bool, .duration, .slackUser, .slackUserList: nil
        }
    }

    private var element: Element {
        let id = PromptModal.valueAction
        let initial = field.defaultValue?.settingText
        switch field.kind {
        case .slackUser: return .usersSelect(id: id, placeholder: "Choose a person")
        case .slackUserList: return .multiUsersSelect(id: id, placeholder: "Choose people")
        case .bool:
            guard let list = OptionList(options) else { break }
            return .radioButtons(id: id, options: list, initial: initial)
        case .duration: return menu(initial: initial, placeholder: "Choose how long")
        case .string:
            if !options.isEmpty { return menu(initial: initial, placeholder: "Choose") }
            return .textInput(id: id, multiline: true, initial: initial, lengths: 0...PromptField.textLengthMax)
        case .int:
            if !options.isEmpty { return menu(initial: initial, placeholder: "Choose") }
            return .numberInput(id: id, initial: initial)
        case .stringList, .intList:
            guard let list = OptionList(options) else { break }
            return list.leftOut > 0
                ? .multiExternalSelect(id: id, placeholder: "Search")
                : .multiStaticSelect(id: id, options: list, placeholder: "Choose")
        }
        return .textInput(id: id, multiline: true, lengths: 0...PromptField.textLengthMax)
    }

    /// A menu; above 100 choices one that searches.
    private func menu(initial: String?, placeholder: PlainText) -> Element {
        let id = PromptModal.valueAction
        guard let list = OptionList(options, keeping: initial.map { [$0] } ?? []) else {
            return .textInput(id: id, initial: initial, lengths: 0...PromptField.textLengthMax)
        }
        guard list.leftOut > 0 else {
            return .staticSelect(id: id, options: list, initial: initial, placeholder: placeholder)
        }
        return .externalSelect(
            id: id, initial: options.first { $0.value == initial }, placeholder: placeholder
        )
    }

    // MARK: And back

    /// What was entered. Values of menus come back as they were sent, which for long ones is a digest.
    func input(_ state: FieldState?, workspace: String) -> FieldInput {
        switch state {
        case nil: return .none
        case .option(let option?): return .text(original(option.value))
        case .options(let chosen): return .texts(chosen.map { original($0.value) })
        case .text(let text?), .number(let text?): return .text(text)
        case .user(let user?): return .users([Account(workspace: workspace, user: user)])
        case .users(let users): return .users(users.map { Account(workspace: workspace, user: $0) })
        default: return .none
        }
    }

    private func original(_ sent: String) -> String { options.first { $0.sentValue == sent }?.value ?? sent }
}
