import Support

/// A name as Sym's clients write it: `acme:flow:prod_db:latest` (sym-api.md 9.3).
package struct SRN: Hashable, Sendable, CustomStringConvertible {
    package var organization: String
    /// `flow`, `access_target`, `run`.
    package var model: String
    /// What kind of the model: `http` of an `access_target`; absent where the model has but one.
    package var type: String?
    package var slug: String
    package var version: String
    package var identifier: String?

    package static let latest = "latest"
    static let partLengthMax = 255

    package init(
        _ organization: String, _ model: String, type: String? = nil, _ slug: String, version: String = SRN.latest,
        identifier: String? = nil
    ) {
        self.organization = organization
        self.model = model
        self.type = type
        self.slug = slug
        self.version = version
        self.identifier = identifier
    }

    /// Reads `ORG:MODEL:SLUG:VERSION`, with a type behind the model where `typed` says that there may be one, and with
    /// an identifier behind the version. `nil` for anything else.
    package init?(_ text: String, typed: Bool = false) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (4...6).contains(parts.count), parts.allSatisfy(SRN.isPart) else { return nil }
        let isTyped: Bool
        switch parts.count {
        case 4: isTyped = false
        case 6: isTyped = true
        // Five parts: a type, or an identifier. A version tells which.
        default: isTyped = typed && SRN.isVersion(parts[4]) && !SRN.isVersion(parts[3])
        }
        guard !isTyped || typed else { return nil }
        organization = parts[0]
        model = parts[1]
        type = isTyped ? parts[2] : nil
        let rest = parts.dropFirst(isTyped ? 3 : 2)
        slug = rest[rest.startIndex]
        version = rest[rest.startIndex + 1]
        identifier = rest.count > 2 ? rest[rest.startIndex + 2] : nil
        guard SRN.isVersion(version) else { return nil }
    }

    package var description: String {
        ([organization, model] + (type.map { [$0] } ?? []) + [slug, version] + (identifier.map { [$0] } ?? []))
            .joined(separator: ":")
    }

    private static func isPart(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= partLengthMax
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
                default: false
                }
            }
    }

    private static func isVersion(_ text: String) -> Bool {
        if text.lowercased() == latest { return true }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 3
            && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }
}
