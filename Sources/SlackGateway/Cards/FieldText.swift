import ApprovalCore
import SlackContract
import Support

/// The answers of a form, by their labels (SYM-11).
struct FieldText {
    let label: Mrkdwn
    let value: Mrkdwn
    /// Whether it needs the width of the card.
    let isLong: Bool

    /// All values together are at most this long, so that the card stays below what Slack takes.
    private static let valuesMax = 9000
    private static let valueMax = 2500
    private static let valueMin = 90
    private static let longFrom = 120
    /// With more fields than this none has the width of the card.
    private static let wideFieldsMax = 20
    private static let elementsShown = 50

    /// The fields that the form showed and that were filled in, in the order of the form. In a form that changes, also
    /// those that hold something else than they would by themselves: they came to light, or a handler put it there.
    /// Target and duration stand in the headline.
    static func all(of run: AccessRequest, flow: Flow) -> [FieldText] {
        let changes = flow.fields.contains { $0.onChange != nil }
        let shown = flow.fields.filter { field in
            field.name != PromptField.targetName && field.name != PromptField.durationName
                && (field.isVisible || changes && run.submission.fields[field.name] != field.defaultValue)
        }
        let filled = shown.compactMap { field in
            run.submission.fields[field.name].flatMap { text(of: $0) }.map { (field: field, value: $0) }
        }
        let limit = max(valueMin, min(valueMax, valuesMax / max(1, filled.count)))
        return filled.map { field, value in
            let isLong = SlackText.length(value.markup) > longFrom || value.markup.utf8.contains(UInt8(ascii: "\n"))
            return FieldText(
                label: Words.label(field.label), value: value.shortened(to: limit),
                isLong: isLong && filled.count <= wideFieldsMax
            )
        }
    }

    /// One line per field.
    var line: Mrkdwn { "\(raw: label.bold): \(raw: value)" }

    /// Short ones in two columns, long ones below, each over the whole width.
    static func blocks(_ fields: [FieldText]) -> [Block] {
        let short = fields.filter { !$0.isLong }.map { "\(raw: $0.label.bold)\n\(raw: $0.value)" as Mrkdwn }
        let long = fields.filter(\.isLong).map { Block.section("\(raw: $0.label.bold)\n\(raw: $0.value)") }
        return (short.isEmpty ? [] : [.section(.empty, fields: short)]) + long
    }

    /// `nil` for what is empty.
    private static func text(of value: FieldValue) -> Mrkdwn? {
        switch value {
        case .string(let text):
            let trimmed = text.trimmed
            return trimmed.isEmpty ? nil : Mrkdwn(plain: trimmed)
        case .int(let number): return "\(number)"
        case .bool(let flag): return flag ? "Yes" : "No"
        case .duration(let seconds): return "\(DurationWords.text(seconds: seconds))"
        case .user(let account): return "\(user: account.user)"
        case .users(let accounts): return list(accounts.map { "\(user: $0.user)" })
        case .strings(let texts):
            return list(texts.map(\.trimmed).filter { !$0.isEmpty }.map { Mrkdwn(plain: $0) })
        case .ints(let numbers): return list(numbers.map { "\($0)" })
        }
    }

    private static func list(_ items: [Mrkdwn]) -> Mrkdwn? {
        guard !items.isEmpty else { return nil }
        var shown = Array(items.prefix(elementsShown))
        if items.count > shown.count { shown.append("\(items.count - shown.count) more") }
        return shown.joined(separator: ", ")
    }
}
