/// `application/x-www-form-urlencoded`, as Slack and browsers send it (WHATWG URL, section 5).
package enum FormURLEncoded {
    /// More fields than this are not a form that we know.
    package static let fieldsMax = 1000

    /// Decodes a form in its order. `+` is a space; a `%` without two hexadecimal digits stands for itself. `nil` when
    /// a name or value is not UTF-8 after decoding, or when there are more than `fieldsMax` fields.
    package static func decode(
        _ bytes: some Collection<UInt8>, fieldsMax: Int = fieldsMax
    ) -> [(name: String, value: String)]? {
        // Of one concrete type from here on: a payload of some kilobytes is looked at byte by byte.
        fields(of: Array(bytes), max: fieldsMax)
    }

    private static func fields(of bytes: [UInt8], max fieldsMax: Int) -> [(name: String, value: String)]? {
        var fields: [(name: String, value: String)] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            defer { start = end + 1 }
            guard end > start else { continue }
            guard fields.count < fieldsMax else { return nil }
            let mark = bytes[start..<end].firstIndex(of: UInt8(ascii: "="))
            guard let name = text(bytes[start..<(mark ?? end)]),
                let value = text(bytes[(mark.map { $0 + 1 } ?? end)..<end])
            else { return nil }
            fields.append((name, value))
        }
        return fields
    }

    package static func encode(_ fields: some Sequence<(String, String)>) -> String {
        fields.map { percentEncoded($0.0) + "=" + percentEncoded($0.1) }.joined(separator: "&")
    }

    /// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~`.
    package static func percentEncoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(upperDigit(byte >> 4))
                encoded.append(upperDigit(byte & 15))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Decodes a segment of a path, in which `+` stands for itself. `nil` where it is not UTF-8 after decoding.
    package static func percentDecoded(_ segment: some StringProtocol) -> String? {
        text(Array(segment.utf8)[...], plusIsSpace: false)
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func text(_ encoded: ArraySlice<UInt8>, plusIsSpace: Bool = true) -> String? {
        var signs: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: encoded.count) { bytes, filled in
            encoded.withUnsafeBufferPointer { encoded in
                var index = 0
                while index < encoded.count {
                    var byte = encoded[index]
                    if plusIsSpace, byte == UInt8(ascii: "+") {
                        byte = 0x20
                    } else if byte == UInt8(ascii: "%"), index + 2 < encoded.count,
                        let high = Hex.value(encoded[index + 1]), let low = Hex.value(encoded[index + 2])
                    {
                        byte = high << 4 | low
                        index += 2
                    }
                    bytes[filled] = byte
                    signs |= byte
                    filled += 1
                    index += 1
                }
            }
        }
        // Every byte of ASCII is a sign; only others have to be looked at together.
        return signs < 0x80 ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }
}
