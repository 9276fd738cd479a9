import Support

/// Hooks around steps that nobody's click brings about: forwards and expiries before they take effect, every step when
/// it is over (sym-sdk.md 2.2 and 3.3).
extension AccessRequest {
    /// Whether a hook's answer about this would still be heard.
    package func isWaiting(for hook: Hook, _ occasion: Occasion) -> Bool {
        hook.isAfter || (asking?.hook == hook && asking?.occasion == occasion)
    }

    /// A stage had its time, or could not be told: on to the next, when `on_request_forward` does not object.
    func leave(_ stage: Int, because cause: ForwardCause, _ draft: inout Draft) {
        let reason: Occasion.Cause = cause == .timeout ? .timeout : .deliveryFailure
        if !isAsked(.onRequestForward, stage, reason, &draft) { draft.forward(to: stage + 1, cause) }
    }

    /// Nobody answered: the end, when `on_request_expire` does not object.
    func expire(because cause: Occasion.Cause, at stage: Int, _ draft: inout Draft) {
        if !isAsked(.onRequestExpire, stage, cause, &draft) { draft.expire() }
    }

    /// - Returns: false when the flow has no such hook.
    private func isAsked(_ hook: Hook, _ stage: Int, _ cause: Occasion.Cause, _ draft: inout Draft) -> Bool {
        guard terms.hooks.contains(hook) else { return false }
        let occasion = Occasion(round: binding.round, index: stage, cause: cause)
        draft.record(
            .hookAsked(Asking(hook: hook, occasion: occasion, until: draft.now + AccessRequest.openReceiptsGrace))
        )
        draft.start(.ask(hook, occasion))
        return true
    }

    /// Why a hook may not return this (SYM-20); `nil` where it may. People decide on what they were shown: from then on
    /// a hook can only make it less.
    package func objection(to transition: Transition, _ change: JobChange?, by hook: Hook) -> String? {
        guard hook.allows(transition) else { return "\(hook.rawValue) may not lead to \(transition.rawValue)" }
        guard let change, !change.isWithin(submission) else { return nil }
        return "\(hook.rawValue) may not change the target or prolong the access: people have been shown another "
            + "request. on_request can do so."
    }

    func answered(_ hook: Hook, _ occasion: Occasion, _ answer: HookAnswer, _ draft: inout Draft) {
        guard isWaiting(for: hook, occasion) else { return }
        switch answer {
        case .proceed: goOn(hook, occasion, &draft)
        case .ignore(let message): ignore(hook, occasion, message, &draft)
        case .failed(let error):
            draft.fault(hook, error)
            goOn(hook, occasion, &draft)
        case .transition(let transition, let reason, let change):
            if let error = objection(to: transition, change, by: hook) {
                draft.fault(hook, error)
                goOn(hook, occasion, &draft)
            } else {
                fire(transition, reason, by: hook, occasion, &draft)
            }
        }
        draft.showCards()
    }

    /// The step that was held up happens.
    private func goOn(_ hook: Hook, _ occasion: Occasion, _ draft: inout Draft) {
        switch hook {
        case .onRequestForward:
            draft.forward(to: occasion.index + 1, occasion.cause == .timeout ? .timeout : .deliveryFailure)
            forwardIfUndeliverable(&draft)
        case .onRequestExpire: draft.expire()
        default: break
        }
    }

    private func ignore(_ hook: Hook, _ occasion: Occasion, _ message: String, _ draft: inout Draft) {
        // When a step is over there is nothing left to keep from happening.
        guard !hook.isAfter else { return }
        if occasion.cause == .answerBy {
            // The end that caps everything (decisions.md 5).
            draft.fault(hook, "ignored the end of the time to answer; the request expires all the same: \(message)")
            draft.expire()
        } else {
            draft.record(.hookIgnored(hook, message: message))
        }
    }

    private func fire(
        _ transition: Transition, _ reason: String?, by hook: Hook, _ occasion: Occasion, _ draft: inout Draft
    ) {
        switch (transition, draft.run.state) {
        case (.approve, .pending) where occasion.round == binding.round:
            // Nothing takes effect while a denial that arrived before is still being looked into (decisions.md 1).
            if openReceipts.contains(where: { $0.receipt.action == .deny }) {
                goOn(hook, occasion, &draft)
            } else {
                draft.approve(by: .policy(rule: nil), reason: reason)
            }
        case (.deny, .pending) where occasion.round == binding.round:
            draft.deny(by: .policy(rule: nil), reason: reason)
        case (.deescalate, .active(let access)) where hook == .afterEscalate && access.epoch == occasion.index:
            draft.startRemoval(
                epoch: access.epoch, revision: access.revision, cause: .hook(hook), output: access.output
            )
        // The run has moved on, or does so by itself.
        default: break
        }
    }
}
