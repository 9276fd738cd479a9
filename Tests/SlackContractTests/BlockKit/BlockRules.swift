import Support

/// Slack's rules for blocks, written down a second time, from slack.md 3 and not from what the encoder knows.
struct BlockRules {
    private(set) var violations: [String] = []
    private var blockIDs: Set<String> = []
    private let surface: Surface

    enum Surface { case message, view }

    init(checking blocks: [JSONValue], on surface: Surface) {
        self.surface = surface
        check(blocks.count <= (surface == .message ? 50 : 100), "\(blocks.count) blocks")
        for block in blocks { check(block: block) }
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds { violations.append(complaint()) }
    }

    private mutating func check(block: JSONValue) {
        let type = block["type"]?.text ?? "nothing"
        if let id = block["block_id"]?.text {
            check(!id.isEmpty && id.unicodeScalars.count <= 255, "block id of \(id.count)")
            check(blockIDs.insert(id).inserted, "block id \(id.prefix(20)) stands twice")
        }
        switch type {
        case "section":
            check(block["text"] != nil || block["fields"] != nil, "section without text")
            if let text = block["text"] { check(text: text, max: 3000, "section") }
            if let fields = block["fields"]?.elements {
                check((1...10).contains(fields.count), "\(fields.count) fields")
                for field in fields { check(text: field, max: 2000, "field") }
            }
            if let accessory = block["accessory"] {
                var ids: Set<String> = []
                check(element: accessory, in: "S", &ids)
            }
        case "header": check(text: block["text"], max: 150, "header", type: "plain_text")
        case "context":
            let elements = block["elements"]?.elements ?? []
            check((1...10).contains(elements.count), "\(elements.count) context elements")
            for element in elements { check(text: element, max: 3000, "context") }
        case "divider": break
        case "actions":
            let elements = block["elements"]?.elements ?? []
            check((1...25).contains(elements.count), "\(elements.count) actions")
            var ids: Set<String> = []
            for element in elements { check(element: element, in: "A", &ids) }
        case "input":
            check(text: block["label"], max: 2000, "label", type: "plain_text")
            if let hint = block["hint"] { check(text: hint, max: 2000, "hint", type: "plain_text") }
            var ids: Set<String> = []
            check(element: block["element"] ?? .null, in: "I", &ids)
        default: check(false, "unknown block \(type)")
        }
    }

    private mutating func check(text: JSONValue?, max: Int, _ what: String, type: String? = nil) {
        guard let text, let content = text["text"]?.text else { return violations.append("\(what) has no text") }
        check(type == nil || text["type"]?.text == type, "\(what) is not \(type ?? "")")
        check(text["emoji"] == nil || text["type"] == "plain_text", "\(what) has emoji in mrkdwn")
        check(text["verbatim"] == nil || text["type"] == "mrkdwn", "\(what) has verbatim in plain text")
        check(!content.allSatisfy(\.isWhitespace), "\(what) is empty")
        check(content.unicodeScalars.count <= max, "\(what) has \(content.unicodeScalars.count) scalars")
        check(content.utf16.count <= max, "\(what) has \(content.utf16.count) units")
        check(!holdsForeignToken(content), "\(what) holds a token that nobody wrote")
        check(!holdsTornEntity(content), "\(what) holds a torn entity")
    }

    /// Our blocks in these tests hold links of ours only; whatever else stands in `<…>` came from a hostile text.
    private func holdsForeignToken(_ content: String) -> Bool {
        content.unicodeScalars.split(separator: "<", omittingEmptySubsequences: false).dropFirst()
            .contains { !$0.starts(with: "https://x.example/".unicodeScalars) }
    }

    private func holdsTornEntity(_ content: String) -> Bool {
        let scalars = Array(content.unicodeScalars)
        return scalars.indices.contains { index in
            let rest = scalars[index...]
            return scalars[index] == "&"
                && !["&amp;", "&lt;", "&gt;"].contains { rest.starts(with: $0.unicodeScalars) }
        }
    }

    private static let places = [
        "button": "SA", "overflow": "SA", "static_select": "SAI", "multi_static_select": "SAI",
        "external_select": "SAI",
        "multi_external_select": "SAI", "users_select": "SAI", "multi_users_select": "SAI",
        "conversations_select": "SAI", "checkboxes": "SAI", "radio_buttons": "SAI", "datepicker": "SAI",
        "timepicker": "SAI", "datetimepicker": "AI", "plain_text_input": "I", "number_input": "I",
    ]

