import Support

/// A statement with its parameters. Literals are SQL; interpolations become bound parameters, so that no value is ever
/// read as SQL: `"SELECT state FROM runs WHERE id = \(id)"`.
struct SQL: ExpressibleByStringInterpolation, Sendable {
    enum Value: Sendable {
        case null
        case integer(Int64)
        case text(String)
        case blob([UInt8])
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

    /// A statement in parts: what is put behind it has parameters of its own.
    static func += (left: inout SQL, right: SQL) { left = SQL(left.text + right.text, left.values + right.values) }

    /// A statement whose names come from a list in our sources.
    init(_ text: String, _ values: [Value]) {
        self.text = text
        self.values = values
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [Value] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        private mutating func append(_ value: Value) {
            text += "?"
            values.append(value)
        }

        mutating func appendInterpolation(_ fragment: Fragment) { text += fragment.text }
        mutating func appendInterpolation(_ text: String) { append(.text(text)) }
        mutating func appendInterpolation(_ text: String?) { append(text.map(Value.text) ?? .null) }
        mutating func appendInterpolation(_ number: Int64) { append(.integer(number)) }
        mutating func appendInterpolation(_ number: Int64?) { append(number.map(Value.integer) ?? .null) }
        mutating func appendInterpolation(_ number: Int) { append(.integer(Int64(number))) }
        mutating func appendInterpolation(_ flag: Bool) { append(.integer(flag ? 1 : 0)) }
        mutating func appendInterpolation(_ bytes: [UInt8]) { append(.blob(bytes)) }
        mutating func appendInterpolation(_ time: Timestamp) { append(.integer(time.milliseconds)) }
        mutating func appendInterpolation(_ time: Timestamp?) {
            append(time.map { .integer($0.milliseconds) } ?? .null)
        }
        mutating func appendInterpolation<Subject>(_ name: Identifier<Subject>) { append(.text(name.text)) }
    }
}
