import SlackEmulator
import Support
import Testing

/// One limit of slack.md 3: what stands at it is taken, one more is refused at this pointer.
struct BlockLimit: Sendable, CustomTestStringConvertible {
    var name: String
    var max: Int
    var pointer: String
    var blocks: @Sendable (Int) -> JSONValue

    var testDescription: String { name }
}

private func text(_ count: Int) -> JSONValue { .string(String(repeating: "x", count: count)) }
private func plain(_ count: Int) -> JSONValue { ["type": "plain_text", "text": text(count)] }
private func markup(_ count: Int) -> JSONValue { ["type": "mrkdwn", "text": text(count)] }
private func repeated(_ value: JSONValue, _ count: Int) -> JSONValue { .array(Array(repeating: value, count: count)) }

private func numbered(_ count: Int, _ make: (Int) -> JSONValue) -> JSONValue { .array((0..<count).map(make)) }
private func option(_ index: Int) -> JSONValue { ["text": plain(1), "value": .string("v\(index)")] }
private func button(_ members: JSONObject = [:]) -> JSONValue {
    var button: JSONObject = ["type": "button", "text": ["type": "plain_text", "text": "Go"]]
    for (name, value) in members { button[name] = value }
    return .object(button)
}
private func actions(_ elements: JSONValue...) -> JSONValue { [["type": "actions", "elements": .array(elements)]] }
private func section(accessory: JSONValue) -> JSONValue {
    [["type": "section", "text": ["type": "mrkdwn", "text": "t"], "accessory": accessory]]
}
private func input(_ element: JSONValue, _ members: JSONObject = [:]) -> JSONValue {
    var block: JSONObject = ["type": "input", "label": ["type": "plain_text", "text": "L"], "element": element]
    for (name, value) in members { block[name] = value }
    return [.object(block)]
}
private func confirm(_ name: String, _ count: Int) -> JSONValue {
    var dialog: JSONObject = ["title": plain(1), "text": plain(1), "confirm": plain(1), "deny": plain(1)]
    dialog[name] = plain(count)
    return actions(button(["confirm": .object(dialog)]))
}
private func oneOption(_ members: JSONObject, type: String = "static_select") -> JSONValue {
    var option: JSONObject = ["text": plain(1), "value": "v"]
    for (name, value) in members { option[name] = value }
    return actions(["type": .string(type), "options": [.object(option)]])
}

