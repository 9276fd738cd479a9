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
    package func click(_ receipt: Receipt, on id: RunID) async -> ClickOutcome {
        do {
            var receipt = receipt
            var evidence: Evidence?
            if let known = try await store.person(receipt.account) {
                evidence = Evidence(person: try await roleRules().current(known))
                receipt.account = known.account
            }
            let decision = try await attempt(.click(receipt, evidence), on: id)
            if decision.isNothing { return .alreadySo }
            let isOpen = decision.effects.contains { effect in
                switch effect {
                case .classify(receipt.id), .consult(_, receipt.id): true
                default: false
                }
            }
            return isOpen ? .checking : .done
        } catch let refusal as Refusal {
            log.info(
                "click refused",
                ["request": id.text, "account": receipt.account.description, "reason": refusal.name]
            )
            return .refused(refusal)
        } catch StoreError.corrupt(let reason) {
            log.warning("click on a run that cannot be read", ["request": id.text, "error": reason])
            return .unknownRun
        } catch {
            log.error("click could not be kept", ["request": id.text, "error": "\(error)"])
            return await keptAfterAll(receipt, on: id) ? .done : .notKept
        }
    }

    /// After a commit whose outcome is unknown: what the store holds now is what counts.
    private func keptAfterAll(_ receipt: Receipt, on id: RunID) async -> Bool {
        guard let stored = try? await store.load(id) else { return false }
        return stored.run.isAlreadySo(receipt)
    }
}
