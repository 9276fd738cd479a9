import ApprovalCore
import Support
import TestSupport
import Testing

@Suite struct `A form that changes` {
    private static let fields = [
        PromptField(name: "reason", kind: .string),
        PromptField(name: "incident", kind: .string, isRequired: true, isVisible: false),
        PromptField(
            name: "size", kind: .string, isRequired: false, defaultValue: .string("small"),
            allowedValues: ["small", "large"].map(FieldValue.string)
        ),
        PromptField(name: "tags", kind: .stringList, isRequired: false),
        PromptField(name: "ticket", kind: .int, isRequired: false, isPrefetched: true),
    ]
    private let flow = Sample.flow(fields: fields)
    private let entered: [String: FieldInput] = ["reason": .text("INC-7")]

    private func form(_ changes: [String: FormChanges.Field] = [:], target: String? = nil) -> PromptForm {
        var form = PromptForm(flow, target: target)
        form.apply(FormChanges(fields: changes))
        return form
    }

    private func check(
        _ form: PromptForm, target: String? = "prod_main", more: [String: FieldInput] = [:],
        prefetched: [String: [FieldOption]] = [:]
    ) -> FormCheck {
        form.check(
            as: flow, target: target, fields: entered.merging(more) { $1 }, prefetched: prefetched
        )
    }

    private func problems(_ check: FormCheck) -> [String: String] {
        guard case .problems(let problems) = check else { return [:] }
        return problems.mapValues(\.sentence)
    }

    private func options(_ values: String...) -> [FieldOption] { values.map { FieldOption(.string($0)) } }

