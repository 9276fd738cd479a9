import ApprovalCore
import SlackContract

/// The buttons that make sense on a card now.
struct CardButtons {
    let run: AccessRequest
    let audience: Card.Audience

    var elements: [Element] {
        switch (run.state, audience) {
        case (.pending, .approvers): [button(.approve, "Approve", .primary), button(.deny, "Deny", .danger)]
        case (.active, _): CardButtons.mayRevoke(run) ? [revoke] : []
        case (.executionFailed(let failure), _): afterFailure(failure)
        case (.submitted, _), (.pending, .requester), (.escalating, _), (.approved, _), (.removing, _), (.removed, _),
            (.denied, _), (.expired, _):
            []
        }
    }

    /// Whether there is access to end, and ending it early is allowed (SYM-10).
    static func mayRevoke(_ run: AccessRequest) -> Bool {
        switch run.state {
        case .active: run.terms.allowRevoke
        case .executionFailed(let failure): run.terms.allowRevoke && failure.accessMayBeOn
        default: false
        }
    }

    private func afterFailure(_ failure: Failure) -> [Element] {
        var elements: [Element] = []
        if failure.isRetryable { elements.append(button(.retry, "Retry", .primary)) }
        if failure.kind == .ambiguous, !failure.isRetryable, mayBeReadByAdmins {
            elements.append(
                button(
                    .confirmGranted, "Access is on",
                    confirm: ConfirmDialog(
                        title: "Is access on?", text: "You have looked at the target, and access is on there.",
                        confirm: "It is on"
                    )
                )
            )
            elements.append(
                button(
                    .confirmNotGranted, "Access is not on",
                    confirm: ConfirmDialog(
                        title: "Is access off?", text: "You have looked at the target, and access is not on there.",
                        confirm: "It is off"
                    )
                )
            )
        }
        if CardButtons.mayRevoke(run) { elements.append(revoke) }
        return elements
    }

    /// Direct messages to the requester are read by nobody else.
    private var mayBeReadByAdmins: Bool { audience == .approvers || run.submission.requester.role == .admin }

    /// The requester ends access without being asked twice: it can be asked for again.
    private var revoke: Element {
        switch audience {
        case .requester: button(.revoke, "I'm done")
        case .approvers: CardButtons.revoke(run)
        }
    }

    static func revoke(_ run: AccessRequest) -> Element {
        CardButtons(run: run, audience: .approvers).button(
            .revoke, "Revoke", .danger,
            confirm: ConfirmDialog(
                title: "Revoke access?", text: "Access ends at once. It can be asked for again.", confirm: "Revoke",
                style: .danger
            )
        )
    }

    private func button(
        _ action: Receipt.Action, _ text: PlainText, _ style: Element.ButtonStyle? = nil,
        confirm: ConfirmDialog? = nil
    ) -> Element {
        .button(
            id: action.actionID, text: text, value: RunButton(run: run.id, round: run.binding.round).value,
            style: style, confirm: confirm
        )
    }
}
