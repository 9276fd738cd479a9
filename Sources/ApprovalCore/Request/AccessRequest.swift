package import Support

package typealias RunID = Identifier<AccessRequest>

/// One request from its submission to its end: Sym's *run*.
///
/// A value that passes through. `decide` says what a command means now, `apply` takes in a fact; neither waits, logs or
/// reads a clock. What was true when the request was made stays with it: the flow's revision, the rules of who may
/// decide, the hashes that approval is bound to.
package struct AccessRequest: Hashable, Sendable {
    /// What no click changes.
    var subject: Subject
    /// What changed when the binding last broke: the keys that the new round's cards name (decisions.md 3).
    package var changedKeys: [String] = []
    package var state: State
    /// Every card there is or should be: approvers' and the requester's own.
    package var cards: [Card]
    /// The highest epoch of any attempt so far, in all rounds: what was done under an epoch stays done at the target, so
    /// a later approval must not use its idempotency keys again.
    package var lastEpoch = 0
    /// How the request was decided, once it is.
    package var verdict: Verdict?
    /// Clicks that are durable but wait for evidence or for a hook.
    package var openReceipts: [OpenReceipt]
    /// A hook that is asked before a step which nobody's click brought about.
    package var asking: Asking?
    /// What went wrong on the way, oldest first, at most `errorsMax`.
    package var errors: [RunError]
    /// When the last fact was recorded: the run's time never goes back.
    package var lastFactAt: Timestamp
    /// The message with which the flow's own code ignored the request (SYM-23), where it did.
    package var ignoredBecause: String?
    /// What became of the command that was approved, where one was.
    package var execution: CommandExecution?

    package static let errorsMax = 20

    init(
        id: RunID, submission: Submission, revision: String, terms: Terms, binding: Binding,
        changedKeys: [String] = [], routing: Routing?, state: State, cards: [Card], lastEpoch: Int = 0,
        verdict: Verdict?, openReceipts: [OpenReceipt], asking: Asking? = nil, errors: [RunError],
        lastFactAt: Timestamp, ignoredBecause: String? = nil, execution: CommandExecution? = nil
    ) {
        subject = Subject(
            Subject.Parts(
                id: id, submission: submission, revision: revision, terms: terms, binding: binding, routing: routing
            )
        )
        self.changedKeys = changedKeys
        self.state = state
        self.cards = cards
        self.lastEpoch = lastEpoch
        self.verdict = verdict
        self.openReceipts = openReceipts
        self.asking = asking
        self.errors = errors
        self.lastFactAt = lastFactAt
        self.ignoredBecause = ignoredBecause
        self.execution = execution
    }

    package enum State: Hashable, Codable, Sendable {
        /// Durable; the flow's rules and handlers have not answered yet.
        case submitted(answerBy: Timestamp)
        case pending(Pending)
        /// Approved; access is being switched on.
        case escalating(Attempt)
        case active(Access)
        /// Approved, nothing to switch on: the end of an approval-only flow.
        case approved
        case executionFailed(Failure)
        case removing(Removal)
        case removed(Ending)
        case denied
        case expired
    }
}

/// What was asked, by whom, through what.
package struct Submission: Hashable, Codable, Sendable {
    package var flow: String
    package var requester: Person
    package var target: String?
    package var fields: [String: FieldValue]
    /// How long access lasts once it is on; absent for approval-only flows and for access that only revoking ends.
    package var durationSeconds: Int?
    package var source: Flow.Source
    package var at: Timestamp
    /// What the API's caller sent along for Python (SYM-54), as JSON text. Part of the job: what a hook approved by
    /// cannot be exchanged afterwards.
    package var context: String?
    /// The bot or person that asked on the requester's behalf, where that is somebody else (SYM-53).
    package var onBehalfBy: PersonReference?
    /// The command that is to run when this is approved, where that is what was asked for.
    package var command: GateCommand?

    package init(
        flow: String, requester: Person, target: String? = nil, fields: [String: FieldValue] = [:],
        durationSeconds: Int? = nil, source: Flow.Source = .slack, at: Timestamp, context: String? = nil,
        onBehalfBy: PersonReference? = nil, command: GateCommand? = nil
    ) {
        self.flow = flow
        self.requester = requester
        self.target = target
        self.fields = fields
        self.durationSeconds = durationSeconds
        self.source = source
        self.at = at
        self.context = context
        self.onBehalfBy = onBehalfBy
        self.command = command
    }
}

