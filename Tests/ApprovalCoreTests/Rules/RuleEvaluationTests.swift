import ApprovalCore
import Support
import Testing

@Suite struct `Evaluating rules` {
    private let ask = Rule(name: "ask", outcome: .ask(AskRule()))

    private func input(
        role: Role = .member, email: String? = "bob@acme.test", target: String? = nil,
        fields: [String: FieldValue] = [:], seconds: Int? = nil, groups: [String: Bool] = [:],
        localTime: LocalTime? = LocalTime(weekday: 3, minuteOfDay: 600)
    ) -> RuleInput {
        let requester = Person(
            id: "p1", account: Account(workspace: "T0ACME", user: "U0BOB"), name: "Bob", email: email, role: role,
            observedAt: Timestamp(seconds: 0))
        return RuleInput(
            requester: requester, targetName: target, fields: fields, durationSeconds: seconds,
            now: Timestamp(seconds: 0), groups: groups, localTime: { _, _ in localTime })
    }

    /// Whether a single rule with this condition matches; `nil` when a group has to be looked up first.
    private func holds(_ condition: Rule.Condition, _ input: RuleInput) -> Bool? {
        switch Rules.evaluate([Rule(name: "r", condition: condition, outcome: .deny(reason: "x"))], input) {
        case .matched(let rule): rule != nil
        case .needs: nil
        }
    }

    @Test func `the first rule that matches wins`() {
        let guests = Rule(name: "guests", condition: .requester(.init(role: .guest)), outcome: .deny(reason: "No"))
        let later = Rule(name: "later", outcome: .approve(reason: "Yes"))
        #expect(Rules.evaluate([guests, ask, later], input()) == .matched(ask))
        #expect(Rules.evaluate([guests, ask, later], input(role: .guest)) == .matched(guests))
    }

    @Test func `without a match nothing is decided`() {
        let never = Rule(name: "never", condition: .any([]), outcome: .approve(reason: "Yes"))
        #expect(Rules.evaluate([never], input()) == .matched(nil))
        #expect(Rules.evaluate([], input()) == .matched(nil))
    }

    // MARK: Groups

    private let onCall = Rule.Condition.requester(.init(group: "S0ONCALL"))

    @Test func `a group is asked for before a later rule may match`() {
        let rule = Rule(name: "on call", condition: onCall, outcome: .approve(reason: "On call"))
        #expect(Rules.evaluate([rule, ask], input()) == .needs(groups: ["S0ONCALL"]))
        #expect(Rules.evaluate([rule, ask], input(groups: ["S0ONCALL": true])) == .matched(rule))
        #expect(Rules.evaluate([rule, ask], input(groups: ["S0ONCALL": false])) == .matched(ask))
        #expect(Rules.evaluate([rule, ask], input(groups: ["S0OTHER": true])) == .needs(groups: ["S0ONCALL"]))
    }

    @Test func `a group that an earlier rule makes irrelevant is not asked for`() {
        let rule = Rule(name: "on call", condition: onCall, outcome: .approve(reason: "On call"))
        #expect(Rules.evaluate([ask, rule], input()) == .matched(ask))
    }

    @Test func `groups are asked for one after the other, in their order`() {
        let second = Rule.Condition.requester(.init(group: "S0LEADS"))
        let either = Rule(name: "either", condition: .any([onCall, second]), outcome: .approve(reason: "x"))
        #expect(Rules.evaluate([either], input()) == .needs(groups: ["S0ONCALL"]))
        #expect(Rules.evaluate([either], input(groups: ["S0ONCALL": false])) == .needs(groups: ["S0LEADS"]))
        #expect(Rules.evaluate([either], input(groups: ["S0ONCALL": true])) == .matched(either))
    }

    @Test func `a part that settles the whole spares the look-up, wherever it stands`() {
        let isGuest = Rule.Condition.requester(.init(role: .guest))
        let isMember = Rule.Condition.requester(.init(role: .member))
        #expect(holds(.all([onCall, isGuest]), input()) == false)
        #expect(holds(.any([onCall, isMember]), input()) == true)
        #expect(holds(.all([onCall, isMember]), input()) == nil)
        #expect(holds(.any([onCall, isGuest]), input()) == nil)
        #expect(holds(.not(onCall), input()) == nil)
        #expect(holds(.not(.all([onCall, isGuest])), input()) == true)
    }

    @Test func `a requester of another role spares the look-up`() {
        let condition = Rule.Condition.requester(.init(role: .guest, group: "S0ONCALL"))
        #expect(holds(condition, input()) == false)
        #expect(holds(condition, input(role: .guest)) == nil)
    }

    // MARK: Requester, target, duration

    @Test func `a role is exactly that role`() {
        #expect(holds(.requester(.init(role: .member)), input(role: .admin)) == false)
        #expect(holds(.requester(.init(role: .admin)), input(role: .admin)) == true)
    }

    @Test func `an address matches without regard to case, and nobody without one`() {
        let condition = Rule.Condition.requester(.init(emails: ["bob@acme.test", "eve@acme.test"]))
        #expect(holds(condition, input(email: "Bob@Acme.test")) == true)
        #expect(holds(condition, input(email: "mallory@acme.test")) == false)
        #expect(holds(condition, input(email: nil)) == false)
    }

    @Test func `the workspace is that of the requester's account`() {
        #expect(holds(.requester(.init(workspace: "T0ACME")), input()) == true)
        #expect(holds(.requester(.init(workspace: "T0CUST")), input()) == false)
    }

