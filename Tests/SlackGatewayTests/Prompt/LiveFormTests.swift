import ApprovalCore
import ApprovalEngine
import SlackContract
import Support
import TestSupport
import Testing

@testable import SlackGateway

@Suite struct `What a form carries along` {
    private static let fields = [
        PromptField(name: "reason", kind: .string),
        PromptField(name: "who", kind: .slackUser, isRequired: false, isVisible: false),
        PromptField(name: "hours", kind: .int, allowedValues: [.int(1), .int(2)]),
    ]
    private let flow = Sample.flow(fields: fields)

    private func read(_ form: PromptForm) throws -> PromptForm {
        let changes = form.differences(from: flow.additionalHeaderText)
        let metadata = PromptMetadata(flow: flow.name, changes: changes.isEmpty ? nil : .inline(changes))
        var read = PromptForm(flow)
        if case .inline(let changes)? = PromptMetadata(try #require(metadata.text).text).changes {
            read.take(changes, workspace: Sample.workspace)
        }
        return read
    }

    @Test func `nothing, where nothing has changed`() throws {
        #expect(PromptForm(flow).differences(from: nil).isEmpty)
        #expect(try read(PromptForm(flow)) == PromptForm(flow))
    }

    @Test func `everything that handlers may change`() throws {
        var form = PromptForm(flow)
        form.apply(
            FormChanges(
                fields: [
                    "reason": .init(label: .to("Why \"now\"?"), isRequired: false, isVisible: false),
                    "who": .init(value: .to(.user(Sample.dana.account))),
                    "hours": .init(options: [FieldOption(value: .int(3), label: "three <h>")]),
                    "target_id": .init(isVisible: false, value: .to(.string("prod_main"))),
                ], headerText: .to("*Careful*")
            )
        )
        #expect(try read(form) == form)
    }

    @Test func `what the flow no longer has is passed over`() {
        var form = PromptForm(flow)
        form.take(["f": ["gone": ["v": false]]], workspace: Sample.workspace)
        #expect(form == PromptForm(flow))
    }

    @Test func `what is too long is kept elsewhere, once, and forgotten after a day`() async throws {
        let clock = ManualClock()
        let store = InMemoryStore()
        let shelf = FormShelf(store: store, clock: clock.clock, log: .silent)
        let changes: JSONObject = ["f": ["a": ["o": [["x", "X"]]]]]
        let name = try #require(await shelf.keep(changes))
        clock.advance(.seconds(80_000))
        #expect(await shelf.keep(changes) == name)
        clock.advance(.seconds(80_000))
        try await shelf.tidy()
        #expect(await shelf.changes(name) == changes)
        clock.advance(.seconds(80_000))
        try await shelf.tidy()
        #expect(await shelf.changes(name) == nil)
    }
}

@Suite struct `A field as a block` {
    private func block(
        _ field: PromptField, _ change: FormChanges.Field? = nil, prefetched: FieldBlock.Prefetched? = nil
    ) -> FieldBlock {
        var form = PromptForm(Sample.flow(strategy: nil, fields: [field]))
        if let change { form.apply(FormChanges(fields: [field.name: change])) }
        return FieldBlock(form.fields[0], durationChoices: [1800], prefetched: prefetched)
    }

    private func json(_ block: FieldBlock) -> [JSONValue] {
        View.modal(title: "x", blocks: block.blocks).json["blocks"]?.elements ?? []
    }

