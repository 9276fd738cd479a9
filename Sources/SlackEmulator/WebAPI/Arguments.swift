import HTTPModel
import Support

/// The arguments of one call. In a form every value is text, nested ones are JSON in text; in a JSON body they are what
/// they are. Mixing the two up is refused as Slack refuses it (slack.md 2.1).
struct Arguments: Sendable {
    var values: JSONObject
    var isJSON: Bool

    subscript(name: String) -> JSONValue? {
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }

    /// A text; numbers and flags of a JSON body count as their text.
    func text(_ name: String) -> String? {
        switch self[name] {
        case .string(let text): text.isEmpty ? nil : text
        case .int(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }

    func flag(_ name: String, default usual: Bool = false) -> Bool {
        switch self[name] {
        case .bool(let flag): flag
        case .string(let text): ["1", "true", "True"].contains(text)
        case .int(let number): number != 0
        default: usual
        }
    }

    /// Ids written as a comma list, or in JSON as an array.
    func list(_ name: String) -> [String] {
        if let elements = self[name]?.elements { return elements.compactMap(\.text) }
        return (text(name) ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    /// A nested value: `nil` where it is absent.
    func nested(_ name: String, refusing error: String) throws(SlackRefusal) -> JSONValue? {
        guard let value = self[name] else { return nil }
        if isJSON {
            guard value.text == nil else { throw SlackRefusal(error) }
            return value
        }
        guard let text = value.text else { throw SlackRefusal(error) }
        if text.isEmpty { return nil }
        guard let parsed = try? JSONValue(parsing: text), parsed.text == nil else { throw SlackRefusal(error) }
        return parsed
    }

    /// For the log: nested JSON shown as such.
    var legible: JSONObject {
        JSONObject(
            values.map { name, value in
                guard !isJSON, let text = value.text, text.hasPrefix("{") || text.hasPrefix("["),
                    let parsed = try? JSONValue(parsing: text)
                else { return (name, value) }
                return (name, parsed)
            })
    }
}

extension Arguments {
    /// What `request` carries for a method. `takesJSON` is whether that method reads JSON bodies.
    init(_ request: HTTPRequest, takesJSON: Bool) throws(SlackRefusal) {
        if request.method == "GET" {
            try self.init(form: Array(request.query.utf8))
            return
        }
        switch request.mediaType {
        case "application/json":
            // Slack's Python SDK says JSON and sends nothing where there are no arguments.
            if request.body.isEmpty {
                self.init(values: [:], isJSON: true)
                return
            }
            let document: JSONValue
            do { document = try JSONValue(parsing: request.body) } catch { throw SlackRefusal("invalid_json") }
            guard case .object(let object) = document else { throw SlackRefusal("json_not_object") }
            // A method that takes forms only does not read a JSON body at all.
            self.init(values: takesJSON ? object : [:], isJSON: true)
        case "application/x-www-form-urlencoded":
            try self.init(form: request.body)
        case nil:
            guard request.body.isEmpty else { throw SlackRefusal("missing_post_type") }
            self.init(values: [:], isJSON: false)
        default: throw SlackRefusal("invalid_post_type")
        }
    }

    private init(form bytes: [UInt8]) throws(SlackRefusal) {
        guard let fields = FormURLEncoded.decode(bytes) else { throw SlackRefusal("invalid_form_data") }
        var values = JSONObject()
        for field in fields { values[field.name] = .string(field.value) }
        self.init(values: values, isJSON: false)
    }
}
