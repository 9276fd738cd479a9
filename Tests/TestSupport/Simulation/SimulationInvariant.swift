/// What must hold whatever goes wrong.
package enum SimulationInvariant: String, Sendable, CaseIterable {
    case clickKept = "an acknowledged click is never lost"
    case oneDecision = "there is at most one decision, by enough people"
    case effectOnce = "an effect happens at most once in the target's eyes"
    case effectTried = "an effect is tried at least once"
    case durableEnd = "no access without a durable end"
    case endsOnTime = "access ends on time, plus a bound"
    case denialHolds = "a denial is never overtaken"
    case quorumMoves = "a quorum never hangs"
    case cardsConverge = "every card converges to the truth"
    case auditVerifies = "the audit chain verifies"
    case auditTellsState = "the audit trail tells the same story as the state"
    case formOnce = "a form that is delivered twice is one request"
    case grantsInLine = "effects on one access do not get into each other's way"
    case comesToRest = "everything comes to an end"
}
