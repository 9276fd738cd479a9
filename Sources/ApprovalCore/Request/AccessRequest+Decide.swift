package import Support

extension AccessRequest {
    /// A new run and what follows from its being submitted.
    ///
    /// - Parameter approval: `on_prompt`'s, where that has not only made the request.
    package static func submit(
        _ submission: Submission, as id: RunID, revision: String, terms: Terms, binding: Binding,
        approval: PromptApproval? = nil
    ) -> (run: AccessRequest, decision: Decision) {
        let routing = approval.map { Effect.routeApproved(reason: $0.reason) } ?? .route
        let run = AccessRequest(
            id: id, submission: submission, revision: revision, terms: terms, binding: binding, routing: nil,
            state: .submitted(answerBy: submission.at + .seconds(terms.answerBySeconds)),
            cards: submission.requester.account.isInSlack
                ? [
                    Card(
                        slot: Card.requesterSlot, audience: .requester, round: 0,
                        place: .people([submission.requester.account]), copy: nil, failure: nil
                    )
                ] : [],
            verdict: nil, openReceipts: [], errors: [], lastFactAt: submission.at
        )
        return (run, Decision(facts: [.requested], effects: [routing] + run.cards.map { .show(slot: $0.slot) }))
    }

    /// Says what `command` means now: the facts to record and the work to start, or why not.
    ///
    /// Reads no clock, no store and no network: the same arguments give the same answer on every replica. Only `click`
    /// throws: nobody waits for the answer to any other command.
    package func decide(_ command: Command, at time: Timestamp) throws(Refusal) -> Decision {
        try decided(command, at: time).decision
    }

    /// The same, with the run as the facts of the decision make it.
    package func decided(
        _ command: Command, at time: Timestamp
    ) throws(Refusal) -> (decision: Decision, run: AccessRequest) {
        var draft = Draft(self, at: max(time, lastFactAt))
        switch command {
        case .click(let receipt, let evidence): try decideClick(receipt, evidence, &draft)
        case .routed(let answer, let round, let amendment): route(answer, round: round, amendment, &draft)
        case .classified(let id, let classification): classify(id, classification, &draft)
        case .consulted(let id, let answer, let amendment): consult(id, answer, amendment, &draft)
        case .answered(let hook, let occasion, let answer): answered(hook, occasion, answer, &draft)
        case .amended(let amendment, let epoch):
            if case .escalating(let attempt) = state, attempt.epoch == epoch { amend(amendment, &draft) }
        case .notToBegin(let epoch):
            if case .escalating(let attempt) = state, attempt.epoch == epoch {
                draft.startRemoval(
                    epoch: epoch, revision: attempt.revision, cause: .hook(.onEscalate), output: nil
                )
            }
        case .delivered(let slot, let copy): deliver(slot, copy, &draft)
        case .adopted(let copy): adopt(copy, &draft)
        case .undeliverable(let slot, let reason): fail(slot, reason, &draft)
        case .copyLost(let slot, let reason): loseCopy(slot, reason, &draft)
        case .checkDeadline(let holdExpiries): checkDeadline(holdExpiries: holdExpiries, &draft)
        case .attemptStarts(let epoch):
            if case .escalating(let attempt) = state, attempt.epoch == epoch, !attempt.isUnderWay {
                draft.record(.attemptUnderWay(epoch: epoch))
            }
        case .attemptDidNotLeave(let epoch):
            if case .escalating(let attempt) = state, attempt.epoch == epoch, attempt.isUnderWay {
                draft.record(.attemptNotSent(epoch: epoch))
            }
        case .granted(let epoch, let output): grant(epoch: epoch, output: output, &draft)
        case .grantFailed(let epoch, let kind, let error, let isRetryable, let mayHaveReached):
            if case .escalating(let attempt) = state, attempt.epoch == epoch {
                draft.fail(
                    attempt, kind, error: error, isRetryable: isRetryable, mayHaveReached: mayHaveReached
                )
            }
        case .bindingBroken(let rebinding): breakBinding(rebinding, &draft)
        case .removalDone(let epoch, let output): finishRemoval(epoch: epoch, output: output, &draft)
        case .removalFailed(let epoch, let error, let attempt):
            failRemoval(epoch: epoch, error: error, attempt: attempt, &draft)
        case .startCommand(let command, let attempt, let person):
            start(command, attempt: attempt, by: person, &draft)
        case .endCommand(let end, let person): self.end(end, by: person, &draft)
        case .handlerFailed(let hook, let error):
            draft.fault(hook, error)
            draft.showCards()
        }
        return (draft.decision, draft.run)
    }

