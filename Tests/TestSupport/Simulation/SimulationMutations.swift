import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support

extension Simulation {
    /// What reaches the store in place of a commit, where a guard is taken out.
    func rewrite(_ change: RunChange) -> RunChange? {
        guard let mutation else { return change }
        var change = change
        switch mutation {
        case .lostUpdates:
            guard change.expectedVersion > 0, let current = store.stored(change.run.id),
                current.version != change.expectedVersion
            else { break }
            change.expectedVersion = current.version
            var head = current.head
            change.records = change.records.map { record in
                let record = AuditRecord(
                    after: head, aggregate: record.aggregate, at: record.at, kind: record.kind, actor: record.actor,
                    details: record.details
                )
                head = AuditHead(record)
                return record
            }
        case .forgottenGrants:
            if comes(30) { change.entries.removeAll { if case .escalate = $0.effect { true } else { false } } }
        case .forgottenRemovals:
            if comes(30) { change.entries.removeAll { if case .deescalate = $0.effect { true } else { false } } }
        case .attemptsNotDurable:
            if change.records.contains(where: { $0.kind == "attempt_under_way" }),
                case .escalating(var attempt) = change.run.state
            {
                attempt.isUnderWay = false
                change.run.state = .escalating(attempt)
            }
        case .endsForgotten:
            if case .active(var access) = change.run.state {
                access.until = nil
                change.run.state = .active(access)
            }
        case .endsLate:
            if case .active(var access) = change.run.state, let until = access.until,
                change.records.contains(where: { $0.kind == "access_granted" })
            {
                access.until = until + .seconds(1800)
                change.run.state = .active(access)
            }
        case .denialsUnseen: change.run.openReceipts.removeAll { $0.receipt.action == .deny }
        case .votesNotCounted:
            if change.records.contains(where: { $0.kind == "approved" }),
                change.records.contains(where: { $0.kind == "voted" }),
                let current = store.stored(change.run.id)?.run, case .pending(var pending) = current.state,
                case .people(let votes) = change.run.verdict?.by
            {
                pending.votes = votes
                change.run.state = .pending(pending)
                change.run.verdict = nil
            }
        case .staleCards:
            if change.run.verdict != nil, comes(30) {
                change.entries.removeAll { if case .show = $0.effect { true } else { false } }
            }
        case .skippedRecords:
            if change.records.count > 1, comes(20) { change.records.removeLast() }
        case .overlappingEffects:
            change.entries = change.entries.map { entry in
                var entry = entry
                entry.serialKey = entry.uniqueKey
                return entry
            }
        case .changedRecords:
            if !change.records.isEmpty, comes(10) { change.records[0].details["changed"] = .bool(true) }
        case .freshKeys, .shortLeases, .blindReposts, .doubleForms, .unsyncedClicks, .endlessLeases: break
        }
        return change
    }
}
