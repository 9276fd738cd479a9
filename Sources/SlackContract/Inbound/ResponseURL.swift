import Support

/// Where to answer one payload, five times within thirty minutes. Whoever knows it can post: it is never logged
/// (slack.md 1.11).
package struct ResponseURL: Hashable, Sendable, CustomStringConvertible {
    private let url: Secret
    /// `https://host` or `http://host:port`, lower case; `nil` when the URL is not one that we would ever send to.
    private let origin: String?

    package static let usesMax = 5
    package static let lifetime = Duration.minutes(30)
    /// Slack and Slack for government.
    package static let slackHosts: Set<String> = ["hooks.slack.com", "hooks.slack-gov.com"]

    package init(_ text: String) {
        url = Secret(text)
        origin = Self.origin(of: text)
    }

    /// Whether we may send there: everything else could be a request forged through us.
    /// - Parameter hosts: host names, reached over https on its own port; or whole origins, such as
    ///   `http://127.0.0.1:8080` for an emulator.
    package func isAllowed(hosts: Set<String>) -> Bool {
        guard let origin else { return false }
        return hosts.contains { host in
            let wanted = host.lowercased()
            return origin == (wanted.utf8.contains(UInt8(ascii: "/")) ? wanted : "https://" + wanted)
        }
    }

    /// Lends the URL to whoever sends the answer.
    package func reveal<R>(_ body: (String) throws -> R) rethrows -> R { try url.reveal(body) }

    package var description: String { "<response url>" }

    /// Anything unusual (user names, back-slashes, spaces, other schemes) makes this no URL, so that no other parser
    /// can read a different host out of it.
    private static func origin(of text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else { return nil }
        let lowered = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix) else { return nil }
        let authority = lowered.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, authority.utf8.allSatisfy(isAuthorityByte) else { return nil }
        return scheme + authority
    }

    private static func isAuthorityByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
