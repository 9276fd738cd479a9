import Support

/// A decision while it is being made: facts take effect on a copy of the run, so that the next step sees them.
struct Draft {
    private(set) var run: AccessRequest
    let now: Timestamp
    private var facts: [Fact] = []
    private var effects: [Effect] = []

    init(_ run: AccessRequest, at now: Timestamp) {
        self.run = run
        self.now = now
    }

    var decision: Decision { Decision(facts: facts, effects: effects) }

    mutating func record(_ fact: Fact) {
        run.apply(fact, at: now)
        facts.append(fact)
    }

    mutating func start(_ effect: Effect) {
        // Whoever is in no Slack reads the answer to their call.
        if case .tell(let account, _) = effect, !account.isInSlack { return }
        if !effects.contains(effect) { effects.append(effect) }
    }

    /// Every card that can be shown is to show the truth that this decision makes.
    mutating func showCards() {
        // By their places: a card that is only looked at is not copied.
        for index in run.cards.indices where run.cards[index].failure == nil {
            start(.show(slot: run.cards[index].slot))
        }
    }

    /// Asks a hook about something, where the flow has it.
    mutating func ask(_ hook: Hook, index: Int = 0, cause: Occasion.Cause? = nil) {
        guard run.terms.hooks.contains(hook) else { return }
        start(.ask(hook, Occasion(round: run.binding.round, index: index, cause: cause)))
    }

    /// A hook went wrong, or asked for what cannot be: on record, and in the error channel (SYM-26).
    mutating func fault(_ hook: Hook, _ error: String) {
        record(.handlerFailed(hook, error: error))
        start(.report(error.hasPrefix(hook.rawValue) ? error : "\(hook.rawValue): \(error)"))
    }

    // MARK: The steps that several commands lead to

    /// Approval takes effect: access is switched on, or an approval-only run is at its end.
    mutating func approve(by decider: Decider, reason: String?) {
        record(.approved(by: decider, reason: reason))
        ask(.afterApprove)
        if run.terms.hasStrategy { startEscalation(epoch: run.lastEpoch + 1) }
        showCards()
    }

    mutating func deny(by decider: Decider, reason: String?) {
        let overtaken = heldVotes
        record(.denied(by: decider, reason: reason))
        ask(.afterDeny)
        if let verdict = run.verdict {
            for vote in overtaken {
                start(.tell(vote.person.account, Notice(refusal: .alreadyDecided(verdict), action: .approve)))
            }
        }
        showCards()
    }

    /// Votes that were enough and only waited for a denial that had arrived before them.
    private var heldVotes: [Vote] {
        guard case .pending(let pending) = run.state, let routing = run.routing,
            pending.votes.count >= routing.quorum
        else { return [] }
        return pending.votes
    }

    mutating func expire() {
        record(.expired)
        ask(.afterRequestExpire)
        showCards()
    }

    mutating func forward(to stage: Int, _ cause: ForwardCause) {
        record(.forwarded(toStage: stage, cause: cause))
        ask(.afterRequestForward, index: stage)
        showCards()
    }

    /// - Parameter mayBeOn: an earlier attempt may have reached the target. The new one begins under the same doubt, so
    ///   that whatever becomes of it, access is taken back.
    mutating func startEscalation(epoch: Int, mayBeOn: Bool = false, retriedBy: Account? = nil) {
        let deadline = now + Attempt.time
        var removeBy: Timestamp?
        if run.terms.scheduleDeescalation, let seconds = run.submission.durationSeconds {
            removeBy = deadline + .seconds(seconds)
        }
        record(
            .escalationStarted(
                Attempt(
                    epoch: epoch, revision: run.revision, deadline: deadline, removeBy: removeBy, isUnderWay: mayBeOn,
                    retriedBy: retriedBy
                )
            )
        )
        start(.escalate(epoch: epoch))
    }

    /// - Parameter due: when access was to end, where its time is over.
    mutating func startRemoval(
        epoch: Int, revision: String, cause: Removal.Cause, output: String?, due: Timestamp? = nil
    ) {
        record(
            .removalStarted(
                Removal(
                    epoch: epoch, revision: revision, cause: cause, since: now, due: due, failures: 0, error: nil,
                    output: output
                )
            )
        )
        start(.deescalate(epoch: epoch))
        showCards()
    }

    mutating func grant(epoch: Int, revision: String, removeBy: Timestamp?, output: String?) {
        var until = removeBy
        if run.terms.scheduleDeescalation, let seconds = run.submission.durationSeconds {
            until = min(now + .seconds(seconds), removeBy ?? .distantFuture)
        }
        record(.accessGranted(Access(epoch: epoch, revision: revision, since: now, until: until, output: output)))
        ask(.afterEscalate, index: epoch)
        showCards()
    }

    /// The attempt is given up. Where a call of it may have reached the target, the removal that was durable with it
    /// stays (decisions.md 6), and the outcome is unknown whatever was answered last: a refusal of this call says nothing
    /// of the one before, so the epoch must not rise.
    mutating func fail(
        _ attempt: Attempt, _ kind: Failure.Kind, error: String, isRetryable: Bool, mayHaveReached: Bool
    ) {
        record(
            .executionFailed(
                Failure(
                    kind: mayHaveReached ? .ambiguous : kind, error: error, epoch: attempt.epoch,
                    revision: attempt.revision, removeBy: mayHaveReached ? attempt.removeBy : nil,
                    isRetryable: isRetryable && (!mayHaveReached || run.terms.retryAmbiguous)
                )
            )
        )
        start(.report(error))
        showCards()
    }

    /// Closes a receipt without effect and says why to the person behind it.
    mutating func refuse(_ receipt: Receipt, because refusal: Refusal) {
        record(
            .receiptRefused(
                receipt.id, account: receipt.account, action: receipt.action, reason: refusal.name,
                detail: refusal.detail
            )
        )
        start(
            .tell(receipt.account, Notice(refusal: refusal, action: receipt.action, channel: receipt.copy?.channel))
        )
    }
}

extension Attempt {
    /// How long one attempt to switch access on may take, its calls and pauses together.
    package static let time: Duration = .seconds(600)
}
