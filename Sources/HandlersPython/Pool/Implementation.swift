import Crypto

/// Python source that belongs to one flow. What runs in one process has the same `key`: the same source of the same
/// flow, so that two flows with one file share no memory, and a run keeps the code it was requested under.
package struct Implementation: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Hooks, reducers and prefetch; also a flows filter.
        case implementation
        /// One subclass of `AccessStrategy`.
        case strategy
        case onChange = "on_change"
    }

    package let flow: String
    package let kind: Kind
    package let source: String
    /// For tracebacks.
    package let fileName: String
    /// SHA-256 of the source.
    package let hash: String

    package init(flow: String, kind: Kind = .implementation, source: String, fileName: String = "impl.py") {
        self.flow = flow
        self.kind = kind
        self.source = source
        self.fileName = fileName
        hash = SHA256.hex(source)
    }

    struct Key: Hashable, Sendable {
        var flow: String
        var kind: Kind
        var hash: String
    }

    var key: Key { Key(flow: flow, kind: kind, hash: hash) }

    package static func == (left: Self, right: Self) -> Bool { left.key == right.key }
    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
