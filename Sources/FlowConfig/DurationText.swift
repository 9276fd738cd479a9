/// Lengths of time as people write them in a configuration: `45s`, `30m`, `1h`, `1d`, `2w`, or plain seconds.
package enum DurationText {
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// Seconds; `nil` for anything that is no duration or does not fit.
    package static func seconds(_ text: String) -> Int64? {
        guard let last = text.last else { return nil }
        let unit = units.first { $0.letter == last }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = Int64(digits)
        else { return nil }
        let (seconds, overflows) = number.multipliedReportingOverflow(by: unit?.seconds ?? 1)
        return overflows ? nil : seconds
    }

    /// The shortest such text for a number of seconds that is not negative; weeks are written as days.
    package static func text(_ seconds: Int64) -> String {
        for (letter, length) in units.dropFirst() where seconds >= length && seconds.isMultiple(of: length) {
            return "\(seconds / length)\(letter)"
        }
        return "\(seconds)s"
    }
}
