/// A form while somebody fills it in: the flow's fields as they stand now (sym-sdk.md 4.10).
package struct PromptForm: Hashable, Sendable {
    /// In the order in which they are shown. The menu of targets comes first, under the name `PromptField.targetName`.
    package var fields: [Field]
    /// Slack mrkdwn below the default header.
    package var headerText: String?

    /// - Parameter target: chosen from the start where the flow has it, by name or label.
    package init(_ flow: Flow, target: String? = nil) {
        fields = flow.fields.filter { $0.name != PromptField.targetName }.map { Field($0) }
        headerText = flow.additionalHeaderText
        if let strategy = flow.strategy {
            fields.insert(Field(targetsOf: strategy, flow.field(named: PromptField.targetName), chosen: target), at: 0)
        }
    }

    package struct Field: Hashable, Sendable {
        /// As the flow has it.
        package let original: PromptField
        /// What the flow itself offers, with labels.
        package let flowOptions: [FieldOption]
        package var label: String
        /// Enforced only while visible.
        package var isRequired: Bool
        package var isVisible: Bool
        /// What a handler offers instead of what the flow does.
        package var options: [FieldOption]?
        package var value: FieldValue?
        /// Whether a handler put the value there: then it counts although nobody sees it.
        package var isSetByHandler = false
        /// How often its block had to be made anew: a block that keeps its id keeps what was entered (slack.md 3.2).
        package var version = 0

        package var name: String { original.name }
        package var isTarget: Bool { original.name == PromptField.targetName }
    }

    package subscript(name: String) -> Field? {
        get { fields.first { $0.name == name } }
        set {
            guard let newValue, let index = fields.firstIndex(where: { $0.name == name }) else { return }
            fields[index] = newValue
        }
    }

    package var target: String? {
        guard case .string(let name) = self[PromptField.targetName]?.value else { return nil }
        return name
    }
}

/// A value that can be chosen, and what people read for it.
package struct FieldOption: Hashable, Sendable {
    /// A single one, also of a list field.
    package var value: FieldValue
    package var label: String

    package init(value: FieldValue, label: String) {
        self.value = value
        self.label = label
    }

    /// A value that stands for itself.
    package init(_ value: FieldValue) { self.init(value: value, label: value.settingText) }
}

extension PromptForm.Field {
    package init(_ field: PromptField) {
        original = field
        flowOptions = field.allowedValues.map { FieldOption($0) }
        label = field.label
        isRequired = field.isRequired
        isVisible = field.isVisible
        value = field.defaultValue
    }

    /// The menu of targets; a field of that name changes its label and visibility (sym-terraform.md 3).
    fileprivate init(targetsOf strategy: Strategy, _ field: PromptField?, chosen: String?) {
        let named = field.flatMap { $0.label == $0.name ? nil : $0.label }
        original = PromptField(
            name: PromptField.targetName, kind: .string, label: named ?? "Target",
            isVisible: field?.isVisible ?? true, onChange: field?.onChange
        )
        flowOptions = strategy.targets.map { FieldOption(value: .string($0.name), label: $0.label) }
        label = original.label
        isRequired = true
        isVisible = original.isVisible
        let wanted = chosen.flatMap { name in
            strategy.targets.first { $0.name.lowercased() == name.lowercased() || $0.label == name }
        }
        value = (wanted ?? (strategy.targets.count == 1 ? strategy.targets[0] : nil)).map { .string($0.name) }
    }

    /// Whether the flow lets only certain values through.
    package var isMenu: Bool { !flowOptions.isEmpty || isTarget || original.isPrefetched }

    /// What can be chosen now; `nil` where anything goes, or where nobody has found out yet.
    ///
    /// - Parameter prefetched: what the flow's handler has offered for this field.
    package func offered(_ prefetched: [FieldOption]?) -> [FieldOption]? {
        if let options { return options.isEmpty && !isMenu ? nil : options }
        if original.isPrefetched { return prefetched }
        return flowOptions.isEmpty && !isTarget ? nil : flowOptions
    }

    /// The default, where it can still be chosen.
    package func defaultValue(_ prefetched: [FieldOption]?) -> FieldValue? {
        guard let value = original.defaultValue else { return nil }
        guard let offered = offered(prefetched) else { return value }
        return offered.contains { $0.value == value } ? value : nil
    }

    /// The field whose rules a submitted value is checked by.
    fileprivate func checked(_ prefetched: [FieldOption]?) -> PromptField {
        var field = original
        field.label = label
        field.isRequired = isRequired
        field.isVisible = isVisible
        // What a handler puts into a hidden field is the handler's affair.
        field.allowedValues = isVisible ? offered(prefetched)?.map(\.value) ?? [] : []
        field.isPrefetched = false
        field.defaultValue = isVisible || !isSetByHandler ? defaultValue(prefetched) : value
        return field
    }
}

extension PromptForm {
    /// Checks what was entered in this form.
    ///
    /// - Parameters:
    ///   - inputs: of the fields that are shown.
    ///   - target: chosen in the menu; where that is hidden, the form's own counts.
    ///   - prefetched: by field name, where the handler has answered.
    package func check(
        as flow: Flow, target: String?, fields inputs: [String: FieldInput], prefetched: [String: [FieldOption]] = [:]
    ) -> FormCheck {
        var asked = flow
        asked.fields = fields.filter { !$0.isTarget }.map { $0.checked(prefetched[$0.name]) }
        let shown = inputs.filter { name, _ in self[name]?.isVisible ?? true }
        let menu = self[PromptField.targetName]
        let only = flow.strategy.flatMap { $0.targets.count == 1 ? $0.targets[0].name : nil }
        let chosen = (menu?.isVisible == true ? target : self.target) ?? only
        var problems: [String: FieldProblem] = [:]
        for field in fields where !field.isTarget && field.offered(prefetched[field.name]) == [] {
            // Without anything to choose from every value is a wrong one.
            let isEmpty = (shown[field.name] ?? FieldInput.none) == FieldInput.none
            if field.isVisible, field.isRequired || !isEmpty {
                problems[field.name] = FieldProblem("There is nothing to choose from.")
            }
        }
        if let chosen, let options = menu?.options, !options.contains(where: { $0.value == .string(chosen) }) {
            problems[PromptField.targetName] = FieldProblem("Choose one of the targets that are offered.")
        }
        switch asked.check(target: chosen, fields: shown) {
        case .problems(let found): return .problems(problems.merging(found) { first, _ in first })
        case .values(let target, let values):
            return problems.isEmpty ? .values(target: target, fields: values) : .problems(problems)
        }
    }
}
