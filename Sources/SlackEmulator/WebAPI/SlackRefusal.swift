import Support

/// What Slack answers when it does not do what it was asked: `ok` false and a code (slack.md 2.3).
struct SlackRefusal: Error, Sendable {
    var error: String
    /// Lines for `response_metadata.messages`.
    var messages: [String] = []
    /// Members beside `error`, such as `needed` and `provided`.
    var extra = JSONObject()

    init(_ error: String, messages: [String] = [], extra: JSONObject = [:]) {
        self.error = error
        self.messages = messages
        self.extra = extra
    }

    /// Blocks or a view that break a rule. Slack names views' faults `invalid_arguments`.
    init(_ error: String, findings: [BlockFinding]) {
        self.init(
            error, messages: findings.map(\.line),
            extra: ["errors": .strings(findings.map { "\($0.message) [json-pointer:\($0.pointer)]" })])
    }

    var document: JSONObject {
        var document: JSONObject = ["ok": false, "error": .string(error)]
        document = document.merging(extra)
        if !messages.isEmpty { document["response_metadata"] = ["messages": .strings(messages)] }
        return document
    }
}
