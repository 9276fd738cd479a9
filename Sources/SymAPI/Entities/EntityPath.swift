import FlowConfig

extension EntityKind {
    /// The kind that a segment of a path names. On newer Pythons the CLI writes its own word for a kind into the path
    /// (sym-api.md 9.3).
    init?(segment: String) {
        if let kind = EntityKind(rawValue: segment) {
            self = kind
            return
        }
        guard segment.hasPrefix(Self.enumeration) else { return nil }
        let word = segment.dropFirst(Self.enumeration.count).lowercased()
        guard let kind = EntityKind.allCases.first(where: { $0.resource == word }) else { return nil }
        self = kind
    }

    private static let enumeration = "ResourceType."
}