    @Test func `its id says how often it was made anew`() {
        #expect(FieldBlock.id("a") == "field.a")
        #expect(FieldBlock.id("a", version: 2) == "field.a~2")
        for id in ["field.a", "field.a~2"] { #expect(FieldBlock.name(ofBlock: id) == "a") }
        #expect(FieldBlock.name(ofBlock: "field.a~b") == "a~b")
        #expect(FieldBlock.name(ofBlock: "flow") == nil)
    }

    @Test(arguments: [PromptField.Kind.string, .int, .duration, .bool, .stringList, .intList])
    func `options that are fetched are searched for, whatever the field holds`(kind: PromptField.Kind) {
        let field = PromptField(name: "a", kind: kind, isPrefetched: true)
        let isList = kind == .stringList || kind == .intList
        for state in [FieldBlock.Prefetched?.none, .loading, .failed("no"), .ready([]), .ready([FieldOption(.int(1))])]
        {
            let blocks = json(block(field, prefetched: state))
            #expect(blocks[0]["element"]?["type"]?.text == (isList ? "multi_external_select" : "external_select"))
            #expect(blocks[0]["element"]?["min_query_length"]?.integer == 0)
            #expect(blocks.count == (state == .failed("no") ? 2 : 1))
        }
        #expect(json(block(field)).first?["hint"]?["text"]?.text == "The options are being loaded.")
    }

    @Test func `a field that others depend on tells of every change, and of every character`() {
        let text = json(block(PromptField(name: "a", kind: .string, onChange: "x")))[0]
        #expect(text["dispatch_action"]?.flag == true)
        #expect(
            text["element"]?["dispatch_action_config"]?["trigger_actions_on"]
                == ["on_enter_pressed", "on_character_entered"]
        )
        let menu = json(block(PromptField(name: "a", kind: .bool, onChange: "x")))[0]
        #expect(menu["dispatch_action"]?.flag == true)
        #expect(menu["element"]?["dispatch_action_config"] == nil)
        #expect(json(block(PromptField(name: "a", kind: .bool)))[0]["dispatch_action"] == nil)
    }

    @Test func `a menu without choices is a sentence`() {
        let field = PromptField(name: "a", kind: .string, label: "Which?", allowedValues: [.string("x")])
        let blocks = json(block(field, .init(options: [])))
        #expect(blocks[0]["type"]?.text == "section")
        #expect(blocks[0]["text"]?["text"]?.text?.contains("There is nothing to choose from.") == true)
    }

    private static let initials: [(PromptField.Kind, FieldValue, String, JSONValue)] = [
        (.slackUser, .user(Sample.dana.account), "initial_user", "U0DANA"),
        (.slackUserList, .users([Sample.dana.account]), "initial_users", ["U0DANA"]),
        (.stringList, .strings(["a", "b"]), "initial_value", "a\nb"), (.int, .int(7), "initial_value", "7"),
        (.string, .string("x"), "initial_value", "x"),
    ]

    @Test(arguments: initials)
    func `what a handler puts in stands there`(
        kind: PromptField.Kind, value: FieldValue, member: String, expected: JSONValue
    ) {
        let block = json(block(PromptField(name: "a", kind: kind), .init(value: .to(value))))[0]
        #expect(block["block_id"]?.text == "field.a~1")
        #expect(block["element"]?[member] == expected)
    }

    @Test func `choosing the note that stands for missing options is choosing nothing`() {
        let field = block(PromptField(name: "a", kind: .stringList, isPrefetched: true))
        let note = SelectedOption(value: FieldBlock.placeholderValue)
        #expect(field.input(.option(note), workspace: "T") == FieldInput.none)
        #expect(field.input(.options([note, SelectedOption(value: "x")]), workspace: "T") == .texts(["x"]))
    }
}

@Suite struct `Forms that are open` {
    private let forms = OpenForms()

    private func work(_ field: String) -> OpenForms.Work { OpenForms.Work(changed: [field], since: .now()) }

    private func shown() -> ShownForm {
        let flow = Sample.flow()
        return ShownForm(
            flow: flow, revision: "r", form: PromptForm(flow), workspace: Sample.workspace,
            account: Sample.bob.account
        )
    }

    @Test func `one works at a form, and what comes meanwhile waits together`() {
        #expect(forms.add(work("a"), to: "V1"))
        #expect(forms.next("V1")?.changed == ["a"])
        #expect(!forms.add(work("b"), to: "V1"))
        #expect(!forms.add(work("a"), to: "V1"))
        #expect(!forms.add(OpenForms.Work(refreshes: true), to: "V1"))
        let next = forms.next("V1")
        #expect(next?.changed == ["b", "a"])
        #expect(next?.refreshes == true)
        #expect(forms.next("V1") == nil)
        #expect(forms.add(work("c"), to: "V1"), "nobody is at it any more")
        #expect(forms.add(work("c"), to: "V2"), "another form is another's")
    }

