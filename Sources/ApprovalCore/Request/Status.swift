/// The two statuses of a run, from its one state (decisions.md 9): Sym's, and TinyOps's beside it.
package struct Status: Hashable, Sendable {
    package enum Run: String, Hashable, Sendable, CaseIterable {
        case requested, approved, escalated, errored, deescalated, denied, expired
    }

    package enum Approval: String, Hashable, Sendable, CaseIterable {
        case pending, processing, approved, denied, expired
        case executionFailed = "approved_execution_failed"
    }

    package var run: Run
    package var approval: Approval

    package init(_ state: AccessRequest.State) {
        (run, approval) =
            switch state {
            case .submitted, .pending: (.requested, .pending)
            case .escalating: (.approved, .processing)
            case .active: (.escalated, .approved)
            case .approved: (.approved, .approved)
            case .executionFailed: (.errored, .executionFailed)
            case .removing: (.escalated, .approved)
            case .removed: (.deescalated, .approved)
            case .denied: (.denied, .denied)
            case .expired: (.expired, .expired)
            }
    }
}

extension AccessRequest {
    package var status: Status { Status(state) }

    /// Whether nothing can happen to this run any more.
    package var isOver: Bool {
        switch state {
        case .approved, .removed, .denied, .expired: true
        case .submitted, .pending, .escalating, .active, .executionFailed, .removing: false
        }
    }

    /// Whether access may be on at the target, so that others who hold the same grant key must know of it.
    package var holdsGrant: Bool {
        switch state {
        case .escalating(let attempt): attempt.isUnderWay
        case .active, .removing: true
        case .executionFailed(let failure): failure.accessMayBeOn
        case .submitted, .pending, .approved, .removed, .denied, .expired: false
        }
    }
}
