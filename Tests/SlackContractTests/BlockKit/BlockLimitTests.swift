import SlackContract
import Support
import TestSupport
import Testing

@Suite struct `Blocks from hostile texts` {
    @Test(arguments: 1...24) func `a message obeys every limit of Slack`(seed: UInt64) {
        var random = Hostile(seed: seed)
        let message = Message(text: random.mrkdwn(), blocks: random.blocks(0...60)).json
        let text = message["text"]?.text ?? ""
        #expect(!text.trimmed.isEmpty)
        #expect(text.utf16.count <= 4000)
        #expect(BlockRules(checking: message["blocks"]?.elements ?? [], on: .message).violations == [])
    }

    @Test(arguments: 1...12) func `a view obeys every limit of Slack`(seed: UInt64) {
        var random = Hostile(seed: seed &+ 1000)
        let view = View.modal(
            title: random.plain(), submit: seed % 2 == 0 ? nil : random.plain(), close: random.plain(),
            callbackID: random.text(), privateMetadata: PrivateMetadata(random.text()), blocks: random.blocks(0...110)
        ).json
        let blocks = view["blocks"]?.elements ?? []
        #expect(!blocks.isEmpty)
        #expect(BlockRules(checking: blocks, on: .view).violations == [])
        #expect((view["title"]?["text"]?.text?.utf16.count).map { (1...24).contains($0) } == true)
        #expect(view["submit"] != nil || !blocks.contains { $0["type"] == "input" })
        for name in ["submit", "close"] {
            if let text = view[name]?["text"]?.text { #expect((1...24).contains(text.utf16.count)) }
        }
        #expect((view["callback_id"]?.text ?? "").utf16.count <= 255)
        #expect((view["private_metadata"]?.text ?? "").utf16.count <= 3000)
        #expect(view.compact.utf8.count <= 250_000)
    }

    @Test func `the rules of this test do find what is wrong`() {
        func violations(_ block: JSONValue) -> [String] { BlockRules(checking: [block], on: .message).violations }
        let long = JSONValue.string(String(repeating: "a", count: 3001))
        #expect(violations(["type": "section", "text": ["type": "mrkdwn", "text": long]]) != [])
        #expect(violations(["type": "section", "text": ["type": "mrkdwn", "text": "<!channel>"]]) != [])
        #expect(violations(["type": "section", "text": ["type": "mrkdwn", "text": "a &am"]]) != [])
        #expect(violations(["type": "section"]) != [])
        #expect(violations(["type": "actions", "elements": []]) != [])
        #expect(violations(["type": "actions", "elements": [["type": "plain_text_input"]]]) != [])
        #expect(violations(["type": "actions", "elements": [["type": "static_select", "options": []]]]) != [])
        #expect(violations(["type": "section", "text": ["type": "mrkdwn", "text": "fine"]]) == [])
    }
}

@Suite struct `What does not fit` {
    @Test func `blocks beyond the limit are counted in a last line`() throws {
        let blocks = (1...53).map { Block.section("\($0)") }
        let shown = try #require(Message(text: "x", blocks: blocks).json["blocks"]?.elements)
        #expect(shown.count == 50)
        #expect(shown[48]["text"]?["text"] == "49")
        #expect(shown[49]["elements"]?[0]?["text"] == "_4 more parts do not fit here._")
    }

    @Test func `fifty blocks fit as they are`() throws {
        let blocks = (1...50).map { Block.section("\($0)") }
        let shown = try #require(Message(text: "x", blocks: blocks).json["blocks"]?.elements)
        #expect(shown.map { $0["text"]?["text"]?.text } == (1...50).map { "\($0)" })
    }

    @Test func `a view stays under 250 KB and says what is missing`() throws {
        let blocks = (1...100).map { _ in Block.section(Mrkdwn(String(repeating: "漢", count: 3000))) }
        let json = View.home(blocks: blocks).json
        #expect(json.compact.utf8.count < 250_000)
        let last = try #require(json["blocks"]?.elements?.last?["elements"]?[0]?["text"]?.text)
        #expect(last.hasSuffix("more parts do not fit here._"))
    }

    @Test func `too many fields, context texts and buttons go on in further blocks`() throws {
        let blocks: [Block] = [
            .section("s", fields: (1...25).map { "\($0)" }, id: "s"), .context((1...11).map { "\($0)" }, id: "c"),
            .actions((1...26).map { .button(id: "b", text: "\($0)") }, id: "a"),
        ]
        let shown = try #require(Message(text: "x", blocks: blocks).json["blocks"]?.elements)
        #expect(shown.map { $0["block_id"]?.text } == ["s", "s~2", "s~3", "c", "c~2", "a", "a~2"])
        #expect(shown.compactMap { $0["fields"]?.elements?.count } == [10, 10, 5])
        #expect(shown.compactMap { $0["text"] }.count == 1)
        #expect(shown.compactMap { $0["elements"]?.elements?.count } == [10, 1, 25, 1])
    }