private let messageLimits: [BlockLimit] = [
    BlockLimit(name: "blocks in a message", max: 50, pointer: "/blocks") { repeated(["type": "divider"], $0) },
    BlockLimit(name: "block_id", max: 255, pointer: "/blocks/0/block_id") {
        [["type": "divider", "block_id": text($0)]]
    },
    BlockLimit(name: "action_id", max: 255, pointer: "/blocks/0/elements/0/action_id") {
        actions(button(["action_id": text($0)]))
    },
    BlockLimit(name: "section text", max: 3000, pointer: "/blocks/0/text/text") {
        [["type": "section", "text": markup($0)]]
    },
    BlockLimit(name: "section field", max: 2000, pointer: "/blocks/0/fields/0/text") {
        [["type": "section", "fields": [markup($0)]]]
    },
    BlockLimit(name: "section fields", max: 10, pointer: "/blocks/0/fields") {
        [["type": "section", "fields": repeated(markup(1), $0)]]
    },
    BlockLimit(name: "header", max: 150, pointer: "/blocks/0/text/text") { [["type": "header", "text": plain($0)]] },
    BlockLimit(name: "context elements", max: 10, pointer: "/blocks/0/elements") {
        [["type": "context", "elements": repeated(markup(1), $0)]]
    },
    BlockLimit(name: "context text", max: 3000, pointer: "/blocks/0/elements/0/text") {
        [["type": "context", "elements": [markup($0)]]]
    },
    BlockLimit(name: "actions elements", max: 25, pointer: "/blocks/0/elements") {
        [["type": "actions", "elements": numbered($0) { button(["action_id": .string("a\($0)")]) }]]
    },
    BlockLimit(name: "input label", max: 2000, pointer: "/blocks/0/label/text") {
        input(["type": "plain_text_input"], ["label": plain($0)])
    },
    BlockLimit(name: "input hint", max: 2000, pointer: "/blocks/0/hint/text") {
        input(["type": "plain_text_input"], ["hint": plain($0)])
    },
    BlockLimit(name: "placeholder", max: 150, pointer: "/blocks/0/element/placeholder/text") {
        input(["type": "plain_text_input", "placeholder": plain($0)])
    },
    BlockLimit(name: "image URL", max: 3000, pointer: "/blocks/0/image_url") {
        [["type": "image", "alt_text": "a", "image_url": .string("https://" + String(repeating: "x", count: $0 - 8))]]
    },
    BlockLimit(name: "alt text", max: 2000, pointer: "/blocks/0/alt_text") {
        [["type": "image", "alt_text": text($0), "image_url": "https://a.test/i.png"]]
    },
    BlockLimit(name: "image title", max: 2000, pointer: "/blocks/0/title/text") {
        [["type": "image", "alt_text": "a", "image_url": "https://a.test/i.png", "title": plain($0)]]
    },
    BlockLimit(name: "option text", max: 75, pointer: "/blocks/0/elements/0/options/0/text/text") {
        oneOption(["text": plain($0)])
    },
    BlockLimit(name: "option description", max: 75, pointer: "/blocks/0/elements/0/options/0/description/text") {
        oneOption(["description": plain($0)])
    },
    BlockLimit(name: "option value", max: 150, pointer: "/blocks/0/elements/0/options/0/value") {
        oneOption(["value": text($0)])
    },
    BlockLimit(name: "options", max: 100, pointer: "/blocks/0/elements/0/options") {
        actions(["type": "static_select", "options": numbered($0, option)])
    },
    BlockLimit(name: "option groups", max: 100, pointer: "/blocks/0/elements/0/option_groups") {
        actions(["type": "static_select", "option_groups": repeated(["label": plain(1), "options": [option(0)]], $0)])
    },
    BlockLimit(name: "options in a group", max: 100, pointer: "/blocks/0/elements/0/option_groups/0/options") {
        actions(["type": "static_select", "option_groups": [["label": plain(1), "options": numbered($0, option)]]])
    },
    BlockLimit(name: "group label", max: 75, pointer: "/blocks/0/elements/0/option_groups/0/label/text") {
        actions(["type": "static_select", "option_groups": [["label": plain($0), "options": [option(0)]]]])
    },
    BlockLimit(name: "checkboxes", max: 10, pointer: "/blocks/0/elements/0/options") {
        actions(["type": "checkboxes", "options": numbered($0, option)])
    },
    BlockLimit(name: "radio buttons", max: 10, pointer: "/blocks/0/elements/0/options") {
        actions(["type": "radio_buttons", "options": numbered($0, option)])
    },
    BlockLimit(name: "overflow", max: 5, pointer: "/blocks/0/elements/0/options") {
        actions(["type": "overflow", "options": numbered($0, option)])
    },
    BlockLimit(name: "button text", max: 75, pointer: "/blocks/0/elements/0/text/text") {
        actions(button(["text": plain($0)]))
    },
    BlockLimit(name: "button value", max: 2000, pointer: "/blocks/0/elements/0/value") {
        actions(button(["value": text($0)]))
    },
    BlockLimit(name: "button url", max: 3000, pointer: "/blocks/0/elements/0/url") {
        actions(button(["url": .string("https://" + String(repeating: "x", count: $0 - 8))]))
    },
    BlockLimit(name: "accessibility label", max: 75, pointer: "/blocks/0/elements/0/accessibility_label") {
        actions(button(["accessibility_label": text($0)]))
    },
    BlockLimit(name: "confirm title", max: 100, pointer: "/blocks/0/elements/0/confirm/title/text") {
        confirm("title", $0)
    },
    BlockLimit(name: "confirm text", max: 300, pointer: "/blocks/0/elements/0/confirm/text/text") {
        confirm("text", $0)
    },
    BlockLimit(name: "confirm confirm", max: 30, pointer: "/blocks/0/elements/0/confirm/confirm/text") {
        confirm("confirm", $0)
    },
    BlockLimit(name: "confirm deny", max: 30, pointer: "/blocks/0/elements/0/confirm/deny/text") {
        confirm("deny", $0)
    },
    BlockLimit(name: "min_length", max: 3000, pointer: "/blocks/0/element/min_length") {
        input(["type": "plain_text_input", "min_length": .int(Int64($0))])
    },
    BlockLimit(name: "max_length", max: 3000, pointer: "/blocks/0/element/max_length") {
        input(["type": "plain_text_input", "max_length": .int(Int64($0))])
    },
    BlockLimit(name: "markdown", max: 12_000, pointer: "/blocks/0/text") { [["type": "markdown", "text": text($0)]] },
    BlockLimit(name: "table rows", max: 100, pointer: "/blocks/0/rows") {
        [["type": "table", "rows": repeated([["type": "raw_text", "text": "x"]], $0)]]
    },
    BlockLimit(name: "table cells", max: 20, pointer: "/blocks/0/rows/0") {
        [["type": "table", "rows": [repeated(["type": "raw_text", "text": "x"], $0)]]]
    },
]