    private mutating func check(element: JSONValue, in place: Character, _ ids: inout Set<String>) {
        let type = element["type"]?.text ?? "nothing"
        check(Self.places[type]?.contains(place) ?? false, "\(type) in \(place)")
        if let id = element["action_id"]?.text {
            check(!id.isEmpty && id.unicodeScalars.count <= 255, "action id of \(id.count)")
            check(ids.insert(id).inserted, "action id \(id.prefix(20)) stands twice")
        }
        if let placeholder = element["placeholder"] {
            check(text: placeholder, max: 150, "placeholder", type: "plain_text")
        }
        if let confirm = element["confirm"] {
            check(text: confirm["title"], max: 100, "confirm title", type: "plain_text")
            check(text: confirm["text"], max: 300, "confirm text", type: "plain_text")
            check(text: confirm["confirm"], max: 30, "confirm", type: "plain_text")
            check(text: confirm["deny"], max: 30, "deny", type: "plain_text")
        }
        if let maximum = element["max_selected_items"]?.integer { check(maximum >= 1, "max_selected_items \(maximum)") }
        switch type {
        case "button":
            check(text: element["text"], max: 75, "button", type: "plain_text")
            if let value = element["value"]?.text { check(value.unicodeScalars.count <= 2000, "button value") }
            if let url = element["url"]?.text { check(url.unicodeScalars.count <= 3000, "button url") }
        case "overflow": check(options: element, 1...5)
        case "checkboxes", "radio_buttons": check(options: element, 1...10)
        case "static_select", "multi_static_select": check(options: element, 1...100)
        case "external_select", "multi_external_select":
            check((element["min_query_length"]?.integer ?? 3) >= 0, "min_query_length")
            for option in initialOptions(element) { check(option: option) }
        case "plain_text_input":
            let low = element["min_length"]?.integer ?? 0
            let high = element["max_length"]?.integer ?? 3000
            check(low >= 0 && low <= 3000 && high >= 1 && high <= 3000 && low <= high, "lengths \(low) to \(high)")
            let initial = element["initial_value"]?.text
            check(initial != "" && initial?.utf16.count ?? 0 <= high, "initial value")
        case "number_input":
            check(element["is_decimal_allowed"]?.flag != nil, "is_decimal_allowed")
            let low = element["min_value"]?.text.flatMap(Double.init) ?? -.infinity
            let high = element["max_value"]?.text.flatMap(Double.init) ?? .infinity
            check(low <= high, "bounds")
            if let initial = element["initial_value"]?.text {
                check(Double(initial).map { $0 >= low && $0 <= high } ?? false, "initial number")
            }
        case "datepicker":
            if let date = element["initial_date"]?.text { check(date == "2024-02-29", "date \(date.prefix(20))") }
        case "timepicker":
            if let time = element["initial_time"]?.text { check(time == "23:59", "time \(time.prefix(20))") }
        case "users_select": check(element["initial_user"] != "", "empty initial user")
        case "conversations_select": check(element["filter"] != [:], "empty filter")
        default: break
        }
    }

    private func initialOptions(_ element: JSONValue) -> [JSONValue] {
        (element["initial_option"].map { [$0] } ?? []) + (element["initial_options"]?.elements ?? [])
    }

    private mutating func check(options element: JSONValue, _ count: ClosedRange<Int>) {
        check((element["options"] == nil) != (element["option_groups"] == nil), "options xor groups")
        var all = element["options"]?.elements ?? []
        if element["options"] != nil { check(count.contains(all.count), "\(all.count) options") }
        for group in element["option_groups"]?.elements ?? [] {
            check(text: group["label"], max: 75, "group label", type: "plain_text")
            let options = group["options"]?.elements ?? []
            check((1...100).contains(options.count), "\(options.count) options in a group")
            all += options
        }
        for option in all { check(option: option) }
        check(Set(all.compactMap { $0["value"]?.text }).count == all.count, "values stand twice")
        let initial = initialOptions(element)
        check(initial.allSatisfy(all.contains), "initial option is none of the options")
        check(element["initial_options"] != [], "empty initial options")
        if let maximum = element["max_selected_items"]?.integer { check(initial.count <= maximum, "too many chosen") }
    }

    private mutating func check(option: JSONValue) {
        check(text: option["text"], max: 75, "option", type: "plain_text")
        if let description = option["description"] {
            check(text: description, max: 75, "description", type: "plain_text")
        }
        let value = option["value"]?.text ?? ""
        check((1...150).contains(value.unicodeScalars.count), "option value of \(value.count)")
    }
}
