package import Support

/// Why somebody's click has no effect: read by that person, so it says whom to ask or what to do.
package enum Refusal: Error, Hashable, Sendable, Codable {
    case ownRequest
    /// The same human has voted already, under another account.
    case alreadyVoted
    case notADecider(DeciderRule)
    case guestsMayNot
    case inactive
    case botsMayNot
    case guestFromElsewhere
    case alreadyDecided(Verdict)
    case answeredTooLate(since: Timestamp)
    /// The card belongs to an earlier round: the request was asked anew.
    case cardReplaced
    case notYetAsked
    case notActive
    case beingSwitchedOn
    case alreadyEnded
    case revokingNotAllowed
    case notRevoker
    case nothingToRetry
    case retryNeedsAdmin
    case adminsOnly
    case cannotTellWho(String)
    case hookIgnored(String)
    case hookFailed(String)
}

extension Refusal {
    /// What somebody else said of it: the flow's own code, or whoever was asked.
    package var detail: String? {
        switch self {
        case .cannotTellWho(let text), .hookIgnored(let text), .hookFailed(let text): text
        default: nil
        }
    }

    /// One word for the audit trail and the log.
    package var name: String {
        switch self {
        case .ownRequest: "own_request"
        case .alreadyVoted: "already_voted"
        case .notADecider: "not_a_decider"
        case .guestsMayNot: "guests_may_not"
        case .inactive: "inactive"
        case .botsMayNot: "bots_may_not"
        case .guestFromElsewhere: "guest_from_elsewhere"
        case .alreadyDecided: "already_decided"
        case .answeredTooLate: "answered_too_late"
        case .cardReplaced: "card_replaced"
        case .notYetAsked: "not_yet_asked"
        case .notActive: "not_active"
        case .beingSwitchedOn: "being_switched_on"
        case .alreadyEnded: "already_ended"
        case .revokingNotAllowed: "revoking_not_allowed"
        case .notRevoker: "not_revoker"
        case .nothingToRetry: "nothing_to_retry"
        case .retryNeedsAdmin: "retry_needs_admin"
        case .adminsOnly: "admins_only"
        case .cannotTellWho: "cannot_tell_who"
        case .hookIgnored: "hook_ignored"
        case .hookFailed: "hook_failed"
        }
    }
}
