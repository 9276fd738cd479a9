import ApprovalCore
import SlackContract
import Support

/// The modals through which a request is made: loading, the choice of a flow, the flow's form, and what became of it.
enum PromptModal {
    static let chooseCallback = "sym_choose_flow"
    static let formCallback = "sym_form"
    static let flowBlock = "flow"
    static let valueAction = "value"

    private static let title: PlainText = "Request access"

    /// Opened at once, because a trigger lives three seconds; filled in right after.
    static var loading: View { .modal(title: title, close: "Cancel", blocks: [.section("Loading…")]) }

    static func message(_ sentence: Mrkdwn) -> View {
        .modal(title: title, close: "Close", blocks: [.section(sentence)])
    }

    static func choose(among flows: [Flow]) -> View {
        let options = flows.map { Option(PlainText($0.label), value: $0.name) }
        guard let list = OptionList(options) else {
            return message("There is nothing that you can ask for here. An admin can configure flows.")
        }
        let element: Element =
            list.leftOut > 0
            ? .externalSelect(id: valueAction, placeholder: "Search a flow")
            : .staticSelect(id: valueAction, options: list, placeholder: "Choose a flow")
        return .modal(
            title: title, submit: "Continue", close: "Cancel", callbackID: chooseCallback,
            privateMetadata: PromptMetadata().text,
            blocks: [
                .section("What do you want to request?"),
                .input(label: "Flow", element: element, id: flowBlock),
            ]
        )
    }

    /// - Parameters:
    ///   - target: preselected where the flow has it, by name or label.
    ///   - durationChoices: seconds, for a `duration` field that names no values.
    static func form(_ flow: Flow, revision: String, target: String?, durationChoices: [Int]) -> View {
        var blocks: [Block] = [.section(header(flow))]
        if let text = flow.additionalHeaderText { blocks.append(.section(Mrkdwn(trusted: text))) }
        if let strategy = flow.strategy {
            blocks.append(targetBlock(strategy, field: flow.field(named: PromptField.targetName), chosen: target))
        }
        for field in flow.fields where field.isVisible && field.name != PromptField.targetName {
            blocks.append(FieldBlock(field, durationChoices: durationChoices).block)
        }
        return .modal(
            title: PlainText(flow.label), submit: "Request", close: "Cancel", callbackID: formCallback,
            privateMetadata: PromptMetadata(flow: flow.name, revision: revision).text, blocks: blocks
        )
    }

    private static func header(_ flow: Flow) -> Mrkdwn {
        flow.isApprovalOnly
            ? "Your request for *\(plain: flow.label)* goes to the people who can approve it."
            : """
            Your request for *\(plain: flow.label)* goes to the people who can approve it. Access is switched on when \
            it is approved.
            """
    }

    private static func targetBlock(_ strategy: Strategy, field: PromptField?, chosen: String?) -> Block {
        let label = PlainText(field.map { $0.label == $0.name ? "Target" : $0.label } ?? "Target")
        let options = strategy.targets.map { Option(PlainText($0.label), value: $0.name) }
        guard let list = OptionList(options) else {
            return .section("This flow has no targets. Ask an admin to configure one.")
        }
        let wanted = chosen.flatMap { name in
            strategy.targets.first { $0.name.lowercased() == name.lowercased() || $0.label == name }
        }
        let initial = wanted ?? (strategy.targets.count == 1 ? strategy.targets[0] : nil)
        let element: Element =
            list.leftOut > 0
            ? .externalSelect(
                id: valueAction, initial: initial.map { Option(PlainText($0.label), value: $0.name) },
                placeholder: "Search a target"
            )
            : .staticSelect(
                id: valueAction, options: list, initial: initial?.name, placeholder: "Choose a target"
            )
        return .input(label: label, element: element, id: FieldBlock.id(PromptField.targetName))
    }
}
