/// The kinds of ids that Slack gives (slack.md 1.7).
enum SlackIDKind {
    case workspace, user, group, channel

    func matches(_ text: String) -> Bool {
        guard let first = text.first, letters.contains(first), text.utf8.count >= 3 else { return false }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: false
            }
        }
    }

    var expected: String {
        switch self {
        case .workspace: "the id of a Slack workspace, \"T…\""
        case .user: "the id of a Slack user, \"U…\""
        case .group: "the id of a Slack user group, \"S…\""
        case .channel: "the id of a Slack channel, \"C…\""
        }
    }

    private var letters: String {
        switch self {
        case .workspace: "TE"
        case .user: "UW"
        case .group: "S"
        case .channel: "CG"
        }
    }
}

/// Shapes of text that configuration may hold.
enum ConfigPatterns {
    /// Somebody, at some domain with a dot or without: enough to catch a name in the wrong place.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(where: \.isWhitespace)
            && text.utf8.count <= 254
    }

    /// A domain of e-mail addresses.
    static func isDomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.unicodeScalars.allSatisfy { $0 == "-" || $0.properties.isAlphabetic || isDigit($0) }
        } && text.contains(".")
    }

    static func isVariableName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, !isDigit(first) else { return false }
        return text.unicodeScalars.allSatisfy { $0.isASCII && ($0 == "_" || $0.properties.isAlphabetic || isDigit($0)) }
    }

    /// An absolute address that the `http` strategy can call.
    static func isWebAddress(_ text: String) -> Bool {
        let rest: Substring
        if text.hasPrefix("https://") {
            rest = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            rest = text.dropFirst(7)
        } else {
            return false
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A name and password in front of the host would end up in logs.
        return !host.isEmpty && !host.hasPrefix(":") && !host.contains("@")
            && !text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7f }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar >= "0" && scalar <= "9" }
}