    @Test func `what was found out about an older state is asked again with the newer`() {
        _ = forms.add(work("a"), to: "V1")
        guard let first = forms.next("V1") else { return }
        #expect(!forms.isOvertaken(first, of: "V1"))
        _ = forms.add(OpenForms.Work(refreshes: true), to: "V1")
        #expect(!forms.isOvertaken(first, of: "V1"), "showing again is no newer state")
        _ = forms.add(work("b"), to: "V1")
        #expect(forms.isOvertaken(first, of: "V1"))
        #expect(forms.next("V1")?.changed == ["a", "b"])
    }

    @Test func `a view that this process has shown anew since is known as the older one`() {
        forms.note(shown(), as: "h1", view: "V1")
        forms.note(shown(), as: "h2", view: "V1")
        #expect(forms.newer(than: "h1", view: "V1")?.hash == "h2")
        #expect(forms.newer(than: "h2", view: "V1") == nil)
        #expect(forms.newer(than: "somebody else's", view: "V1") == nil)
        #expect(forms.newer(than: nil, view: "V1") == nil)
        forms.forget("V1")
        #expect(forms.newer(than: "h1", view: "V1") == nil)
    }
}

@Suite struct `Options that are fetched` {
    private let options = FetchedOptions()
    private let key = FetchedOptions.Key(
        account: Sample.bob.account, flow: "f", revision: "r", target: nil, field: "a"
    )

    @Test func `are asked for once, and found by all who wait`() async {
        #expect(options.begin(key, opening: true))
        #expect(!options.begin(key, opening: true) && !options.begin(key, opening: false))
        let options = options
        let key = key
        async let first = options.wait(for: key, upTo: .seconds(20))
        async let second = options.wait(for: key, upTo: .seconds(20))
        await Task.yield()
        options.finish(key, .success([FieldOption(.int(1))]))
        let found = await [first, second]
        #expect(found == [.ready([FieldOption(.int(1))]), .ready([FieldOption(.int(1))])])
        #expect(!options.begin(key, opening: true), "fresh")
    }

    @Test func `who waits no longer learns that they are loading`() async {
        #expect(await options.wait(for: key, upTo: .seconds(20)) == nil, "nobody has asked")
        _ = options.begin(key, opening: true)
        #expect(await options.wait(for: key, upTo: .milliseconds(1)) == .loading)
        #expect(await options.wait(for: key, upTo: .milliseconds(-1)) == .loading)
    }

    @Test func `are asked for anew by a form that opens after a failure, and belong to one person`() {
        _ = options.begin(key, opening: true)
        options.finish(key, .failure(.failed("no")))
        #expect(options.state(of: key) == .failed("no"))
        #expect(!options.begin(key, opening: false), "a menu that is opened at once again")
        #expect(options.begin(key, opening: true))
        var other = key
        other.account = Sample.dana.account
        #expect(options.state(of: other) == nil)
        #expect(options.begin(other, opening: false))
    }

    @Test func `that are answered again and again are still found`() {
        let many = (0..<(FetchedOptions.optionsMax / 4)).map { FieldOption(.int(Int64($0))) }
        for _ in 0..<10 {
            options.finish(key, .success(many))
            #expect(options.state(of: key) == .ready(many))
        }
    }

    @Test func `are not more than fit`() {
        let many = (0..<(FetchedOptions.optionsMax / 4)).map { FieldOption(.int(Int64($0))) }
        for number in 0..<10 {
            var one = key
            one.field = "f\(number)"
            _ = options.begin(one, opening: true)
            options.finish(one, .success(many))
        }
        let kept = (0..<10).count { number in
            var one = key
            one.field = "f\(number)"
            return options.state(of: one) != nil
        }
        #expect((1...4).contains(kept))
    }
}
