package import Support

/// The command that a run may be about (`symflow run`): it runs once, as it was approved, and its end is on record.
extension AccessRequest {
    /// How long after the approval a command may begin: whoever asked is waiting for it. What was approved is not kept
    /// for another day.
    package static let commandStartsWithin: Duration = .hours(1)

    /// Whether what was approved may run now: approved not long ago, and with access on where the flow gives any.
    package func mayRunCommand(at now: Timestamp) -> Bool {
        guard submission.command != nil, execution == nil, let verdict,
            now - verdict.at <= Self.commandStartsWithin
        else { return false }
        return switch state {
        case .approved, .active: true
        case .submitted, .pending, .escalating, .executionFailed, .removing, .removed, .denied, .expired: false
        }
    }

    /// Whether this person may say that the command runs, and how it ended.
    package func mayReportOnCommand(_ person: PersonReference) -> Bool {
        person.id == submission.requester.id || person.id == submission.onBehalfBy?.id
    }

    func start(
        _ command: GateCommand, attempt: String, by person: PersonReference, _ draft: inout Draft
    ) {
        guard mayRunCommand(at: draft.now), command == submission.command, mayReportOnCommand(person) else { return }
        draft.record(.commandStarted(attempt: attempt, by: person))
        draft.showCards()
    }

    func end(_ end: CommandEnd, by person: PersonReference, _ draft: inout Draft) {
        guard mayReportOnCommand(person) else { return }
        if let execution {
            guard execution.end == nil else { return }
        } else {
            // What is not going to run need not have begun.
            guard mayRunCommand(at: draft.now), case .notRun = end else { return }
        }
        draft.record(.commandEnded(end, by: person))
        draft.showCards()
    }
}
