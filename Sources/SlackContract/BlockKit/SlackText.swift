import Support

/// Escaping and shortening: every text that leaves in a block goes through here.
package enum SlackText {
    /// Stands where Slack wants text and there is none.
    package static let placeholder = "–"
    package static let ellipsis = "…"

    /// How long Slack finds a text. It says "characters" without saying which; UTF-16 units are never fewer than
    /// Unicode scalars, so what fits by this measure fits by both (slack.md 3.1).
    package static func length(_ text: String) -> Int { text.utf16.count }

    /// Escapes what Slack takes for control characters (slack.md 3.6), and leaves out what would break the display:
    /// control characters, and direction overrides, with which one text can disguise the text behind it.
    package static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: mayNeedEscape) else { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            default: if !isUnfitForDisplay(scalar) { escaped.append(scalar) }
            }
        }
        return String(escaped)
    }

    /// Everything but the signs of ASCII that Slack shows as they are.
    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), 0..<0x20, 0x7f...: true
        default: false
        }
    }

    /// The text that Slack's echo of a text stands for.
    package static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var plain = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            if first == "&", let entity = entities.first(where: { rest.starts(with: $0.markup) }) {
                plain.append(entity.meaning)
                rest = rest.dropFirst(entity.markup.count)
            } else {
                plain.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(plain)
    }

    /// Cuts a text to `limit`, with an ellipsis where something was cut.
    ///
    /// Never cuts within an entity, a `<…>` token or what a reader sees as one character; a code span or block that is
    /// open at the cut is closed, since otherwise its content would become markup. A single character with more marks
    /// on it than anyone can read is the exception: it may lose some.
    package static func shortened(_ markup: String, to limit: Int) -> String {
        guard length(markup) > limit else { return markup }
        var length = 0
        var open = ""
        /// The last place at which ellipsis and closer still fit, and what is open there.
        var cut = (end: markup.startIndex, closer: "")
        for unit in Units(of: markup) {
            length += unit.utf16.count
            guard length < limit else { break }
            if unit == "```" || unit == "`" { open = open.isEmpty ? String(unit) : unit == open ? "" : open }
            if length + ellipsis.utf16.count + open.utf16.count <= limit { cut = (unit.endIndex, open) }
        }
        return markup[..<cut.end] + ellipsis + cut.closer
    }

    /// Escaped text of at most `limit`, never empty.
    static func fitted(_ text: String, to limit: Int, orElse placeholder: String = placeholder) -> String {
        let escaped = escaped(text)
        return shortened(isBlank(escaped) ? placeholder : escaped, to: limit)
    }

    /// Cuts text that is no markup: what a person finds in an input.
    static func cut(_ text: String, to limit: Int) -> String {
        guard length(text) > limit else { return text }
        var kept = ""
        var keptLength = 0
        for character in text {
            let characterLength = character.utf16.count
            guard keptLength + characterLength <= limit else { break }
            kept.append(character)
            keptLength += characterLength
        }
        return kept
    }

    /// Whether nothing in it can be seen.
    static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    fileprivate static let entities: [(markup: String.UnicodeScalarView, meaning: Unicode.Scalar)] = [
        ("&amp;".unicodeScalars, "&"), ("&lt;".unicodeScalars, "<"), ("&gt;".unicodeScalars, ">"),
    ]

    private static func isUnfitForDisplay(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a: false
        case 0..<0x20, 0x7f..<0xa0: true
        case 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}

/// The pieces of a markup text that must stay whole.
private struct Units: Sequence, IteratorProtocol {
    private let text: String
    private var index: String.Index
    /// The end of the character that `index` stands in: what a reader sees as one may have several pieces.
    private var characterEnd: String.Index
    /// Whether that character is cut between its marks.
    private var isCrowded = false

    /// A character of more scalars than this is crowded; the longest emoji have about ten.
    private static let characterScalarsMax = 32

    init(of text: String) {
        self.text = text
        index = text.startIndex
        characterEnd = text.startIndex
    }

    mutating func next() -> Substring? {
        guard index < text.endIndex else { return nil }
        let start = index
        let scalars = text.unicodeScalars
        let rest = scalars[start...]
        switch rest.first {
        case "&":
            let entity = SlackText.entities.first { rest.starts(with: $0.markup) }
            index = scalars.index(start, offsetBy: entity?.markup.count ?? 1)
        case "<":
            index = tokenEnd(in: rest) ?? scalars.index(after: start)
        case "`":
            index = scalars.index(start, offsetBy: rest.starts(with: "```".unicodeScalars) ? 3 : 1)
        default:
            if start >= characterEnd {
                // Looked up once for each character: it would take long for one with thousands of marks.
                characterEnd = text.index(after: start)
                isCrowded = scalars[start..<characterEnd].dropFirst(Self.characterScalarsMax).first != nil
            }
            index = scalars.index(after: start)
            while !isCrowded, index < characterEnd, !"&<`".unicodeScalars.contains(scalars[index]) {
                index = scalars.index(after: index)
            }
        }
        return text[start..<index]
    }

    private func tokenEnd(in rest: Substring.UnicodeScalarView) -> String.Index? {
        guard let end = rest.dropFirst().firstIndex(where: { $0 == ">" || $0 == "<" || $0 == "\n" }), rest[end] == ">"
        else { return nil }
        return rest.index(after: end)
    }
}
