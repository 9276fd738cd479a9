package import ApprovalCore
import AuditTrail
import FlowConfig
import Support

/// A form that somebody filled in, checked field by field.
package struct NewRequest: Sendable {
    package var flow: Flow
    package var requester: Person
    package var target: String?
    package var fields: [String: FieldValue]
    package var source: Flow.Source
    /// Makes a second delivery of the same form the same request.
    package var submissionKey: String?
    package var context: String?
    package var onBehalfBy: PersonReference?
    /// The command that is to run once this is approved.
    package var command: GateCommand?
    /// Under what a caller of the API follows it.
    package var event: EventID?
    package var eventKey: IdempotencyKey?
    /// Where the form has no field for it: how long access is to last.
    package var durationSeconds: Int?
    /// `on_prompt` has approved what it asks for itself.
    package var approval: PromptApproval?

    package init(
        flow: Flow, requester: Person, target: String?, fields: [String: FieldValue], source: Flow.Source,
        submissionKey: String?, context: String? = nil, onBehalfBy: PersonReference? = nil,
        command: GateCommand? = nil, event: EventID? = nil, eventKey: IdempotencyKey? = nil,
        durationSeconds: Int? = nil, approval: PromptApproval? = nil
    ) {
        self.flow = flow
        self.requester = requester
        self.target = target
        self.fields = fields
        self.source = source
        self.submissionKey = submissionKey
        self.context = context
        self.onBehalfBy = onBehalfBy
        self.command = command
        self.event = event
        self.eventKey = eventKey
        self.durationSeconds = durationSeconds
        self.approval = approval
    }
}

/// Why a form does not become a request. Read by the person who filled it in.
package enum SubmissionRefusal: Error, Hashable, Sendable {
    /// SYM-38: guests decide, they do not ask.
    case guestsMayNotAsk
    case inactive
    case sourceNotAllowed(Flow.Source)
    /// The target system has no name for this person.
    case noIdentity
    case noTarget

    package var sentence: String {
        switch self {
        case .guestsMayNotAsk: "Guests can approve and deny, but not make requests. Ask a member of the team to."
        case .inactive: "Your account is deactivated."
        case .sourceNotAllowed(.slack): "This flow cannot be used from Slack."
        case .sourceNotAllowed(.api): "This flow cannot be used through the API."
        case .noIdentity:
            "Nobody knows what you are called in the target system, and Slack does not show us your e-mail address, by "
                + "which you could be found there. Ask an admin to store your identity."
        case .noTarget: "Choose what you need access to."
        }
    }
}

extension ApprovalEngine {
    /// Makes a request durable. Routing follows at the engine's own pace.
    ///
    /// - Returns: the run; an earlier one where the submission's or the event's key was used before.
    /// - Throws: `SubmissionRefusal`, `StoreError`.
    package func submit(_ new: NewRequest) async throws -> RunID {
        guard new.requester.isActive else { throw SubmissionRefusal.inactive }
        guard new.requester.role >= .member else { throw SubmissionRefusal.guestsMayNotAsk }
        guard new.flow.accepts(new.source) else { throw SubmissionRefusal.sourceNotAllowed(new.source) }
        let identity = try await knownIdentity(of: new.requester, for: new.flow)
        guard identity != nil || handlers.knowsIdentities(of: new.flow) else { throw SubmissionRefusal.noIdentity }
        if let strategy = new.flow.strategy {
            guard let target = new.target, strategy.target(named: target) != nil else {
                throw SubmissionRefusal.noTarget
            }
        }
        let now = clock.now()
        let submission = Submission(
            flow: new.flow.name, requester: new.requester, target: new.target, fields: new.fields,
            durationSeconds: new.flow.strategy == nil ? nil : durationSeconds(new), source: new.source, at: now,
            context: new.context, onBehalfBy: new.onBehalfBy, command: new.command
        )
        let revision = try await keep(new.flow)
        let (run, decision) = AccessRequest.submit(
            submission, as: RunID(ids.next()), revision: revision,
            terms: Terms(submission, flow: new.flow, identity: identity, hooks: handlers.hooks(of: new.flow)),
            binding: BindingDocuments(submission, flow: new.flow, identity: identity).binding(round: 1),
            approval: new.approval
        )
        let entries = NewEntry.entries(for: decision.effects, of: run, at: now)
        do {
            try await store.commit(
                RunChange(
                    run: run, expectedVersion: 0,
                    records: AuditRecord.records(of: decision.facts, on: run, at: now, after: .genesis),
                    entries: entries, submissionKey: new.submissionKey,
                    event: new.event.map {
                        RunEvent(id: $0, run: run.id, name: .request, at: now, key: new.eventKey)
                    }
                )
            )
        } catch {
            guard case .duplicate(let earlier) = error else { throw error }
            return earlier
        }
        announce(entries, of: run)
        logFacts(decision.facts, of: run)
        return run.id
    }

    /// How long access is asked for: the form's `duration`, else what its maker wants, else the installation's default;
    /// nothing where access ends only when somebody ends it.
    private func durationSeconds(_ new: NewRequest) -> Int? {
        if case .duration(let seconds) = new.fields[PromptField.durationName] { return Int(seconds) }
        if let seconds = new.durationSeconds { return seconds }
        return new.flow.scheduleDeescalation ? configuration().settings.durationDefaultSeconds : nil
    }
}
