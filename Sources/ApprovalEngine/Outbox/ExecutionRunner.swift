import ApprovalCore
import FlowConfig
import Support

/// Switching access on and taking it back (decisions.md 3 and 6).
extension ApprovalEngine {
    func escalate(epoch: Int, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run), case .escalating(let attempt) = stored.run.state,
            attempt.epoch == epoch, clock.now() < attempt.deadline
        else { return try await store.complete(entry.claim) }
        let run = stored.run
        // Before each first effect, and before a retry, both hashes are computed again.
        switch try await rebinding(of: run) {
        case .same: break
        case .broken(let rebinding):
            try await self.attempt(.bindingBroken(rebinding), on: run.id, completing: entry.claim)
            return
        case .impossible(let reason):
            return try await failWithoutCalling(reason, attempt, entry, of: run)
        }
        let flow = try await flow(attempt.revision)
        guard var order = order(.escalate, epoch: epoch, of: run, flow: flow, output: nil),
            let strategy = strategies[order.strategy.type]
        else {
            return try await failWithoutCalling(
                "The strategy of this flow is not available in this version.", attempt, entry, of: run
            )
        }
        if run.terms.hooks.contains(.onEscalate) {
            guard let asked = try await askBeforeGrant(order, attempt, stored, entry) else { return }
            order = asked
        }
        if strategy.sharing(order) == .membership, let output = try await outputOfHolder(of: run) {
            try await self.attempt(.granted(epoch: epoch, output: output), on: run.id, completing: entry.claim)
            return
        }
        if attempt.isUnderWay, !run.terms.retryAmbiguous {
            return try await fail(
                epoch, entry, .ambiguous, "The call to the target broke off, and the target must not be asked twice.",
                isRetryable: false, mayHaveReached: true
            )
        }
        if !attempt.isUnderWay {
            // Durable before the call leaves. If it came to nothing, the run has moved on since it was read, and nothing
            // would take back what the call does.
            let started = try await self.attempt(.attemptStarts(epoch: epoch), on: run.id)
            guard !started.isNothing else { return try await store.complete(entry.claim) }
        }
        do throws(StrategyError) {
            let output = try await strategy.escalate(order)
            do {
                try await self.attempt(.granted(epoch: epoch, output: output), on: run.id, completing: entry.claim)
            } catch {
                // The grant stands at the target. The entry is claimed again, and the same key gives the same answer.
                throw .ambiguous("access is on, but that could not be recorded: \(error)")
            }
        } catch {
            try await handle(error, epoch: epoch, entry, wasUnderWay: attempt.isUnderWay, of: run)
        }
    }

    /// - Returns: what is to be done; `nil` where the hook keeps it from being done, which is on record then.
    private func askBeforeGrant(
        _ order: AccessOrder, _ attempt: Attempt, _ stored: StoredRun, _ entry: OutboxEntry
    ) async throws -> AccessOrder? {
        let run = stored.run
        let answer = try await answer(.onEscalate, stored, entry, person: nil)
        switch answer {
        case .proceed: return order
        case .ignore(let message), .failed(let message):
            try await failWithoutCalling(message, attempt, entry, of: run)
        case .transition(let transition, _, let change):
            if let objection = run.objection(to: transition, change, by: .onEscalate) {
                try await failWithoutCalling(objection, attempt, entry, of: run)
            } else if transition == .deescalate {
                try await self.attempt(.notToBegin(epoch: attempt.epoch), on: run.id, completing: entry.claim)
            } else if let amendment = try await amendment(answer, of: run) {
                try await self.attempt(.amended(amendment, epoch: attempt.epoch), on: run.id)
                var order = order
                order.run = run.amended(amendment)
                return order
            } else {
                return order
            }
        }
        return nil
    }

    private func handle(
        _ error: StrategyError, epoch: Int, _ entry: OutboxEntry, wasUnderWay: Bool, of run: AccessRequest
    ) async throws {
        // A call that was broken off because the program stops is no attempt that failed.
        if case .ambiguous = error { try Task.checkCancellation() }
        let isLast = entry.attempt + 1 >= configuration().settings.http.attempts && !Task.isCancelled
        log.warning(
            "access could not be switched on",
            ["request": run.id.text, "attempt": "\(entry.attempt + 1)", "error": error.reason]
        )
        switch error {
        case .refused(let reason):
            try await fail(epoch, entry, .refused, reason, isRetryable: true, mayHaveReached: wasUnderWay)
        case .notSent(let reason):
            if !wasUnderWay { try await attempt(.attemptDidNotLeave(epoch: epoch), on: run.id) }
            if isLast {
                try await fail(
                    epoch, entry, wasUnderWay ? .ambiguous : .notSent, reason,
                    isRetryable: !wasUnderWay || run.terms.retryAmbiguous, mayHaveReached: wasUnderWay
                )
            } else {
                await putBack(entry, .grants, because: reason)
            }
        case .ambiguous(let reason):
            if isLast || !run.terms.retryAmbiguous {
                try await fail(
                    epoch, entry, .ambiguous, reason, isRetryable: run.terms.retryAmbiguous, mayHaveReached: true
                )
            } else {
                await putBack(entry, .grants, because: reason)
            }
        }
    }

    /// Something of ours stands in the way of this call. Says nothing of what an earlier call did, so it is no refusal
    /// by the target, and a retry keeps the idempotency key.
    private func failWithoutCalling(
        _ reason: String, _ attempt: Attempt, _ entry: OutboxEntry, of run: AccessRequest
    ) async throws {
        let isUnderWay = attempt.isUnderWay
        try await fail(
            attempt.epoch, entry, isUnderWay ? .ambiguous : .notSent, reason,
            isRetryable: !isUnderWay || run.terms.retryAmbiguous, mayHaveReached: isUnderWay
        )
    }

    private func fail(
        _ epoch: Int, _ entry: OutboxEntry, _ kind: Failure.Kind, _ error: String, isRetryable: Bool,
        mayHaveReached: Bool
    ) async throws {
        try await attempt(
            .grantFailed(
                epoch: epoch, kind, error: error, isRetryable: isRetryable, mayHaveReached: mayHaveReached
            ),
            on: entry.run, completing: entry.claim
        )
    }

    func deescalate(epoch: Int, _ entry: OutboxEntry) async throws {
        guard let stored = try await store.load(entry.run), case .removing(let removal) = stored.run.state,
            removal.epoch == epoch
        else { return try await store.complete(entry.claim) }
        let run = stored.run
        await askBeforeRemoval(removal, stored, entry)
        do throws(StrategyError) {
            do {
                let flow = try await flow(removal.revision)
                guard let order = order(.deescalate, epoch: epoch, of: run, flow: flow, output: removal.output),
                    let strategy = strategies[order.strategy.type]
                else { throw StrategyError.refused("the strategy of this flow is not available in this version") }
                let isShared: Bool
                if strategy.sharing(order) == .membership, let key = run.terms.grantKey {
                    isShared = !(try await store.holders(of: key, except: run.id)).isEmpty
                } else {
                    isShared = false
                }
                let output = isShared ? nil : try await strategy.deescalate(order)
                try await attempt(.removalDone(epoch: epoch, output: output), on: run.id, completing: entry.claim)
            } catch let error as StrategyError {
                throw error
            } catch let error as CancellationError {
                throw .notSent("\(error)")
            } catch {
                throw .ambiguous("\(error)")
            }
        } catch {
            try Task.checkCancellation()
            log.error(
                "access could not be taken back",
                ["request": run.id.text, "attempt": "\(entry.attempt + 1)", "error": error.reason]
            )
            _ = try? await attempt(
                .removalFailed(epoch: epoch, error: error.reason, attempt: entry.attempt + 1), on: run.id
            )
            await putBack(entry, .removals, because: error.reason)
        }
    }

    /// `on_deescalate`, before the first attempt: it may act, but whatever it says, or if it says nothing in its time,
    /// access is taken back. Where somebody wanted access to end, it was asked when they did.
    private func askBeforeRemoval(_ removal: Removal, _ stored: StoredRun, _ entry: OutboxEntry) async {
        if case .revoked = removal.cause { return }
        guard stored.run.terms.hooks.contains(.onDeescalate), entry.attempt == 0 else { return }
        let fault: String
        do {
            switch try await answer(.onDeescalate, stored, entry, person: nil) {
            case .proceed: return
            case .failed(let error): fault = error
            case .ignore(let message): fault = "ignored, but access ends all the same: \(message)"
            case .transition(let transition, _, let change):
                guard let objection = stored.run.objection(to: transition, change, by: .onDeescalate) else { return }
                fault = objection
            }
            try await attempt(.handlerFailed(.onDeescalate, error: fault), on: entry.run)
        } catch {
            log.warning("on_deescalate was passed over", ["request": entry.run.text, "error": "\(error)"])
        }
    }

    // MARK: What is called

    private enum Step: String { case escalate, deescalate }

    private func order(
        _ step: Step, epoch: Int, of run: AccessRequest, flow: Flow, output: String?
    ) -> AccessOrder? {
        guard let strategy = flow.strategy,
            let identity = run.terms.identity
        else { return nil }
        let target = run.submission.target.flatMap { strategy.target(named: $0) }
        return AccessOrder(
            idempotencyKey: "\(run.id)/\(step.rawValue)/\(epoch)", run: run, flow: flow, strategy: strategy,
            target: target, settings: target?.resolvedSettings(with: run.submission.fields) ?? [:],
            identity: identity, output: output
        )
    }

    /// What the first holder of the same membership got when it was added; `nil` when nobody holds it.
    private func outputOfHolder(of run: AccessRequest) async throws -> String?? {
        guard let key = run.terms.grantKey else { return .none }
        for holder in try await store.holders(of: key, except: run.id) {
            guard let stored = try await store.load(holder), case .active(let access) = stored.run.state else {
                continue
            }
            return .some(access.output)
        }
        return .none
    }

    // MARK: Binding

    private enum BindingCheck {
        case same
        case broken(Rebinding)
        case impossible(String)
    }

    /// Compares what was approved with what would happen now (decisions.md 3).
    private func rebinding(of run: AccessRequest) async throws(StoreError) -> BindingCheck {
        await refreshConfiguration()
        let configuration = configuration()
        guard let flow = configuration.flow(named: run.submission.flow) else {
            guard let broken = configuration.brokenFlow(named: run.submission.flow) else {
                return .impossible("The flow \(run.submission.flow) is no longer configured.")
            }
            return .impossible(broken.sentence)
        }
        guard let identity = try await currentIdentity(of: run, for: flow) else {
            return .impossible("The requester's identity in the target system is no longer stored.")
        }
        let binding = BindingDocuments(run.submission, flow: flow, identity: identity)
            .binding(round: run.binding.round + 1)
        if binding.isSameJobAndPolicy(as: run.binding) { return .same }
        let revision = try await keep(flow)
        return .broken(
            Rebinding(
                revision: revision,
                terms: Terms(run.submission, flow: flow, identity: identity, hooks: handlers.hooks(of: flow)),
                binding: binding
            )
        )
    }
}
