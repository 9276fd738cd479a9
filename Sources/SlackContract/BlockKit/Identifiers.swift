import Crypto
import Support

/// Ids and values that people do not see and we compare later. They cannot be shortened like text: two of them could
/// become the same.
package enum OpaqueText {
    /// What is sent for `text`: itself where it fits, else its digest. Who compares later compares with this.
    package static func fitted(_ text: String, to limit: Int) -> String {
        let fits = !text.isEmpty && SlackText.length(text) <= limit
        return fits ? text : "sha256:" + SHA256.hex(text)
    }
}

/// Makes ids that stand twice unique, as Slack demands of the blocks of a view or message and of the actions of a block.
struct UniqueIDs {
    private var seen: Set<String> = []
    private static let mark: Character = "~"

    /// `id`, or `id~2`, `id~3`, … where it was given out before.
    mutating func unique(_ id: String) -> String {
        let fitted = OpaqueText.fitted(id, to: Limits.identifier - 8)
        var candidate = fitted
        var number = 2
        while !seen.insert(candidate).inserted {
            candidate = "\(fitted)\(Self.mark)\(number)"
            number += 1
        }
        return candidate
    }

    /// The id before it was made unique.
    static func original(of id: String) -> String {
        guard let mark = id.lastIndex(of: Self.mark), let number = Int(id[id.index(after: mark)...]), number >= 2
        else { return id }
        return String(id[..<mark])
    }
}
