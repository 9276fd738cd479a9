import CPosix

/// Random bytes from the kernel.
package enum Random {
    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard cposix_random(buffer.baseAddress, count) == 0 else {
                preconditionFailure("the kernel's random source does not answer")
            }
            filled = count
        }
    }
}

/// Lower-case hexadecimal.
package enum Hex {
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            var place = 0
            for byte in bytes {
                text[place] = digit(byte >> 4)
                text[place + 1] = digit(byte & 15)
                place += 2
            }
            return place
        }
    }

    /// The bytes that an even number of hexadecimal digits stands for; `nil` for anything else.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// What one hexadecimal digit is worth.
    package static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The digit for a number below 16.
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension [UInt8] {
    /// Whether everything from `start` on stands in a JSON string for itself. Looks at all of it, which the compiler
    /// turns into steps of many bytes.
    package func isPlainText(from start: Int) -> Bool {
        var found: UInt8 = 0
        for byte in self[start...] {
            found |= byte < 0x20 ? 1 : 0
            found |= byte == UInt8(ascii: "\"") ? 1 : 0
            found |= byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return found == 0
    }

    /// How far what stands in a JSON string for itself goes on: to the next quote, backslash or control character, and
    /// whether all of that is ASCII.
    package func plainText(from start: Int) -> (end: Int, isASCII: Bool) {
        var place = start
        var signs: UInt8 = 0
        while place < count {
            let byte = self[place]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            signs |= byte
            place += 1
        }
        return (place, signs < 0x80)
    }
}

extension String {
    /// Cuts white space and line ends off both sides.
    package var trimmed: String {
        // Between two printable signs of ASCII there is nothing to cut off.
        if let first = utf8.first, let last = utf8.last, isPrintable(first), isPrintable(last) { return self }
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}

private func isPrintable(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f }
