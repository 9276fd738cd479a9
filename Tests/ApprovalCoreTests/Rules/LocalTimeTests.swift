import ApprovalCore
import Support
import Testing

/// Rules ask for the time of day where their author lives, also on the two days a year that are not 24 hours long.
@Suite struct `Times of day across clock changes` {
    private static let zones = TimeZones()

    private func isInside(_ span: Rule.TimeCondition, atSeconds seconds: Int64) throws -> Bool {
        let requester = Person(
            id: "p1", account: Account(workspace: "T0ACME", user: "U0BOB"), name: "Bob", role: .member,
            observedAt: Timestamp(seconds: 0))
        let input = RuleInput(
            requester: requester, targetName: nil, fields: [:], durationSeconds: nil, now: Timestamp(seconds: seconds),
            localTime: { time, zone in
                Self.zones.offsetSeconds(at: time, in: zone).map { LocalTime(at: time, offsetSeconds: $0) }
            })
        let rule = Rule(name: "r", condition: .time(span), outcome: .deny(reason: "x"))
        return Rules.evaluate([rule], input) == .matched(rule)
    }

    /// Sunday, 29 March 2026, 01:00 UTC: clocks in Berlin go from 02:00 to 03:00.
    private static let spring: Int64 = 1_774_746_000
    /// Sunday, 25 October 2026, 01:00 UTC: clocks in Berlin go from 03:00 back to 02:00.
    private static let autumn: Int64 = 1_792_890_000

    @Test(arguments: [(-1, false), (0, true), (3599, true), (3600, false)])
    func `in spring an hour that the clocks skip is not there`(offset: Int64, isAfterThree: Bool) throws {
        let skipped = Rule.TimeCondition(zone: "Europe/Berlin", weekdays: [7], fromMinute: 120, toMinute: 180)
        #expect(try isInside(skipped, atSeconds: Self.spring + offset) == false)
        let next = Rule.TimeCondition(zone: "Europe/Berlin", weekdays: [7], fromMinute: 180, toMinute: 240)
        #expect(try isInside(next, atSeconds: Self.spring + offset) == isAfterThree)
    }

    @Test(arguments: [(-3601, false), (-3600, true), (-1, true), (0, true), (3599, true), (3600, false)])
    func `in autumn an hour that the clocks repeat lasts two`(offset: Int64, expected: Bool) throws {
        let repeated = Rule.TimeCondition(zone: "Europe/Berlin", weekdays: [7], fromMinute: 120, toMinute: 180)
        #expect(try isInside(repeated, atSeconds: Self.autumn + offset) == expected)
    }

    /// Saturday 22:00 to Sunday 06:00 in Berlin: seven hours in spring, nine in autumn.
    static let nights: [(change: Int64, start: Int64, end: Int64)] = [
        (spring, -14_400, 10_800), (autumn, -18_000, 14_400),
    ]

    @Test(arguments: nights)
    func `a night with a clock change ends at the time that clocks show`(
        change: Int64, start: Int64, end: Int64
    ) throws {
        let night = Rule.TimeCondition(zone: "Europe/Berlin", weekdays: [6], fromMinute: 22 * 60, toMinute: 6 * 60)
        #expect(try isInside(night, atSeconds: change + start - 1) == false)
        #expect(try isInside(night, atSeconds: change + start))
        #expect(try isInside(night, atSeconds: change))
        #expect(try isInside(night, atSeconds: change + end - 1))
        #expect(try isInside(night, atSeconds: change + end) == false)
    }

    @Test func `a weekday begins at midnight of its zone`() throws {
        // Monday, 5 January 2026, 00:30 in Auckland is Sunday, 11:30 in UTC.
        let moment: Int64 = 1_767_526_200
        let monday = Rule.TimeCondition(zone: "Pacific/Auckland", weekdays: [1], fromMinute: 0, toMinute: 60)
        #expect(try isInside(monday, atSeconds: moment))
        #expect(try isInside(monday, atSeconds: moment - 1801) == false)
        let mondayInUTC = Rule.TimeCondition(zone: "UTC", weekdays: [1])
        #expect(try isInside(mondayInUTC, atSeconds: moment) == false)
    }

    @Test(arguments: [(0, 4, 0), (-1, 3, 1439), (86_400 * 3 - 60, 6, 1439), (86_400 * 4, 1, 0)])
    func `the week is counted from Monday`(seconds: Int64, weekday: Int, minute: Int) {
        let time = LocalTime(at: Timestamp(seconds: seconds), offsetSeconds: 0)
        #expect(time == LocalTime(weekday: weekday, minuteOfDay: minute))
    }
}
