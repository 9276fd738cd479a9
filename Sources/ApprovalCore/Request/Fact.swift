/// What has happened to a run. Facts are recorded with the state, in one transaction, and are what the audit trail holds.
package enum Fact: Hashable, Sendable {
    case requested
    case routed(Routing)
    case handlerFailed(Hook, error: String)
    case receiptOpened(Receipt)
    case receiptRefused(ReceiptID, account: Account, action: Receipt.Action, reason: String, detail: String?)
    case personKnown(ReceiptID, PersonReference)
    /// The receipt led to the facts that follow.
    case receiptSettled(ReceiptID)
    case voted(Vote)
    case approved(by: Decider, reason: String?)
    case denied(by: Decider, reason: String?)
    case expired
    case forwarded(toStage: Int, cause: ForwardCause)
    /// A step waits for what a hook says.
    case hookAsked(Asking)
    /// A hook keeps a step from happening.
    case hookIgnored(Hook, message: String)
    /// The job is another one from now on.
    indirect case amended(Amendment)
    case delivered(slot: String, Card.Copy)
    case adopted(slot: String, Card.Copy)
    case undeliverable(slot: String, reason: String)
    case copyLost(slot: String, reason: String)
    case escalationStarted(Attempt)
    case attemptUnderWay(epoch: Int)
    case attemptNotSent(epoch: Int)
    case accessGranted(Access)
    case executionFailed(Failure)
    case retryRequested(by: PersonReference)
    case outcomeConfirmed(granted: Bool, by: PersonReference)
    indirect case bindingBroken(Rebinding, changed: [String])
    case removalStarted(Removal)
    case removalFailed(error: String, attempt: Int)
    case removed(epoch: Int, output: String?)
    /// The flow's own code wants nothing to do with the request; the message is for whoever asked.
    case requestIgnored(message: String)
    /// The command that was approved begins: once, by whoever asked for it.
    case commandStarted(attempt: String, by: PersonReference)
    case commandEnded(CommandEnd, by: PersonReference)
}

/// Work for the world, written with the facts and carried out afterwards.
package enum Effect: Hashable, Sendable, Codable {
    /// Ask the flow: `on_request`, who may decide, who is told.
    case route
    /// The same for a request that `on_prompt` has made and approved: `on_request` has no say in it any more
    /// (sym-sdk.md 3.3).
    case routeApproved(reason: String?)
    /// Find out who is behind a receipt.
    case classify(ReceiptID)
    /// Ask a hook about a receipt.
    case consult(Hook, ReceiptID)
    /// Ask a hook about a step that no receipt brought about, before it or after.
    case ask(Hook, Occasion)
    /// Bring one card to the current truth: post it, or edit it.
    case show(slot: String)
    /// Say something to one person only.
    indirect case tell(Account, Notice)
    case escalate(epoch: Int)
    case deescalate(epoch: Int)
    /// Tell the environment's error channel.
    case report(String)
}

/// What one person is told privately about a run: why something that they did had no effect.
package struct Notice: Hashable, Sendable, Codable {
    package var refusal: Refusal
    package var action: Receipt.Action
    /// Where the person acted, so that the answer can stand there.
    package var channel: String?

    package init(refusal: Refusal, action: Receipt.Action, channel: String? = nil) {
        self.refusal = refusal
        self.action = action
        self.channel = channel
    }
}

/// The answer to a command: what to record and what to start. Empty when the command changes nothing.
package struct Decision: Hashable, Sendable {
    package var facts: [Fact]
    package var effects: [Effect]

    package init(_ facts: Fact..., then effects: Effect...) {
        self.facts = facts
        self.effects = effects
    }

    package init(facts: [Fact], effects: [Effect]) {
        self.facts = facts
        self.effects = effects
    }

    /// Pressed twice, or a timer that fired late: already so.
    package static let nothing = Decision(facts: [], effects: [])
    package var isNothing: Bool { facts.isEmpty && effects.isEmpty }
}
