package import ApprovalCore
import Support

/// What became of a click by the time it is acknowledged.
package enum ClickOutcome: Hashable, Sendable {
    /// It counts, and is durable.
    case done
    /// The same person did the same before.
    case alreadySo
    /// It is durable, and is being looked into; the person hears of it if it does not count.
    case checking
    case refused(Refusal)
    case unknownRun
    /// It could not be made durable: the person must try again.
    case notKept
}

extension ApprovalEngine {
    /// Somebody pressed a button on a card, or called the API to the same end. Durable when this returns; decided in
    /// the same transaction wherever nothing is missing (decisions.md 1). Never waits for Slack or for flow code.
    ///
    /// - Parameters:
    ///   - caller: who it is, where a token of ours says so (decisions.md 1); else what we know of the account.
    ///   - event: under what a caller of the API follows it.
    package func click(
        _ receipt: Receipt, on id: RunID, by caller: Person? = nil, event: RunEvent? = nil
    ) async -> ClickOutcome {
        await clicked(receipt, on: id, by: caller, event: event).outcome
    }

    /// The same, with the run as the click left it, where it had to be read anyway.
    package func clicked(
        _ receipt: Receipt, on id: RunID, by caller: Person? = nil, event: RunEvent? = nil
    ) async -> (outcome: ClickOutcome, run: AccessRequest?) {
        do {
            var receipt = receipt
            var evidence: Evidence?
            if let caller {
                evidence = Evidence(person: caller)
            } else if let known = try await store.person(receipt.account) {
                // By the clock as it is: where it was set back, a run's time is ahead of it, and facts of before the jump
                // look fresh by that.
                if known.isFresh(at: clock.now()) {
                    let rules = try await roleRules()
                    evidence = rules.evidence(of: rules.current(known))
                }
                receipt.account = known.account
            }
            let (decision, run) = try await attempted(.click(receipt, evidence), on: id, event: event)
            if decision.isNothing { return (.alreadySo, run) }
            let isOpen = decision.effects.contains { effect in
                switch effect {
                case .classify(receipt.id), .consult(_, receipt.id): true
                default: false
                }
            }
            return (isOpen ? .checking : .done, run)
        } catch let refusal as Refusal {
            log.info(
                "click refused",
                ["request": id.text, "account": receipt.account.description, "reason": refusal.name]
            )
            return (.refused(refusal), nil)
        } catch StoreError.duplicate {
            // The same call came before, under the same key.
            return (.alreadySo, nil)
        } catch StoreError.corrupt(let reason) {
            log.warning("click on a run that cannot be read", ["request": id.text, "error": reason])
            return (.unknownRun, nil)
        } catch {
            log.error("click could not be kept", ["request": id.text, "error": "\(error)"])
            return (await keptAfterAll(receipt, on: id) ? .done : .notKept, nil)
        }
    }

    /// Keeps an event that changes nothing any more, so that its outcome can be asked for.
    package func keep(_ event: RunEvent) async throws(StoreError) {
        while true {
            guard let stored = try await store.load(event.run) else {
                throw .corrupt("there is no run \(event.run)")
            }
            do {
                return try await store.commit(
                    RunChange(
                        run: stored.run, expectedVersion: stored.version, head: stored.head, records: [], entries: [],
                        event: event
                    )
                )
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
            }
        }
    }

    /// After a commit whose outcome is unknown: what the store holds now is what counts.
    private func keptAfterAll(_ receipt: Receipt, on id: RunID) async -> Bool {
        guard let stored = try? await store.load(id) else { return false }
        return stored.run.isAlreadySo(receipt)
    }
}
