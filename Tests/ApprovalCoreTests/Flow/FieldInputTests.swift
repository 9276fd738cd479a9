import ApprovalCore
import Testing

@Suite struct `What a field takes` {
    private func value(_ kind: PromptField.Kind, _ input: FieldInput) throws -> FieldValue? {
        try PromptField(name: "field", kind: kind, isRequired: false).value(of: input)
    }

    private static let longest = String(repeating: "x", count: PromptField.textLengthMax)

    @Test(arguments: [
        (PromptField.Kind.string, FieldInput.text(longest)), (.stringList, .texts([longest])),
        (.stringList, .texts(Array(repeating: "x", count: PromptField.listCountMax))),
        (.intList, .numbers(Array(repeating: .max, count: PromptField.listCountMax))),
        (.duration, .number(PromptField.durationSecondsMax)), (.duration, .text("60")), (.int, .text(" -7 ")),
    ])
    func `up to its limits`(kind: PromptField.Kind, input: FieldInput) throws {
        #expect(try value(kind, input) != nil)
    }

    @Test(arguments: [
        (PromptField.Kind.string, FieldInput.text(longest + "x")), (.stringList, .texts(["x", longest + "x"])),
        (.stringList, .text("x\n" + longest + "x")),
        (.stringList, .texts(Array(repeating: "x", count: PromptField.listCountMax + 1))),
        (.intList, .numbers(Array(repeating: 1, count: PromptField.listCountMax + 1))), (.intList, .text("1, two")),
        (.duration, .number(PromptField.durationSecondsMax + 1)), (.duration, .number(.max)), (.duration, .number(0)),
        (.duration, .text("-1")), (.int, .text("9223372036854775808")), (.int, .flag(true)), (.string, .number(1)),
    ])
    func `and nothing beyond them, or of another kind`(kind: PromptField.Kind, input: FieldInput) {
        #expect(throws: FieldProblem.self) { try value(kind, input) }
    }
}
