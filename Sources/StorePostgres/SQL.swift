import Support

/// A statement with its parameters. Literals are SQL; interpolations become bound parameters, so that no value is ever
/// read as SQL: `"SELECT state FROM runs WHERE id = \(id)"`.
///
/// PostgreSQL's text holds no U+0000: it stands as U+FFFD, in what is kept as in what is looked for.
struct SQL: ExpressibleByStringInterpolation, Sendable {
    enum Value: Sendable {
        case null
        case integer(Int64)
        case flag(Bool)
        case text(String)
        case bytes([UInt8])
        case integers([Int64?])
        case texts([String?])
        case blobs([[UInt8]?])
    }

    /// SQL that is written down in our sources: it can be made from a literal only.
    struct Fragment: ExpressibleByStringLiteral, Sendable {
        fileprivate let text: String

        init(stringLiteral text: StaticString) { self.text = text.description }
    }

    let text: String
    let values: [Value]

    init(stringLiteral text: String) {
        self.text = text
        values = []
    }

    init(stringInterpolation interpolation: StringInterpolation) {
        text = interpolation.text
        values = interpolation.values
    }

    /// A statement in parts: the parameters of what is put behind it are counted on.
    static func += (left: inout SQL, right: SQL) {
        var text = left.text
        for (place, part) in right.text.split(separator: "$", omittingEmptySubsequences: false).enumerated() {
            let digits = part.prefix { $0.isASCII && $0.isNumber }
            if place == 0 {
                text += part
            } else {
                text += "$" + (Int(digits).map { String($0 + left.values.count) } ?? "") + part.dropFirst(digits.count)
            }
        }
        left = SQL(text, left.values + right.values)
    }

    /// A statement whose names come from a list in our sources.
    init(_ text: String, _ values: [Value]) {
        self.text = text
        self.values = values
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [Value] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            values.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// The type is said, so that PostgreSQL never has to guess what a parameter is.
        private mutating func append(_ value: Value, _ type: String) {
            values.append(value)
            text += "$\(values.count)::\(type)"
        }

        mutating func appendInterpolation(_ fragment: Fragment) { text += fragment.text }
        mutating func appendInterpolation(_ text: String) { append(.text(text), "text") }
        mutating func appendInterpolation(_ text: String?) { append(text.map(Value.text) ?? .null, "text") }
        mutating func appendInterpolation(_ number: Int64) { append(.integer(number), "bigint") }
        mutating func appendInterpolation(_ number: Int64?) {
            append(number.map(Value.integer) ?? .null, "bigint")
        }
        mutating func appendInterpolation(_ number: Int) { append(.integer(Int64(number)), "bigint") }
        mutating func appendInterpolation(_ flag: Bool) { append(.flag(flag), "boolean") }
        mutating func appendInterpolation(_ bytes: [UInt8]) { append(.bytes(bytes), "bytea") }
        mutating func appendInterpolation(_ time: Timestamp) { append(.integer(time.milliseconds), "bigint") }
        mutating func appendInterpolation(_ time: Timestamp?) {
            append(time.map { .integer($0.milliseconds) } ?? .null, "bigint")
        }
        mutating func appendInterpolation<Subject>(_ name: Identifier<Subject>) { append(.text(name.text), "text") }
        mutating func appendInterpolation(_ numbers: [Int64]) { append(.integers(numbers), "bigint[]") }
        mutating func appendInterpolation(_ texts: [String]) { append(.texts(texts), "text[]") }
        mutating func appendInterpolation(_ texts: [String?]) { append(.texts(texts), "text[]") }
        mutating func appendInterpolation(_ blobs: [[UInt8]]) { append(.blobs(blobs), "bytea[]") }
    }
}

// MARK: The binary form of parameters

extension SQL.Value {
    /// The server's numbers of the types.
    enum TypeNumber {
        static let flag: UInt32 = 16
        static let bytes: UInt32 = 17
        static let integer: UInt32 = 20
        static let text: UInt32 = 25
    }

    /// As PostgreSQL's binary format has it; `nil` for NULL.
    var wire: [UInt8]? {
        switch self {
        case .null: return nil
        case .integer(let number): return Self.wire(number)
        case .flag(let flag): return [flag ? 1 : 0]
        case .text(let text): return Self.wire(text)
        case .bytes(let bytes): return bytes
        case .integers(let numbers): return Self.wire(numbers.map { $0.map { Self.wire($0) } }, of: TypeNumber.integer)
        case .texts(let texts): return Self.wire(texts.map { $0.map { Self.wire($0) } }, of: TypeNumber.text)
        case .blobs(let blobs): return Self.wire(blobs, of: TypeNumber.bytes)
        }
    }

    private static func wire(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(0) else { return bytes }
        return bytes.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
    }

    private static func wire(_ number: Int64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// An array of one dimension.
    private static func wire(_ elements: [[UInt8]?], of type: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        func append(_ number: UInt32) { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }
        append(elements.isEmpty ? 0 : 1)
        append(elements.contains { $0 == nil } ? 1 : 0)
        append(type)
        guard !elements.isEmpty else { return bytes }
        append(UInt32(elements.count))
        append(1)
        for element in elements {
            append(element.map { UInt32($0.count) } ?? .max)
            if let element { bytes += element }
        }
        return bytes
    }
}
