package import Support

/// Asks a flow's rules about a request (decisions.md 10).
package enum Rules {
    /// The first rule whose condition holds, or what must be looked up before that can be said.
    ///
    /// Lazy in order: a group is asked for only where nothing else settles the rule that is being looked at, one group
    /// at a time. Reads no clock and no network: the same arguments give the same answer on every replica.
    ///
    /// A rule that cannot be judged at all, because its time zone is no longer known, ends the search without a match:
    /// in doubt a human is asked, and no later rule approves in its place.
    package static func evaluate(_ rules: [Rule], _ input: RuleInput) -> RuleVerdict {
        for rule in rules {
            switch judge(rule.condition, input) {
            case .holds: return .matched(rule)
            case .fails: continue
            case .needs(let group): return .needs(groups: [group])
            case .unknowable: return .matched(nil)
            }
        }
        return .matched(nil)
    }
}

/// Three-valued logic with two reasons for not knowing.
private enum Judgement {
    case holds, fails
    case needs(group: String)
    case unknowable

    init(_ flag: Bool) { self = flag ? .holds : .fails }
}

private func judge(_ condition: Rule.Condition, _ input: RuleInput) -> Judgement {
    switch condition {
    case .always: return .holds
    case .all(let parts): return join(parts, input, settledBy: .fails)
    case .any(let parts): return join(parts, input, settledBy: .holds)
    case .not(let part):
        switch judge(part, input) {
        case .holds: return .fails
        case .fails: return .holds
        case let open: return open
        }
    case .requester(let wanted): return judge(wanted, input)
    case .target(let names): return Judgement(input.targetName.map(names.contains) ?? false)
    case .field(let wanted): return Judgement(wanted.test.holds(for: input.fields[wanted.name]))
    case .duration(let atLeast, let atMost):
        guard let seconds = input.durationSeconds else { return .fails }
        return Judgement(seconds >= atLeast ?? .min && seconds <= atMost ?? .max)
    case .time(let span):
        guard let time = input.localTime(input.now, span.zone) else { return .unknowable }
        return Judgement(span.contains(time))
    }
}

/// The parts in order, until one of them settles the whole. A part that is still open is looked into only when no
/// other part settles the whole without it.
private func join(_ parts: [Rule.Condition], _ input: RuleInput, settledBy settling: Judgement) -> Judgement {
    var firstOpen: Judgement?
    for part in parts {
        switch (judge(part, input), settling) {
        case (.holds, .holds): return .holds
        case (.fails, .fails): return .fails
        case (.holds, _), (.fails, _): continue
        case (let open, _): firstOpen = firstOpen ?? open
        }
    }
    if let firstOpen { return firstOpen }
    if case .holds = settling { return .fails }
    return .holds
}

private func judge(_ wanted: Rule.RequesterCondition, _ input: RuleInput) -> Judgement {
    let requester = input.requester
    if let role = wanted.role, requester.role != role { return .fails }
    if let workspace = wanted.workspace, requester.account.workspace != workspace { return .fails }
    if let emails = wanted.emails {
        guard let email = requester.email, emails.contains(email.lowercased()) else { return .fails }
    }
    guard let group = wanted.group else { return .holds }
    return input.groups[group].map(Judgement.init) ?? .needs(group: group)
}

extension Rule.FieldCondition.Test {
    /// Whether a submitted value passes; `nil` is a field that was left empty or was not shown.
    package func holds(for value: FieldValue?) -> Bool {
        switch (self, value) {
        case (.isEmpty(let wanted), _): wanted == (value?.isBlank ?? true)
        case (_, nil): false
        case (.isOneOf(let wanted), let value?): wanted.contains(value)
        case (.contains(let wanted), let value?): value.contains(wanted)
        case (.atLeast(let bound), .int(let number)?), (.atLeast(let bound), .duration(let number)?): number >= bound
        case (.atMost(let bound), .int(let number)?), (.atMost(let bound), .duration(let number)?): number <= bound
        case (.atLeast, _), (.atMost, _): false
        }
    }
}

extension FieldValue {
    fileprivate var isBlank: Bool {
        switch self {
        case .string(let text): text.trimmed.isEmpty
        case .users(let accounts): accounts.isEmpty
        case .strings(let texts): texts.isEmpty
        case .ints(let numbers): numbers.isEmpty
        case .int, .bool, .duration, .user: false
        }
    }

    /// Texts contain texts without regard to case; lists have elements.
    fileprivate func contains(_ wanted: String) -> Bool {
        switch self {
        case .string(let text): text.lowercased().contains(wanted.lowercased())
        case .strings(let texts): texts.contains(wanted)
        case .ints(let numbers): numbers.contains { String($0) == wanted }
        case .users(let accounts): accounts.contains { $0.user == wanted || $0.description == wanted }
        case .int, .bool, .duration, .user: false
        }
    }
}

extension Rule.TimeCondition {
    /// Whether a time of the week lies in the span. One that spans midnight belongs to the day on which it begins.
    package func contains(_ time: LocalTime) -> Bool {
        let yesterday = time.weekday == 1 ? 7 : time.weekday - 1
        if fromMinute <= toMinute {
            return isOn(time.weekday) && time.minuteOfDay >= fromMinute && time.minuteOfDay < toMinute
        }
        return time.minuteOfDay >= fromMinute && isOn(time.weekday)
            || time.minuteOfDay < toMinute && isOn(yesterday)
    }

    private func isOn(_ weekday: Int) -> Bool { weekdays.isEmpty || weekdays.contains(weekday) }
}

extension LocalTime {
    /// The time of the week where clocks are `offsetSeconds` ahead of UTC.
    package init(at time: Timestamp, offsetSeconds: Int) {
        let seconds = time.milliseconds.flooredQuotient(by: 1000) + Int64(offsetSeconds)
        let day = seconds.flooredQuotient(by: 86_400)
        // 1 January 1970, day 0, was a Thursday.
        weekday = Int((day + 3) - (day + 3).flooredQuotient(by: 7) * 7) + 1
        minuteOfDay = Int(seconds - day * 86_400) / 60
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