    // MARK: Routing

    private func route(_ answer: RoutingAnswer, round: Int, _ amendment: Amendment?, _ draft: inout Draft) {
        guard case .submitted = state, binding.round == round else { return }
        if let amendment { amend(amendment, &draft) }
        switch answer {
        case .approve(let reason, let rule, let routing):
            if let routing { draft.record(.routed(routing)) }
            draft.approve(by: .policy(rule: rule), reason: reason)
        case .deny(let reason, let rule, let routing):
            if let routing { draft.record(.routed(routing)) }
            draft.deny(by: .policy(rule: rule), reason: reason)
        case .ignore(let message):
            draft.record(.requestIgnored(message: message))
            draft.deny(by: .policy(rule: nil), reason: message)
        case .failed(let error):
            draft.record(.handlerFailed(.onRequest, error: error))
            draft.start(.report(error))
            draft.showCards()
        // Whoever asked the flow has made an amendment of the change.
        case .changed(_, let answer): route(answer, round: round, nil, &draft)
        case .ask(let routing):
            if let reason = nobodyCouldDecide(routing) {
                draft.deny(by: .system, reason: reason)
            } else {
                draft.record(.routed(routing))
                draft.showCards()
                forwardIfUndeliverable(&draft)
            }
        }
    }

    func amend(_ amendment: Amendment, _ draft: inout Draft) {
        guard amended(amendment) != self else { return }
        draft.record(.amended(amendment))
        draft.showCards()
    }

    /// Why a request cannot succeed, where that can be known (decisions.md 4).
    private func nobodyCouldDecide(_ routing: Routing) -> String? {
        if routing.stages.allSatisfy(\.places.isEmpty) {
            return "Nobody would hear of this request: the flow names no channel and no person to ask."
        }
        guard let people = routing.mayDecide.people else { return nil }
        let requester = submission.requester
        let others = people.filter {
            routing.selfApproval || ($0 != requester.email && $0 != requester.account.user)
        }
        guard others.count < routing.quorum else { return nil }
        return "Nobody could decide on this request: of the people who may, \(others.count) "
            + "\(others.count == 1 ? "is" : "are") not you, and \(routing.quorum) must agree."
    }

    // MARK: Cards

    private func deliver(_ slot: String, _ copy: Card.Copy, _ draft: inout Draft) {
        guard let card = cards.first(where: { $0.slot == slot }), card.copy == nil else { return }
        // The request is with people as soon as the first card is.
        let isFirst = cards.allSatisfy {
            $0.audience == .requester || $0.round != binding.round || ($0.copy == nil && $0.replacements == 0)
        }
        draft.record(.delivered(slot: slot, copy))
        if case .pending = state, isFirst, card.audience == .approvers, card.round == binding.round {
            draft.ask(.afterRequest)
        }
    }

    /// A duplicate that came of a lost answer is kept true from now on (decisions.md 7).
    private func adopt(_ copy: Card.Copy, _ draft: inout Draft) {
        guard !cards.contains(where: { $0.copy == copy }), cards.count < Card.countMax else { return }
        let slots = Set(cards.map(\.slot))
        guard
            let slot = (0...cards.count).map({ Card.adoptedSlot(round: binding.round, number: $0) })
                .first(where: { !slots.contains($0) })
        else { return }
        draft.record(.adopted(slot: slot, copy))
        draft.start(.show(slot: slot))
    }

    private func fail(_ slot: String, _ reason: String, _ draft: inout Draft) {
        guard let card = cards.first(where: { $0.slot == slot }), card.copy == nil, card.failure == nil else { return }
        draft.record(.undeliverable(slot: slot, reason: reason))
        draft.start(.report("A card could not be delivered: \(reason)"))
        forwardIfUndeliverable(&draft)
    }

