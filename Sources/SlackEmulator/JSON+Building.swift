import Support

extension JSONValue {
    /// The text, or `null` without one.
    static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    static func strings(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map(JSONValue.string)) }

    /// This object with one member set, or removed by `nil`. Anything but an object stays as it is.
    func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(var object) = self else { return self }
        object[name] = value
        return .object(object)
    }

    /// Whether any text in this document holds `part`: for waiting until a card says something.
    func contains(text part: String) -> Bool {
        switch self {
        case .string(let text): text.contains(part)
        case .array(let elements): elements.contains { $0.contains(text: part) }
        case .object(let object): object.contains { $0.value.contains(text: part) }
        case .null, .bool, .int, .double: false
        }
    }
}

extension JSONObject {
    static let ok: JSONObject = ["ok": true]

    /// These members and then those of `other`, which win.
    func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other { merged[name] = value }
        return merged
    }
}
