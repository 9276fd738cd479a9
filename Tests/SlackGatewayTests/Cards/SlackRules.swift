import Support

/// What Slack refuses in a message, read off slack.md 3.1 to 3.4 and shared with nothing that builds messages.
enum SlackRules {
    static func breaches(of message: JSONValue) -> [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ says: @autoclosure () -> String) { if !holds { found.append(says()) } }
        func text(_ json: JSONValue?, _ type: String?, _ limit: Int, _ place: String) {
            guard let json, let content = json["text"]?.text else { return check(false, "\(place): no text") }
            check(!content.isEmpty && content.utf16.count <= limit, "\(place): \(content.utf16.count) long")
            if let type { check(json["type"]?.text == type, "\(place): not \(type)") }
            check(
                tokens(in: content).allSatisfy(isKnownToken) || json["type"]?.text == "plain_text",
                "\(place): \(content)")
        }
        func element(_ json: JSONValue, _ place: String) {
            check((1...255).contains(json["action_id"]?.text?.count ?? 0), "\(place): action_id")
            switch json["type"]?.text {
            case "button":
                text(json["text"], "plain_text", 75, place)
                check((json["value"]?.text?.count ?? 0) <= 2000, "\(place): value")
                check([nil, "primary", "danger"].contains(json["style"]?.text), "\(place): style")
                if let confirm = json["confirm"] {
                    text(confirm["title"], "plain_text", 100, place + " title")
                    text(confirm["text"], "plain_text", 300, place + " text")
                    text(confirm["confirm"], "plain_text", 30, place + " confirm")
                    text(confirm["deny"], "plain_text", 30, place + " deny")
                }
            case "plain_text_input":
                check((1...3000).contains(json["max_length"]?.integer ?? 1), "\(place): max_length")
                check((0...3000).contains(json["min_length"]?.integer ?? 0), "\(place): min_length")
            case let type: check(false, "\(place): \(type ?? "nothing")")
            }
        }
        let blocks = message["blocks"]?.elements ?? []
        check(blocks.count <= 50, "\(blocks.count) blocks")
        let ids = blocks.compactMap { $0["block_id"]?.text }
        check(Set(ids).count == ids.count, "block ids stand twice")
        for (index, block) in blocks.enumerated() {
            let place = "block \(index)"
            switch block["type"]?.text {
            case "section":
                let fields = block["fields"]?.elements ?? []
                check(block["text"] != nil || !fields.isEmpty, "\(place): empty")
                if let json = block["text"] { text(json, nil, 3000, place) }
                check(fields.count <= 10, "\(place): \(fields.count) fields")
                for field in fields { text(field, nil, 2000, place + " field") }
                if let accessory = block["accessory"] { element(accessory, place) }
            case "context":
                let elements = block["elements"]?.elements ?? []
                check((1...10).contains(elements.count), "\(place): \(elements.count) elements")
                for json in elements { text(json, nil, 3000, place) }
            case "actions":
                let elements = block["elements"]?.elements ?? []
                check((1...25).contains(elements.count), "\(place): \(elements.count) elements")
                check(Set(elements.map { $0["action_id"] }).count == elements.count, "\(place): an action_id twice")
                for json in elements { element(json, place) }
            case "input":
                text(block["label"], "plain_text", 2000, place)
                element(block["element"] ?? .null, place)
            case let type: check(false, "\(place): \(type ?? "nothing")")
            }
        }
        let notification = message["text"]?.text ?? ""
        check((1...4000).contains(notification.utf16.count), "text: \(notification.utf16.count) long")
        check(tokens(in: notification).allSatisfy(isKnownToken), "text: \(notification)")
        check(message.compact.utf8.count <= 40_000, "message: \(message.compact.utf8.count) bytes")
        return found
    }

    /// Everything that stands between `<` and `>`, and whatever follows an open `<`.
    static func tokens(in markup: String) -> [String] {
        var tokens: [String] = []
        for part in markup.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            tokens.append(String(part.prefix { $0 != ">" }) + (part.contains(">") ? "" : " (open)"))
        }
        return tokens
    }

    /// Mentions of people and channels that samples contain, and dates. Everything else would be somebody's trick.
    private static func isKnownToken(_ token: String) -> Bool {
        if token.hasPrefix("!date^") { return !token.contains("(open)") }
        guard let kind = token.first, "@#".contains(kind) else { return false }
        return token.dropFirst().hasPrefix(kind == "@" ? "U0" : "C0")
            && token.dropFirst().allSatisfy { $0.isLetter || $0.isNumber }
    }
}
