import Support
import Testing

@Suite struct `Moments` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (4_107_456_000_000, "2100-02-28T00:00:00.000Z"), (1_795_247_063_512, "2026-11-21T07:44:23.512Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (253_402_300_799_000, "9999-12-31T23:59:59.000Z"),
    ])
    func `a moment is written in UTC with milliseconds`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func `each day follows the one before, for 400 years`() {
        var previous = CivilDate(daysSince1970: -73_101)
        for days in Int64(-73_100)...73_100 {
            let date = CivilDate(daysSince1970: days)
            let isNextDay = date.year == previous.year && date.month == previous.month && date.day == previous.day + 1
            let isNextMonth = date.day == 1 && previous.day >= 28
            guard isNextDay || isNextMonth else { return #expect(Bool(false), "\(date) after \(previous)") }
            guard date.day <= 31, (1...12).contains(date.month) else { return #expect(Bool(false), "\(date)") }
            previous = date
        }
        #expect(previous == CivilDate(daysSince1970: 73_100))
    }

    @Test func `moments and durations add up`() {
        let moment = Timestamp(seconds: 100)
        #expect(moment + .seconds(1) == Timestamp(milliseconds: 101_000))
        #expect(moment - .milliseconds(1) == Timestamp(milliseconds: 99_999))
        #expect(moment - Timestamp(seconds: 40) == .seconds(60))
        #expect(moment < moment + .milliseconds(1))
        #expect(!(moment < moment))
        #expect(moment.seconds == 100)
    }

    @Test func `no length of time leads past the end of time and back`() {
        let now = Timestamp(seconds: 1_772_442_000)
        #expect(now + .seconds(Int64.max) == .distantFuture && now - .seconds(Int64.max) == .distantPast)
        #expect(now + .seconds(Int64.min) == .distantPast && now - .seconds(Int64.min) == .distantFuture)
        #expect(Duration.seconds(Int64.max).milliseconds == .max && Duration.seconds(Int64.min).milliseconds == .min)
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect(last - first > .zero && first - last < .zero)
        #expect(first.description.hasSuffix("Z") && last.description.hasSuffix("Z"))
    }

    @Test func `durations are cut to whole milliseconds`() {
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.hours(2).milliseconds == 7_200_000)
        #expect(Duration.minutes(-1).milliseconds == -60_000)
    }

    @Test func `the machine's clocks run`() {
        #expect(WallClock.system.now() > Timestamp(seconds: 1_700_000_000))
        let before = MonotonicInstant.now()
        let after = MonotonicInstant.now()
        #expect(before <= after)
        #expect(before + .seconds(1) - before == .seconds(1))
    }
}
