import ApprovalCore

/// Why a decision has no effect, in plain text for whoever called; the cards' own words are markup.
enum RefusalSentence {
    /// - Parameters:
    ///   - name: `Refusal.name`, as the audit trail has it.
    ///   - detail: what the flow's own code said.
    static func text(_ name: String, detail: String?, run: AccessRequest) -> String {
        switch name {
        case "hook_ignored": detail ?? "The flow does not accept this."
        case "hook_failed": "The flow's own code failed, so this did not count\(detail.map { ": \($0)" } ?? ".")"
        case "cannot_tell_who": "Who you are in Slack could not be found out\(detail.map { ": \($0)" } ?? ".")"
        case "already_decided": run.verdict.map(decided) ?? "This was decided already."
        default: sentences[name] ?? "This has no effect."
        }
    }

    private static let sentences = [
        "own_request": "You cannot decide on your own request, nor on one that you made for somebody else.",
        "already_voted": "You have approved this already; somebody else has to as well.",
        "not_a_decider": "You are not among the people who may decide on this request.",
        "guests_may_not": "This flow takes no decisions from guests.",
        "inactive": "Your account is deactivated.",
        "bots_may_not":
            "Bots decide nothing, and end only what they asked for. A person has to, with a token or in Slack.",
        "guest_from_elsewhere": "Guests decide on the card in Slack that was sent to them.",
        "answered_too_late": "This came too late: the time to answer is over.",
        "card_replaced": "What would be done has changed, and it is asked anew. Read the run again.",
        "not_yet_asked": "Who is asked is still being found out. Try again in a moment.",
        "not_active": "There is no access to end: it is not on.",
        "being_switched_on": "Access is just being switched on. Try again in a moment.",
        "already_ended": "Access has ended already, or is being taken back.",
        "revoking_not_allowed": "This flow does not let access be ended early.",
        "not_revoker": "Only the requester, whoever asked for them, the people who may decide, and admins can do this.",
        "nothing_to_retry": "There is nothing to retry.",
        "retry_needs_admin": "An admin must look at the target first and say what happened.",
        "admins_only": "Only admins can do this.",
    ]

    private static func decided(_ verdict: Verdict) -> String {
        let who =
            switch verdict.by {
            case .people(let votes): votes.map(\.person.name).joined(separator: ", ")
            case .policy(let rule): rule.map { "the rule \"\($0)\"" } ?? "the flow"
            case .system: "nobody"
            }
        return "This was decided already: \(verdict.outcome.rawValue) by \(who) at \(verdict.at)."
    }
}
