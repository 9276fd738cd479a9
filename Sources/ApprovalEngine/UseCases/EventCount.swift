package import ApprovalCore
import AuditTrail
package import Support

/// Which events of a person's past requests are counted (`User.get_event_count`, sym-sdk.md 4.6).
package struct EventCount: Hashable, Sendable {
    /// `request`, `approve`, `escalate`, ….
    package var step: String
    /// Both inclusive.
    package var since: Timestamp?
    package var until: Timestamp?
    /// On runs for the same target, whatever the flow; else on runs of the same flow.
    package var sameTarget: Bool
    /// Also what was refused or failed.
    package var includesErrors: Bool

    package init(step: String, since: Timestamp?, until: Timestamp?, sameTarget: Bool, includesErrors: Bool) {
        self.step = step
        self.since = since
        self.until = until
        self.sameTarget = sameTarget
        self.includesErrors = includesErrors
    }

    /// The facts that are such events.
    fileprivate var kinds: Set<String> {
        let (done, failed): (Set<String>, Set<String>) =
            switch step {
            case "request": (["requested"], [])
            case "request_forward": (["forwarded"], ["hook_ignored"])
            case "request_expire": (["expired"], ["hook_ignored"])
            case "approve": (["approved"], ["receipt_refused"])
            case "deny": (["denied"], ["receipt_refused"])
            case "escalate": (["access_granted"], ["execution_failed"])
            case "deescalate": (["removed"], ["removal_failed"])
            default: ([], [])
            }
        return includesErrors ? done.union(failed) : done
    }

    fileprivate func includes(_ time: Timestamp) -> Bool {
        (since.map { $0 <= time } ?? true) && (until.map { time <= $0 } ?? true)
    }
}

extension ApprovalEngine {
    /// A person's requests are looked through from the newest, so many at most.
    static let runsCountedMax = 1000

    /// - Parameter run: the one that asks: its flow or target is meant.
    package func count(
        _ wanted: EventCount, by person: PersonID, like run: AccessRequest
    ) async throws(StoreError) -> Int {
        let kinds = wanted.kinds
        guard !kinds.isEmpty else { return 0 }
        var count = 0
        for id in try await store.runs(requestedBy: person, limit: Self.runsCountedMax) {
            guard let other = try await store.load(id)?.run else { continue }
            let isMeant =
                wanted.sameTarget
                ? other.submission.target == run.submission.target : other.submission.flow == run.submission.flow
            guard isMeant else { continue }
            for record in try await store.records(of: "run/" + id.text) where kinds.contains(record.kind) {
                let isOtherAction =
                    record.kind == "receipt_refused" && record.details["action"]?.text != wanted.step
                if !isOtherAction, wanted.includes(record.at) { count += 1 }
            }
        }
        return count
    }
}
