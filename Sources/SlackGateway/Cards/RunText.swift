import ApprovalCore
import SlackContract
import Support

/// What is said of a request, piece by piece, in words that suit the reader.
struct RunText {
    let run: AccessRequest
    let flow: Flow
    let reader: CardReader

    /// What people wrote is shown up to here; the form takes more.
    static let quotationMax = 1000
    static let errorMax = 500
    private static let errorsShown = 2
    private static let receiptsShown = 5
    private static let votesShown = 10

    // MARK: What was asked

    var requester: PersonReference { PersonReference(run.submission.requester) }
    var who: Mrkdwn { Words.person(requester, in: flow, for: reader) }

    var targetLabel: String? {
        run.submission.target.map { flow.strategy?.target(named: $0)?.label ?? $0 }
    }

    /// "*Production database* (prod)".
    var what: Mrkdwn { what(flow: Words.label(flow.label).bold) }

    private func what(flow: Mrkdwn) -> Mrkdwn {
        guard let targetLabel else { return flow }
        return "\(raw: flow) (\(raw: Words.label(targetLabel)))"
    }

    /// " for 1 hour", or nothing.
    var forHowLong: Mrkdwn {
        guard let seconds = run.submission.durationSeconds else { return .empty }
        return " for \(DurationWords.text(seconds: Int64(seconds)))"
    }

    var headline: Mrkdwn { "\(raw: who) \(raw: asks) \(raw: what)\(raw: forHowLong)" }
    /// The headline without markup and without a mention, which would notify twice.
    var headlineInOneLine: Mrkdwn { "\(raw: Words.name(requester)) \(raw: asks) \(raw: inOneLine)" }
    private var asks: Mrkdwn { run.verdict == nil ? "asks for" : "asked for" }
    /// For notifications and lists: no markup, and nobody is mentioned.
    var inOneLine: Mrkdwn { "\(raw: what(flow: Words.label(flow.label)))\(raw: forHowLong)" }

    /// The command that runs when this is approved: all of it, or nobody could know what they approve.
    var command: Mrkdwn? {
        guard let command = run.submission.command else { return nil }
        var place: Mrkdwn = "in \(code: GateCommand.quoted(command.directory))"
        if let host = command.host { place += " on \(code: host)" }
        if let commit = command.commit { place += " at commit \(code: String(commit.prefix(RunText.commitDigits)))" }
        if command.changes != nil { place += ", *with changes that are not committed*" }
        return "*Command*\n\(codeBlock: command.text)\n\(raw: place)"
    }
    private static let commitDigits = 12

    /// What became of the command.
    var execution: Mrkdwn? {
        guard let execution = run.execution else { return nil }
        switch (execution.end, execution.endedAt) {
        case (.exited(let status)?, let end?): return "Ran until \(date: end): exit status \(status)"
        case (.killed(let signal)?, let end?): return "Ran until \(date: end): ended by signal \(signal)"
        case (.notRun(let reason)?, _): return "Not run: \(raw: error(reason))"
        case (nil, _), (_, nil): return "Runs since \(date: execution.startedAt)"
        }
    }

    /// Who typed it, where that is not the requester in Slack (SYM-36, 53).
    var origin: Mrkdwn? {
        switch (run.submission.source, run.submission.onBehalfBy) {
        case (.slack, nil): nil
        case (.api, nil): "Asked through the API"
        case (_, let other?): "Asked on the requester's behalf by \(raw: Words.name(other))"
        }
    }

    // MARK: Why and within what

    /// Why a human is asked (COR-06).
    var why: Mrkdwn? {
        guard reader == .member, let routing = run.routing else { return nil }
        switch run.verdict?.by {
        case .policy, .system: return nil
        case .people, nil: break
        }
        guard let rule = routing.rule else { return "Asked because no rule decides it" }
        return "Asked because of rule \(raw: Words.label(rule).bold)"
    }

