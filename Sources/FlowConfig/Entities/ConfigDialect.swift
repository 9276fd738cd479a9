import FoundationEssentials
import Support

/// The two ways in which one vocabulary is written.
enum ConfigDialect: Sendable {
    /// A configuration folder: references by name, files by path (decisions.md 10).
    case folder
    /// The API: references by id under keys with `_id` behind them, files by content (sym-api.md 9).
    case wire

    /// The key that refers to one thing.
    func reference(_ name: String) -> String { self == .wire ? name + "_id" : name }
    /// The key that refers to several.
    func references(_ name: String) -> String { self == .wire ? name + "_ids" : name + "s" }

    /// What a reference to something must be, for messages.
    func way(to what: String) -> String { (self == .wire ? "the id of " : "the name of ") + what }

    /// What stands for nothing on the wire: the provider's literal, and Go's empty text.
    func isNothing(_ value: JSONValue) -> Bool { self == .wire && (value == "" || value == "<null>") }

    /// The name that handlers know an environment's integration by (sym-terraform.md 2).
    func integrationName(_ key: String) -> String {
        self == .wire && key.hasSuffix("_id") ? String(key.dropLast(3)) : key
    }
}

/// Python source as it travels.
package enum WireText {
    /// The text in standard padded base64 of UTF-8; `nil` for anything else.
    package static func decoded(_ text: String) -> String? {
        guard let data = Data(base64Encoded: text) else { return nil }
        return String(validating: data, as: UTF8.self)
    }

    package static func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
