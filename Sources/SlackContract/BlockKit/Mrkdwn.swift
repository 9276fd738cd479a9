package import Support

/// Slack's markup. What we write in a literal is markup; what is interpolated is text and gets escaped
/// (slack.md 3.6):
///
///     let line: Mrkdwn = "\(user: requester) asks for *\(target)*: \(plain: reason)"
package struct Mrkdwn: Hashable, Sendable, ExpressibleByStringInterpolation {
    package private(set) var markup: String

    /// Markup that an administrator wrote, such as `additional_header_text`. Never for what people type.
    package init(trusted markup: String) { self.markup = markup }

    package init(stringLiteral markup: String) { self.markup = markup }
    package init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

    /// Text, shown as it is (a literal in the parentheses is still markup), except that `*`, `_`, `~` and backticks may format it. See `init(plain:)`.
    package init(_ text: String) { markup = SlackText.escaped(text) }

    /// Text, shown exactly as typed.
    package init(plain text: String) { markup = Self.neutralised(text) }

    package static let empty: Mrkdwn = ""
    package var isBlank: Bool { SlackText.isBlank(markup) }

    package static func + (left: Mrkdwn, right: Mrkdwn) -> Mrkdwn { Mrkdwn(trusted: left.markup + right.markup) }
    package static func += (left: inout Mrkdwn, right: Mrkdwn) { left.markup += right.markup }

    /// At most `limit` long, cut where nothing breaks.
    package func shortened(to limit: Int) -> Mrkdwn { Mrkdwn(trusted: SlackText.shortened(markup, to: limit)) }

    /// With a bar at the left of every line.
    package var quoted: Mrkdwn {
        Mrkdwn(
            trusted: markup.split(separator: "\n", omittingEmptySubsequences: false).map { ">" + $0 }.joined(
                separator: "\n"))
    }

    /// The text that Slack's echo of a text stands for.
    package static func unescaped(_ text: String) -> String { SlackText.unescaped(text) }

    func fitted(to limit: Int) -> String {
        SlackText.shortened(isBlank ? SlackText.placeholder : markup, to: limit)
    }
}

extension Sequence where Element == Mrkdwn {
    package func joined(separator: Mrkdwn = .empty) -> Mrkdwn {
        var joined = Mrkdwn.empty
        for (index, part) in enumerated() {
            if index > 0 { joined += separator }
            joined += part
        }
        return joined
    }
}

// MARK: Interpolation

extension Mrkdwn {
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var markup = ""

        package init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity * 2) }

        package mutating func appendLiteral(_ literal: String) { markup += literal }

        /// Escaped: `&`, `<` and `>` mean nothing in it.
        package mutating func appendInterpolation(_ text: String) { markup += SlackText.escaped(text) }
        package mutating func appendInterpolation(_ text: Substring) { markup += SlackText.escaped(String(text)) }
        package mutating func appendInterpolation(_ number: some BinaryInteger) { markup += String(number) }

        /// Shown exactly as typed: nothing in it formats, mentions, links or becomes an emoji.
        package mutating func appendInterpolation(plain text: String) { markup += Mrkdwn(plain: text).markup }

        /// Markup that is ready.
        package mutating func appendInterpolation(raw part: Mrkdwn) { markup += part.markup }

        /// A mention, which notifies the person where the message reaches them.
        package mutating func appendInterpolation(user id: String) { appendToken("@", id) }
        package mutating func appendInterpolation(channel id: String) { appendToken("#", id) }
        package mutating func appendInterpolation(usergroup id: String) { appendToken("!subteam^", id) }

        /// A link that says `label`. What is no web or mail address shows the label only.
        package mutating func appendInterpolation(link url: String, label: String) {
            markup += Mrkdwn.link(to: url, label: label)
        }

        /// A moment in the reader's own time zone; in UTC where Slack cannot tell it.
        package mutating func appendInterpolation(date: Timestamp, _ style: DateStyle = .dateAndTime) {
            markup += "<!date^\(date.seconds)^\(style.rawValue)|\(Mrkdwn.utc(date, style))>"
        }

        /// A code span. Backticks would end it, so they become a look-alike.
        package mutating func appendInterpolation(code text: String) {
            let oneLine =
                text.utf8.allSatisfy(Mrkdwn.isPrintable)
                ? text : text.split(whereSeparator: \.isNewline).joined(separator: " ")
            guard !SlackText.isBlank(oneLine) else { return }
            markup += "`" + SlackText.escaped(Mrkdwn.withoutBackticks(oneLine)) + "`"
        }

        /// A block of code, with its lines.
        package mutating func appendInterpolation(codeBlock text: String) {
            guard !SlackText.isBlank(text) else { return }
            markup += "```\n" + SlackText.escaped(Mrkdwn.withoutBackticks(text)) + "\n```"
        }

        private mutating func appendToken(_ kind: String, _ id: String) {
            let isID =
                !id.isEmpty
                && id.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
            // An id comes from Slack or the configuration; one that could leave its token is shown as text.
            markup += isID ? "<\(kind)\(id)>" : Mrkdwn(plain: id).markup
        }
    }

    /// What a date shows, in the tokens of slack.md 3.6.
    package enum DateStyle: String, Sendable, CaseIterable {
        /// "today at 9:41", "Nov 21st at 9:41".
        case dateAndTime = "{date_short_pretty} at {time}"
        case date = "{date_short_pretty}"
        case time = "{time}"
        /// "in 3 hours".
        case relative = "{ago}"
    }
}

