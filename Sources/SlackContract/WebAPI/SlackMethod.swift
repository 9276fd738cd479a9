package import Support

/// One call of the Web API: its name, its arguments, and what its answer means (slack.md 2.2).
package protocol SlackMethod: Sendable {
    associatedtype Reply: Sendable

    static var name: String { get }
    static var encoding: SlackEncoding { get }
    /// Without the token. Hold no member that is `null`.
    var arguments: JSONObject { get }
    /// Where the rate limit counts per channel: the channel (slack.md 2.1). `nil` counts per method and workspace.
    var rateChannel: String? { get }
    /// Sent by HTTP Basic instead of a token; for `oauth.v2.access`.
    var basicCredentials: BasicCredentials? { get }

    /// Reads the body of an answer that is `ok`.
    static func reply(from body: JSONValue) throws(SlackDecodingError) -> Reply
}

extension SlackMethod {
    package var rateChannel: String? { nil }
    package var basicCredentials: BasicCredentials? { nil }

    package var contentType: String {
        switch Self.encoding {
        case .json: "application/json; charset=utf-8"
        case .form: "application/x-www-form-urlencoded"
        }
    }

    /// The request body. In forms, nested values are JSON text within their field (slack.md 2.1).
    package var body: [UInt8] {
        switch Self.encoding {
        case .json: JSONValue.object(arguments).bytes
        case .form:
            Array(
                FormURLEncoded.encode(arguments.members.map { ($0.name, $0.value.text ?? $0.value.compact) }).utf8
            )
        }
    }
}

package enum SlackEncoding: Hashable, Sendable {
    case json
    case form
}

package struct BasicCredentials: Hashable, Sendable {
    package var user: String
    package var password: Secret

    package init(user: String, password: Secret) {
        self.user = user
        self.password = password
    }
}

/// For methods whose answer says no more than that it is done.
package struct SlackDone: Hashable, Sendable {
    package init() {}
}

extension JSONObject {
    /// Adds a member unless there is nothing to say.
    mutating func add(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { self[name] = .string(text) }
    }

    mutating func add(_ name: String, _ number: Int?) {
        if let number { self[name] = .int(Int64(number)) }
    }

    /// Adds `cursor` and `limit` of a page.
    mutating func addPage(cursor: String?, limit: Int) {
        add("cursor", cursor)
        add("limit", limit)
    }
}

/// How many items a page asks for: 100 to 200 is what Slack advises.
package enum SlackPaging {
    package static let limit = 200
}
