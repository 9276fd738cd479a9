/// Some IP addresses that begin with the same bits: one address, or `10.0.0.0/8`, or `fd00::/8`.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let bits: Int
    package let description: String

    /// `nil` for what is neither an address nor a range.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = Self.bytes(of: parts[0]) else { return nil }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard let given = Self.number(parts[1], max: bits) else { return nil }
            bits = given
        }
        self.bytes = bytes
        self.bits = bits
        description = text
    }

    /// Whether an address lies in the range. An IPv4 address written as `::ffff:a.b.c.d` counts as the IPv4 address.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address[...]), other.count == bytes.count else { return false }
        for (index, pair) in zip(bytes, other).enumerated() {
            let shared = min(8, max(0, bits - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> shared)
            if pair.0 & mask != pair.1 & mask { return false }
        }
        return true
    }

    private static func bytes(of text: Substring) -> [UInt8]? {
        if !text.contains(":") { return bytesOfIPv4(text) }
        guard let bytes = bytesOfIPv6(text) else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        return bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : bytes
    }

    private static func bytesOfIPv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { number($0, max: 255).map(UInt8.init) }
        return bytes.count == 4 ? bytes : nil
    }

    private static func bytesOfIPv6(_ text: Substring) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            let bytes = groups(text)
            return bytes?.count == 16 ? bytes : nil
        }
        let before = text[..<gap.lowerBound]
        let after = text[gap.upperBound...]
        guard let head = before.isEmpty ? [] : groups(before), let tail = after.isEmpty ? [] : groups(after),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups of hexadecimal digits between colons, the last of which may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let last = bytesOfIPv4(part) else { return nil }
                bytes += last
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
            }
        }
        return bytes
    }

    private static func number(_ text: Substring, max: Int) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text),
            number <= max, text.utf8.count == 1 || !text.hasPrefix("0")
        else { return nil }
        return number
    }
}
