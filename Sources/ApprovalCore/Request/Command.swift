package import Support

package enum ReceiptSubject {}
package typealias ReceiptID = Identifier<ReceiptSubject>

/// Somebody pressed a button, or called the API to the same end: what is durable before it is acknowledged.
package struct Receipt: Hashable, Codable, Sendable {
    package enum Action: String, Hashable, Codable, Sendable, CaseIterable {
        case approve, deny, revoke, retry
        /// An admin says what became of an attempt whose outcome nobody knows.
        case confirmGranted = "confirm_granted"
        case confirmNotGranted = "confirm_not_granted"
    }

    package var id: ReceiptID
    package var account: Account
    package var action: Action
    /// The time of receipt: deadlines compare it.
    package var at: Timestamp
    /// The round of the card that was pressed.
    package var round: Int
    /// The message that was pressed; absent where the decision came by API.
    package var copy: Card.Copy?
    package var message: String?
    package var source: Flow.Source

    package init(
        id: ReceiptID, account: Account, action: Action, at: Timestamp, round: Int, copy: Card.Copy? = nil,
        message: String? = nil, source: Flow.Source = .slack
    ) {
        self.id = id
        self.account = account
        self.action = action
        self.at = at
        self.round = round
        self.copy = copy
        self.message = message
        self.source = source
    }
}

/// What is known about the person behind a receipt, and what was looked up for it.
package struct Evidence: Hashable, Codable, Sendable {
    package var person: Person
    /// Whether the person is in a channel, for each channel that was looked up.
    package var channels: [String: Bool]
    /// Whether their e-mail address may be what gives them the right to decide: not where nobody but another company's
    /// workspace vouches for it, and it is one of ours (decisions.md 4). It is always enough to take that right away.
    package var emailIsTheirs: Bool

    package init(person: Person, channels: [String: Bool] = [:], emailIsTheirs: Bool = true) {
        self.person = person
        self.channels = channels
        self.emailIsTheirs = emailIsTheirs
    }
}

package enum Command: Hashable, Sendable {
    /// The flow's rules and handlers have answered for this round.
    /// - Parameter amendment: what the job is from now on, where that was found out or changed.
    case routed(RoutingAnswer, round: Int, amendment: Amendment? = nil)
    case click(Receipt, Evidence?)
    case classified(ReceiptID, Classification)
    case consulted(ReceiptID, HookAnswer, amendment: Amendment? = nil)
    /// A hook has answered about a step that no receipt brought about.
    case answered(Hook, Occasion, HookAnswer)
    /// `on_escalate` wants less than was approved.
    case amended(Amendment, epoch: Int)
    /// `on_escalate` ends what it was asked about before it begins.
    case notToBegin(epoch: Int)
    case delivered(slot: String, Card.Copy)
    case undeliverable(slot: String, reason: String)
    /// The copy was deleted, or can no longer be edited.
    case copyLost(slot: String, reason: String)
    /// A message of ours that a lost answer kept us from knowing was pressed: it is a copy from now on.
    case adopted(Card.Copy)
    /// - Parameter holdExpiries: the clock has just jumped; nothing expires yet, access still ends (decisions.md 5).
    case checkDeadline(holdExpiries: Bool)
    case attemptStarts(epoch: Int)
    /// The call that was announced certainly did not reach the target.
    case attemptDidNotLeave(epoch: Int)
    case granted(epoch: Int, output: String?)
    /// - Parameter mayHaveReached: whether this or an earlier call of the attempt may have switched access on.
    case grantFailed(epoch: Int, Failure.Kind, error: String, isRetryable: Bool, mayHaveReached: Bool)
    /// The job or the policy is no longer what was approved.
    case bindingBroken(Rebinding)
    /// - Parameter output: what the strategy returned, as JSON text.
    case removalDone(epoch: Int, output: String? = nil)
    case removalFailed(epoch: Int, error: String, attempt: Int)
    /// A handler failed outside a decision.
    case handlerFailed(Hook, error: String)
    /// Whoever asked for a command is about to run it. Changes nothing where that is not what was approved, or not any
    /// more.
    case startCommand(GateCommand, attempt: String, by: PersonReference)
    case endCommand(CommandEnd, by: PersonReference)

    package enum Classification: Hashable, Sendable {
        case evidence(Evidence)
        case failed(String)
    }
}

/// What the flow's reducers say of a new request.
package enum RoutingAnswer: Hashable, Sendable {
    /// - Parameter routing: who is to see it all the same, and who may revoke.
    case approve(reason: String?, rule: String?, routing: Routing?)
    case deny(reason: String?, rule: String?, routing: Routing?)
    case ask(Routing)
    /// The hook refused with a message; the request ends.
    case ignore(message: String)
    case failed(error: String)
    /// `on_request` wants another target or duration; the rest follows from that.
    indirect case changed(JobChange, RoutingAnswer)
}

/// What `on_prompt` gives with the request that it makes. It passes the rules and `on_approve` like any other approval
/// of a hook.
package struct PromptApproval: Hashable, Sendable {
    package var reason: String?

    package init(reason: String?) { self.reason = reason }
}

/// The steps around which a flow may be asked (sym-sdk.md 2.2).
package enum Hook: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    case onPrompt = "on_prompt"
    case afterPrompt = "after_prompt"
    case onRequest = "on_request"
    case afterRequest = "after_request"
    case onRequestForward = "on_request_forward"
    case afterRequestForward = "after_request_forward"
    case onRequestExpire = "on_request_expire"
    case afterRequestExpire = "after_request_expire"
    case onApprove = "on_approve"
    case afterApprove = "after_approve"
    case onDeny = "on_deny"
    case afterDeny = "after_deny"
    case onEscalate = "on_escalate"
    case afterEscalate = "after_escalate"
    case onDeescalate = "on_deescalate"
    case afterDeescalate = "after_deescalate"

    package static func < (left: Hook, right: Hook) -> Bool { left.rawValue < right.rawValue }
}

package enum HookAnswer: Hashable, Sendable {
    case proceed
    case transition(Transition, reason: String?, change: JobChange? = nil)
    case ignore(message: String)
    case failed(error: String)
}

/// An event that a hook may fire.
package enum Transition: String, Hashable, Codable, Sendable, CaseIterable {
    case prompt, request, approve, deny, escalate, deescalate
}

extension Hook {
    /// Whether a hook may fire a transition: forward only (SYM-20; sym-sdk.md 3.3). A hook that returns its own event
    /// lets it happen, once.
    package func allows(_ transition: Transition) -> Bool {
        switch self {
        case .onPrompt: [.request, .approve, .deny].contains(transition)
        case .onRequest: [.request, .approve, .deny, .escalate].contains(transition)
        case .onRequestForward, .onRequestExpire, .afterRequest, .afterRequestForward, .afterPrompt:
            [.approve, .deny].contains(transition)
        case .onApprove: [.approve, .deny, .escalate].contains(transition)
        case .onDeny: [.deny, .approve].contains(transition)
        case .onEscalate: [.escalate, .deescalate].contains(transition)
        case .afterApprove: transition == .escalate
        case .afterEscalate, .onDeescalate: transition == .deescalate
        case .afterRequestExpire, .afterDeny, .afterDeescalate: false
        }
    }
}
