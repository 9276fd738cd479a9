package import Support

extension AccessRequest {
    /// Takes a recorded fact into account. Never fails: what has happened has happened.
    package mutating func apply(_ fact: Fact, at now: Timestamp) {
        lastFactAt = max(lastFactAt, now)
        switch fact {
        case .requested: break
        case .routed(let routing): begin(routing, at: now)
        case .handlerFailed(_, let error): note(error, at: now)
        case .receiptOpened(let receipt): openReceipts.append(OpenReceipt(receipt: receipt))
        case .receiptSettled(let id), .receiptRefused(let id, _, _, _, _):
            openReceipts.removeAll { $0.receipt.id == id }
        case .personKnown(let id, let person):
            for index in openReceipts.indices where openReceipts[index].receipt.id == id {
                openReceipts[index].person = person
                openReceipts[index].askedAt = now
            }
        case .voted(let vote): changePending { $0.votes.append(vote) }
        case .approved(let decider, let reason):
            verdict = Verdict(outcome: .approved, by: decider, reason: reason, at: now)
            state = .approved
            asking = nil
        case .denied(let decider, let reason):
            verdict = Verdict(outcome: .denied, by: decider, reason: reason, at: now)
            state = .denied
            asking = nil
        case .expired:
            verdict = Verdict(outcome: .expired, by: .system, reason: nil, at: now)
            state = .expired
            asking = nil
        case .forwarded(let stage, _):
            asking = nil
            advance(to: stage, at: now)
        case .hookAsked(let asked): asking = asked
        case .hookIgnored:
            asking = nil
            changePending { $0.forwardAt = nil }
        case .amended(let amendment): self = amended(amendment)
        case .delivered(let slot, let copy):
            // A copy that was pressed before we knew that it is this card's was kept as a card of its own meanwhile.
            cards.removeAll { $0.slot != slot && $0.copy == copy }
            changeCard(slot) { $0.copy = copy }
        case .adopted(let slot, let copy):
            cards.append(
                Card(
                    slot: slot, audience: .approvers, round: binding.round, place: .channel(copy.channel), copy: copy,
                    failure: nil
                )
            )
        case .undeliverable(let slot, let reason): changeCard(slot) { $0.failure = reason }
        case .copyLost(let slot, _):
            changeCard(slot) { card in
                card.copy = nil
                card.replacements += 1
            }
        case .escalationStarted(let attempt):
            lastEpoch = max(lastEpoch, attempt.epoch)
            state = .escalating(attempt)
        case .attemptUnderWay: changeAttempt { $0.isUnderWay = true }
        case .attemptNotSent: changeAttempt { $0.isUnderWay = false }
        case .accessGranted(let access): state = .active(access)
        case .executionFailed(let failure):
            note(failure.error, at: now)
            state = .executionFailed(failure)
        case .retryRequested, .outcomeConfirmed: break
        case .bindingBroken(let rebinding, let changed):
            changedKeys = changed
            askAnew(rebinding, at: now)
        case .removalStarted(let removal): state = .removing(removal)
        case .removalFailed(let error, let attempt):
            note(error, at: now)
            if case .removing(var removal) = state {
                removal.failures = attempt
                removal.error = error
                state = .removing(removal)
            }
        case .removed(_, let output):
            if case .removing(let removal) = state {
                state = .removed(
                    Ending(cause: removal.cause, at: now, grantOutput: removal.output, output: output)
                )
            }
        case .requestIgnored(let message): ignoredBecause = message
        case .commandStarted(let attempt, _): execution = CommandExecution(startedAt: now, attempt: attempt)
        case .commandEnded(let end, _):
            if execution == nil { execution = CommandExecution(startedAt: now, attempt: "") }
            execution?.endedAt = now
            execution?.end = end
        }
    }

    private mutating func begin(_ routing: Routing, at now: Timestamp) {
        guard case .submitted(let answerBy) = state else { return }
        self.routing = routing
        let end = routing.answerWithinSeconds.map { now + .seconds($0) } ?? answerBy
        state = .pending(
            Pending(answerBy: min(end, answerBy), stage: 0, stageSince: now, forwardAt: nil, votes: [])
        )
        advance(to: 0, at: now)
    }

    private mutating func advance(to stage: Int, at now: Timestamp) {
        guard let routing, routing.stages.indices.contains(stage) else { return }
        changePending { pending in
            pending.stage = stage
            pending.stageSince = now
            pending.forwardAt = routing.stages[stage].forwardAfterSeconds.map { now + .seconds($0) }
        }
        for (index, place) in routing.stages[stage].places.enumerated() {
            var card = Card(
                slot: "\(binding.round).\(stage).\(index)", audience: .approvers, round: binding.round, place: place,
                copy: nil, failure: nil
            )
            if case .unknown(_, let reason) = place { card.failure = reason }
            cards.append(card)
        }
    }

    private mutating func askAnew(_ rebinding: Rebinding, at now: Timestamp) {
        revision = rebinding.revision
        terms = rebinding.terms
        binding = rebinding.binding
        routing = nil
        verdict = nil
        state = .submitted(answerBy: now + .seconds(rebinding.terms.answerBySeconds))
    }

    private mutating func changePending(_ change: (inout Pending) -> Void) {
        guard case .pending(var pending) = state else { return }
        change(&pending)
        state = .pending(pending)
    }

    private mutating func changeAttempt(_ change: (inout Attempt) -> Void) {
        guard case .escalating(var attempt) = state else { return }
        change(&attempt)
        state = .escalating(attempt)
    }

    private mutating func changeCard(_ slot: String, _ change: (inout Card) -> Void) {
        for index in cards.indices where cards[index].slot == slot { change(&cards[index]) }
    }

    private mutating func note(_ message: String, at now: Timestamp) {
        errors.append(RunError(at: now, message: message))
        if errors.count > AccessRequest.errorsMax { errors.removeFirst(errors.count - AccessRequest.errorsMax) }
    }
}
