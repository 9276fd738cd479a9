import FlowConfig
import Support

/// What must hold for a resource to be saved at all: that clients can read back what they sent (sym-api.md 9.2, 14.5).
/// Whether it can run is another question, asked when it is used.
struct EntityShape {
    private enum Rule {
        /// Text that must be there.
        case text
        case optionalText
        /// Letters, digits, dashes and underscores.
        case slug(max: Int)
        /// Python source in base64 that must be there.
        case source
        /// An object of texts; null stands for one that is not set.
        case texts
        case list(isRequired: Bool)
        case params
    }

    let kind: EntityKind
    private var details: [APIError.Detail] = []

    static let targetSlugMax = 55

    /// - Returns: the body as it is stored: `id` and what else is ours to say left out, the slug in lower case, the
    ///   provider's word for nothing as null.
    /// - Throws: an error that names every key that is wrong.
    static func checked(_ kind: EntityKind, _ body: JSONObject) throws(APIError) -> JSONObject {
        var shape = EntityShape(kind: kind)
        let stored = shape.stored(body)
        for (name, rule) in rules[kind] ?? [] { shape.check(name, rule, stored[name] ?? .null) }
        guard shape.details.isEmpty else {
            let words = shape.details.map { "\($0.field): \($0.message)" }
            throw APIError(
                status: 400, code: "Entity:INVALID",
                message: "This \(kind.resource) cannot be saved. " + words.joined(separator: " "),
                details: shape.details
            )
        }
        return stored
    }

    private init(kind: EntityKind) { self.kind = kind }

    private static let own = ["id", "srn"]
    private static let nothing: JSONValue = "<null>"

    private func stored(_ body: JSONObject) -> JSONObject {
        var body = body
        for name in Self.own { body[name] = nil }
        if kind.hasGivenSlug {
            if let slug = body["slug"]?.text { body["slug"] = .string(slug.lowercased()) }
        } else {
            body["slug"] = nil
        }
        if body["integration_id"] == Self.nothing { body["integration_id"] = .null }
        // The provider cannot read the null back that it sends (sym-api.md 14.3).
        if var params = body["params"]?.object, params["prompt_fields"] == .null {
            params["prompt_fields"] = []
            body["params"] = .object(params)
        }
        return body
    }

    private static let rules: [EntityKind: [(String, Rule)]] = [
        .flows: [
            ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText), ("implementation", .source),
            ("environment_id", .text), ("vars", .texts), ("params", .params),
        ],
        .targets: [
            ("type", .text), ("slug", .slug(max: targetSlugMax)), ("label", .optionalText),
            ("field_bindings", .list(isRequired: false)), ("settings", .texts),
        ],
        .strategies: [
            ("type", .text), ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText),
            ("integration_id", .optionalText), ("targets", .list(isRequired: true)), ("settings", .texts),
            ("implementation", .optionalText),
        ],
        .integrations: [
            ("type", .text), ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText),
            ("external_id", .text), ("settings", .texts),
        ],
        .secrets: [("path", .text), ("source_id", .text), ("label", .optionalText), ("settings", .texts)],
        .secretSources: [
            ("type", .text), ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText), ("settings", .texts),
        ],
        .logDestinations: [("type", .text), ("integration_id", .optionalText), ("settings", .texts)],
        .environments: [
            ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText), ("runtime_id", .optionalText),
            ("integrations", .texts), ("error_logger_id", .optionalText),
            ("log_destination_ids", .list(isRequired: false)),
        ],
        .runtimes: [
            ("slug", .slug(max: EntitySlug.lengthMax)), ("label", .optionalText), ("context_id", .optionalText),
        ],
        .errorLoggers: [("integration_id", .text), ("destination", .text)],
        .flowsFilter: [("implementation", .source), ("vars", .texts), ("integrations", .texts)],
    ]

    // MARK: Checking

    mutating func complain(_ field: String, _ message: String) {
        details.append(APIError.Detail(field: field, message: message))
    }

    private mutating func check(_ name: String, _ rule: Rule, _ value: JSONValue) {
        switch rule {
        case .text:
            if value.text?.isEmpty ?? true {
                complain(name, "Expected a text that is not empty, found \(found(value)).")
            }
        case .optionalText:
            if !value.isNull, value.text == nil { complain(name, "Expected a text, found \(value.kind).") }
        case .slug(let max): checkSlug(name, value, max)
        case .source:
            guard let text = value.text, WireText.decoded(text) != nil else {
                return complain(name, "Expected Python source as base64 of UTF-8 text, found \(found(value)).")
            }
        case .texts: checkTexts(name, value)
        case .list(let isRequired):
            if value.isNull, !isRequired { return }
            guard let elements = value.elements, elements.allSatisfy({ $0.text != nil }) else {
                return complain(name, "Expected an array of texts, found \(found(value)).")
            }
        case .params:
            if value.isNull { return }
            guard let params = value.object else { return complain(name, "Expected an object, found \(value.kind).") }
            checkParams(params)
        }
    }

    private mutating func checkSlug(_ name: String, _ value: JSONValue, _ max: Int) {
        guard let slug = value.text, !slug.isEmpty else {
            return complain(name, "Expected a name, found \(found(value)).")
        }
        let isSound = slug.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if !isSound { complain(name, "A name has letters, digits, dashes and underscores only.") }
        if slug.utf8.count > max { complain(name, "A name of this kind has at most \(max) characters.") }
    }

    private mutating func checkTexts(_ name: String, _ value: JSONValue) {
        if value.isNull { return }
        guard let object = value.object else {
            return complain(name, "Expected an object of texts, found \(value.kind).")
        }
        for (key, value) in object where value.text == nil && !value.isNull {
            complain("\(name).\(key)", "Expected a text, found \(value.kind).")
        }
    }

    /// Never the text itself: it may be a secret in the wrong place.
    private func found(_ value: JSONValue) -> String {
        switch value {
        case .null: "nothing"
        case .string(let text): text.isEmpty ? "an empty text" : "another text"
        case .array: "an array of something else"
        default: value.kind
        }
    }
}
