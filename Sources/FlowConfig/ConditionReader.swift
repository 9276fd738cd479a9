import ApprovalCore
import Support

extension ConfigReader {
    /// Reads a `when`. Several keys in one object must all hold.
    func condition(_ node: ConfigNode, _ context: FlowContext) -> Rule.Condition? {
        guard var reader = ObjectReader(node, report) else { return nil }
        var parts: [Rule.Condition?] = []
        if let all = reader.optional("all") { parts.append(conditions(all, context).map(Rule.Condition.all)) }
        if let any = reader.optional("any") { parts.append(conditions(any, context).map(Rule.Condition.any)) }
        if let not = reader.optional("not") { parts.append(condition(not, context).map(Rule.Condition.not)) }
        if let requester = reader.optional("requester") { parts.append(requesterCondition(requester)) }
        if let target = reader.optional("target") { parts.append(targetCondition(target, context)) }
        parts += fieldConditions(&reader, context)
        if let duration = reader.optional("duration") { parts.append(durationCondition(duration, context)) }
        if let time = reader.optional("time") { parts.append(timeCondition(time)) }
        reader.finish()
        if node.value.object?.isEmpty ?? true {
            report.problem(
                node, expected: "a condition", hint: "A rule that always matches has no \"when\".")
        }
        let sound = parts.compactMap { $0 }
        // One part that could not be read has been noted; the rule as a whole cannot be used then.
        guard sound.count == parts.count, !sound.isEmpty else { return nil }
        return sound.count == 1 ? sound[0] : .all(sound)
    }

    private func conditions(_ node: ConfigNode, _ context: FlowContext) -> [Rule.Condition]? {
        guard let elements = report.filledArray(node) else { return nil }
        let conditions = elements.compactMap { condition($0, context) }
        return conditions.count == elements.count ? conditions : nil
    }

    // MARK: Who and what

    private func requesterCondition(_ node: ConfigNode) -> Rule.Condition? {
        guard var reader = ObjectReader(node, report) else { return nil }
        var wanted = Rule.RequesterCondition()
        wanted.role = reader.optional("role").flatMap { report.choice($0, of: Role.self) }
        wanted.group = reader.optional("in_group").flatMap { report.slackID($0, .group) }
        wanted.emails = reader.optional("email").map { oneOrMore($0).compactMap(report.email) }
        wanted.workspace = reader.optional("workspace").flatMap { report.slackID($0, .workspace) }
        reader.finish()
        if node.value == [:] {
            report.problem(node, expected: "at least one of \"role\", \"in_group\", \"email\", \"workspace\"")
        }
        return .requester(wanted)
    }

    private func targetCondition(_ node: ConfigNode, _ context: FlowContext) -> Rule.Condition? {
        guard context.hasStrategy else {
            report.problem(node, expected: "no \"target\"", hint: "The flow has no strategy, and so no targets.")
            return nil
        }
        let names = oneOrMore(node).compactMap { element -> String? in
            guard let name = report.text(element) else { return nil }
            guard let strategy = context.strategy else { return name }
            if let target = strategy.targets.first(where: { $0.name.lowercased() == name.lowercased() }) {
                return target.name
            }
            report.notOneOf(strategy.targets.map(\.name), element)
            return nil
        }
        return names.isEmpty ? nil : .target(names)
    }

    private func oneOrMore(_ node: ConfigNode) -> [ConfigNode] {
        node.value.elements == nil ? [node] : report.filledArray(node) ?? []
    }

    // MARK: Fields

    private static let fieldTests = ["is", "contains", "at_least", "at_most", "empty"]

    /// `{"field": "urgency", "is": "Emergency"}`: the tests stand beside the field's name.
    private func fieldConditions(_ reader: inout ObjectReader, _ context: FlowContext) -> [Rule.Condition?] {
        let nameNode = reader.optional("field")
        let tests = Self.fieldTests.compactMap { test in reader.optional(test).map { (test, $0) } }
        guard let nameNode else {
            if let (test, node) = tests.first {
                report.problem(
                    node, found: "\(ConfigNode.quoted(test)) without \"field\"",
                    expected: "the name of a field beside it")
                return [nil]
            }
            return []
        }
        if tests.isEmpty {
            report.problem(
                nameNode, found: "a field without a test",
                expected: "one of \"is\", \"contains\", \"at_least\", \"at_most\", \"empty\" beside it")
        }
        guard let field = context.fields.resolve(nameNode, report), !tests.isEmpty else { return [nil] }
        return tests.map { test, node in
            fieldTest(test, node, field, context).map { .field(Rule.FieldCondition(name: field.name, test: $0)) }
        }
    }

    private func fieldTest(
        _ test: String, _ node: ConfigNode, _ field: PromptField, _ context: FlowContext
    ) -> Rule.FieldCondition.Test? {
        switch test {
        case "is":
            guard !field.kind.isList else { return unfit(node, test, field, instead: "contains") }
            let values = oneOrMore(node).compactMap { possibleValue($0, field, context) }
            return values.isEmpty ? nil : .isOneOf(values)
        case "contains":
            guard field.kind.isList || field.kind == .string else { return unfit(node, test, field, instead: "is") }
            if field.kind == .string {
                return report.filledText(node).map(Rule.FieldCondition.Test.contains)
            }
            return possibleValue(node, field, context).map { .contains($0.elementText) }
        case "at_least", "at_most":
            guard field.kind == .int || field.kind == .duration else { return unfit(node, test, field, instead: "is") }
            let bound = field.kind == .int ? report.int(node) : report.seconds(node)
            return bound.map { test == "at_least" ? .atLeast($0) : .atMost($0) }
        default:
            return report.flag(node).map(Rule.FieldCondition.Test.isEmpty)
        }
    }

