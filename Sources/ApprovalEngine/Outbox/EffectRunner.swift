import ApprovalCore
import Support

/// Carries out one outbox entry, from its claim to its completion, its retry or a new fact.
extension ApprovalEngine {
    /// Routing and look-ups that do not succeed are tried so often before the run is told that they failed.
    static let handlerAttemptsMax = 8
    /// Notices are given up after so many attempts: what they say is old by then.
    static let noticeAttemptsMax = 12

    package func perform(_ entry: OutboxEntry) async {
        do {
            switch entry.effect {
            case .route: try await route(entry)
            case .routeApproved(let reason): try await route(entry, approval: PromptApproval(reason: reason))
            case .classify(let receipt): try await classify(receipt, entry)
            case .consult(let hook, let receipt): try await consult(hook, receipt, entry)
            case .ask(let hook, let occasion): try await ask(hook, occasion, entry)
            case .show(let slot): try await show(slot, entry)
            case .tell(let account, let notice):
                try await say(entry) { run, flow in
                    await messenger.tell(account, notice, of: run, flow: flow)
                }
            case .report(let error):
                try await say(entry) { run, flow in
                    log.error("reported to the error channel", ["request": run.id.text, "error": error])
                    return await messenger.report(error, of: run, flow: flow)
                }
            case .escalate(let epoch): try await escalate(epoch: epoch, entry)
            case .deescalate(let epoch): try await deescalate(epoch: epoch, entry)
            }
        } catch is CancellationError {
            await putBack(entry, .handlers, because: "the program stops")
        } catch StoreError.conflict {
            log.warning("an outbox entry was finished by somebody else", entry.logFields)
        } catch {
            log.error(
                "an outbox entry failed", ["request": entry.run.text, "effect": entry.effect.name, "error": "\(error)"]
            )
            await putBack(entry, .handlers, because: "\(error)")
        }
    }

    /// Not done: to be tried again after a while. Where the program stops, that is no fault of the entry's: whoever goes
    /// on takes it up at once, as if it had not been tried.
    func putBack(_ entry: OutboxEntry, _ backoff: Backoff, because reason: String) async {
        let isStopping = Task.isCancelled
        let delay = isStopping ? .zero : backoff.delay(afterAttempt: entry.attempt, jitter: jitter())
        do {
            try await store.retry(
                entry.claim, due: clock.now() + delay, attempt: entry.attempt + (isStopping ? 0 : 1), because: reason
            )
        } catch {
            // Nothing is lost: the lease ends, and the entry is claimed again.
            log.warning("an outbox entry could not be put back", ["request": entry.run.text, "error": "\(error)"])
        }
    }

    // MARK: Asking the flow

    private func question(_ stored: StoredRun, _ entry: OutboxEntry) async throws -> FlowQuestion {
        FlowQuestion(
            run: stored.run, flow: try await flow(stored.run.revision), now: clock.now(),
            idempotencyKey: "\(stored.run.id)/\(entry.effect.name)/\(stored.run.binding.round)",
            isUrgent: entry.lane == .removals || entry.effect.isRevocation(of: stored.run)
        )
    }

    private func route(_ entry: OutboxEntry, approval: PromptApproval? = nil) async throws {
        guard let stored = try await store.load(entry.run), case .submitted = stored.run.state else {
            return try await store.complete(entry.claim)
        }
        var answer: RoutingAnswer
        var run = stored.run
        do throws(HandlerError) {
            do {
                var question = try await question(stored, entry)
                question.approval = approval
                answer = try await route(&run, question)
            } catch let error as HandlerError {
                throw error
            } catch {
                throw .unavailable("\(error)")
            }
        } catch {
            try Task.checkCancellation()
            switch error {
            case .unavailable(let reason) where entry.attempt + 1 < Self.handlerAttemptsMax:
                return await putBack(entry, .handlers, because: reason)
            case .unavailable(let reason), .failed(let reason): answer = .failed(error: reason)
            }
        }
        let amendment = Amendment(
            target: run.submission.target, durationSeconds: run.submission.durationSeconds, terms: run.terms,
            binding: run.binding
        )
        try await attempt(
            .routed(answer, round: stored.run.binding.round, amendment: amendment), on: entry.run,
            completing: entry.claim
        )
    }

    /// Finds out who the requester is in the target system, then what the flow makes of the request.
    ///
    /// - Parameter run: what the request is from now on.
    private func route(_ run: inout AccessRequest, _ question: FlowQuestion) async throws -> RoutingAnswer {
        guard let identified = try await identified(question) else {
            return .deny(reason: SubmissionRefusal.noIdentity.sentence, rule: nil, routing: nil)
        }
        run = identified
        var question = question
        question.run = identified
        let answer = try await handlers.route(question)
        guard case .changed(let change, let rest) = answer else { return answer }
        if let target = change.target, question.flow.strategy?.target(named: target) == nil {
            return .failed(error: "on_request wants the target \(target), which this flow does not have.")
        }
        guard change.durationSeconds == nil || question.flow.strategy != nil else {
            return .failed(error: "on_request wants a duration, and this flow switches no access on.")
        }
        run = run.amended(amendment(of: run, question.flow, change: change, identity: run.terms.identity))
        return rest
    }

