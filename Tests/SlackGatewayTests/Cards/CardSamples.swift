import ApprovalCore
import Support
import TestSupport
import Testing

/// A request in each state that it can get into, reached by real commands.
enum CardSample: String, CaseIterable, Sendable {
    case submitted, handlerFailed = "handler_failed", pending, checking, quorum
    case decisionMessage = "decision_message"
    case fromElsewhere = "from_elsewhere"
    case escalating, active, activeForGood = "active_for_good", approved
    case failedRefused = "failed_refused"
    case failedAmbiguous = "failed_ambiguous"
    case failedUnclear = "failed_unclear"
    case removing, removalFailing = "removal_failing", removed, revoked
    case denied, expired
    case approvedByRule = "approved_by_rule"
    case deniedByRule = "denied_by_rule"
    case nobodyCouldDecide = "nobody_could_decide"
    case askedAnew = "asked_anew"
    case replaced

    var flow: Flow {
        switch self {
        case .decisionMessage: Sample.flow(includeDecisionMessage: true)
        case .activeForGood: Sample.flow(scheduleDeescalation: false)
        case .approved: Sample.flow(strategy: nil)
        case .failedUnclear: Sample.flow(strategy: Sample.strategy(settings: ["retry_ambiguous": "false"]))
        default: Sample.flow()
        }
    }

    func run() throws -> AccessRequest {
        let new = AccessRequest.sample(of: flow, durationSeconds: self == .activeForGood ? nil : 3600)
        switch self {
        case .submitted: return new
        case .handlerFailed:
            return try new.advanced(.routed(.failed(error: "get_permissions: KeyError 'team'"), round: 1))
        case .pending, .decisionMessage: return try new.asked()
        case .checking:
            let run = try new.asked()
            return try run.advanced(.click(run.receipt(.approve, by: Sample.ada), nil))
        case .quorum: return try new.asked(Sample.routing(quorum: 2)).clicked(.approve, by: Sample.dana)
        case .fromElsewhere:
            let requester = Sample.person(
                "Mia", "U0MIA", workspace: Sample.otherWorkspace, email: "mia@customer.test")
            return try AccessRequest.sample(
                of: flow, requester: requester, source: .api, onBehalfBy: PersonReference(Sample.bot)
            )
            .asked()
        case .escalating: return try approved(new)
        case .active, .activeForGood: return try granted(new)
        case .approved: return try approved(new)
        case .failedRefused: return try failed(new, .refused, retryable: true)
        case .failedAmbiguous: return try failed(new, .ambiguous, retryable: true)
        case .failedUnclear: return try failed(new, .ambiguous, retryable: false)
        case .removing: return try removing(new)
        case .removalFailing:
            return try removing(new).advanced(
                .removalFailed(epoch: 1, error: "HTTP 502 from the target", attempt: 1),
                .removalFailed(epoch: 1, error: "HTTP 502 from the target", attempt: 2))
        case .removed: return try removing(new).advanced(.removalDone(epoch: 1))
        case .revoked: return try granted(new).clicked(.revoke, by: Sample.dana).advanced(.removalDone(epoch: 1))
        case .denied: return try new.asked().clicked(.deny, by: Sample.eli, message: "Use the replica instead")
        case .expired:
            var run = try new.asked()
            try run.advance(.checkDeadline(holdExpiries: false), at: try #require(run.wakeAt))
            return run
        case .approvedByRule:
            return try new.advanced(
                .routed(
                    .approve(reason: "On call", rule: "on-call emergencies", routing: Sample.routing()), round: 1),
                .attemptStarts(epoch: 1), .granted(epoch: 1, output: nil))
        case .deniedByRule:
            return try new.advanced(
                .routed(
                    .deny(reason: "Guests cannot ask for this", rule: "never from outside", routing: Sample.routing()),
                    round: 1))
        case .nobodyCouldDecide:
            return try new.advanced(
                .routed(.ask(Sample.routing(mayDecide: DeciderRule(people: ["bob@acme.test"]))), round: 1))
        case .askedAnew, .replaced: return try askedAnew(new).asked()
        }
    }

    /// The card that a sample is about; the one that it would have had where nobody was asked.
    func card(_ audience: Card.Audience, of run: AccessRequest) throws -> Card {
        let cards = run.cards.filter { $0.audience == audience }
        if let card = self == .replaced ? cards.first : cards.last { return card }
        return try #require(AccessRequest.sample(of: flow).asked().cards.last)
    }

    private func approved(_ run: AccessRequest) throws -> AccessRequest {
        try run.asked().clicked(.approve, by: Sample.dana, message: "Go ahead")
    }

    private func granted(_ run: AccessRequest) throws -> AccessRequest {
        try approved(run).advanced(.attemptStarts(epoch: 1), .granted(epoch: 1, output: #"{"token": "s3cret"}"#))
    }

    private func failed(_ run: AccessRequest, _ kind: Failure.Kind, retryable: Bool) throws -> AccessRequest {
        try approved(run).advanced(
            .attemptStarts(epoch: 1),
            .grantFailed(
                epoch: 1, kind, error: kind == .refused ? "HTTP 403: no such role" : "no answer within 30 s",
                isRetryable: retryable, mayHaveReached: kind == .ambiguous
            ))
    }

    private func removing(_ run: AccessRequest) throws -> AccessRequest {
        var run = try granted(run)
        try run.advance(.checkDeadline(holdExpiries: false), at: try #require(run.wakeAt))
        return run
    }

    private func askedAnew(_ run: AccessRequest) throws -> AccessRequest {
        var changed = flow
        changed.constraints.maxRuntimeSeconds = 1800
        let binding = BindingDocuments(run.submission, flow: changed, identity: "bob@acme.test").binding(round: 2)
        return try approved(run).advanced(
            .bindingBroken(
                Rebinding(revision: FlowRevision(of: changed).hash, terms: run.terms, binding: binding)))
    }
}