/// The parts of the pinned flow that decisions are made by.
package struct Terms: Hashable, Codable, Sendable {
    package var hasStrategy: Bool
    package var allowRevoke: Bool
    package var scheduleDeescalation: Bool
    package var answerBySeconds: Int
    package var allowGuestInteraction: Bool
    package var adminOverride: Bool
    /// Hooks that must be asked before a step takes effect.
    package var hooks: [Hook]
    /// Whether an attempt whose outcome is unknown may be repeated under the same idempotency key.
    package var retryAmbiguous: Bool
    /// What serialises effects on the same access: strategy, target, settings and identity (decisions.md 6).
    package var grantKey: String?
    /// What the requester is called in the target system; absent until it is found out.
    package var identity: String?

    package init(
        hasStrategy: Bool, allowRevoke: Bool = true, scheduleDeescalation: Bool = true,
        answerBySeconds: Int = Flow.answerBySecondsDefault, allowGuestInteraction: Bool = false,
        adminOverride: Bool = true, hooks: [Hook] = [], retryAmbiguous: Bool = true, grantKey: String? = nil,
        identity: String? = nil
    ) {
        self.hasStrategy = hasStrategy
        self.allowRevoke = allowRevoke
        self.scheduleDeescalation = scheduleDeescalation
        self.answerBySeconds = answerBySeconds
        self.allowGuestInteraction = allowGuestInteraction
        self.adminOverride = adminOverride
        self.hooks = hooks
        self.retryAmbiguous = retryAmbiguous
        self.grantKey = grantKey
        self.identity = identity
    }
}

/// Who may decide, how many must agree, and who is told: what the flow's reducers answered.
package struct Routing: Hashable, Codable, Sendable {
    package var mayDecide: DeciderRule
    package var selfApproval: Bool
    package var quorum: Int
    package var stages: [Stage]
    /// The rule that made it so, for the card and the audit trail.
    package var rule: String?
    /// `get_timeout`: an earlier end than the flow's answer by, in seconds from the routing.
    package var answerWithinSeconds: Int?

    package init(
        mayDecide: DeciderRule, selfApproval: Bool = false, quorum: Int = 1, stages: [Stage], rule: String? = nil,
        answerWithinSeconds: Int? = nil
    ) {
        self.mayDecide = mayDecide
        self.selfApproval = selfApproval
        self.quorum = quorum
        self.stages = stages
        self.rule = rule
        self.answerWithinSeconds = answerWithinSeconds
    }

    /// One link of the backup chain with its places looked up.
    package struct Stage: Hashable, Codable, Sendable {
        package var places: [Place]
        package var forwardAfterSeconds: Int?
        /// What leads on to the next link; `nil`: everything that can. Without an answer in time, a link that a time-out
        /// does not lead on from ends the request (sym-sdk.md 2.4).
        package var forwardsOn: [ForwardCause]?

        package init(places: [Place], forwardAfterSeconds: Int? = nil, forwardsOn: [ForwardCause]? = nil) {
            self.places = places
            self.forwardAfterSeconds = forwardAfterSeconds
            self.forwardsOn = forwardsOn
        }

        package func forwards(on cause: ForwardCause) -> Bool { forwardsOn?.contains(cause) ?? true }
    }

    /// A place a card goes to; or why there is none.
    package enum Place: Hashable, Codable, Sendable {
        case channel(String)
        /// A conversation with these people (at most eight, slack.md 2.2).
        case people([Account])
        case unknown(name: String, reason: String)
    }
}

/// Waiting for people.
package struct Pending: Hashable, Codable, Sendable {
    package var answerBy: Timestamp
    /// Index of the stage that was told last.
    package var stage: Int
    package var stageSince: Timestamp
    /// When the next stage is told, or, after the last, the request ends unanswered.
    package var forwardAt: Timestamp?
    package var votes: [Vote]
}

/// A click that is on record and not yet decided (decisions.md 1).
package struct OpenReceipt: Hashable, Codable, Sendable {
    package var receipt: Receipt
    /// Who it is, once it is known that this person may.
    package var person: PersonReference?
    /// When a hook was asked about it.
    package var askedAt: Timestamp?

    package init(receipt: Receipt, person: PersonReference? = nil) {
        self.receipt = receipt
        self.person = person
    }
}