    /// What it touches (COR-07).
    var scope: Mrkdwn? {
        guard reader == .member else { return nil }
        let environment = Words.label(flow.environment.label ?? flow.environment.name)
        let tags = flow.riskTags.map { "\(code: $0)" as Mrkdwn }
        return (["Scope: \(raw: environment)"] + tags).joined(separator: " ")
    }

    /// What holds if it is approved (COR-08).
    var constraints: Mrkdwn? {
        guard reader == .member, !flow.constraints.isEmpty else { return nil }
        var parts: [Mrkdwn] = []
        if let seconds = flow.constraints.maxRuntimeSeconds {
            parts.append("runs at most \(DurationWords.text(seconds: Int64(seconds)))")
        }
        if let lines = flow.constraints.maxLinesChanged {
            parts.append("changes at most \(Words.count(lines, "line"))")
        }
        let when: Mrkdwn = run.verdict == nil ? "If approved" : "Limits"
        return "\(raw: when): \(raw: parts.joined(separator: ", "))"
    }

    /// What the approval is bound to (COR-03, 09).
    var hashes: Mrkdwn {
        let job: Mrkdwn = "job \(raw: Words.short(hash: run.binding.jobHash))"
        guard reader == .member else { return job }
        return "\(raw: job) policy \(raw: Words.short(hash: run.binding.policySnapshot))"
    }

    /// Why it is asked again (decisions.md 3).
    var askedAnew: Mrkdwn? {
        guard run.binding.round > 1 else { return nil }
        let again: Mrkdwn = "Asked anew: what was approved before has changed since, and earlier votes are void"
        guard reader == .member, !run.changedKeys.isEmpty else { return "\(raw: again)." }
        let keys = run.changedKeys.map { "\(code: $0)" as Mrkdwn }
        return "\(raw: again). Changed: \(raw: keys.joined(separator: " "))"
    }

    // MARK: Waiting

    var answerBy: Mrkdwn? {
        switch run.state {
        case .submitted(let time): answerBy(time)
        case .pending(let pending): answerBy(pending.answerBy)
        default: nil
        }
    }

    private func answerBy(_ time: Timestamp) -> Mrkdwn { "Answer by \(date: time) (\(date: time, .relative))" }

    /// How many have agreed, where one is not enough.
    var progress: Mrkdwn? {
        guard case .pending(let pending) = run.state, let quorum = run.routing?.quorum, quorum > 1 else { return nil }
        let count: Mrkdwn = "\(pending.votes.count) of \(Words.count(quorum, "approval"))"
        guard !pending.votes.isEmpty else { return count }
        return "\(raw: count): \(raw: voters(pending.votes))"
    }

    func voters(_ votes: [Vote]) -> Mrkdwn {
        var names = votes.prefix(RunText.votesShown).map { Words.person($0.person, in: flow, for: reader) }
        if votes.count > names.count { names.append("\(votes.count - names.count) more") }
        return Words.list(names)
    }

    /// Clicks that are being looked into (decisions.md 1).
    var openReceipts: [Mrkdwn] {
        var lines: [Mrkdwn] = run.openReceipts.prefix(RunText.receiptsShown).map { open in
            let who = open.person.map(Words.name) ?? "\(user: open.receipt.account.user)"
            return ":hourglass_flowing_sand: Checking \(raw: who)'s \(Words.noun(for: open.receipt.action))…"
        }
        if run.openReceipts.count > lines.count {
            lines.append("… and \(run.openReceipts.count - lines.count) more")
        }
        return lines
    }

    // MARK: Errors

    /// What went wrong before there was a decision, newest last.
    var errors: [Mrkdwn] {
        guard !run.errors.isEmpty else { return [] }
        guard reader == .member else { return [":warning: Something went wrong while this request was handled."] }
        return run.errors.suffix(RunText.errorsShown).map {
            ":warning: \(date: $0.at) \(raw: error($0.message))"
        }
    }

    func error(_ text: String) -> Mrkdwn { Mrkdwn(plain: Words.oneLine(text)).shortened(to: RunText.errorMax) }
}
