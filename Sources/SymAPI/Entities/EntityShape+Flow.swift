import FlowConfig
import Support

/// The rules for a flow's `params` that are checked on save (sym-api.md 9.1 and 9.2), and no others: acceptance tests of
/// the provider save what could never run.
extension EntityShape {
    private static let flags = [
        "allow_revoke", "schedule_deescalation", "include_decision_message", "allow_guest_interaction",
    ]
    private static let sources = ["slack", "api"]
    /// `list` came from the provider's first version.
    private static let fieldTypes = [
        "string", "int", "bool", "duration", "slack_user", "slack_user_list", "str_list", "int_list", "list",
    ]
    private static let fieldFlags = ["required", "visible", "prefetch"]

    mutating func checkParams(_ params: JSONObject) {
        for name in Self.flags where !isFlag(params[name]) {
            complain("params.\(name)", "Expected true or false.")
        }
        if isFalse(params["allow_revoke"]), isFalse(params["schedule_deescalation"]) {
            complain("params.allow_revoke", "One of allow_revoke and schedule_deescalation must be true.")
        }
        for name in ["strategy_id", "additional_header_text"] {
            if let value = params[name], !value.isNull, value.text == nil {
                complain("params.\(name)", "Expected a text, found \(value.kind).")
            }
        }
        if params["strategy_id"] == "" { complain("params.strategy_id", "Expected a strategy's id, or no such key.") }
        checkSources(params["allowed_sources"] ?? .null)
        let hasStrategy = !(params["strategy_id"] ?? .null).isNull
        let fields = params["prompt_fields"] ?? .null
        guard !fields.isNull else { return }
        guard let elements = fields.elements else {
            return complain("params.prompt_fields", "Expected an array, found \(fields.kind).")
        }
        for (index, field) in elements.enumerated() {
            checkField(field, "params.prompt_fields[\(index)]", hasStrategy: hasStrategy)
        }
    }

    private mutating func checkSources(_ value: JSONValue) {
        if value.isNull { return }
        guard let elements = value.elements, elements.allSatisfy({ Self.sources.contains($0.text ?? "") }) else {
            return complain("params.allowed_sources", "Expected an array of \"slack\" and \"api\".")
        }
    }

    private mutating func checkField(_ value: JSONValue, _ path: String, hasStrategy: Bool) {
        guard let field = value.object else { return complain(path, "Expected an object, found \(value.kind).") }
        let name = field["name"]?.text ?? ""
        let type = field["type"]?.text ?? ""
        if name.isEmpty { complain("\(path).name", "Expected a name.") }
        if !Self.fieldTypes.contains(type) {
            complain("\(path).type", "Expected one of \(Self.fieldTypes.dropLast().joined(separator: ", ")).")
        }
        if !hasStrategy, name.lowercased() == "duration" || type == "duration" {
            complain(path, "A flow without strategy_id has no access that could last: no duration here.")
        }
        for flag in Self.fieldFlags where !isFlag(field[flag]) {
            complain("\(path).\(flag)", "Expected true or false.")
        }
        let allowed = field["allowed_values"] ?? .null
        if !allowed.isNull, !(allowed.elements ?? [.null]).allSatisfy({ $0.text != nil || $0.integer != nil }) {
            complain("\(path).allowed_values", "Expected an array of texts.")
        }
        if let source = field["on_change"], !source.isNull, source.text.flatMap(WireText.decoded) == nil {
            complain("\(path).on_change", "Expected Python source as base64 of UTF-8 text.")
        }
        guard type == "slack_user" || type == "slack_user_list" else { return }
        if allowed.elements?.isEmpty == false { complain("\(path).allowed_values", "Slack offers the people.") }
        if let fallback = field["default"], !fallback.isNull, fallback != "" {
            complain("\(path).default", "A field of people has no default.")
        }
        if isTrue(field["prefetch"]) { complain("\(path).prefetch", "Slack offers the people.") }
    }

    // MARK: Booleans, which the provider's first version sent as text

    private func isFlag(_ value: JSONValue?) -> Bool {
        guard let value, !value.isNull else { return true }
        return value.flag != nil || value == "true" || value == "false"
    }

    private func isTrue(_ value: JSONValue?) -> Bool { value == .some(true) || value == .some("true") }
    private func isFalse(_ value: JSONValue?) -> Bool { value == .some(false) || value == .some("false") }
}
