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
        fileprivate let text: StaticString

        init(stringLiteral text: StaticString) { self.text = text }
    }

    let shape: Shape
    let values: [Value]

    var text: String { shape.text }

    init(stringLiteral text: StaticString) {
        shape = Shape(pieces: [text], names: "")
        values = []
    }

    init(stringInterpolation interpolation: StringInterpolation) {
        shape = Shape(pieces: interpolation.pieces, names: "")
        values = interpolation.values
    }

    private init(_ shape: Shape, _ values: [Value]) {
        self.shape = shape
        self.values = values
    }

    /// A statement in parts: what is put behind it has parameters of its own.
    static func += (left: inout SQL, right: SQL) { left = SQL(left.shape + right.shape, left.values + right.values) }

    /// A statement whose names come from a list in our sources.
    init(_ text: String, _ values: [Value]) { self.init(Shape(pieces: [], names: text), values) }

    /// A statement without its values: what is prepared once. Known by where its pieces stand in our program, which is
    /// looked at much sooner than their text.
    struct Shape: Hashable, Sendable {
        fileprivate let pieces: [StaticString]
        /// Text that stands nowhere, before the pieces.
        fileprivate let names: String

        var text: String { names + pieces.map(\.description).joined() }

        static func + (left: Shape, right: Shape) -> Shape {
            right.names.isEmpty
                ? Shape(pieces: left.pieces + right.pieces, names: left.names)
                : Shape(pieces: [], names: left.text + right.text)
        }

        static func == (left: Shape, right: Shape) -> Bool {
            left.pieces.count == right.pieces.count && left.names == right.names
                && left.pieces.indices.allSatisfy { left.pieces[$0].place == right.pieces[$0].place }
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(names)
            for piece in pieces { hasher.combine(piece.place) }
        }
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [StaticString] = []
        fileprivate var values: [Value] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
            values.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            if !literal.hasPointerRepresentation || literal.utf8CodeUnitCount > 0 { pieces.append(literal) }
        }

        private mutating func append(_ value: Value) {
            pieces.append("?")
            values.append(value)
        }

        mutating func appendInterpolation(_ fragment: Fragment) { pieces.append(fragment.text) }
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

extension StaticString {
    /// Where it stands in the program, and nothing else does.
    fileprivate var place: UInt {
        hasPointerRepresentation ? UInt(bitPattern: utf8Start) : UInt(unicodeScalar.value)
    }
}
