/// What is wrong with a JSON text, and where: line and column count from 1, the column in bytes.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int
    package var message: String

    package var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONValue {
    /// What a parser accepts beyond RFC 8259.
    package struct Leniency: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// `// to the end of the line` and `/* … */`, in configuration files.
        package static let comments = Leniency(rawValue: 1)
        /// A comma before `]` or `}`, in configuration files.
        package static let trailingCommas = Leniency(rawValue: 2)
    }

    /// Objects and arrays may stand this deep within each other.
    package static let depthMax = 64

    /// Reads one JSON text. Strict: UTF-8 without overlong forms, paired surrogates, no duplicate names, no leading
    /// zeros, nothing behind the value, at most `depthMax` levels.
    package init(parsing bytes: some Collection<UInt8>, allowing leniency: Leniency = []) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: Array(bytes), leniency: leniency)
        self = try parser.document()
    }

    package init(parsing text: String, allowing leniency: Leniency = []) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: Array(text.utf8), leniency: leniency)
        self = try parser.document()
    }

    /// Reads one JSON text but for a member of a member of its outermost object, which is checked and left out: a part
    /// that nobody looks at and that is much of the whole. What is left out may name something twice.
    package init(parsing bytes: [UInt8], leavingOut part: OmittedPart) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: bytes, leniency: [])
        parser.omitted = part
        self = try parser.document()
    }

    /// Names a part of a document: `outer.inner`.
    package struct OmittedPart: Sendable {
        var outer: String
        var inner: String

        package init(_ inner: String, of outer: String) {
            self.outer = outer
            self.inner = inner
        }
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let leniency: JSONValue.Leniency
    var position = 0
    var omitted: JSONValue.OmittedPart?
    /// The name of the outermost object's member that is being read.
    private var outermost = ""

    private static let fewMembers = 24

    init(bytes: [UInt8], leniency: JSONValue.Leniency) {
        self.bytes = bytes
        self.leniency = leniency
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        let value = try value(depth: 0)
        try skipSpace()
        guard position == bytes.count else { throw failure("something follows the end of the value") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        try skipSpace()
        guard position < bytes.count else { throw failure("the text ends where a value should stand") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("expected a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < JSONValue.depthMax else { throw failure("nested deeper than \(JSONValue.depthMax) levels") }
        position += 1
        var object = JSONObject()
        // Most objects have few members: to look through them is quicker than to hash them.
        var names: Set<String> = []
        try skipSpace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            try skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a name in double quotes") }
            let start = position
            let name = try string()
            if object.count == Self.fewMembers { names = Set(object.names) }
            guard object.count < Self.fewMembers ? !object.has(name) : names.insert(name).inserted else {
                position = start
                throw failure("the name \"\(name)\" stands twice in one object")
            }
            try skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after the name") }
            if depth == 0 { outermost = name }
            if depth == 1, let omitted, omitted.inner == name, omitted.outer == outermost {
                try skipValue(depth: depth + 1)
            } else {
                object.appendNew(name, try value(depth: depth + 1))
            }
            try skipSpace()
            if take(UInt8(ascii: "}")) { return .object(object) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or '}'") }
            if leniency.contains(.trailingCommas) {
                try skipSpace()
                if take(UInt8(ascii: "}")) { return .object(object) }
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < JSONValue.depthMax else { throw failure("nested deeper than \(JSONValue.depthMax) levels") }
        position += 1
        var elements: [JSONValue] = []
        try skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            try skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or ']'") }
            if leniency.contains(.trailingCommas) {
                try skipSpace()
                if take(UInt8(ascii: "]")) { return .array(elements) }
            }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        guard isThere else { throw failure("expected \(word)") }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let next = peek, isDigit(next) { throw failure("a number has no leading zeros") }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        // Up to 18 digits always fit.
        if isWhole, position - start <= 18, bytes[start] != UInt8(ascii: "-") {
            return .int(bytes[start..<position].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) })
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .int(integer) }
        guard let double = Double(text), double.isFinite else {
            position = start
            throw failure("the number is too large")
        }
        return .double(double)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard let first = peek, isDigit(first) else { throw failure("expected a digit") }
        while let next = peek, isDigit(next) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        let isASCII = skipPlain()
        if peek == UInt8(ascii: "\"") {
            // Every byte of ASCII is a character; only others have to be looked at together.
            let plain =
                isASCII
                ? String(decoding: bytes[start..<position], as: UTF8.self)
                : try decoded(bytes[start..<position], from: start)
            position += 1
            return plain
        }
        var collected = Array(bytes[start..<position])
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = try decoded(collected[...], from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &collected)
            case let byte where byte < 0x20:
                throw failure("a control character stands in a string; write \\n, \\t or \\u00XX")
            case let byte:
                collected.append(byte)
                position += 1
            }
        }
        throw failure("the string has no end")
    }

    /// - Returns: whether everything up to where it stops is ASCII.
    private mutating func skipPlain() -> Bool {
        let (end, isASCII) = bytes.plainText(from: position)
        position = end
        return isASCII
    }

    private func decoded(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw failure("the string is not UTF-8", at: start)
        }
        return text
    }

    private mutating func escape(into collected: inout [UInt8]) throws(JSONSyntaxError) {
        guard let letter = peek else { throw failure("the string has no end") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): collected.append(letter)
        case UInt8(ascii: "b"): collected.append(0x08)
        case UInt8(ascii: "f"): collected.append(0x0c)
        case UInt8(ascii: "n"): collected.append(0x0a)
        case UInt8(ascii: "r"): collected.append(0x0d)
        case UInt8(ascii: "t"): collected.append(0x09)
        case UInt8(ascii: "u"): collected.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        default:
            position -= 1
            throw failure("unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let unit = try hexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("half of a surrogate pair")
        }
        let low = try hexUnit()
        guard (0xdc00...0xdfff).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
        else { throw failure("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap(Hex.value) else { throw failure("\\u wants four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    // MARK: Values that nobody looks at

    private mutating func skipValue(depth: Int) throws(JSONSyntaxError) {
        try skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try skipMembers(until: UInt8(ascii: "}"), depth: depth)
        case UInt8(ascii: "["): try skipMembers(until: UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "\""): try skipString()
        default: _ = try value(depth: depth)
        }
    }

    private mutating func skipMembers(until end: UInt8, depth: Int) throws(JSONSyntaxError) {
        guard depth < JSONValue.depthMax else { throw failure("nested deeper than \(JSONValue.depthMax) levels") }
        position += 1
        try skipSpace()
        if take(end) { return }
        while true {
            if end == UInt8(ascii: "}") {
                try skipSpace()
                guard peek == UInt8(ascii: "\"") else { throw failure("expected a name in double quotes") }
                try skipString()
                try skipSpace()
                guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after the name") }
            }
            try skipValue(depth: depth + 1)
            try skipSpace()
            if take(end) { return }
            guard take(UInt8(ascii: ",")) else {
                throw failure(end == UInt8(ascii: "}") ? "expected ',' or '}'" : "expected ',' or ']'")
            }
        }
    }

    private mutating func skipString() throws(JSONSyntaxError) {
        let start = position
        position += 1
        let isASCII = skipPlain()
        if isASCII, take(UInt8(ascii: "\"")) { return }
        position = start
        _ = try string()
    }

    // MARK: Between values

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() throws(JSONSyntaxError) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            case UInt8(ascii: "/") where leniency.contains(.comments): try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(JSONSyntaxError) {
        let start = position
        position += 1
        if take(UInt8(ascii: "/")) {
            while let byte = peek, byte != 0x0a { _ = byte; position += 1 }
        } else if take(UInt8(ascii: "*")) {
            while position + 1 < bytes.count {
                if bytes[position] == UInt8(ascii: "*"), bytes[position + 1] == UInt8(ascii: "/") {
                    position += 2
                    return
                }
                position += 1
            }
            throw failure("the comment has no end", at: start)
        } else {
            throw failure("expected '//' or '/*'", at: start)
        }
    }

    private func failure(_ message: String) -> JSONSyntaxError { failure(message, at: position) }

    private func failure(_ message: String, at place: Int) -> JSONSyntaxError {
        let before = bytes[..<min(place, bytes.count)]
        let line = 1 + before.count { $0 == 0x0a }
        let column = 1 + before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0)
        return JSONSyntaxError(line: line, column: column, message: message)
    }
}
