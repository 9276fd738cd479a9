import Support

/// What Slack's own client checks before it sends a modal (slack.md 3.4): what is missing or out of range stands beside
/// the field, and the app hears nothing.
enum ClientChecks {
    static let required = "Please complete this required field."

    /// Messages by block; empty where the modal may be sent.
    static func errors(of blocks: [JSONValue], inputs: Inputs) -> [String: String] {
        var errors: [String: String] = [:]
        for placed in ElementState.elements(in: blocks) where placed.isInput {
            let value = ElementState.value(in: inputs[placed.blockID]?[placed.actionID])
            if isEmpty(value) {
                if placed.block["optional"]?.flag != true { errors[placed.blockID] = required }
            } else if let message = problem(with: value, in: placed.element) {
                errors[placed.blockID] = message
            }
        }
        return errors
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        value.isNull || value.text?.trimmed.isEmpty == true || value.elements?.isEmpty == true
    }

    private static func problem(with value: JSONValue, in element: JSONValue) -> String? {
        switch element["type"]?.text ?? "" {
        case "plain_text_input":
            let count = Int64(value.text?.unicodeScalars.count ?? 0)
            if let least = element["min_length"]?.integer, count < least {
                return "Please enter at least \(least) characters."
            }
            let most = element["max_length"]?.integer ?? 3000
            if count > most { return "Please enter no more than \(most) characters." }
        case "number_input": return number(value.text ?? "", element)
        case "email_text_input":
            let parts = (value.text ?? "").split(separator: "@", omittingEmptySubsequences: false)
            let isAddress =
                parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
                && !parts[1].hasPrefix(".") && !parts[1].hasSuffix(".")
            if !isAddress || (value.text ?? "").contains(" ") { return "Please enter a valid email address." }
        case "url_text_input":
            let text = value.text ?? ""
            if !(text.hasPrefix("https://") || text.hasPrefix("http://")) || text.contains(" ") {
                return "Please enter a valid URL."
            }
        default:
            if let most = element["max_selected_items"]?.integer ?? element["max_files"]?.integer,
                let count = value.elements?.count, count > most
            {
                return "Please choose no more than \(most)."
            }
        }
        return nil
    }

    private static func number(_ text: String, _ element: JSONValue) -> String? {
        guard let number = Double(text), number.isFinite else { return "Please enter a number." }
        if element["is_decimal_allowed"]?.flag != true, Int64(text) == nil { return "Please enter a whole number." }
        if let least = element["min_value"]?.text.flatMap(Double.init), number < least {
            return "Please enter a number of at least \(element["min_value"]?.text ?? "")."
        }
        if let most = element["max_value"]?.text.flatMap(Double.init), number > most {
            return "Please enter a number of at most \(element["max_value"]?.text ?? "")."
        }
        return nil
    }
}
