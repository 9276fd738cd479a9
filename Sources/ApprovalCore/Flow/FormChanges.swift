package import Support

/// What an `on_change` function did to a form: only what differs (sym-sdk.md 2.6).
package struct FormChanges: Hashable, Sendable {
    package enum Assignment<Value: Hashable & Sendable>: Hashable, Sendable {
        case to(Value)
        case cleared

        fileprivate var value: Value? { if case .to(let value) = self { value } else { nil } }
    }

    package struct Field: Hashable, Sendable {
        package var label: Assignment<String>?
        package var isRequired: Bool?
        package var isVisible: Bool?
        package var options: [FieldOption]?
        package var value: Assignment<FieldValue>?

        package init(
            label: Assignment<String>? = nil, isRequired: Bool? = nil, isVisible: Bool? = nil,
            options: [FieldOption]? = nil, value: Assignment<FieldValue>? = nil
        ) {
            self.label = label
            self.isRequired = isRequired
            self.isVisible = isVisible
            self.options = options
            self.value = value
        }
    }

    package var fields: [String: Field]
    package var headerText: Assignment<String>?

    package init(fields: [String: Field] = [:], headerText: Assignment<String>? = nil) {
        self.fields = fields
        self.headerText = headerText
    }
}

extension PromptForm {
    package mutating func apply(_ changes: FormChanges) {
        if let headerText = changes.headerText { self.headerText = headerText.value }
        for index in fields.indices {
            if let change = changes.fields[fields[index].name] { fields[index].apply(change) }
        }
    }
}

extension PromptForm.Field {
    fileprivate mutating func apply(_ change: FormChanges.Field) {
        let before = self
        if let label = change.label { self.label = label.value ?? original.label }
        if let isRequired = change.isRequired { self.isRequired = isRequired }
        if let isVisible = change.isVisible { self.isVisible = isVisible }
        if let options = change.options { self.options = options == flowOptions ? nil : options }
        if let value = change.value {
            self.value = value.value
            isSetByHandler = true
        }
        if let options = change.options, change.value == nil { keepValue(among: options) }
        // What a person entered in a field that they no longer see does not count; what the handler put there does. The
        // target stands in the headline of every card.
        if before.isVisible, !isVisible, change.value == nil, !isTarget {
            value = original.defaultValue
            isSetByHandler = false
        }
        if value != before.value || options != before.options { version += 1 }
    }

    /// Of what was entered, what can still be chosen.
    private mutating func keepValue(among options: [FieldOption]) {
        let offered = Set(options.map(\.value))
        guard isMenu || !offered.isEmpty else { return }
        switch value {
        case .strings(let texts):
            let kept = texts.filter { offered.contains(.string($0)) }
            value = kept.isEmpty ? nil : .strings(kept)
        case .ints(let numbers):
            let kept = numbers.filter { offered.contains(.int($0)) }
            value = kept.isEmpty ? nil : .ints(kept)
        case let value?: if !offered.contains(value) { self.value = nil }
        case nil: break
        }
    }
}

extension PromptField.Kind {
    /// What one entry of a list is; anything else is its own.
    package var entry: PromptField.Kind {
        switch self {
        case .stringList: .string
        case .intList: .int
        case .slackUserList: .slackUser
        case .string, .int, .bool, .duration, .slackUser: self
        }
    }

    /// Reads a value of a field of this kind, as handlers give it.
    ///
    /// - Parameter workspace: of people who are named by their id alone.
    /// - Returns: `nil` for what is no such value.
    package func value(of json: JSONValue, workspace: String) -> FieldValue? {
        switch (self, json) {
        case (.string, .string(let text)): return .string(text)
        case (.string, .int(let number)): return .string(String(number))
        case (.string, .bool(let flag)): return .string(flag ? "true" : "false")
        case (.int, .int(let number)): return .int(number)
        case (.int, .string(let text)): return Int64(text).map(FieldValue.int)
        case (.duration, .int(let seconds)):
            return (1...PromptField.durationSecondsMax).contains(seconds) ? .duration(seconds) : nil
        case (.duration, .string(let text)):
            return Int64(text).flatMap { value(of: .int($0), workspace: workspace) }
        case (.bool, .bool(let flag)): return .bool(flag)
        case (.bool, .string("true")): return .bool(true)
        case (.bool, .string("false")): return .bool(false)
        case (.slackUser, _):
            if let user = json["user_id"]?.text { return .user(Account(workspace: workspace, user: user)) }
            guard let parts = json.text?.split(separator: "/").map(String.init), parts.count == 2 else { return nil }
            return .user(Account(workspace: parts[0], user: parts[1]))
        case (.slackUserList, .array(let elements)):
            let accounts = elements.compactMap { element -> Account? in
                guard case .user(let account) = entry.value(of: element, workspace: workspace) else { return nil }
                return account
            }
            return accounts.count == elements.count && !accounts.isEmpty ? .users(accounts) : nil
        case (.stringList, .array(let elements)):
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count && !texts.isEmpty ? .strings(texts) : nil
        case (.intList, .array(let elements)):
            let numbers = elements.compactMap(\.integer)
            return numbers.count == elements.count && !numbers.isEmpty ? .ints(numbers) : nil
        default: return nil
        }
    }
}