    private func loseCopy(_ slot: String, _ reason: String, _ draft: inout Draft) {
        guard let card = cards.first(where: { $0.slot == slot }), card.copy != nil else { return }
        draft.record(.copyLost(slot: slot, reason: reason))
        if isOver || card.replacements >= Card.replacementsMax {
            draft.record(.undeliverable(slot: slot, reason: reason))
            forwardIfUndeliverable(&draft)
        } else {
            draft.start(.show(slot: slot))
        }
    }

    /// Delivery failure: no card of the current stage arrived or still may (sym-sdk.md 2.4).
    func forwardIfUndeliverable(_ draft: inout Draft) {
        while case .pending(let pending) = draft.run.state, let routing = draft.run.routing {
            let prefix = "\(draft.run.binding.round).\(pending.stage)."
            guard draft.run.cards.filter({ $0.slot.hasPrefix(prefix) }).allSatisfy({ $0.failure != nil }) else {
                return
            }
            guard draft.run.asking == nil else { return }
            let stage = routing.stages[pending.stage]
            if stage.forwards(on: .deliveryFailure), routing.stages.indices.contains(pending.stage + 1) {
                leave(pending.stage, because: .deliveryFailure, &draft)
            } else if !stage.forwards(on: .deliveryFailure), pending.forwardAt != nil, stage.forwards(on: .timeout) {
                // It goes on when its time is over.
                return
            } else {
                let asked = draft.run.cards.filter { $0.audience == .approvers && $0.round == draft.run.binding.round }
                guard asked.allSatisfy({ $0.failure != nil }) else { return }
                let reasons = asked.compactMap(\.failure)
                draft.deny(by: .system, reason: "Nobody could be reached: " + reasons.joined(separator: "; "))
            }
        }
    }

    // MARK: Execution

    private func grant(epoch: Int, output: String?, _ draft: inout Draft) {
        switch state {
        case .escalating(let attempt) where attempt.epoch == epoch:
            draft.grant(epoch: epoch, revision: attempt.revision, removeBy: attempt.removeBy, output: output)
        case .executionFailed(let failure) where failure.epoch == epoch && failure.accessMayBeOn:
            // The answer came after the attempt was given up.
            draft.grant(epoch: epoch, revision: failure.revision, removeBy: failure.removeBy, output: output)
        default: break
        }
    }

    private func breakBinding(_ rebinding: Rebinding, _ draft: inout Draft) {
        guard case .escalating(let attempt) = state else { return }
        if attempt.isUnderWay {
            // An earlier call may have reached the target: what it did is taken back before anybody is asked again.
            draft.startRemoval(
                epoch: attempt.epoch, revision: attempt.revision, cause: .bindingBroken(rebinding), output: nil
            )
        } else {
            askAnew(rebinding, &draft)
        }
    }

    private func askAnew(_ rebinding: Rebinding, _ draft: inout Draft) {
        draft.record(.bindingBroken(rebinding, changed: rebinding.binding.changedKeys(against: binding)))
        draft.start(.route)
        draft.showCards()
    }

    private func finishRemoval(epoch: Int, output: String?, _ draft: inout Draft) {
        guard case .removing(let removal) = state, removal.epoch == epoch else { return }
        draft.record(.removed(epoch: epoch, output: output))
        draft.ask(.afterDeescalate, index: epoch)
        if case .bindingBroken(let rebinding) = removal.cause {
            askAnew(rebinding, &draft)
        }
        draft.showCards()
    }

    private func failRemoval(epoch: Int, error: String, attempt: Int, _ draft: inout Draft) {
        // Removal is retried for ever by the outbox; only the first failures are news (decisions.md 6).
        guard case .removing(let removal) = state, removal.epoch == epoch, attempt <= Removal.alarmAfter else { return }
        draft.record(.removalFailed(error: error, attempt: attempt))
        if attempt == Removal.alarmAfter {
            draft.start(.report("Access could not be taken back \(attempt) times and is still being tried: \(error)"))
        }
        draft.showCards()
    }
}

extension Removal {
    /// So many failed attempts to take access back raise an alarm; the attempts go on.
    package static let alarmAfter = 3
}