    @Test func `one that nothing has changed is checked as the flow says`() {
        #expect(
            check(form())
                == .values(target: "prod_main", fields: ["reason": .string("INC-7"), "size": .string("small")])
        )
        #expect(form().fields.map(\.name) == ["target_id", "reason", "incident", "size", "tags", "ticket"])
        #expect(form().target == "prod_main", "the only target")
    }

    @Test func `a field that has come to light must be filled in`() {
        let shown = form(["incident": .init(isVisible: true)])
        #expect(problems(check(shown)) == ["incident": "Fill this in."])
        #expect(problems(check(shown, more: ["incident": .text("I-1")])) == [:])
        let optional = form(["incident": .init(isRequired: false, isVisible: true)])
        #expect(problems(check(optional)) == [:])
    }

    @Test func `what is entered where nothing is shown does not count`() {
        #expect(
            check(form(), more: ["incident": .text("sneaked in")])
                == .values(target: "prod_main", fields: ["reason": .string("INC-7"), "size": .string("small")])
        )
    }

    @Test func `what a person entered goes with the field, what a handler put there stays`() {
        var form = form()
        form["reason"]?.value = .string("typed")
        form.apply(FormChanges(fields: ["reason": .init(isVisible: false)]))
        #expect(form["reason"]?.value == nil)
        form.apply(FormChanges(fields: ["reason": .init(value: .to(.string("computed")))]))
        #expect(
            check(form)
                == .values(target: "prod_main", fields: ["reason": .string("computed"), "size": .string("small")])
        )
    }

    @Test func `only what is offered now can be chosen, and a default that is not offered is none`() {
        let changed = form(["size": .init(isRequired: true, options: options("huge"))])
        #expect(problems(check(changed, more: ["size": .text("small")])).keys.sorted() == ["size"])
        #expect(problems(check(changed)) == ["size": "Fill this in."])
        #expect(problems(check(changed, more: ["size": .text("huge")])) == [:])
        let none = form(["size": .init(isRequired: true, options: [])])
        #expect(problems(check(none)) == ["size": "There is nothing to choose from."])
        #expect(problems(check(none, more: ["size": .text("small")])) == ["size": "There is nothing to choose from."])
        // A text field stays one when its choices are taken back.
        #expect(problems(check(form(["reason": .init(options: [])]))) == [:])
    }

    @Test func `what was chosen before stays where it is still offered`() {
        var form = form()
        form["size"]?.value = .string("large")
        form["tags"]?.value = .strings(["a", "b"])
        form.apply(
            FormChanges(fields: ["size": .init(options: options("large")), "tags": .init(options: options("b"))])
        )
        #expect(form["size"]?.value == .string("large"))
        #expect(form["tags"]?.value == .strings(["b"]))
        form.apply(FormChanges(fields: ["size": .init(options: options("small"))]))
        #expect(form["size"]?.value == nil)
    }

    @Test func `a block is made anew when its value or its choices are others, and only then`() {
        func version(_ change: FormChanges.Field) -> Int? { form(["size": change])["size"]?.version }
        #expect(version(.init(label: .to("Size?"), isRequired: true)) == 0)
        #expect(version(.init(value: .to(.string("small")))) == 0, "it has that value")
        #expect(version(.init(value: .to(.string("large")))) == 1)
        #expect(version(.init(options: options("small"))) == 1)
        #expect(version(.init(options: options("small", "large"))) == 0, "the flow's own")
    }

    @Test func `targets that a handler leaves out cannot be asked for`() {
        let none = form(["target_id": .init(options: [])])
        for target in ["prod_main", nil] {
            #expect(
                problems(check(none, target: target)) == ["target_id": "Choose one of the targets that are offered."]
            )
        }
        // The menu is hidden: what the form holds counts, not what comes along.
        let hidden = form(["target_id": .init(isVisible: false)])
        #expect(problems(check(hidden, target: "elsewhere")) == [:])
    }

    @Test func `prefetched values must be among those that were offered, where that is known`() {
        let offered = ["ticket": [FieldOption(value: .int(7), label: "Seven")]]
        #expect(problems(check(form(), more: ["ticket": .text("7")], prefetched: offered)) == [:])
        #expect(
            problems(check(form(), more: ["ticket": .text("8")], prefetched: offered))
                == ["ticket": "Choose one of the values that are offered."]
        )
        #expect(
            problems(check(form(), more: ["ticket": .text("8")], prefetched: ["ticket": []]))
                == ["ticket": "There is nothing to choose from."]
        )
        let narrowed = form(["ticket": .init(options: [FieldOption(.int(8))])])
        #expect(problems(check(narrowed, more: ["ticket": .text("8")], prefetched: offered)) == [:])
        #expect(problems(check(narrowed, more: ["ticket": .text("7")], prefetched: offered)).count == 1)
    }

    @Test func `labels, header and what is required follow`() {
        var form = form(["reason": .init(label: .to("Why now?"), isRequired: false)])
        form.apply(FormChanges(headerText: .to("Careful.")))
        #expect(form["reason"]?.label == "Why now?")
        #expect(form.headerText == "Careful.")
        form.apply(FormChanges(fields: ["reason": .init(label: .cleared)], headerText: .cleared))
        #expect(form["reason"]?.label == "reason")
        #expect(form.headerText == nil)
    }

    private static let account = Account(workspace: "T1", user: "U1")

    private static let readings: [(PromptField.Kind, JSONValue, FieldValue?)] = [
        (.string, 7, .string("7")),
        (.int, "7", .int(7)), (.int, "x", nil), (.int, true, nil), (.bool, "true", .bool(true)), (.bool, 1, nil),
        (.duration, 60, .duration(60)), (.duration, 0, nil),
        (.slackUser, ["user_id": "U1"], .user(account)), (.slackUser, "T1/U1", .user(account)),
        (.slackUserList, [["user_id": "U1"]], .users([account])), (.slackUserList, ["T1/U1", 3], nil),
        (.stringList, ["a"], .strings(["a"])), (.stringList, "a", nil), (.intList, [1, 2], .ints([1, 2])),
    ]

    @Test(arguments: readings)
    func `values are read by the kind of their field`(kind: PromptField.Kind, json: JSONValue, value: FieldValue?) {
        #expect(kind.value(of: json, workspace: "T1") == value)
    }
}
