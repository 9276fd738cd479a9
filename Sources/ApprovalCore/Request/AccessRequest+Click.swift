import Support

/// Clicks: votes, denials, early ends and retries, from receipt to decision (decisions.md 1 and 2).
extension AccessRequest {
    func decideClick(_ receipt: Receipt, _ evidence: Evidence?, _ draft: inout Draft) throws(Refusal) {
        if isAlreadySo(receipt) { return }
        try mayStillHappen(receipt)
        let receipt = inRunTime(receipt)
        guard let evidence, isEnough(evidence, for: receipt.action, at: draft.now) else {
            draft.record(.receiptOpened(receipt))
            draft.start(.classify(receipt.id))
            draft.showCards()
            return
        }
        if let hook = hook(before: receipt.action) {
            try mayAct(evidence, receipt)
            draft.record(.receiptOpened(receipt))
            draft.record(.personKnown(receipt.id, PersonReference(evidence.person, through: receipt.source)))
            draft.start(.consult(hook, receipt.id))
            draft.showCards()
        } else {
            try mayAct(evidence, receipt)
            let person = PersonReference(evidence.person, through: receipt.source)
            try maySettle(receipt, by: person)
            settle(receipt, by: person, &draft)
        }
    }

    /// A run's time never goes back (decisions.md 5): a click that came in through a replica whose clock is behind does
    /// not count as earlier than what is on record, so that no approval overtakes a denial. What came in time stays so.
    private func inRunTime(_ receipt: Receipt) -> Receipt {
        guard case .pending(let pending) = state else { return receipt }
        var receipt = receipt
        receipt.at = max(receipt.at, min(lastFactAt, pending.answerBy - .milliseconds(1)))
        return receipt
    }

    /// Whether the rule of who may decide means this person, as far as their facts tell: for showing what concerns
    /// whom, never for deciding.
    package func concernsDecider(_ person: Person) -> Bool {
        guard let routing, person.isActive, !person.isBot else { return false }
        if !routing.selfApproval, submission.mayBeMade(by: person) { return false }
        if terms.adminOverride, person.role == .admin { return true }
        return isDecider(Evidence(person: person), by: routing.mayDecide)
    }

    /// Whether a click by this person needs nothing more to be looked up.
    private func isEnough(_ evidence: Evidence, for action: Receipt.Action, at now: Timestamp) -> Bool {
        guard evidence.person.isFresh(at: now) else { return false }
        if action == .revoke || action == .retry, submission.wasMade(by: evidence.person) { return true }
        guard let channel = routing?.mayDecide.channelMembers else { return true }
        return evidence.channels[channel] != nil
    }

    func classify(_ id: ReceiptID, _ classification: Command.Classification, _ draft: inout Draft) {
        guard let open = openReceipts.first(where: { $0.receipt.id == id }), open.person == nil else { return }
        do throws(Refusal) {
            switch classification {
            case .failed(let reason): throw .cannotTellWho(reason)
            case .evidence(let evidence):
                try mayStillHappen(open.receipt)
                try mayAct(evidence, open.receipt)
                let person = PersonReference(evidence.person, through: open.receipt.source)
                if let hook = hook(before: open.receipt.action) {
                    draft.record(.personKnown(id, person))
                    draft.start(.consult(hook, id))
                } else {
                    try maySettle(open.receipt, by: person)
                    draft.record(.receiptSettled(id))
                    settle(open.receipt, by: person, &draft)
                }
            }
        } catch { draft.refuse(open.receipt, because: error) }
        approveIfEnough(&draft)
    }

    func consult(_ id: ReceiptID, _ answer: HookAnswer, _ amendment: Amendment?, _ draft: inout Draft) {
        guard let open = openReceipts.first(where: { $0.receipt.id == id }), let person = open.person,
            let hook = hook(before: open.receipt.action)
        else { return }
        do throws(Refusal) {
            try mayStillHappen(open.receipt)
            var receipt = open.receipt
            switch answer {
            case .proceed: break
            case .ignore(let message): throw .hookIgnored(message)
            // What goes wrong in a hook keeps no access on.
            case .failed(let error) where hook == .onDeescalate: draft.fault(hook, error)
            case .failed(let error): throw .hookFailed(error)
            case .transition(let transition, let reason, let change):
                if let error = objection(to: transition, change, by: hook) {
                    guard hook == .onDeescalate else { throw .hookFailed(error) }
                    draft.fault(hook, error)
                } else if hook != .onDeescalate {
                    receipt.action = transition == .deny ? .deny : .approve
                    receipt.message = reason ?? receipt.message
                }
                try maySettle(receipt, by: person)
                if receipt.action == .approve, let amendment { amend(amendment, &draft) }
            }
            try maySettle(receipt, by: person)
            draft.record(.receiptSettled(id))
            settle(receipt, by: person, &draft)
        } catch {
            draft.refuse(open.receipt, because: error)
            if case .hookFailed(let text) = error {
                draft.fault(hook, text)
            }
        }
        approveIfEnough(&draft)
    }

