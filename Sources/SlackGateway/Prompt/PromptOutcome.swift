import ApprovalCore
import SlackContract

/// What a form says once the flow's rules have answered.
enum PromptOutcome {
    static func sentence(_ run: AccessRequest, flow: Flow) -> Mrkdwn {
        let label: Mrkdwn = "*\(plain: flow.label)*"
        switch run.state {
        case .submitted: return PromptText.submitted(flow)
        case .pending: return "Your request for \(raw: label) was sent to the people who can approve it."
        case .approved: return "Your request for \(raw: label) is approved.\(raw: reason(run))"
        case .escalating:
            return "Your request for \(raw: label) is approved, and access is being switched on.\(raw: reason(run))"
        case .active: return "Your request for \(raw: label) is approved, and access is on.\(raw: reason(run))"
        case .executionFailed: return "Your request for \(raw: label) is approved, but access could not be switched on."
        case .denied: return "Your request for \(raw: label) was denied.\(raw: reason(run))"
        case .expired: return "Your request for \(raw: label) expired."
        case .removing, .removed: return "Your access to \(raw: label) has ended."
        }
    }

    private static func reason(_ run: AccessRequest) -> Mrkdwn {
        guard let reason = run.verdict?.reason else { return .empty }
        return " Reason: \(plain: reason)"
    }
}
