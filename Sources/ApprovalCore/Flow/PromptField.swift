package import Support

/// One field of a flow's form (sym-terraform.md 3.1).
package struct PromptField: Hashable, Codable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        case string, int, bool, duration
        case slackUser = "slack_user"
        case slackUserList = "slack_user_list"
        case stringList = "str_list"
        case intList = "int_list"
    }

    package var name: String
    package var kind: Kind
    package var label: String
    /// Enforced only while visible.
    package var isRequired: Bool
    package var defaultValue: FieldValue?
    package var isVisible: Bool
    /// Makes it a menu; in the order in which they are shown. Empty means anything goes.
    package var allowedValues: [FieldValue]
    /// Options come from the flow's handler while the form is open.
    package var isPrefetched: Bool
    /// Python source of `on_change_<name>`.
    package var onChange: String?

    package init(
        name: String, kind: Kind, label: String? = nil, isRequired: Bool = true, defaultValue: FieldValue? = nil,
        isVisible: Bool = true, allowedValues: [FieldValue] = [], isPrefetched: Bool = false, onChange: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.label = label ?? name
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.isVisible = isVisible
        self.allowedValues = allowedValues
        self.isPrefetched = isPrefetched
        self.onChange = onChange
    }

    /// The name of the field that says how long access lasts.
    package static let durationName = "duration"
    /// The name of the field that customises the target menu.
    package static let targetName = "target_id"
}

/// What a person entered in a field.
package enum FieldValue: Hashable, Codable, Sendable {
    case string(String)
    case int(Int64)
    case bool(Bool)
    /// Whole seconds.
    case duration(Int64)
    case user(Account)
    case users([Account])
    case strings([String])
    case ints([Int64])

    /// As the API and Python see it, and as the job hash takes it.
    package var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .int(let number), .duration(let number): .int(number)
        case .bool(let flag): .bool(flag)
        case .user(let account): .string(account.description)
        case .users(let accounts): .array(accounts.map { .string($0.description) })
        case .strings(let texts): .array(texts.map(JSONValue.string))
        case .ints(let numbers): .array(numbers.map(JSONValue.int))
        }
    }

    /// As a target's setting, which is always text.
    package var settingText: String {
        switch self {
        case .string(let text): text
        case .int(let number), .duration(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .user(let account): account.user
        case .users(let accounts): accounts.map(\.user).joined(separator: ",")
        case .strings(let texts): texts.joined(separator: ",")
        case .ints(let numbers): numbers.map(String.init).joined(separator: ",")
        }
    }
}
