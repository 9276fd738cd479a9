/// A Swift file taken apart just far enough to ask what its code says, apart from its comments and strings.
struct SourceText: Sendable {
    struct Token: Equatable, Sendable {
        var text: String
        var line: Int
        /// Whether white space or a comment stands before it.
        var isApart: Bool
    }

    /// From the top of the repository, as messages name it: `Sources/Support/Hex.swift`.
    let path: String
    let lineCount: Int
    /// Identifiers, numbers and single punctuation marks; string literals are left out, their interpolations are not.
    let tokens: [Token]
    /// What comments say, by line, counted from 1.
    let comments: [Int: String]

    init(path: String, text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.run()
        self.path = path
        tokens = scanner.tokens
        comments = scanner.comments
        lineCount = scanner.line - (text.utf8.last == UInt8(ascii: "\n") ? 1 : 0)
    }

    /// The target the file belongs to: `Support` of `Sources/Support/Hex.swift`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// The lines on which `pattern` stands, itself Swift code such as `Task.detached`. Spacing is of no account, except
    /// before `!`, where it tells `try!` from `try !ready`.
    func lines(with pattern: String) -> [Int] {
        let wanted = SourceText(path: "", text: pattern).tokens
        guard let first = wanted.first, tokens.count >= wanted.count else { return [] }
        let isKeyword = wanted.count == 1
        return (0...(tokens.count - wanted.count)).compactMap { start in
            guard tokens[start].text == first.text else { return nil }
            // `.public` is a case of somebody's enumeration.
            if isKeyword, start > 0, tokens[start - 1].text == "." { return nil }
            for (token, expected) in zip(tokens[start...], wanted) {
                guard token.text == expected.text else { return nil }
                if token.text == "!", token.isApart != expected.isApart { return nil }
            }
            return tokens[start].line
        }
    }

    /// What the file imports, with the lines on which it does.
    var imports: [(module: String, line: Int)] {
        tokens.indices.compactMap { index in
            guard tokens[index].text == "import", index + 1 < tokens.count else { return nil }
            var next = index + 1
            // `import struct Module.Type` imports the module, too.
            let kinds = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor"]
            if kinds.contains(tokens[next].text), next + 1 < tokens.count { next += 1 }
            return (tokens[next].text, tokens[index].line)
        }
    }
}

private struct Scanner {
    private enum Context {
        /// Code inside the parentheses of an interpolation, so many deep; the file itself is never left.
        case code(depth: Int)
        case string(hashes: Int, quotes: Int)
    }

    let bytes: [UInt8]
    private var position = 0
    private(set) var line = 1
    private var isApart = true
    private var contexts: [Context] = [.code(depth: 0)]
    private(set) var tokens: [SourceText.Token] = []
    private(set) var comments: [Int: String] = [:]

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() {
        while position < bytes.count {
            switch contexts[contexts.count - 1] {
            case .code(let depth): scanCode(depth)
            case .string(let hashes, let quotes): scanString(hashes, quotes)
            }
        }
    }

    private mutating func scanCode(_ depth: Int) {
        let byte = bytes[position]
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
            isApart = true
            advance(1)
        } else if byte == UInt8(ascii: "/"), has("//") {
            scanComment()
        } else if byte == UInt8(ascii: "/"), has("/*") {
            scanBlockComment()
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let (hashes, quotes) = openingQuotes() {
            advance(hashes + quotes)
            contexts.append(.string(hashes: hashes, quotes: quotes))
        } else if isWord(byte) {
            let start = position
            while position < bytes.count, isWord(bytes[position]) { position += 1 }
            add(String(decoding: bytes[start..<position], as: UTF8.self))
        } else {
            advance(1)
            if byte == UInt8(ascii: "(") { contexts[contexts.count - 1] = .code(depth: depth + 1) }
            if byte == UInt8(ascii: ")") {
                if contexts.count > 1, depth == 1 {
                    contexts.removeLast()
                    return
                }
                contexts[contexts.count - 1] = .code(depth: depth - 1)
            }
            add(String(decoding: [byte], as: UTF8.self))
        }
    }

    private mutating func scanString(_ hashes: Int, _ quotes: Int) {
        switch bytes[position] {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n"): break
        default:
            position += 1
            return
        }
        let escape = "\\" + String(repeating: "#", count: hashes)
        let end = String(repeating: "\"", count: quotes) + String(repeating: "#", count: hashes)
        if has(escape + "(") {
            advance(escape.utf8.count + 1)
            contexts.append(.code(depth: 1))
        } else if has(escape) {
            advance(escape.utf8.count + 1)
        } else if has(end) || (quotes == 1 && has("\n")) {
            // A string of one line ends with it, so that a quote in a regular expression does not swallow the file.
            advance(has("\n") ? 0 : end.utf8.count)
            contexts.removeLast()
            isApart = false
        } else {
            advance(1)
        }
    }

    private mutating func scanComment() {
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        comments[line, default: ""] += String(decoding: bytes[position..<end], as: UTF8.self)
        position = end
        isApart = true
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if has("/*") { depth += 1 }
            if has("*/") { depth -= 1 }
            comments[line, default: ""] += String(decoding: [bytes[position]], as: UTF8.self)
            advance(1)
        } while depth > 0 && position < bytes.count
        advance(1)
        isApart = true
    }

    /// The number signs and quotation marks of a string that begins here.
    private func openingQuotes() -> (hashes: Int, quotes: Int)? {
        var next = position
        while next < bytes.count, bytes[next] == UInt8(ascii: "#") { next += 1 }
        let hashes = next - position
        guard next < bytes.count, bytes[next] == UInt8(ascii: "\"") else { return nil }
        let isMultiline = bytes[next...].prefix(3).elementsEqual([UInt8](repeating: UInt8(ascii: "\""), count: 3))
        return (hashes, isMultiline ? 3 : 1)
    }

    private func has(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "`"), 0x80...:
            true
        default: false
        }
    }

    private mutating func advance(_ count: Int) {
        let end = min(position + count, bytes.count)
        line += bytes[position..<end].count { $0 == UInt8(ascii: "\n") }
        position = end
    }

    private mutating func add(_ text: String) {
        tokens.append(.init(text: text, line: line, isApart: isApart))
        isApart = false
    }
}
