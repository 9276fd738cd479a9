package import Support

/// What the rules know of a request when they are asked.
package struct RuleInput: Sendable {
    package var requester: Person
    package var targetName: String?
    package var fields: [String: FieldValue]
    package var durationSeconds: Int?
    package var now: Timestamp
    /// Whether the requester is in a user group, for each group that was looked up.
    package var groups: [String: Bool]
    /// The time in a zone. Pure in its arguments: tzdata's rules.
    package var localTime: @Sendable (_ at: Timestamp, _ zone: String) -> LocalTime?

    package init(
        requester: Person, targetName: String?, fields: [String: FieldValue], durationSeconds: Int?, now: Timestamp,
        groups: [String: Bool] = [:], localTime: @escaping @Sendable (Timestamp, String) -> LocalTime?
    ) {
        self.requester = requester
        self.targetName = targetName
        self.fields = fields
        self.durationSeconds = durationSeconds
        self.now = now
        self.groups = groups
        self.localTime = localTime
    }
}

/// A time of the week in some zone.
package struct LocalTime: Hashable, Sendable {
    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int
    package var minuteOfDay: Int

    package init(weekday: Int, minuteOfDay: Int) {
        self.weekday = weekday
        self.minuteOfDay = minuteOfDay
    }
}

/// What the rules of a flow say of a request.
package enum RuleVerdict: Hashable, Sendable {
    /// A rule decided. `nil` stands for "no rule matched": ask with the defaults.
    case matched(Rule?)
    /// Membership in these groups must be looked up before the rules can say more.
    case needs(groups: [String])
}
