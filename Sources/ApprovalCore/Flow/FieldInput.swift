import Support

/// What somebody entered in one field, before it is known whether the field takes it: from a form, or from the API.
package enum FieldInput: Hashable, Sendable {
    case none
    case text(String)
    case number(Int64)
    case flag(Bool)
    case texts([String])
    case numbers([Int64])
    case users([Account])
}

extension FieldInput {
    /// What somebody would have entered to get this value.
    package init(_ value: FieldValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .int(let number), .duration(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .user(let account): self = .users([account])
        case .users(let accounts): self = .users(accounts)
        case .strings(let texts): self = .texts(texts)
        case .ints(let numbers): self = .numbers(numbers)
        }
    }
}

/// Why a field does not take what was entered: shown beside it.
package struct FieldProblem: Error, Hashable, Sendable {
    package var sentence: String

    package init(_ sentence: String) { self.sentence = sentence }
}

extension PromptField {
    /// Longest text that a field takes, or an entry of a list (slack.md 3.1).
    package static let textLengthMax = 3000
    /// Ten years: longer is for ever, and for ever is a mistake of the unit.
    package static let durationSecondsMax: Int64 = 10 * 365 * 86400
    /// Most entries that a list takes.
    package static let listCountMax = 100

    /// The value that this input stands for, after the default; `nil` when an optional field was left empty.
    ///
    /// The same rules for the form and for the API: type, required, allowed values.
    package func value(of input: FieldInput) throws(FieldProblem) -> FieldValue? {
        guard let value = try parsed(input) ?? defaultValue else {
            if isRequired && isVisible { throw FieldProblem("Fill this in.") }
            return nil
        }
        guard allowedValues.isEmpty || isPrefetched || allows(value) else {
            throw FieldProblem("Choose one of the values that are offered.")
        }
        return value
    }

    /// What was entered so far, without any rule; `nil` for nothing, and for what is not of this field's kind.
    package func entered(_ input: FieldInput) -> FieldValue? { (try? parsed(input)) ?? nil }

    private func allows(_ value: FieldValue) -> Bool {
        switch value {
        case .strings(let texts): texts.allSatisfy { allowedValues.contains(.string($0)) }
        case .ints(let numbers): numbers.allSatisfy { allowedValues.contains(.int($0)) }
        default: allowedValues.contains(value)
        }
    }

    private func parsed(_ input: FieldInput) throws(FieldProblem) -> FieldValue? {
        switch (kind, input) {
        case (_, .none): return nil
        case (.string, .text(let text)):
            let text = text.trimmed
            guard text.unicodeScalars.count <= Self.textLengthMax else {
                throw FieldProblem("At most \(Self.textLengthMax) characters.")
            }
            return text.isEmpty ? nil : .string(text)
        case (.int, .number(let number)): return .int(number)
        case (.int, .text(let text)):
            return try text.trimmed.isEmpty ? nil : .int(Self.whole(text))
        case (.bool, .flag(let flag)): return .bool(flag)
        case (.bool, .text("true")): return .bool(true)
        case (.bool, .text("false")): return .bool(false)
        case (.duration, .number(let seconds)):
            guard seconds > 0 else { throw FieldProblem("A duration is longer than nothing.") }
            guard seconds <= Self.durationSecondsMax else {
                throw FieldProblem("A duration is at most \(Self.durationSecondsMax) seconds.")
            }
            return .duration(seconds)
        case (.duration, .text(let text)): return try parsed(.number(Self.whole(text)))
        case (.slackUser, .users(let accounts)): return accounts.first.map(FieldValue.user)
        case (.slackUserList, .users(let accounts)):
            return accounts.isEmpty ? nil : .users(try Self.bounded(accounts))
        case (.stringList, .texts(let texts)):
            let texts = texts.map(\.trimmed).filter { !$0.isEmpty }
            guard texts.allSatisfy({ $0.unicodeScalars.count <= Self.textLengthMax }) else {
                throw FieldProblem("At most \(Self.textLengthMax) characters in each entry.")
            }
            return texts.isEmpty ? nil : .strings(try Self.bounded(texts))
        case (.stringList, .text(let text)): return try parsed(.texts(Self.lines(text)))
        case (.intList, .numbers(let numbers)): return numbers.isEmpty ? nil : .ints(try Self.bounded(numbers))
        case (.intList, .texts(let texts)):
            var numbers: [Int64] = []
            for text in texts where !text.trimmed.isEmpty { numbers.append(try Self.whole(text)) }
            return try parsed(.numbers(numbers))
        case (.intList, .text(let text)): return try parsed(.texts(Self.lines(text)))
        default: throw FieldProblem("This must be \(kind.words).")
        }
    }

    private static func whole(_ text: String) throws(FieldProblem) -> Int64 {
        guard let number = Int64(text.trimmed) else { throw FieldProblem("This must be a whole number.") }
        return number
    }

    private static func bounded<Element>(_ list: [Element]) throws(FieldProblem) -> [Element] {
        guard list.count <= listCountMax else { throw FieldProblem("At most \(listCountMax) entries.") }
        return list
    }

    /// Lists that are typed: one entry a line, or separated by commas.
    private static func lines(_ text: String) -> [String] {
        text.split { $0.isNewline || $0 == "," }.map(String.init)
    }
}

extension PromptField.Kind {
    /// For messages.
    package var words: String {
        switch self {
        case .string: "text"
        case .int: "a whole number"
        case .bool: "true or false"
        case .duration: "a duration in seconds"
        case .slackUser: "a person"
        case .slackUserList: "a list of people"
        case .stringList: "a list of texts"
        case .intList: "a list of whole numbers"
        }
    }
}

/// A whole form, checked.
package enum FormCheck: Hashable, Sendable {
    case values(target: String?, fields: [String: FieldValue])
    /// By field name; `PromptField.targetName` stands for the target.
    case problems([String: FieldProblem])
}

extension Flow {
    /// Checks a submitted form: every field of the flow, and the target of an access flow.
    ///
    /// - Parameter fields: by field name. Names the flow does not have are problems.
    package func check(target: String?, fields inputs: [String: FieldInput]) -> FormCheck {
        var problems: [String: FieldProblem] = [:]
        var values: [String: FieldValue] = [:]
        for field in fields where field.name != PromptField.targetName {
            do throws(FieldProblem) {
                if let value = try field.value(of: inputs[field.name] ?? .none) { values[field.name] = value }
            } catch { problems[field.name] = error }
        }
        for name in inputs.keys where field(named: name) == nil && name != PromptField.targetName {
            problems[name] = FieldProblem("This flow has no field of this name.")
        }
        var chosen: String?
        if let strategy {
            chosen = target ?? (strategy.targets.count == 1 ? strategy.targets[0].name : nil)
            if chosen.flatMap({ strategy.target(named: $0) }) == nil {
                problems[PromptField.targetName] = FieldProblem("Choose what you need access to.")
            }
        }
        return problems.isEmpty ? .values(target: chosen, fields: values) : .problems(problems)
    }
}
