/// One thing that Slack would refuse in blocks or in a view, and where.
package struct BlockFinding: Hashable, Sendable {
    /// A JSON pointer (RFC 6901) from the root of the arguments, such as `/blocks/0/text/text`.
    package var pointer: String
    package var message: String

    package init(pointer: String, message: String) {
        self.pointer = pointer
        self.message = message
    }

    /// How Slack writes it in `response_metadata.messages`.
    package var line: String { "[ERROR] \(message) [json-pointer:\(pointer)]" }
}

/// Where blocks are shown.
package enum BlockSurface: String, Hashable, Sendable, CaseIterable {
    case message, modal, home

    /// How many blocks fit (slack.md 3.1).
    package var blocksMax: Int { self == .message ? 50 : 100 }
}
