/// A moment on the wall clock, in whole milliseconds since 1970: fit to be stored, compared and hashed.
package struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(seconds: Int64) { milliseconds = seconds * 1000 }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    /// Whole seconds since 1970, as Slack's dates and signatures want them.
    package var seconds: Int64 { milliseconds / 1000 }

    package static let distantFuture = Timestamp(milliseconds: 253_402_300_799_000)
    package static let distantPast = Timestamp(milliseconds: -62_135_596_800_000)

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Never leaves `distantPast...distantFuture`: no length of time, wherever it comes from, leads past the end of time
    /// and back.
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflows) = time.milliseconds.addingReportingOverflow(duration.milliseconds)
        return within(overflows ? (duration < .zero ? .min : .max) : sum)
    }

    package static func - (time: Timestamp, duration: Duration) -> Timestamp {
        let (difference, overflows) = time.milliseconds.subtractingReportingOverflow(duration.milliseconds)
        return within(overflows ? (duration < .zero ? .max : .min) : difference)
    }

    private static func within(_ milliseconds: Int64) -> Timestamp {
        min(max(Timestamp(milliseconds: milliseconds), distantPast), distantFuture)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds) - .milliseconds(right.milliseconds)
    }

    /// ISO 8601 in UTC with milliseconds, `2026-11-21T07:44:23.512Z`: for logs, audit records and the API.
    package var description: String {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let civil = CivilDate(daysSince1970: remainder < 0 ? quotient - 1 : quotient)
        let rest = Int(remainder < 0 ? remainder + 86_400_000 : remainder)
        if (0...9999).contains(civil.year) { return plainText(civil, rest) }
        return civil.description + "T" + twoDigits(rest / 3_600_000) + ":" + twoDigits(rest / 60_000 % 60) + ":"
            + twoDigits(rest / 1000 % 60) + "." + threeDigits(rest % 1000) + "Z"
    }

    /// The same for years of four digits, which is what every line of the log begins with.
    private func plainText(_ civil: CivilDate, _ rest: Int) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        func append(_ number: Int, digits: Int, then sign: Unicode.Scalar) {
            var divisor = digits == 2 ? 10 : digits == 3 ? 100 : 1000
            for _ in 0..<digits {
                bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
            bytes.append(UInt8(ascii: sign))
        }
        append(civil.year, digits: 4, then: "-")
        append(civil.month, digits: 2, then: "-")
        append(civil.day, digits: 2, then: "T")
        append(rest / 3_600_000, digits: 2, then: ":")
        append(rest / 60_000 % 60, digits: 2, then: ":")
        append(rest / 1000 % 60, digits: 2, then: ".")
        append(rest % 1000, digits: 3, then: "Z")
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Sendable, CustomStringConvertible {
    package var year: Int
    package var month: Int
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days counted from 1 January 1970, by the era arithmetic of a calendar that repeats every 400 years.
    package init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    package var description: String {
        let text = String(year)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text + "-" + twoDigits(month) + "-"
            + twoDigits(day)
    }
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
private func threeDigits(_ number: Int) -> String { number < 100 ? "0" + twoDigits(number) : "\(number)" }

extension Duration {
    /// Whole milliseconds, cut off, and as many as can be counted.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, overflowsToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard overflows || overflowsToo else { return sum }
        return seconds < 0 ? .min : .max
    }

    package static func minutes(_ minutes: Int64) -> Duration { .seconds(minutes * 60) }
    package static func hours(_ hours: Int64) -> Duration { .seconds(hours * 3600) }
}

extension Timestamp {
    /// Reads `2026-11-21T07:44:23Z`, with or without a fraction of the second; UTC only. `nil` for anything else.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            let digits = bytes[range]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        let separators: [(Int, Character)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        guard separators.allSatisfy({ Character(Unicode.Scalar(bytes[$0.0])) == $0.1 }),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: "."), bytes.count <= 30, number(20..<bytes.count - 1) != nil else {
                return nil
            }
            let digits = bytes[20..<bytes.count - 1].prefix(3)
            fraction = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            for _ in digits.count..<3 { fraction *= 10 }
        }
        let days = CivilDate(year: Int(year), month: Int(month), day: Int(day)).daysSince1970
        self.init(milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction)
    }
}

extension CivilDate {
    package var daysSince1970: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
