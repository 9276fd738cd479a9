/// A name that cannot be taken for the name of another kind of thing: `Identifier<AccessRequest>` is no
/// `Identifier<Person>`, though both are text.
package struct Identifier<Subject>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    package let text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral text: String) { self.text = text }

    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
    package var description: String { text }
}

/// Where new names come from: random in the program, counted in tests.
package struct IDGenerator: Sendable {
    /// A new UUID, lower case.
    package var next: @Sendable () -> String

    package init(next: @escaping @Sendable () -> String) { self.next = next }

    /// UUIDs of version 4.
    package static let random = IDGenerator { uuid(from: Random.bytes(16)) }

    /// UUIDs of version 7 (RFC 9562), which begin with the time: what is new stands together in a database's indexes.
    /// Only the whole name tells one from another, never its beginning.
    package static func ordered(by clock: WallClock) -> IDGenerator {
        IDGenerator {
            let milliseconds = UInt64(max(clock.now().milliseconds, 0))
            let time = stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: milliseconds >> $0) }
            return uuid(from: time + Random.bytes(10), version: 7)
        }
    }

    /// Formats 16 bytes as a UUID (RFC 9562).
    package static func uuid(from bytes: [UInt8], version: UInt8 = 4) -> String {
        precondition(bytes.count == 16, "a UUID has 16 bytes")
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0f | version << 4
        bytes[8] = bytes[8] & 0x3f | 0x80
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                text[place] = Hex.digit(byte >> 4)
                text[place + 1] = Hex.digit(byte & 15)
                place += 2
            }
            return place
        }
    }
}