    /// Whether this account already has what the receipt asks for: pressed twice.
    package func isAlreadySo(_ receipt: Receipt) -> Bool {
        if openReceipts.contains(where: {
            $0.receipt.account == receipt.account && $0.receipt.action == receipt.action
        }) {
            return true
        }
        switch (receipt.action, state) {
        case (.approve, .pending(let pending)): return pending.votes.contains { $0.person.account == receipt.account }
        case (.approve, _), (.deny, _):
            guard let verdict, case .people(let votes) = verdict.by else { return false }
            return votes.contains { $0.person.account == receipt.account }
                && verdict.outcome == (receipt.action == .approve ? .approved : .denied)
        case (.revoke, .removing(let removal)):
            if case .revoked(let person) = removal.cause { return person.account == receipt.account }
            return false
        case (.retry, .escalating(let attempt)): return attempt.retriedBy == receipt.account
        default: return false
        }
    }

    // MARK: What is still possible, whoever asks

    private func mayStillHappen(_ receipt: Receipt) throws(Refusal) {
        switch (receipt.action, state) {
        case (.approve, .pending(let pending)), (.deny, .pending(let pending)):
            guard receipt.round == binding.round else { throw .cardReplaced }
            guard receipt.at < pending.answerBy else { throw .answeredTooLate(since: pending.answerBy) }
        case (.approve, _), (.deny, _):
            if let verdict { throw .alreadyDecided(verdict) }
            throw receipt.round == binding.round ? .notYetAsked : .cardReplaced
        case (.revoke, .active): guard terms.allowRevoke else { throw .revokingNotAllowed }
        case (.revoke, .executionFailed(let failure)) where failure.accessMayBeOn:
            guard terms.allowRevoke else { throw .revokingNotAllowed }
        case (.revoke, .escalating): throw .beingSwitchedOn
        case (.revoke, .removing), (.revoke, .removed): throw .alreadyEnded
        case (.revoke, _): throw .notActive
        case (.retry, .executionFailed(let failure)): guard failure.isRetryable else { throw .retryNeedsAdmin }
        case (.retry, .escalating): throw .beingSwitchedOn
        case (.confirmGranted, .executionFailed(let failure)) where failure.kind == .ambiguous: break
        case (.confirmNotGranted, .executionFailed(let failure)) where failure.kind == .ambiguous: break
        case (.retry, _), (.confirmGranted, _), (.confirmNotGranted, _): throw .nothingToRetry
        }
    }

    // MARK: Who may

    private func mayAct(_ evidence: Evidence, _ receipt: Receipt) throws(Refusal) {
        let person = evidence.person
        guard person.isActive else { throw .inactive }
        switch receipt.action {
        case .approve, .deny:
            guard !person.isBot else { throw .botsMayNot }
            try guestMayAct(person, receipt)
            guard let routing else { throw .notYetAsked }
            if !routing.selfApproval, submission.mayBeMade(by: person) { throw .ownRequest }
            if terms.adminOverride, person.role == .admin { return }
            guard isDecider(evidence, by: routing.mayDecide) else { throw .notADecider(routing.mayDecide) }
        case .revoke, .retry:
            if submission.wasMade(by: person) { return }
            try guestMayAct(person, receipt)
            guard mayEnd(evidence) else { throw person.isBot ? .botsMayNot : .notRevoker }
        case .confirmGranted, .confirmNotGranted:
            guard !person.isBot else { throw .botsMayNot }
            guard person.role == .admin else { throw .adminsOnly }
        }
    }

    /// Whether somebody may end access early, or try again to switch it on.
    package func mayEnd(by person: Person) -> Bool { mayEnd(Evidence(person: person)) }