    private func classify(_ id: ReceiptID, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run),
            let receipt = stored.run.openReceipts.first(where: { $0.receipt.id == id })?.receipt
        else { return try await store.complete(entry.claim) }
        let classification: Command.Classification
        do {
            let workspace = try await flow(stored.run.revision).environment.workspace
            let person = try await person(receipt.account, from: workspace)
            var evidence = try await roleRules().evidence(of: person)
            if let channel = stored.run.routing?.mayDecide.channelMembers {
                evidence.channels[channel] = try await directory.isMember(
                    receipt.account, ofChannel: channel, from: workspace
                )
            }
            classification = .evidence(evidence)
        } catch let error as LookupError {
            // A look-up that was broken off because the program stops has not failed: it comes again.
            try Task.checkCancellation()
            // A failed look-up denies that click, not the run (decisions.md 1).
            classification = .failed(error.reason)
        }
        try await attempt(.classified(id, classification), on: entry.run, completing: entry.claim)
    }

    private func consult(_ hook: Hook, _ id: ReceiptID, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run),
            let open = stored.run.openReceipts.first(where: { $0.receipt.id == id })
        else { return try await store.complete(entry.claim) }
        let answer = try await self.answer(hook, stored, entry, person: open.person)
        let amendment = try await amendment(answer, of: stored.run)
        let decision = try await attempt(
            .consulted(id, answer, amendment: amendment), on: entry.run, completing: entry.claim
        )
        noteDropped(hook, answer, decision, entry)
    }

    private func ask(_ hook: Hook, _ occasion: Occasion, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run), stored.run.isWaiting(for: hook, occasion) else {
            return try await store.complete(entry.claim)
        }
        let answer = try await self.answer(hook, stored, entry, person: nil, occasion: occasion)
        let decision = try await attempt(.answered(hook, occasion, answer), on: entry.run, completing: entry.claim)
        noteDropped(hook, answer, decision, entry)
    }

    /// The run moved on while the hook was asked, or what it returned has no effect any more.
    private func noteDropped(_ hook: Hook, _ answer: HookAnswer, _ decision: Decision, _ entry: OutboxEntry) {
        guard decision.facts.isEmpty, answer != .proceed else { return }
        log.warning(
            "what a hook returned has no effect",
            ["request": entry.run.text, "hook": hook.rawValue, "answer": "\(answer)"]
        )
    }

    /// What the run is bound to where a hook makes less of the job than people were shown.
    func amendment(_ answer: HookAnswer, of run: AccessRequest) async throws -> Amendment? {
        guard case .transition(_, _, let change?) = answer, change.isWithin(run.submission) else { return nil }
        return amendment(of: run, try await flow(run.revision), change: change, identity: run.terms.identity)
    }

    func answer(
        _ hook: Hook, _ stored: StoredRun, _ entry: OutboxEntry, person: PersonReference?, occasion: Occasion? = nil
    ) async throws -> HookAnswer {
        do {
            var question = try await question(stored, entry)
            question.occasion = occasion
            return try await handlers.answer(hook, question, person: person)
        } catch let error as HandlerError {
            try Task.checkCancellation()
            switch error {
            case .unavailable(let reason), .failed(let reason): return .failed(error: reason)
            }
        }
    }

    // MARK: Saying

    private func show(_ slot: String, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run),
            let card = stored.run.cards.first(where: { $0.slot == slot }), card.failure == nil
        else { return try await store.complete(entry.claim) }
        let delivery = await messenger.show(
            card, of: stored.run, flow: try await flow(stored.run.revision), marker: "\(entry.run)/\(slot)",
            postedSince: entry.firstTriedAt
        )
        switch delivery {
        case .done(let copy):
            if card.copy == nil, let copy {
                try await attempt(.delivered(slot: slot, copy), on: entry.run, completing: entry.claim)
            } else {
                try await store.complete(entry.claim)
            }
        case .later(let due): try await store.retry(entry.claim, due: due, attempt: entry.attempt, because: "held")
        case .notSent(let reason), .ambiguous(let reason): await putBack(entry, .cards, because: reason)
        case .gone(let reason):
            log.warning("a card was lost", ["request": entry.run.text, "card": slot, "error": reason])
            try await attempt(.copyLost(slot: slot, reason: reason), on: entry.run, completing: entry.claim)
        case .refused(let reason):
            log.warning("a card cannot be shown", ["request": entry.run.text, "card": slot, "error": reason])
            try await attempt(.undeliverable(slot: slot, reason: reason), on: entry.run, completing: entry.claim)
        }
    }

    private func say(
        _ entry: OutboxEntry, _ send: (AccessRequest, Flow) async -> Delivery
    ) async throws {
        guard let stored = try await store.load(entry.run) else { return try await store.complete(entry.claim) }
        switch await send(stored.run, try await flow(stored.run.revision)) {
        case .done, .gone: try await store.complete(entry.claim)
        case .later(let due): try await store.retry(entry.claim, due: due, attempt: entry.attempt, because: "held")
        case .notSent(let reason), .ambiguous(let reason):
            if entry.attempt + 1 >= Self.noticeAttemptsMax, !Task.isCancelled {
                log.error("a notice was given up", ["request": entry.run.text, "error": reason])
                try await store.complete(entry.claim)
            } else {
                await putBack(entry, .notices, because: reason)
            }
        case .refused(let reason):
            log.warning("a notice cannot be delivered", ["request": entry.run.text, "error": reason])
            try await store.complete(entry.claim)
        }
    }
}

extension Effect {
    /// Whether somebody wants access to end and waits for a hook.
    fileprivate func isRevocation(of run: AccessRequest) -> Bool {
        guard case .consult(.onDeescalate, _) = self else { return false }
        return run.holdsGrant
    }
}

extension OutboxEntry {
    fileprivate var logFields: KeyValuePairs<String, String> { ["request": run.text, "effect": effect.name] }
}
