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
}

private struct JSONParser {
    let bytes: [UInt8]
    let leniency: JSONValue.Leniency
    var position = 0

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
            guard object.count < Self.fewMembers ? object[name] == nil : names.insert(name).inserted else {
                position = start
                throw failure("the name \"\(name)\" stands twice in one object")
            }
            try skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after the name") }
            object.appendNew(name, try value(depth: depth + 1))
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
        while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\")
        {
            position += 1
        }
        if peek == UInt8(ascii: "\"") {
            let plain = try decoded(bytes[start..<position], from: start)
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
                collected.append(contentsOf: try escape())
            case let byte where byte < 0x20:
                throw failure("a control character stands in a string; write \\n, \\t or \\u00XX")
            case let byte:
                collected.append(byte)
                position += 1
            }
        }
        throw failure("the string has no end")
    }

    private func decoded(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw failure("the string is not UTF-8", at: start)
        }
        return text
    }

    private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
        guard let letter = peek else { throw failure("the string has no end") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
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