/// Members of a view: its limits in characters.
private let viewLimits: [BlockLimit] = [
    BlockLimit(name: "title", max: 24, pointer: "/view/title/text") { view(["title": plain($0)]) },
    BlockLimit(name: "submit", max: 24, pointer: "/view/submit/text") { view(["submit": plain($0)]) },
    BlockLimit(name: "close", max: 24, pointer: "/view/close/text") { view(["close": plain($0)]) },
    BlockLimit(name: "private_metadata", max: 3000, pointer: "/view/private_metadata") {
        view(["private_metadata": text($0)])
    },
    BlockLimit(name: "callback_id", max: 255, pointer: "/view/callback_id") { view(["callback_id": text($0)]) },
    BlockLimit(name: "external_id", max: 255, pointer: "/view/external_id") { view(["external_id": text($0)]) },
    BlockLimit(name: "blocks in a modal", max: 100, pointer: "/view/blocks") {
        view(["blocks": repeated(["type": "divider"], $0)])
    },
]

private func view(_ members: JSONObject) -> JSONValue {
    var view: JSONObject = ["type": "modal", "title": plain(1), "blocks": [["type": "divider"]]]
    for (name, value) in members { view[name] = value }
    return .object(view)
}

@Suite struct `Slack's limits on blocks` {
    @Test(arguments: messageLimits)
    func `in messages, the most is taken and one more is refused`(limit: BlockLimit) {
        #expect(BlockRules.findings(inMessage: limit.blocks(limit.max)) == [])
        let findings = BlockRules.findings(inMessage: limit.blocks(limit.max + 1))
        #expect(findings.map(\.pointer) == [limit.pointer])
        #expect(findings.first?.message.isEmpty == false)
    }

    @Test(arguments: viewLimits)
    func `in views, the most is taken and one more is refused`(limit: BlockLimit) {
        #expect(BlockRules.findings(inView: limit.blocks(limit.max)) == [])
        #expect(BlockRules.findings(inView: limit.blocks(limit.max + 1)).map(\.pointer) == [limit.pointer])
    }

    @Test func `characters are Unicode scalars`() {
        let family = "👨‍👩‍👧"
        let scalars = family.unicodeScalars.count
        let blocks: JSONValue = [
            [
                "type": "header",
                "text": ["type": "plain_text", "text": .string(String(repeating: family, count: 150 / scalars))],
            ]
        ]
        #expect(BlockRules.findings(inMessage: blocks) == [])
        let more: JSONValue = [
            ["type": "header", "text": ["type": "plain_text", "text": .string(String(repeating: family, count: 100))]]
        ]
        #expect(BlockRules.findings(inMessage: more).count == 1)
    }

