import Support

/// Strikes tokens and response URLs out of what is shown to those who watch (slack.md 6, no. 26).
enum Redaction {
    static func redacted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(redacted(text))
        case .array(let elements): .array(elements.map(redacted))
        case .object(let object):
            .object(
                JSONObject(
                    object.map { name, value in
                        (name, secretNames.contains(name) && !value.isNull ? "<redacted>" : redacted(value))
                    }))
        case .null, .bool, .int, .double: value
        }
    }

    private static let secretNames: Set<String> = [
        "token", "access_token", "refresh_token", "client_secret", "response_url", "trigger_id",
    ]
    private static let marks = ["xoxb-", "xoxp-", "xoxe-", "xoxe.", "xapp-", "/response/"]

    static func redacted(_ text: String) -> String {
        guard marks.contains(where: text.contains) else { return text }
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            if let mark = marks.first(where: rest.hasPrefix) {
                result += "\(mark)<redacted>"
                rest = rest.dropFirst(mark.count).drop { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
