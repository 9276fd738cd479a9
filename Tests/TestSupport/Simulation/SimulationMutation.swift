/// A guard that is taken out at the ports, to prove that the simulation would notice. There is at least one for each
/// invariant.
package enum SimulationMutation: String, Sendable, CaseIterable {
    /// Commits do not look whether the run was changed meanwhile.
    case lostUpdates = "commits overwrite each other"
    /// A commit does not wait for the disk.
    case unsyncedClicks = "acknowledged clicks are not durable"
    case forgottenGrants = "grants are not in the transaction of the approval"
    case forgottenRemovals = "removals are not in the transaction that starts them"
    case freshKeys = "each call to the target has a key of its own"
    case shortLeases = "leases end while the work goes on"
    case attemptsNotDurable = "calls leave before the attempt is durable"
    case endsForgotten = "the end of access is not durable"
    case endsLate = "access ends when somebody gets round to it"
    case denialsUnseen = "open denials are not seen"
    case votesNotCounted = "the vote that completes a quorum is not counted"
    case staleCards = "cards are not shown anew after a decision"
    case blindReposts = "cards are posted again without looking for them"
    case skippedRecords = "some facts are not in the audit trail"
    case changedRecords = "a record is not what was hashed"
    case endlessLeases = "the work of a killed process stays its own"
    case doubleForms = "a form that is delivered twice is two requests"
    case overlappingEffects = "effects on one access run side by side"

    /// The invariant that does not hold without the guard.
    package var breaks: SimulationInvariant {
        switch self {
        case .lostUpdates: .oneDecision
        case .unsyncedClicks: .clickKept
        case .forgottenGrants, .forgottenRemovals: .effectTried
        case .freshKeys: .effectOnce
        case .overlappingEffects: .grantsInLine
        case .attemptsNotDurable, .endsForgotten: .durableEnd
        case .endsLate: .endsOnTime
        case .denialsUnseen: .denialHolds
        case .votesNotCounted: .quorumMoves
        case .staleCards, .blindReposts, .shortLeases: .cardsConverge
        case .skippedRecords: .auditTellsState
        case .changedRecords: .auditVerifies
        case .doubleForms: .formOnce
        case .endlessLeases: .comesToRest
        }
    }
}
