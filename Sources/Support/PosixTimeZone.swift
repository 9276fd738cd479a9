/// The yearly rule at the end of a compiled time zone file, `CET-1CEST,M3.5.0,M10.5.0/3`: POSIX's `TZ`, with the
/// extension of RFC 9636 that hours go from -167 to 167.
package struct PosixTimeZone: Hashable, Sendable {
    /// Seconds ahead of UTC: the other way round than the text has it.
    private var standardOffset: Int
    private var summer: Summer?

    private struct Summer: Hashable, Sendable {
        var offset: Int
        var start: YearlyMoment
        var end: YearlyMoment
    }

    /// Reads the rule; `nil` when it is none.
    package init?(_ bytes: some Collection<UInt8>) {
        var input = RuleInput(rest: Array(bytes)[...])
        guard input.skipName(), let west = input.clock(hoursMax: 24) else { return nil }
        standardOffset = -west
        if input.isAtEnd { return }

        guard input.skipName() else { return nil }
        var offset = standardOffset + 3600
        if input.peek != UInt8(ascii: ",") {
            guard let west = input.clock(hoursMax: 24) else { return nil }
            offset = -west
        }
        // A rule without dates leaves them to the system; tzdata never does, and neither do we.
        guard input.take(","), let start = YearlyMoment(&input), input.take(","), let end = YearlyMoment(&input),
            input.isAtEnd
        else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// Seconds to add to UTC at a moment, given in seconds since 1970.
    package func offsetSeconds(at time: Int64) -> Int {
        guard let summer else { return standardOffset }
        let localDay = CivilDate(daysSince1970: floorDivide(time + Int64(standardOffset), 86_400))
        // Each change happens on a clock that still shows what holds before it.
        let start = summer.start.seconds(inYear: localDay.year) - Int64(standardOffset)
        let end = summer.end.seconds(inYear: localDay.year) - Int64(summer.offset)
        let isSummer = start < end ? start <= time && time < end : !(end <= time && time < start)
        return isSummer ? summer.offset : standardOffset
    }
}

/// A day of every year, and a time on it.
private struct YearlyMoment: Hashable, Sendable {
    enum Day: Hashable, Sendable {
        /// 1 to 365; 29 February is never counted.
        case julian(Int)
        /// 0 to 365; 29 February is counted.
        case zeroBased(Int)
        /// The week from 1 to 5, 5 being the last; the weekday from 0 for Sunday.
        case weekday(month: Int, week: Int, day: Int)
    }

    var day: Day
    /// Seconds after midnight; may lie outside the day.
    var time: Int

    init?(_ input: inout RuleInput) {
        if input.take("M") {
            guard let month = input.number(1...12), input.take("."), let week = input.number(1...5), input.take("."),
                let weekday = input.number(0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if input.take("J") {
            guard let number = input.number(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = input.number(0...365) else { return nil }
            day = .zeroBased(number)
        }
        time = 2 * 3600
        if input.take("/") {
            guard let given = input.clock(hoursMax: 167) else { return nil }
            time = given
        }
    }

    /// Seconds since 1970 as the clock on the wall counts them.
    func seconds(inYear year: Int) -> Int64 {
        let days =
            switch day {
            case .julian(let number):
                daysSince1970(year, 1, 1) + Int64(number - 1) + (isLeap(year) && number > 59 ? 1 : 0)
            case .zeroBased(let number): daysSince1970(year, 1, 1) + Int64(number)
            case .weekday(let month, let week, let weekday):
                dayOfWeek(weekday, week: week, month: month, year: year)
            }
        return days * 86_400 + Int64(time)
    }

    private func dayOfWeek(_ weekday: Int, week: Int, month: Int, year: Int) -> Int64 {
        let first = daysSince1970(year, month, 1)
        let next = month == 12 ? daysSince1970(year + 1, 1, 1) : daysSince1970(year, month + 1, 1)
        // Day 0 was a Thursday, 4.
        let firstWeekday = first + 4 - floorDivide(first + 4, 7) * 7
        let day = first + (Int64(weekday) - firstWeekday + 7) % 7 + Int64(week - 1) * 7
        return day < next ? day : day - 7
    }
}

private func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

/// The inverse of `CivilDate(daysSince1970:)`, by the same arithmetic of a calendar that repeats every 400 years.
private func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}

/// Takes the parts of a rule off its front.
private struct RuleInput {
    var rest: ArraySlice<UInt8>

    var peek: UInt8? { rest.first }
    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: letter) else { return false }
        rest.removeFirst()
        return true
    }

    /// An abbreviation: letters, or anything between angle brackets.
    mutating func skipName() -> Bool {
        if take("<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let letters = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        rest = rest.dropFirst(letters.count)
        return !letters.isEmpty
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        // Longer numbers than any that is allowed are not worth adding up.
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return range.contains(number) ? number : nil
    }

    /// `[+-]h[:m[:s]]` in seconds.
    mutating func clock(hoursMax: Int) -> Int? {
        let sign = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(0...hoursMax) else { return nil }
        var seconds = hours * 3600
        if take(":") {
            guard let minutes = number(0...59) else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = number(0...59) else { return nil }
                seconds += rest
            }
        }
        return sign * seconds
    }
}
