import ApprovalCore
import Support

extension ConfigReader {
    /// Reads the fields of a form (sym-terraform.md 3.1).
    func promptFields(_ node: ConfigNode?, hasStrategy: Bool, hasDecisionMessage: Bool) -> Registry<PromptField> {
        let nodes = node.flatMap(report.array) ?? []
        if let node, nodes.count > ConfigLimits.fields {
            report.problem(
                node, found: "\(nodes.count) fields", expected: "at most \(ConfigLimits.fields)",
                hint: "Slack's forms have no room for more.")
        }
        var fields = Registry<PromptField>(kind: "prompt field")
        all(&fields, nodes) { promptField(&$0, $1) }
        for node in nodes {
            checkName(node, hasStrategy: hasStrategy, hasDecisionMessage: hasDecisionMessage)
        }
        return fields
    }

    /// Names that mean something of their own.
    private func checkName(_ node: ConfigNode, hasStrategy: Bool, hasDecisionMessage: Bool) {
        guard let nameNode = node.member("name"), let name = nameNode.value.text?.lowercased() else { return }
        let type = node.member("type")
        let isDuration = type?.value == "duration"
        switch name {
        case PromptField.durationName where hasStrategy:
            if let type, !isDuration {
                report.problem(
                    type, expected: "\"duration\"", hint: "The field of this name says how long access lasts.")
            }
        case _ where !hasStrategy && (name == PromptField.durationName || isDuration):
            report.problem(
                isDuration ? type ?? nameNode : nameNode, expected: "a field that is no duration",
                hint: "The flow has no strategy, so it is approval-only and there is no access that could last.")
        case PromptField.targetName where !hasStrategy:
            report.problem(
                nameNode, expected: "another name",
                hint: "This one customises the menu of targets, and a flow without a strategy has none.")
        case "target" where hasStrategy:
            report.problem(
                nameNode, expected: "another name",
                hint: "Handlers find the chosen target under this one. To customise its menu, name the field "
                    + "\"\(PromptField.targetName)\".")
        case "decision_message" where hasDecisionMessage:
            report.problem(nameNode, expected: "another name", hint: "include_decision_message has taken this one.")
        default: break
        }
    }

    private func promptField(_ reader: inout ObjectReader, _ name: String) -> PromptField? {
        let kind = reader.required("type", "the type of this field").flatMap { node in
            listKind(node, of: reader.node) ?? report.choice(node, of: PromptField.Kind.self)
        }
        let label = reader.label()
        let isRequired = reader.flag("required", default: true)
        let isVisible = reader.flag("visible", default: true)
        let allowedNode = reader.optional("allowed_values").flatMap { $0.value == [] ? nil : $0 }
        var allowed: [FieldValue] = []
        let defaultNode = reader.optional("default").flatMap { $0.value == "" ? nil : $0 }
        var fallback: FieldValue?
        let prefetch = reader.optional("prefetch")
        let isPrefetched = prefetch.flatMap(report.flag) ?? false
        let onChange = reader.optional("on_change").flatMap { $0.value == "" ? nil : $0 }
            .flatMap { pythonFile($0, .onChange, "on_change") }

        if let kind {
            if let allowedNode {
                if kind.isUsers {
                    report.problem(allowedNode, expected: "none", hint: "Slack offers the people.")
                } else if name.lowercased() == PromptField.targetName {
                    report.warning(
                        allowedNode, expected: "none", hint: "They are ignored: the menu shows the strategy's targets.")
                } else {
                    allowed = allowedValues(allowedNode, kind)
                }
            }
            if let defaultNode {
                if kind.takesDefault {
                    fallback = fieldValue(defaultNode, kind)
                    checkDefault(defaultNode, fallback, allowed)
                } else {
                    report.problem(
                        defaultNode, expected: "none", hint: "A field of the type \"\(kind.rawValue)\" has no default.")
                }
            }
            if let prefetch, isPrefetched {
                if kind.isUsers {
                    report.problem(prefetch, expected: "false", hint: "Slack offers the people.")
                } else if !capabilities.python.contains(.prefetch) {
                    unavailable(prefetch, "Prefetch, which runs Python,", expected: "false")
                }
            }
        }
        return kind.map {
            PromptField(
                name: name, kind: $0, label: label, isRequired: isRequired, defaultValue: fallback,
                isVisible: isVisible, allowedValues: allowed, isPrefetched: isPrefetched, onChange: onChange)
        }
    }

    /// The type `list` of the provider's first version: a menu of texts or of numbers (sym-terraform.md 3.1).
    private func listKind(_ node: ConfigNode, of field: ConfigNode) -> PromptField.Kind? {
        guard dialect == .wire, node.value == "list" else { return nil }
        let values = field.member("allowed_values")?.value.elements ?? []
        return !values.isEmpty && values.allSatisfy { $0.integer != nil } ? .int : .string
    }

    private func allowedValues(_ node: ConfigNode, _ kind: PromptField.Kind) -> [FieldValue] {
        guard let elements = report.array(node) else { return [] }
        if elements.count > ConfigLimits.allowedValues {
            report.problem(node, found: "\(elements.count)", expected: "at most \(ConfigLimits.allowedValues)")
        }
        var values: [FieldValue] = []
        var seen: Set<FieldValue> = []
        for element in elements {
            guard let value = fieldValue(element, kind.element) else { continue }
            if case .string(let text) = value, text.trimmed.isEmpty || text.count > ConfigLimits.optionText {
                report.problem(element, expected: "1 to \(ConfigLimits.optionText) characters")
            } else if !seen.insert(value).inserted {
                report.problem(element, found: "\(element.shown) again", expected: "each value once")
            } else {
                values.append(value)
            }
        }
        return values
    }

    private func checkDefault(_ node: ConfigNode, _ value: FieldValue?, _ allowed: [FieldValue]) {
        guard let value, !allowed.isEmpty, !allowed.contains(value) else { return }
        notAllowed(node, allowed)
    }

    /// Notes a value that a field can never hold.
    func notAllowed(_ node: ConfigNode, _ allowed: [FieldValue]) {
        let words = allowed.map {
            if case .duration(let seconds) = $0 { DurationText.text(seconds) } else { $0.settingText }
        }
        report.notOneOf(words, node)
    }

    /// A value of a single field as configurations write it; numbers and booleans may be given as text.
    func fieldValue(_ node: ConfigNode, _ kind: PromptField.Kind, workspace: String? = nil) -> FieldValue? {
        switch kind {
        case .string: return report.text(node).map(FieldValue.string)
        case .int: return report.int(node).map(FieldValue.int)
        case .bool: return report.flag(node).map(FieldValue.bool)
        case .duration: return report.seconds(node).map(FieldValue.duration)
        case .slackUser:
            if let account = node.value.text.flatMap({ Self.account($0, workspace: workspace) }) {
                return .user(account)
            }
            report.problem(node, expected: "a Slack user, \"U…\" or \"T…/U…\"")
            return nil
        case .slackUserList, .stringList, .intList:
            preconditionFailure("a list has no single value; ask for its elements")
        }
    }
}

extension PromptField.Kind {
    /// What one element of a list is; anything else is its own element.
    var element: PromptField.Kind {
        switch self {
        case .stringList: .string
        case .intList: .int
        case .slackUserList: .slackUser
        case .string, .int, .bool, .duration, .slackUser: self
        }
    }

    var isList: Bool { element != self }
    var isUsers: Bool { element == .slackUser }

    fileprivate var takesDefault: Bool { !isList && !isUsers }
}