    @Test(
        arguments: [
            // Empty where something is required.
            ([["type": "section", "text": ["type": "mrkdwn", "text": ""]]], "/blocks/0/text/text"),
            ([["type": "section"]], "/blocks/0"),
            ([["type": "section", "fields": []]], "/blocks/0/fields"),
            ([["type": "actions", "elements": []]], "/blocks/0/elements"),
            (actions(["type": "static_select", "options": []]), "/blocks/0/elements/0/options"),
            (actions(["type": "overflow", "options": []]), "/blocks/0/elements/0/options"),
            // Wrong kinds.
            ([["type": "sektion"]], "/blocks/0/type"), ([["text": "x"]], "/blocks/0"), (["x"], "/blocks/0"),
            (["type": "divider"], "/blocks"),
            ([["type": "header", "text": ["type": "mrkdwn", "text": "x"]]], "/blocks/0/text/type"),
            (actions(button(["style": "huge"])), "/blocks/0/elements/0/style"),
            (actions(button(["value": 5])), "/blocks/0/elements/0/value"),
            (actions(button(["disabled": true])), "/blocks/0/elements/0"),
            ([["type": "header", "text": ["type": "plain_text", "text": "x", "verbatim": true]]], "/blocks/0/text"),
            // The wrong place.
            (actions(["type": "plain_text_input"]), "/blocks/0/elements/0/type"),
            (input(button()), "/blocks/0/element/type"),
            (section(accessory: ["type": "datetimepicker"]), "/blocks/0/accessory/type"),
            (input(["type": "rich_text_input"]), "/blocks/0/element/type"),
            // Ids stand once.
            ([["type": "divider", "block_id": "b"], ["type": "divider", "block_id": "b"]], "/blocks/1/block_id"),
            (actions(button(["action_id": "a"]), button(["action_id": "a"])), "/blocks/0/elements/1/action_id"),
            // Members that must agree.
            (
                actions(["type": "static_select", "options": [option(1)], "initial_option": option(2)]),
                "/blocks/0/elements/0/initial_option"
            ),
            (actions(["type": "static_select"]), "/blocks/0/elements/0"),
            (
                input(["type": "plain_text_input", "min_length": 5, "max_length": 4]), "/blocks/0/element/min_length"
            ),
            (input(["type": "number_input"]), "/blocks/0/element"),
            (
                input(["type": "number_input", "is_decimal_allowed": false, "min_value": 5]),
                "/blocks/0/element/min_value"
            ),
            (
                input(["type": "number_input", "is_decimal_allowed": false, "max_value": "5", "initial_value": "6"]),
                "/blocks/0/element/initial_value"
            ),
            ([["type": "image", "alt_text": "a"]], "/blocks/0"),
            (actions(["type": "conversations_select", "filter": [:]]), "/blocks/0/elements/0/filter"),
            (
                actions(["type": "conversations_select", "response_url_enabled": true]),
                "/blocks/0/elements/0/response_url_enabled"
            ),
            (
                actions(["type": "multi_users_select", "max_selected_items": 0]),
                "/blocks/0/elements/0/max_selected_items"
            ),
            (actions(["type": "datepicker", "initial_date": "2026-02-30"]), "/blocks/0/elements/0/initial_date"),
            (actions(["type": "timepicker", "initial_time": "24:00"]), "/blocks/0/elements/0/initial_time"),
            (actions(["type": "datetimepicker", "initial_date_time": 1]), "/blocks/0/elements/0/initial_date_time"),
        ] as [(JSONValue, String)])
    func `what does not fit is refused where it stands`(blocks: JSONValue, pointer: String) {
        #expect(BlockRules.findings(inMessage: blocks).map(\.pointer) == [pointer])
    }

    @Test(arguments: [
        "id", "team_id", "state", "hash", "root_view_id", "previous_view_id", "app_id", "app_installed_team_id",
        "bot_id",
    ])
    func `a view is not sent back with what Slack assigned`(name: String) {
        let findings = BlockRules.findings(inView: view([name: "x"]))
        #expect(findings == [BlockFinding(pointer: "/view", message: "invalid additional property: \(name)")])
    }

    @Test func `a modal with an input needs a submit button`() {
        let blocks = input(["type": "plain_text_input"])
        #expect(
            BlockRules.findings(inView: view(["blocks": blocks])).map(\.message) == ["missing required field: submit"])
        #expect(BlockRules.findings(inView: view(["blocks": blocks, "submit": plain(1)])) == [])
    }

    @Test func `markdown counts together, and only in messages`() {
        let half: JSONValue = ["type": "markdown", "text": text(6001)]
        #expect(BlockRules.findings(inMessage: [half, half]).map(\.pointer) == ["/blocks"])
        #expect(BlockRules.findings(inView: view(["blocks": [half]])).map(\.pointer) == ["/view/blocks/0/type"])
    }

    @Test func `newer blocks pass unread, a home tab has no title`() {
        #expect(BlockRules.findings(inMessage: [["type": "carousel", "whatever": 1]]) == [])
        #expect(BlockRules.findings(inView: ["type": "home", "blocks": []]) == [])
        #expect(
            BlockRules.findings(inView: ["type": "home", "blocks": [], "title": plain(3)]).map(\.pointer) == ["/view"])
    }

    @Test func `a finding reads as Slack writes it`() {
        let finding = BlockRules.findings(inMessage: [["type": "header", "text": plain(151)]]).first
        #expect(finding?.line == "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]")
    }
}
