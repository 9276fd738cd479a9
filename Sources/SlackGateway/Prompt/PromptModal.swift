import ApprovalCore
import FlowConfig
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

    /// What can be chosen. A flow that cannot run is there too: choosing it says why.
    static func options(_ flows: [Flow], broken: [BrokenFlow]) -> [Option] {
        flows.map { Option(PlainText($0.label), value: $0.name) }
            + broken.map { Option(PlainText("\($0.label) (cannot be used)"), value: $0.name) }
    }

    static func choose(among flows: [Flow], broken: [BrokenFlow]) -> View {
        guard let list = OptionList(options(flows, broken: broken)) else {
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
    ///   - prefetched: what fields offer whose options the flow's code knows, by name.
    ///   - durationChoices: seconds, for a `duration` field that names no values.
    static func form(
        _ shown: ShownForm, metadata: PrivateMetadata?, prefetched: [String: FieldBlock.Prefetched],
        durationChoices: [Int]
    ) -> View {
        let flow = shown.flow
        var blocks: [Block] = [.section(header(flow))]
        if let text = shown.form.headerText, !text.trimmed.isEmpty { blocks.append(.section(Mrkdwn(trusted: text))) }
        if let problem = shown.problem { blocks.append(.context([":warning: \(plain: problem)"])) }
        for field in shown.form.fields where field.isVisible {
            if field.isTarget, field.flowOptions.isEmpty {
                blocks.append(.section("This flow has no targets. Ask an admin to configure one."))
            } else {
                blocks +=
                    FieldBlock(
                        field, durationChoices: durationChoices, prefetched: prefetched[field.name]
                    ).blocks
            }
        }
        return .modal(
            title: PlainText(flow.label), submit: "Request", close: "Cancel", callbackID: formCallback,
            privateMetadata: metadata, blocks: blocks
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
}