    private func mayEnd(_ evidence: Evidence) -> Bool {
        let person = evidence.person
        if submission.wasMade(by: person) || person.role == .admin { return true }
        // A bot decides nothing; it ends what it asked for.
        guard !person.isBot, let routing else { return false }
        return isDecider(evidence, by: routing.mayDecide)
    }

    private func isDecider(_ evidence: Evidence, by rule: DeciderRule) -> Bool {
        let person = evidence.person
        guard person.role >= rule.level else { return false }
        let email = evidence.emailIsTheirs ? person.email : nil
        if let people = rule.people, !people.contains(where: { $0 == email || $0 == person.account.user }) {
            return false
        }
        if let workspace = rule.workspace, workspace != person.account.workspace { return false }
        if let channel = rule.channelMembers, evidence.channels[channel] != true { return false }
        return true
    }

    /// A guest's click counts only where the flow lets guests act, and only on a card that we posted where this person
    /// could see it (decisions.md 4).
    private func guestMayAct(_ person: Person, _ receipt: Receipt) throws(Refusal) {
        guard person.role == .guest else { return }
        guard terms.allowGuestInteraction else { throw .guestsMayNot }
        guard let copy = receipt.copy, cards.contains(where: { $0.copy == copy }) else { throw .guestFromElsewhere }
    }

    private func hook(before action: Receipt.Action) -> Hook? {
        let hook: Hook
        switch action {
        case .approve: hook = .onApprove
        case .deny: hook = .onDeny
        case .revoke: hook = .onDeescalate
        case .retry, .confirmGranted, .confirmNotGranted: return nil
        }
        return terms.hooks.contains(hook) ? hook : nil
    }

    // MARK: Taking effect

    /// One vote for each human (decisions.md 2).
    private func maySettle(_ receipt: Receipt, by person: PersonReference) throws(Refusal) {
        guard receipt.action == .approve, case .pending(let pending) = state else { return }
        guard !pending.votes.contains(where: { $0.person.mayBeSameHuman(as: person) }) else { throw .alreadyVoted }
    }

    /// A click that passed everything takes effect.
    private func settle(_ receipt: Receipt, by person: PersonReference, _ draft: inout Draft) {
        switch (receipt.action, draft.run.state) {
        case (.approve, .pending):
            draft.record(.voted(Vote(person: person, at: receipt.at, message: receipt.message)))
            draft.showCards()
            approveIfEnough(&draft)
        case (.deny, .pending):
            let vote = Vote(person: person, at: receipt.at, message: receipt.message)
            draft.deny(by: .people([vote]), reason: receipt.message)
        case (.revoke, .active(let access)):
            draft.startRemoval(
                epoch: access.epoch, revision: access.revision, cause: .revoked(by: person), output: access.output
            )
        case (.revoke, .executionFailed(let failure)):
            draft.startRemoval(
                epoch: failure.epoch, revision: failure.revision, cause: .revoked(by: person), output: nil
            )
        case (.retry, .executionFailed(let failure)):
            draft.record(.retryRequested(by: person))
            draft.startEscalation(
                epoch: failure.kind == .refused ? failure.epoch + 1 : failure.epoch, mayBeOn: failure.accessMayBeOn,
                retriedBy: person.account
            )
            draft.showCards()
        case (.confirmGranted, .executionFailed(let failure)):
            draft.record(.outcomeConfirmed(granted: true, by: person))
            draft.grant(epoch: failure.epoch, revision: failure.revision, removeBy: failure.removeBy, output: nil)
        case (.confirmNotGranted, .executionFailed(var failure)):
            draft.record(.outcomeConfirmed(granted: false, by: person))
            failure.kind = .refused
            failure.removeBy = nil
            failure.isRetryable = true
            draft.record(.executionFailed(failure))
            draft.showCards()
        default: break
        }
    }

    /// Approves when enough have agreed and no denial that arrived before the last of them is still being looked into.
    func approveIfEnough(_ draft: inout Draft) {
        draft.showCards()
        guard case .pending(let pending) = draft.run.state, let routing = draft.run.routing,
            pending.votes.count >= routing.quorum, let last = pending.votes.map(\.at).max(),
            !draft.run.openReceipts.contains(where: { $0.receipt.action == .deny && $0.receipt.at <= last })
        else { return }
        let reasons = pending.votes.compactMap(\.message)
        draft.approve(by: .people(pending.votes), reason: reasons.isEmpty ? nil : reasons.joined(separator: "\n"))
    }
}