    @Test func `targets match by name, and no target matches none`() {
        #expect(holds(.target(["a", "b"]), input(target: "b")) == true)
        #expect(holds(.target(["a", "b"]), input(target: "c")) == false)
        #expect(holds(.target(["a", "b"]), input()) == false)
    }

    @Test(arguments: [(59, false), (60, true), (120, true), (121, false)])
    func `a duration lies between both bounds, both included`(seconds: Int, expected: Bool) {
        #expect(holds(.duration(atLeastSeconds: 60, atMostSeconds: 120), input(seconds: seconds)) == expected)
    }

    @Test func `an open bound holds, but a request without a duration has none that matches`() {
        #expect(holds(.duration(atLeastSeconds: nil, atMostSeconds: 60), input(seconds: 1)) == true)
        #expect(holds(.duration(atLeastSeconds: 60, atMostSeconds: nil), input(seconds: 1)) == false)
        #expect(holds(.duration(atLeastSeconds: nil, atMostSeconds: 60), input()) == false)
    }

    // MARK: Fields

    private static let account = Account(workspace: "T0ACME", user: "U0ANN")

    static let fieldCases: [(Rule.FieldCondition.Test, FieldValue?, Bool)] = [
        (.isOneOf([.string("a"), .string("b")]), .string("b"), true),
        (.isOneOf([.string("a")]), .string("A"), false),
        (.isOneOf([.string("1")]), .int(1), false),
        (.isOneOf([.bool(false)]), .bool(false), true),
        (.isOneOf([.bool(false)]), nil, false),
        (.contains("DROP"), .string("please drop it"), true),
        (.contains("drop"), .string("please"), false),
        (.contains("drop"), nil, false),
        (.contains("a"), .strings(["b", "a"]), true),
        (.contains("a"), .strings(["ab"]), false),
        (.contains("7"), .ints([7]), true),
        (.contains("7"), .ints([77]), false),
        (.contains("U0ANN"), .users([account]), true),
        (.contains("T0ACME/U0ANN"), .users([account]), true),
        (.contains("T0CUST/U0ANN"), .users([account]), false),
        (.atLeast(5), .int(5), true),
        (.atLeast(5), .int(4), false),
        (.atLeast(5), nil, false),
        (.atMost(5), .duration(5), true),
        (.atMost(5), .duration(6), false),
        (.atMost(5), .string("1"), false),
        (.isEmpty(true), nil, true),
        (.isEmpty(true), .string("  "), true),
        (.isEmpty(true), .strings([]), true),
        (.isEmpty(true), .bool(false), false),
        (.isEmpty(false), .string("x"), true),
        (.isEmpty(false), nil, false),
    ]

    @Test(arguments: fieldCases)
    func `a field passes its test or not`(test: Rule.FieldCondition.Test, value: FieldValue?, expected: Bool) {
        var fields: [String: FieldValue] = [:]
        fields["f"] = value
        #expect(holds(.field(.init(name: "f", test: test)), input(fields: fields)) == expected)
    }

    @Test func `a field of another name does not count`() {
        let condition = Rule.Condition.field(.init(name: "f", test: .isOneOf([.int(1)])))
        #expect(holds(condition, input(fields: ["g": .int(1)])) == false)
    }

    // MARK: Time

    static let office = Rule.TimeCondition(
        zone: "Z", weekdays: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60)
    static let fridayNight = Rule.TimeCondition(zone: "Z", weekdays: [5], fromMinute: 22 * 60, toMinute: 6 * 60)
    static let sundayNight = Rule.TimeCondition(zone: "Z", weekdays: [7], fromMinute: 22 * 60, toMinute: 6 * 60)

    static let timeCases: [(Rule.TimeCondition, Int, Int, Bool)] = [
        (office, 1, 9 * 60 - 1, false), (office, 1, 9 * 60, true), (office, 5, 17 * 60 - 1, true),
        (office, 5, 17 * 60, false), (office, 6, 12 * 60, false),
        (fridayNight, 5, 22 * 60, true), (fridayNight, 6, 6 * 60 - 1, true), (fridayNight, 6, 6 * 60, false),
        (fridayNight, 5, 3 * 60, false), (fridayNight, 6, 23 * 60, false),
        (sundayNight, 7, 23 * 60, true), (sundayNight, 1, 0, true), (sundayNight, 7, 0, false),
        (Rule.TimeCondition(zone: "Z"), 7, 1439, true),
        (Rule.TimeCondition(zone: "Z", weekdays: [7]), 7, 1439, true),
        (Rule.TimeCondition(zone: "Z", weekdays: [7]), 1, 0, false),
    ]

    @Test(arguments: timeCases)
    func `a time of the week lies in a span or not`(
        span: Rule.TimeCondition, weekday: Int, minute: Int, expected: Bool
    ) {
        let time = LocalTime(weekday: weekday, minuteOfDay: minute)
        #expect(holds(.time(span), input(localTime: time)) == expected)
    }

    @Test func `a zone that is no longer known leaves the decision to people`() {
        let open = Rule(
            name: "not at night", condition: .not(.time(Self.fridayNight)), outcome: .approve(reason: "Daytime"))
        let later = Rule(name: "later", outcome: .approve(reason: "Always"))
        #expect(Rules.evaluate([open, later], input(localTime: nil)) == .matched(nil))
        #expect(Rules.evaluate([open, later], input()) == .matched(open))
    }
}