    /// A value that the field, or one element of it, can have.
    private func possibleValue(_ node: ConfigNode, _ field: PromptField, _ context: FlowContext) -> FieldValue? {
        guard let value = fieldValue(node, field.kind.element, workspace: context.workspace ?? "") else { return nil }
        if !field.allowedValues.isEmpty, !field.allowedValues.contains(value) {
            notAllowed(node, field.allowedValues)
            return nil
        }
        return value
    }

    private func unfit(
        _ node: ConfigNode, _ test: String, _ field: PromptField, instead: String
    ) -> Rule.FieldCondition.Test? {
        let hint = "The field \(ConfigNode.quoted(field.name)) is of the type \"\(field.kind.rawValue)\"."
        report.problem(node, found: ConfigNode.quoted(test), expected: ConfigNode.quoted(instead), hint: hint)
        return nil
    }

    // MARK: Durations and times

    private func durationCondition(_ node: ConfigNode, _ context: FlowContext) -> Rule.Condition? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let atLeast = reader.optional("at_least").flatMap { report.seconds($0) }.map(Int.init)
        let atMost = reader.optional("at_most").flatMap { report.seconds($0) }.map(Int.init)
        reader.finish()
        guard context.hasStrategy else {
            report.problem(
                node, expected: "no \"duration\"", hint: "The flow has no strategy, and so no access that could last.")
            return nil
        }
        if node.value == [:] { report.problem(node, expected: "\"at_least\" or \"at_most\"") }
        if let atLeast, let atMost, atLeast > atMost {
            report.problem(node, found: "at_least greater than at_most", expected: "a range that something fits in")
        }
        return .duration(atLeastSeconds: atLeast, atMostSeconds: atMost)
    }

    private func timeCondition(_ node: ConfigNode) -> Rule.Condition? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let zone = reader.required("zone", "a time zone such as \"Europe/Berlin\"").flatMap { node -> String? in
            guard let zone = report.text(node) else { return nil }
            if knowsTimeZone(zone) { return zone }
            report.problem(
                node, expected: "the IANA name of a time zone, such as \"Europe/Berlin\"",
                hint: "Upper and lower case count, and the system's package tzdata must be installed.")
            return nil
        }
        let weekdaysNode = reader.optional("weekdays")
        let weekdays = weekdaysNode.map(self.weekdays) ?? []
        let fromNode = reader.optional("from")
        let from = fromNode.map(minute) ?? 0
        let toNode = reader.optional("to")
        let to = toNode.map(minute) ?? 24 * 60
        reader.finish()
        if weekdaysNode == nil, fromNode == nil, toNode == nil {
            report.problem(
                node, found: "the whole week", expected: "\"weekdays\", \"from\" or \"to\" beside the zone")
        }
        if let from, let to, from == to || from == 24 * 60 {
            report.problem(node, found: "no time between \"from\" and \"to\"", expected: "two different times of day")
        }
        guard let zone, let weekdays, let from, let to else { return nil }
        return .time(Rule.TimeCondition(zone: zone, weekdays: weekdays, fromMinute: from, toMinute: to))
    }

    private static let weekdayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// `"mon-fri"`, or `["mon", "wed"]`, or both mixed. Numbers from 1 for Monday, sorted.
    private func weekdays(_ node: ConfigNode) -> [Int]? {
        var days: Set<Int> = []
        var isSound = true
        for element in oneOrMore(node) {
            let ends = (element.value.text ?? "").lowercased().split(separator: "-", omittingEmptySubsequences: false)
            let numbers = ends.compactMap { Self.weekdayNames.firstIndex(of: String($0)) }
            guard let first = numbers.first, let last = numbers.last, numbers.count == ends.count, ends.count <= 2
            else {
                report.problem(
                    element, expected: ConfigReport.oneOf(Self.weekdayNames) + ", or a span such as \"mon-fri\"")
                isSound = false
                continue
            }
            // "fri-mon" goes round the end of the week.
            for step in 0...(last - first + 7) % 7 { days.insert((first + step) % 7 + 1) }
        }
        return isSound ? days.sorted() : nil
    }

    /// Minutes since midnight from `09:00`; `24:00` is the end of the day.
    private func minute(_ node: ConfigNode) -> Int? {
        if let text = node.value.text {
            let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            let numbers = parts.compactMap { $0.count == 2 && $0.first != UInt8(ascii: "+") ? Int(Substring($0)) : nil }
            if parts.count == 2, numbers.count == 2, numbers.allSatisfy({ $0 >= 0 }), numbers[1] < 60 {
                let minute = numbers[0] * 60 + numbers[1]
                if minute <= 24 * 60 { return minute }
            }
        }
        report.problem(node, expected: "a time of day from \"00:00\" to \"24:00\"")
        return nil
    }
}

extension FieldValue {
    /// How `contains` compares an element: people by account, everything else as text.
    fileprivate var elementText: String {
        if case .user(let account) = self { account.description } else { settingText }
    }
}