// MARK: Pieces of markup

extension Mrkdwn {
    /// Joins words without a break, shows nothing, and is no space: a sign behind it cannot open a format, since
    /// formats open at the beginning of a word only.
    private static let wordJoiner: Unicode.Scalar = "\u{2060}"
    /// A space without width: a sign in front of it cannot open a format either, since formats do not open in front
    /// of a space. Both are used because Slack does not say which characters it takes for spaces.
    private static let zeroWidthSpace: Unicode.Scalar = "\u{200b}"

    /// slack.md 3.6: mrkdwn has no escape for its signs, so they are kept apart from what they would format by
    /// characters that do not show. Backticks format whatever stands around them, so they become a look-alike.
    private static func neutralised(_ text: String) -> String {
        guard !text.utf8.allSatisfy(isPlain) else { return text }
        var result = String.UnicodeScalarView()
        var isAtLineStart = true
        let scalars = Array(withoutBackticks(text).unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "*", "_", "~":
                result.append(wordJoiner)
                result.append(scalar)
                result.append(zeroWidthSpace)
            case ":" where beginsEmoji(scalars[index...]):
                result.append(scalar)
                result.append(zeroWidthSpace)
            case ">" where isAtLineStart:
                // Slack reads `&gt;` at the start of a line as a quotation, escaped or not.
                result.append(zeroWidthSpace)
                result.append(contentsOf: "&gt;".unicodeScalars)
            default: result.append(contentsOf: SlackText.escaped(String(scalar)).unicodeScalars)
            }
            isAtLineStart = scalar == "\n" || isAtLineStart && scalar.properties.isWhitespace
        }
        return String(result)
    }

    /// Signs of ASCII that mean nothing in markup, wherever they stand.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: false
        }
    }

    /// Whether `:name:` stands here.
    private static func beginsEmoji(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        let rest = scalars.dropFirst()
        let name = rest.prefix {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "_+-'".unicodeScalars.contains($0)
        }
        return !name.isEmpty && rest.dropFirst(name.count).first == ":"
    }

    /// A sign or a space of ASCII; no line end.
    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20..<0x7f).contains(byte) }

    private static func withoutBackticks(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "`")) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == "`" ? "\u{2cb}" : scalar) }
        return String(result)
    }

    private static let linkSchemes = ["https://", "http://", "mailto:"]
    /// Beyond this Slack refuses the URL of a button; a link is no longer.
    private static let urlMax = Limits.url

    private static func link(to url: String, label: String) -> String {
        var target = ""
        for scalar in url.trimmed.unicodeScalars {
            switch scalar {
            case "&": target += "&amp;"
            case "<", ">", "|", " ": target += FormURLEncoded.percentEncoded(String(scalar))
            case _ where scalar.value <= 0x20 || scalar.value == 0x7f:
                target += FormURLEncoded.percentEncoded(String(scalar))
            default: target.unicodeScalars.append(scalar)
            }
        }
        let oneLine = label.split(whereSeparator: \.isNewline).joined(separator: " ")
        let words = neutralised(String(String.UnicodeScalarView(oneLine.unicodeScalars.map { $0 == "|" ? "¦" : $0 })))
        let lowered = target.lowercased()
        guard linkSchemes.contains(where: lowered.hasPrefix), SlackText.length(target) <= urlMax else { return words }
        return SlackText.isBlank(words) ? "<\(target)>" : "<\(target)|\(SlackText.shortened(words, to: labelMax))>"
    }

    /// Longer labels are cut: a link that does not fit into its block would be dropped as a whole.
    private static let labelMax = 300

    private static func utc(_ time: Timestamp, _ style: DateStyle) -> String {
        let text = Array(time.description)
        let date = String(text.prefix { $0 != "T" })
        let clock = String(text.dropFirst(date.count + 1).prefix(5))
        return switch style {
        case .dateAndTime, .relative: "\(date) \(clock) UTC"
        case .date: date
        case .time: "\(clock) UTC"
        }
    }
}
