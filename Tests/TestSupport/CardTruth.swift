package import ApprovalCore
import Support

extension AccessRequest {
    /// What a card of this run has to say, in so few words that two of them can be compared: the state, who has voted,
    /// whose click is being looked into, and how it was decided.
    package func truth(on card: Card) -> String {
        let replaced = card.audience == .approvers && card.round != binding.round
        if replaced { return "replaced" }
        let open = openReceipts.map { "\($0.receipt.account.user) \($0.receipt.action.rawValue)" }
        let outcome = verdict.map { "\($0.outcome.rawValue) \($0.reason ?? "")" } ?? ""
        return "\(state.words) | open: \(open.joined(separator: ", ")) | \(outcome) | round \(binding.round)"
    }
}

extension AccessRequest.State {
    /// The state's name, and what people see of it.
    package var words: String {
        switch self {
        case .submitted: "submitted"
        case .pending(let pending):
            "pending at stage \(pending.stage), votes: \(pending.votes.map(\.person.name).joined(separator: ", "))"
        case .escalating: "escalating"
        case .active(let access): "active until \(access.until?.description ?? "revoked")"
        case .approved: "approved"
        case .executionFailed(let failure): "failed \(failure.kind.rawValue), retryable: \(failure.isRetryable)"
        case .removing(let removal): "removing, failed \(removal.failures) times"
        case .removed: "removed"
        case .denied: "denied"
        case .expired: "expired"
        }
    }

    /// The state's name alone.
    package var name: String { String(words.prefix { $0.isLetter }) }
}