    @Test func `ids that stand twice are made unique, and an action still tells its name`() throws {
        let buttons: [Element] = [
            .button(id: "open", text: "A", value: "a"), .button(id: "open", text: "B", value: "b"),
        ]
        let message = Message(text: "x", blocks: [.actions(buttons, id: "row"), .divider(id: "row")])
        let shown = try #require(message.json["blocks"]?.elements)
        #expect(shown.map { $0["block_id"] } == ["row", "row~2"])
        #expect(shown[0]["elements"]?[1]?["action_id"] == "open~2")
        let payload: JSONValue = [
            "type": "block_actions", "user": ["id": "U1", "team_id": "T1"],
            "actions": [["type": "button", "action_id": "open~2"], ["type": "button", "action_id": "plain~name"]],
        ]
        guard case .blockActions(let actions) = try SlackInbound.interactive(payload) else { throw WrongKind() }
        #expect(actions.actions.map(\.name) == ["open", "plain~name"])
    }

    @Test func `an empty list of options cannot be built`() {
        #expect(OptionList([]) == nil)
        #expect(OptionList(groups: []) == nil)
        #expect(OptionList(groups: [OptionGroup("empty", options: [])]) == nil)
    }

    @Test func `options beyond a hundred are counted, and a chosen one stays`() throws {
        let options = (1...130).map { Option("\($0)", value: "v\($0)") }
        let list = try #require(OptionList(options, keeping: ["v120"]))
        #expect(list.options.count == 100)
        #expect(list.leftOut == 30)
        let menu = Block.input(label: "L", element: .staticSelect(id: "a", options: list, initial: "v120"), id: "b")
        let element = try #require(View.modal(title: "T", blocks: [menu]).json["blocks"]?[0]?["element"])
        #expect(element["initial_option"]?["value"] == "v120")
        #expect(OptionList(Array(options.prefix(100)))?.leftOut == 0)
    }

    @Test func `an initial choice that is not offered is left out`() throws {
        let list = try #require(OptionList([Option("A", value: "a")]))
        let elements: [Element] = [
            .staticSelect(id: "1", options: list, initial: "b"), .radioButtons(id: "2", options: list, initial: "b"),
            .checkboxes(id: "3", options: list, initial: ["b"]),
            .multiStaticSelect(id: "4", options: list, initial: ["b"]),
        ]
        let shown = try #require(
            Message(text: "x", blocks: [.actions(elements)]).json["blocks"]?[0]?["elements"]?.elements)
        #expect(shown.allSatisfy { $0["initial_option"] == nil && $0["initial_options"] == nil })
    }

    @Test func `more choices than boxes become a menu with the same kind of state`() throws {
        let list = try #require(OptionList((1...11).map { Option("\($0)", value: "\($0)") }))
        let elements: [Element] = [
            .checkboxes(id: "1", options: list, initial: ["11"]), .radioButtons(id: "2", options: list, initial: "11"),
            .overflow(id: "3", options: list),
        ]
        let shown = try #require(
            Message(text: "x", blocks: [.actions(elements)]).json["blocks"]?[0]?["elements"]?.elements)
        #expect(shown.map { $0["type"] } == ["multi_static_select", "static_select", "static_select"])
        #expect(shown[0]["initial_options"]?[0]?["value"] == "11")
        #expect(shown.allSatisfy { $0["options"]?.elements?.count == 11 })
    }

    @Test func `values that are too long are sent as digests that can be compared`() {
        let long = String(repeating: "x", count: 151)
        #expect(Option("A", value: long).sentValue == Option.sentValue(for: long))
        #expect(Option.sentValue(for: long).hasPrefix("sha256:"))
        #expect(Option.sentValue(for: long) != Option.sentValue(for: long + "x"))
        #expect(Option.sentValue(for: String(long.dropLast())) == String(long.dropLast()))
    }

    @Test func `private metadata fits or is refused`() {
        #expect(PrivateMetadata(String(repeating: "x", count: 3000)) != nil)
        #expect(PrivateMetadata(String(repeating: "x", count: 3001)) == nil)
    }

    @Test func `a modal with an input can be submitted, one without needs nothing`() {
        let input = Block.input(label: "Why?", element: .textInput(id: "reason"), id: "reason")
        #expect(View.modal(title: "T", blocks: [input]).json["submit"]?["text"] == "Submit")
        #expect(View.modal(title: "T", submit: "Send", blocks: [input]).json["submit"]?["text"] == "Send")
        #expect(View.modal(title: "T", blocks: [.divider]).json["submit"] == nil)
    }

    @Test func `what an input cannot hold still shows`() {
        let block = Block.input(label: "Press", element: .button(id: "b", text: "B"), id: "i")
        let shown = View.modal(title: "T", blocks: [block]).json["blocks"]?[0]
        #expect(shown?["type"] == "section")
        #expect(shown?["accessory"]?["type"] == "button")
    }
}

