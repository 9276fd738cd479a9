import ApprovalCore
import SlackContract
import Support

/// What became of a request, in sentences: the same for everyone who reads of it.
struct Outcome {
    let text: RunText
    private var run: AccessRequest { text.run }
    private var flow: Flow { text.flow }

    init(_ text: RunText) { self.text = text }

    // MARK: The decision

    /// "Approved by Dana, today at 9:41", with what was said below.
    var verdict: Mrkdwn? {
        guard let verdict = run.verdict else { return nil }
        var line = Outcome.verdict(verdict, voters: text.voters, showsRule: text.reader == .member)
        if let reason = Mrkdwn.quotation(verdict.reason, to: RunText.quotationMax) { line += "\n\(raw: reason)" }
        return line
    }

    /// - Parameter showsRule: whether the name of a rule may be said.
    static func verdict(_ verdict: Verdict, voters: ([Vote]) -> Mrkdwn, showsRule: Bool) -> Mrkdwn {
        let what: Mrkdwn
        switch verdict.outcome {
        case .approved: what = ":white_check_mark: *Approved*"
        case .denied: what = ":no_entry: *Denied*"
        case .expired: return ":alarm_clock: *Expired* without an answer, \(date: verdict.at)"
        }
        let by: Mrkdwn
        switch verdict.by {
        case .people(let votes): by = "by \(raw: voters(votes))"
        case .policy(let rule?) where showsRule: by = "automatically, by rule \(raw: Words.label(rule).bold)"
        case .policy: by = "automatically, by the flow's rules"
        case .system: by = "because nobody could decide"
        }
        return "\(raw: what) \(raw: by), \(date: verdict.at)"
    }

    // MARK: What followed

    /// What is going on, or how it ended; nothing where the verdict says it all.
    var status: [Mrkdwn] {
        switch run.state {
        case .submitted: [":hourglass_flowing_sand: Finding out who is asked…"]
        case .pending, .approved, .denied, .expired: []
        case .escalating: [":hourglass_flowing_sand: Switching access on…"]
        case .active(let access): [":large_green_circle: *Access is on*\(raw: until(access.until))"]
        case .executionFailed(let failure): failed(failure)
        case .removing(let removal): removing(removal)
        case .removed(let ending): [":checkered_flag: \(raw: ended(ending))"]
        }
    }

    private func until(_ time: Timestamp?) -> Mrkdwn {
        guard let time else { return " until somebody ends it" }
        return " until \(date: time) (\(date: time, .relative))"
    }

    private func failed(_ failure: Failure) -> [Mrkdwn] {
        var lines: [Mrkdwn] = []
        switch failure.kind {
        case .refused: lines.append(":warning: *Access could not be switched on*: the target refused.")
        case .notSent: lines.append(":warning: *Access could not be switched on*: the target was not reached.")
        case .ambiguous: lines.append(":warning: *Nobody knows whether access is on*: the target gave no clear answer.")
        }
        if text.reader == .member { lines.append(">\(raw: text.error(failure.error))") }
        if failure.kind == .ambiguous, !failure.isRetryable {
            lines.append("An admin must look at the target and say on the card what happened.")
        }
        if let removeBy = failure.removeBy { lines.append("Whatever may be on is taken back \(date: removeBy).") }
        return lines
    }

    private func removing(_ removal: Removal) -> [Mrkdwn] {
        var lines: [Mrkdwn] = [":hourglass_flowing_sand: Taking access back… \(raw: cause(removal.cause))"]
        guard removal.failures > 0 else { return lines }
        lines.append(
            ":warning: *Access may still be on*: taking it back failed \(Words.count(removal.failures, "time")), "
                + "and is tried until it works."
        )
        if text.reader == .member, let error = removal.error { lines.append(">\(raw: text.error(error))") }
        return lines
    }

    private func ended(_ ending: Ending) -> Mrkdwn {
        "*Access ended* \(date: ending.at). \(raw: cause(ending.cause))"
    }

    private func cause(_ cause: Removal.Cause) -> Mrkdwn {
        switch cause {
        case .scheduled: "Its time is over."
        case .revoked(let person): "Ended early by \(raw: Words.person(person, in: flow, for: text.reader))."
        case .bindingBroken: "What was approved has changed; it is asked anew afterwards."
        case .hook: "The flow's own code ended it."
        }
    }

    // MARK: In a few words

    /// For notifications and lists.
    var inFewWords: Mrkdwn {
        switch run.state {
        case .submitted: "finding out who is asked"
        case .pending(let pending): "waiting for an answer until \(date: pending.answerBy)"
        case .escalating: "approved, access is being switched on"
        case .active(let access): "access is on\(raw: access.until.map { " until \(date: $0)" } ?? .empty)"
        case .approved: "approved\(raw: byWhom)"
        case .executionFailed: "approved, but access could not be switched on"
        case .removing: "access is being taken back"
        case .removed: "access has ended"
        case .denied: "denied\(raw: byWhom)"
        case .expired: "expired without an answer"
        }
    }

    private var byWhom: Mrkdwn {
        guard case .people(let votes) = run.verdict?.by, !votes.isEmpty else { return .empty }
        return " by \(raw: Words.list(votes.prefix(3).map { Words.name($0.person) }))"
    }
}