/// Somebody named on a run, as they were then.
package struct PersonReference: Hashable, Codable, Sendable {
    package var id: PersonID
    package var account: Account
    package var name: String
    package var email: String?
    /// Through what they acted (SYM-36); absent where they did not act.
    package var source: Flow.Source?

    package init(_ person: Person, through source: Flow.Source? = nil) {
        id = person.id
        account = person.account
        name = person.name
        email = person.email
        self.source = source
    }

    /// Whether two references may mean one human.
    package func mayBeSameHuman(as other: PersonReference) -> Bool {
        id == other.id || account == other.account || (email != nil && email == other.email)
    }
}

/// One approval that counts.
package struct Vote: Hashable, Codable, Sendable {
    package var person: PersonReference
    /// When the click arrived.
    package var at: Timestamp
    package var message: String?
}

/// Who made a decision.
package enum Decider: Hashable, Codable, Sendable {
    case people([Vote])
    /// A rule or a hook of the flow.
    case policy(rule: String?)
    /// The engine itself: nobody could have decided.
    case system
}

package struct Verdict: Hashable, Codable, Sendable {
    package enum Outcome: String, Hashable, Codable, Sendable { case approved, denied, expired }

    package var outcome: Outcome
    package var by: Decider
    package var reason: String?
    package var at: Timestamp
}

/// Switching access on: one epoch, perhaps several calls.
package struct Attempt: Hashable, Codable, Sendable {
    /// Part of the idempotency key. Rises only after a definite refusal (decisions.md 6).
    package var epoch: Int
    /// The flow revision whose settings the calls use, and removal after them.
    package var revision: String
    package var deadline: Timestamp
    /// When access is taken back at the latest, whatever becomes of the attempt; absent where only revoking ends it.
    package var removeBy: Timestamp?
    /// Whether a call may have reached the target. Durable before a call leaves; taken back only when it is certain
    /// that the call did not arrive.
    package var isUnderWay: Bool
    /// Who asked for it, where an earlier attempt had failed.
    package var retriedBy: Account?
}

package struct Access: Hashable, Codable, Sendable {
    package var epoch: Int
    package var revision: String
    package var since: Timestamp
    package var until: Timestamp?
    /// What the strategy returned, as JSON text, kept for taking access back.
    package var output: String?
}

/// An execution that failed after approval (TIN-13, 14).
package struct Failure: Hashable, Codable, Sendable {
    package enum Kind: String, Hashable, Codable, Sendable {
        /// The target said no: nothing happened there.
        case refused
        /// No call reached the target.
        case notSent
        /// A call may have reached the target.
        case ambiguous
    }

    package var kind: Kind
    package var error: String
    package var epoch: Int
    package var revision: String
    /// Set wherever access may be on.
    package var removeBy: Timestamp?
    /// False when an admin must first say what happened at the target.
    package var isRetryable: Bool

    package var accessMayBeOn: Bool { kind == .ambiguous || removeBy != nil }
}

package struct Removal: Hashable, Codable, Sendable {
    package enum Cause: Hashable, Codable, Sendable {
        case scheduled
        case revoked(by: PersonReference)
        /// What was approved is no longer what would happen; once removed, it is asked anew.
        indirect case bindingBroken(Rebinding)
        /// The flow's code ended it, or let it not begin.
        case hook(Hook)
    }

    package var epoch: Int
    package var revision: String
    package var cause: Cause
    package var since: Timestamp
    /// When access was to end; `nil` where that is when the removal began, because somebody wanted it then.
    package var due: Timestamp?
    package var failures: Int
    package var error: String?
    package var output: String?

    /// How much longer than it should access has been on by now.
    package func lateness(at now: Timestamp) -> Duration { now - (due ?? since) }
}

/// How access ended.
package struct Ending: Hashable, Codable, Sendable {
    package var cause: Removal.Cause
    package var at: Timestamp
    /// What the strategy had returned when it switched access on, as JSON text.
    package var grantOutput: String?
    /// What the strategy returned when it took access back, as JSON text.
    package var output: String?

    package init(cause: Removal.Cause, at: Timestamp, grantOutput: String? = nil, output: String? = nil) {
        self.cause = cause
        self.at = at
        self.grantOutput = grantOutput
        self.output = output
    }
}

package struct RunError: Hashable, Codable, Sendable {
    package var at: Timestamp
    package var message: String

    package init(at: Timestamp, message: String) {
        self.at = at
        self.message = message
    }
}