@Suite struct `Shapes that go out` {
    @Test func `one of each block and element`() throws {
        let options = try #require(
            OptionList([Option("One & only", value: "1", description: "first"), Option("Two", value: "2")]))
        let confirm = ConfirmDialog(title: "Sure?", text: "It is *final*", confirm: "Yes", style: .danger)
        let blocks: [Block] = [
            .header("Request"), .section("*Who*: \(user: "U1")", fields: ["*Target*\n\("prod <1>")"], id: "who"),
            .plainSection("*as typed* :x:"), .context(["Answer by \(date: Timestamp(seconds: 1_795_247_063))"]),
            .divider,
            .actions(
                [
                    .button(id: "approve", text: "Approve", value: "run", style: .primary, confirm: confirm),
                    .linkButton(id: "open", text: "Open", url: "https://x.example"),
                    .overflow(id: "more", options: options),
                    .dateTimePicker(id: "when", initial: Timestamp(seconds: 1_795_247_063)),
                ], id: "decide"),
            .input(
                label: "Target", element: .staticSelect(id: "t", options: options, initial: "2", placeholder: "Pick"),
                hint: "Which?", id: "target"),
            .input(
                label: "Search", element: .externalSelect(id: "s", initial: Option("Two", value: "2"), queryMin: 1),
                id: "search"),
            .input(
                label: "People", element: .multiUsersSelect(id: "p", initial: ["U1"], selectedMax: 3), isOptional: true,
                id: "people"),
            .input(
                label: "Where",
                element: .conversationsSelect(
                    id: "w",
                    filter: .init(kinds: [.publicChannel, .privateChannel], excludesShared: true, excludesBots: true)),
                id: "where"),
            .input(
                label: "Reason", element: .textInput(id: "r", multiline: true, initial: "a < b", lengths: 3...500),
                id: "reason"),
            .input(
                label: "Hours", element: .numberInput(id: "h", initial: "4", min: "1", max: "8"), dispatches: true,
                id: "hours"),
            .input(label: "Boxes", element: .checkboxes(id: "b", options: options, initial: ["1"]), id: "boxes"),
            .input(label: "One of", element: .radioButtons(id: "o", options: options, initial: "2"), id: "one"),
            .input(label: "Day", element: .datePicker(id: "d", initial: "2026-11-21"), id: "day"),
            .input(label: "Time", element: .timePicker(id: "m", initial: "09:30", zone: "Europe/Berlin"), id: "time"),
        ]
        let view = View.modal(
            title: "Request access to production", close: "Cancel", callbackID: "request",
            privateMetadata: PrivateMetadata("{}"), notifiesOnClose: true, blocks: blocks
        )
        #expect(
            BlockRules(checking: view.json["blocks"]?.elements ?? [], on: .view).violations.filter {
                !$0.hasPrefix("date") && !$0.hasPrefix("time") && !$0.hasSuffix("nobody wrote")
            } == [])
        try expectGolden(view.json.pretty, "slack/outbound/contract_every_element.json")
    }

    @Test func `a message has a fallback, no empty blocks, and its metadata`() {
        let metadata = Message.Metadata(eventType: "sym_run", eventPayload: ["run": "r1"])
        let json = Message(text: "", metadata: metadata).json
        #expect(json["text"] == "–")
        #expect(json["blocks"] == nil)
        #expect(json["metadata"] == ["event_type": "sym_run", "event_payload": ["run": "r1"]])
        #expect(Message.Metadata(json["metadata"]) == metadata)
    }

    @Test func `answers to submissions have the shapes of slack.md 1_5`() {
        let view = View.modal(title: "T", blocks: [.divider])
        #expect(ViewAnswer.close.json == nil)
        #expect(ViewAnswer.clear.json == ["response_action": "clear"])
        #expect(ViewAnswer.update(view).json == ["response_action": "update", "view": view.json])
        #expect(ViewAnswer.push(view).json == ["response_action": "push", "view": view.json])
        #expect(
            ViewAnswer.errors(["reason": "Too short", "b": ""]).json
                == ["response_action": "errors", "errors": ["b": "–", "reason": "Too short"]]
        )
    }

    @Test func `answers to response URLs say what they replace`() {
        #expect(ResponseMessage.deleteOriginal.json == ["delete_original": true])
        #expect(ResponseMessage.replaceOriginal(Message(text: "x")).json == ["text": "x", "replace_original": true])
        #expect(ResponseMessage.inChannel(Message(text: "x")).json["response_type"] == "in_channel")
        #expect(ResponseMessage.ephemeral(Message(text: "x")).json["response_type"] == "ephemeral")
    }

    @Test func `found options may be none, and are at most a hundred`() {
        #expect(SuggestedOptions([]).json == ["options": []])
        let many = (1...150).map { Option("\($0)", value: "\($0)") }
        #expect(SuggestedOptions(many).json["options"]?.elements?.count == 100)
    }
}
