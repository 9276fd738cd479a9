import Support

/// Where the API is (`SYM_API_URL`): an http or https address without query and fragment (sym-api.md 1).
package struct APIAddress: Hashable, Sendable {
    /// Without a `/` at its end.
    package let base: String

    /// `nil` where the text is not such an address.
    package init?(_ text: String) {
        var text = text.trimmed
        while text.hasSuffix("/") { text.removeLast() }
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }),
            text.utf8.count > scheme.utf8.count, !text.contains("?"), !text.contains("#"), !text.contains(" "),
            text.utf8.dropFirst(scheme.utf8.count).first != UInt8(ascii: "/")
        else { return nil }
        base = text
    }

    /// Scheme, host and port.
    package var origin: String {
        guard let scheme = base.firstRange(of: "://"), let slash = base[scheme.upperBound...].firstIndex(of: "/") else {
            return base
        }
        return String(base[..<slash])
    }

    package func url(_ path: String) -> String { base + "/" + path }
}
