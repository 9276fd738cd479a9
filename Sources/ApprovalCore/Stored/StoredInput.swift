import Support

/// A document that is being read, in the one form in which this release writes it.
package struct StoredInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    // MARK: Objects

    mutating func begin() throws(Unfamiliar) { try take(UInt8(ascii: "{")) }
    mutating func end() throws(Unfamiliar) { try take(UInt8(ascii: "}")) }

    /// Whether the member that comes next has this name; then its value is what is read next.
    mutating func has(_ name: StaticString) -> Bool {
        var place = position
        if place > 0, bytes[place - 1] != UInt8(ascii: "{") {
            guard place < bytes.count, bytes[place] == UInt8(ascii: ",") else { return false }
            place += 1
        }
        let length = name.utf8CodeUnitCount
        guard place + length + 3 <= bytes.count, bytes[place] == UInt8(ascii: "\""),
            bytes[place + length + 1] == UInt8(ascii: "\""), bytes[place + length + 2] == UInt8(ascii: ":")
        else { return false }
        let isSame = name.withUTF8Buffer { name in
            for index in 0..<length where unsafe name[index] != bytes[place + 1 + index] { return false }
            return true
        }
        if isSame { position = place + length + 3 }
        return isSame
    }

    private mutating func expect(_ name: StaticString) throws(Unfamiliar) {
        guard has(name) else { throw Unfamiliar() }
    }

    mutating func member<Value: DirectlyStored>(_ name: StaticString) throws(Unfamiliar) -> Value {
        try expect(name)
        return try Value(stored: &self)
    }

    mutating func optional<Value: DirectlyStored>(_ name: StaticString) throws(Unfamiliar) -> Value? {
        has(name) ? try Value(stored: &self) : nil
    }

    mutating func list<Value: DirectlyStored>(_ name: StaticString) throws(Unfamiliar) -> [Value] {
        try expect(name)
        return try list()
    }

    /// What is rare has no short way.
    mutating func lacks(_ name: StaticString) throws(Unfamiliar) { if has(name) { throw Unfamiliar() } }

    /// The value of a case, behind its name.
    mutating func only<Value: DirectlyStored>(named name: StaticString = "_0") throws(Unfamiliar) -> Value {
        try begin()
        let value: Value = try member(name)
        try end()
        return value
    }

    /// The end of a case without values, behind its name.
    mutating func bare() throws(Unfamiliar) {
        try begin()
        try end()
    }

    // MARK: Values

    mutating func list<Value: DirectlyStored>() throws(Unfamiliar) -> [Value] {
        try take(UInt8(ascii: "["))
        var values: [Value] = []
        if isNext(UInt8(ascii: "]")) { return values }
        repeat { values.append(try Value(stored: &self)) } while isNext(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
        return values
    }

    /// A dictionary: its names are data.
    mutating func members<Value: DirectlyStored>() throws(Unfamiliar) -> [String: Value] {
        try begin()
        var members: [String: Value] = [:]
        if isNext(UInt8(ascii: "}")) { return members }
        repeat {
            let name = try text()
            try take(UInt8(ascii: ":"))
            guard members.updateValue(try Value(stored: &self), forKey: name) == nil else { throw Unfamiliar() }
        } while isNext(UInt8(ascii: ","))
        try end()
        return members
    }

    /// The bytes of a dictionary of texts, where they are what `StoredOutput` makes of what they say: plain names, each
    /// behind the one before, and plain texts. Else nothing is read.
    mutating func plainTexts() -> [UInt8]? {
        var ahead = self
        guard ahead.passPlainTexts() else { return nil }
        defer { position = ahead.position }
        return Array(bytes[position..<ahead.position])
    }

    private mutating func passPlainTexts() -> Bool {
        guard isNext(UInt8(ascii: "{")) else { return false }
        if isNext(UInt8(ascii: "}")) { return true }
        var last: Range<Int>?
        repeat {
            guard let name = plainText(), isNext(UInt8(ascii: ":")), plainText() != nil else { return false }
            if let last, !bytes[last].lexicographicallyPrecedes(bytes[name]) { return false }
            last = name
        } while isNext(UInt8(ascii: ","))
        return isNext(UInt8(ascii: "}"))
    }

    /// Where a text of nothing but ASCII stands that is written without an escape.
    private mutating func plainText() -> Range<Int>? {
        guard isNext(UInt8(ascii: "\"")) else { return nil }
        let start = position
        let (end, isASCII) = bytes.plainText(from: start)
        position = end
        return isASCII && isNext(UInt8(ascii: "\"")) ? start..<end : nil
    }

    mutating func flag() throws(Unfamiliar) -> Bool {
        if isNext("true") { return true }
        if isNext("false") { return false }
        throw Unfamiliar()
    }

    /// Up to 18 digits: no more are ever written of a number that fits.
    private static let digitsMax = 18

    mutating func integer() throws(Unfamiliar) -> Int64 {
        let isNegative = isNext(UInt8(ascii: "-"))
        let start = position
        var number: Int64 = 0
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            guard position - start < Self.digitsMax else { throw Unfamiliar() }
            number = number * 10 + Int64(digit)
            position += 1
        }
        guard position > start, bytes[start] != UInt8(ascii: "0") || (position == start + 1 && !isNegative) else {
            throw Unfamiliar()
        }
        return isNegative ? -number : number
    }

    mutating func text() throws(Unfamiliar) -> String {
        try take(UInt8(ascii: "\""))
        let start = position
        let (end, isASCII) = bytes.plainText(from: start)
        position = end
        guard isNext(UInt8(ascii: "\"")) else { return try escapedText(from: start) }
        // Every byte of ASCII is a character; only others have to be looked at together.
        if isASCII { return String(decoding: bytes[start..<end], as: UTF8.self) }
        guard let text = String(validating: bytes[start..<end], as: UTF8.self) else { throw Unfamiliar() }
        return text
    }

    private mutating func escapedText(from start: Int) throws(Unfamiliar) -> String {
        var collected = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: collected, as: UTF8.self) else { throw Unfamiliar() }
                return text
            case UInt8(ascii: "\\"): collected.append(try escaped())
            case 0x20...: collected.append(byte)
            default: throw Unfamiliar()
            }
        }
        throw Unfamiliar()
    }

    private mutating func escaped() throws(Unfamiliar) -> UInt8 {
        guard position < bytes.count else { throw Unfamiliar() }
        defer { position += 1 }
        switch bytes[position] {
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "t"): return 0x09
        default: throw Unfamiliar()
        }
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8) throws(Unfamiliar) { if !isNext(byte) { throw Unfamiliar() } }

    private mutating func isNext(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func isNext(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        let isSame = word.withUTF8Buffer { word in
            for index in 0..<length where unsafe word[index] != bytes[position + index] { return false }
            return true
        }
        if isSame { position += length }
        return isSame
    }
}
