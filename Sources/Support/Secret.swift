/// Text that must not be seen: it prints as `<secret>`, is not encodable, and is lent only where it is used.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) { self.value = value }

    package var isEmpty: Bool { value.isEmpty }

    /// Lends the text. What `body` returns must not carry it further than it has to go.
    package func reveal<R>(_ body: (String) throws -> R) rethrows -> R { try body(value) }

    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
