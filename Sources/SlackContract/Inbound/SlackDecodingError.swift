package import Support

/// Why a body is none of Slack's shapes: answered 400. It tells what was wrong without quoting the body.
package enum SlackDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Neither JSON nor a form.
    case unsupportedMediaType
    /// A form whose names or values are not UTF-8, or with too many fields.
    case malformedForm
    case malformedJSON(JSONSyntaxError)
    /// A form with neither `ssl_check`, `payload` nor `command`.
    case unrecognisedForm
    /// Something that every payload of its kind has is missing, or is of another JSON type.
    case unexpected(path: String, expected: String, found: String)

    package var description: String {
        switch self {
        case .unsupportedMediaType: "the body is neither JSON nor a form"
        case .malformedForm: "the form cannot be decoded"
        case .malformedJSON(let error): "the JSON is malformed: line \(error.line), column \(error.column)"
        case .unrecognisedForm: "the form has neither a command nor a payload"
        case .unexpected(let path, let expected, let found): "\(path): expected \(expected), found \(found)"
        }
    }
}

extension JSONValue {
    /// The text of a member. Absent, `null`, empty and not text are all the same: Slack uses each for "none".
    func string(_ name: String) -> String? {
        guard let text = self[name]?.text, !text.isEmpty else { return nil }
        return text
    }

    /// A member that is there and not `null`. (`nil` alone would mean `null` here: this type takes it as a literal.)
    func present(_ name: String) -> JSONValue? {
        guard let value = self[name], !value.isNull else { return .none }
        return value
    }

    /// A boolean member; Slack also sends the texts `true` and `false` (slack.md 1.4).
    func boolean(_ name: String) -> Bool {
        switch self[name] {
        case .bool(let flag): flag
        case .string(let text): text == "true"
        default: false
        }
    }

    /// The texts of an array member; what is no text is passed over.
    func strings(_ name: String) -> [String] { self[name]?.elements?.compactMap(\.text) ?? [] }

    /// A text member that every payload of its kind has.
    func required(_ name: String, of owner: String) throws(SlackDecodingError) -> String {
        guard let text = string(name) else {
            throw .unexpected(path: "\(owner).\(name)", expected: "text", found: self[name]?.foundText ?? "nothing")
        }
        return text
    }

    /// An object member that every payload of its kind has.
    func requiredObject(_ name: String, of owner: String) throws(SlackDecodingError) -> JSONValue {
        guard let value = self[name], value.object != nil else {
            throw .unexpected(path: "\(owner).\(name)", expected: "an object", found: self[name]?.kind ?? "nothing")
        }
        return value
    }

    private var foundText: String { self == "" ? "an empty string" : kind }
}
