import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support

/// What must hold after every step.
extension Simulation {
    /// Access that is on has an end that is durable.
    func checkDurableEnd(of id: RunID) {
        guard let run = store.stored(id)?.run else {
            return violated(.durableEnd, "access of a request that is unknown", "\(id)")
        }
        let isOn = target.epochs[id] != nil || run.terms.grantKey.map(target.members.contains) == true
        guard isOn, target.epochs[id] != nil || run.holdsGrant || isSharedByNobody(run) else { return }
        let end: Timestamp?
        switch run.state {
        case .escalating(let attempt): end = attempt.isUnderWay ? attempt.removeBy : nil
        case .active(let access): end = access.until
        case .removing(let removal): end = removal.since
        case .executionFailed(let failure): end = failure.accessMayBeOn ? failure.removeBy : nil
        default: end = nil
        }
        guard let end else {
            return violated(.durableEnd, "access is on without a durable end", "\(id) is \(run.state.words)")
        }
        // What was recorded with the grant holds, unless access ends before.
        let time = end.milliseconds - Self.start.milliseconds
        switch run.state {
        case .active: break
        case .removing: ledger.ends[id] = min(time, ledger.ends[id] ?? time)
        default: ledger.ends[id] = time
        }
    }

    private func isSharedByNobody(_ run: AccessRequest) -> Bool {
        !store.storedRuns.contains { $0.run.terms.grantKey == run.terms.grantKey && $0.run.holdsGrant }
    }

    /// Access has just ended: not long after it should have.
    func checkOnTime(_ id: RunID) {
        guard let end = ledger.ends[id] else { return }
        // Back-off of the removal, a lease that ran out, a grant of the same key that came first; with margin.
        let bound: Int64 = weather.isCalm && weather.skewMax == 0 ? 90_000 : 400_000
        let due = weather.isCalm ? end : max(end, SimulationWeather.end)
        if now > due + bound { violated(.endsOnTime, "access ended late", "\(id) by \(now - end) ms") }
    }

    func check(_ change: RunChange) {
        guard violation == nil, let run = store.stored(change.run.id)?.run else { return }
        if target.epochs[run.id] != nil { checkDurableEnd(of: run.id) }
        for record in change.records where record.kind == "access_granted" {
            // What the record says is what people were promised.
            if case .int(let until)? = record.details["until"] { ledger.ends[run.id] = until - Self.start.milliseconds }
            let isShared = run.submission.target == "team"
            let isOn =
                isShared
                ? run.terms.grantKey.map(target.members.contains) == true : target.epochs[run.id] != nil
            if !isOn { violated(.auditTellsState, "access is said to be on and is not", "\(run.id)") }
        }
        checkWork(of: run)
        guard case .pending(let pending) = run.state, let routing = run.routing else { return }
        let isHeld = run.openReceipts.contains { $0.receipt.action == .deny }
        if pending.votes.count >= routing.quorum, !isHeld { violated(.quorumMoves, "a quorum hangs", "\(run.id)") }
    }
}

extension Simulation {
    /// What a state calls for is in the outbox as soon as the state is durable.
    private func checkWork(of run: AccessRequest) {
        var expected: [[Effect]] = run.openReceipts.map { open in
            [.classify(open.receipt.id)]
                + [Hook.onApprove, .onDeny, .onDeescalate].map { .consult($0, open.receipt.id) }
        }
        if let asking = run.asking { expected.append([.ask(asking.hook, asking.occasion)]) }
        switch run.state {
        case .escalating(let attempt):
            // Once its time is over, a worker may have put it aside for the watch to end.
            let isInTime = now + weather.skewMax < attempt.deadline.milliseconds - Self.start.milliseconds
            if isInTime { expected.append([.escalate(epoch: attempt.epoch)]) }
        case .removing(let removal): expected.append([.deescalate(epoch: removal.epoch)])
        case .submitted: if run.errors.isEmpty { expected.append([.route]) }
        case .pending, .active, .approved, .executionFailed, .removed, .denied, .expired: break
        }
        let entries = store.entries.filter { $0.run == run.id }.map(\.effect)
        for effects in expected where !effects.contains(where: entries.contains) {
            violated(.effectTried, "work is not durable with what calls for it", "\(run.id): \(effects[0].name)")
        }
    }
}

/// What must hold when everything has come to rest.
extension Simulation {
    func checkAtRest() {
        checkAudit()
        for run in store.storedRuns.map(\.run) where violation == nil {
            checkRest(of: run)
            checkStory(of: run)
            checkCards(of: run)
            checkDecisions(of: run)
        }
        for click in ledger.clicks where violation == nil { checkKept(click) }
        if let grantKey = target.members.sorted().first { violated(.endsOnTime, "access never ended", grantKey) }
        if !store.entries.isEmpty { violated(.comesToRest, "work was left undone", "\(store.entries[0].effect.name)") }
    }

    private func checkRest(of run: AccessRequest) {
        switch run.state {
        case .denied, .expired, .approved, .removed, .executionFailed: break
        case .submitted, .pending, .escalating, .active, .removing:
            violated(.comesToRest, "a request does not end", "\(run.id) is \(run.state.words)")
        }
        if target.epochs[run.id] != nil {
            violated(.endsOnTime, "access never ended", "\(run.id) is \(run.state.words)")
        }
        if let open = run.openReceipts.first {
            violated(.clickKept, "a click is looked into for ever", "\(run.id): \(open.receipt.id)")
        }
        if case .executionFailed(let failure) = run.state, failure.error.hasPrefix("Access was not on"),
            !target.called.contains(run.id), isCalmEnoughToTry
        {
            violated(.effectTried, "an effect was never tried", "\(run.id)")
        }
    }

    /// Whether nothing but the loss of work can keep an effect from being tried within its attempt.
    private var isCalmEnoughToTry: Bool { weather.isCalm && weather.requests == 1 }

    // MARK: Records

    private func records(of run: RunID) -> [AuditRecord] { store.records.filter { $0.aggregate == "run/\(run)" } }

    private func checkAudit() {
        var verifier = AuditVerifier(key: Self.sealKey)
        do throws(AuditFinding) {
            for (index, record) in store.records.enumerated() { try verifier.check(record, at: Int64(index + 1)) }
        } catch { violated(.auditVerifies, "the audit chain is broken", "\(error)") }
        if store.unsealedRecords > 0 { violated(.auditVerifies, "records are not sealed", "\(store.unsealedRecords)") }
    }

    /// The audit trail tells the same story as the state.
    private func checkStory(of run: AccessRequest) {
        var told = "submitted"
        for record in records(of: run.id) {
            switch record.kind {
            case "routed": told = "pending"
            case "approved", "denied", "expired", "removed": told = record.kind
            case "escalation_started": told = "escalating"
            case "access_granted": told = "active"
            case "execution_failed": told = "failed"
            case "binding_broken": told = "submitted"
            case "removal_started": told = "removing"
            default: break
            }
        }
        if told != run.state.name {
            violated(.auditTellsState, "the audit trail tells another story", "\(run.id): \(told)")
        }
    }

    /// At most one decision in each round of asking, by enough people who were counted, and no denial overtaken.
    private func checkDecisions(of run: AccessRequest) {
        var quorum = 1
        var round = Round()
        for record in records(of: run.id) where violation == nil {
            let receipt = record.details["receipt"]?.text ?? ""
            switch record.kind {
            case "binding_broken": round = Round()
            case "routed": if case .int(let count)? = record.details["quorum"] { quorum = Int(count) }
            case "receipt_opened":
                round.opened[receipt] = record
                round.clicks[Self.click(record, of: record.actor)] = record.sequence
            case "receipt_settled", "receipt_refused": round.opened[receipt] = nil
            case "voted":
                if !round.voters.insert(record.actor).inserted {
                    violated(.oneDecision, "one person counts twice", "\(run.id)")
                }
                let account = record.details["account"]?.text ?? ""
                round.lastVote = max(
                    round.lastVote, round.clicks[Self.click(record, of: account)] ?? record.sequence
                )
            case "approved", "denied", "expired":
                round.decisions += 1
                if round.decisions > 1 { violated(.oneDecision, "it was decided twice", "\(run.id): \(record.kind)") }
                if record.kind == "approved", record.actor != "policy" {
                    if round.voters.count < quorum { violated(.oneDecision, "it was approved by too few", "\(run.id)") }
                    let denial = round.opened.values.first {
                        $0.details["action"]?.text == "deny" && $0.sequence < round.lastVote
                    }
                    if denial != nil { violated(.denialHolds, "a denial was overtaken", "\(run.id)") }
                }
                if record.kind == "expired", round.voters.count >= quorum {
                    violated(.quorumMoves, "a quorum expired", "\(run.id)")
                }
            default: break
            }
        }
    }

    private struct Round {
        var decisions = 0
        var voters: Set<String> = []
        /// Open receipts by id.
        var opened: [String: AuditRecord] = [:]
        /// When clicks were opened. A hook may make an approval of a denial.
        var clicks: [String: Int64] = [:]
        /// When the last of the votes was durable as a click.
        var lastVote: Int64 = 0
    }

    private static func click(_ record: AuditRecord, of account: String) -> String {
        "\(account) at \(record.details["received"]?.integer ?? 0)"
    }

    /// An acknowledged click is on record: as what it led to, or as having been refused.
    private func checkKept(_ click: SimulationLedger.Click) {
        let account = click.receipt.account.description
        let records = records(of: click.run)
        switch click.outcome {
        case .refused, .unknownRun, .notKept: return
        case .checking:
            let closing: Set<String> = ["receipt_settled", "receipt_refused"]
            let mine = records.filter { $0.details["receipt"]?.text == click.receipt.id.text }
            if !mine.contains(where: { $0.kind == "receipt_opened" }) {
                violated(.clickKept, "an acknowledged click was lost", "\(click.receipt.id) of \(account)")
            } else if mine.count(where: { closing.contains($0.kind) }) != 1 {
                violated(.clickKept, "an acknowledged click was not settled once", "\(click.receipt.id) of \(account)")
            }
        case .done, .alreadySo:
            let kind: Set<String>
            switch click.receipt.action {
            case .approve: kind = ["voted", "receipt_opened"]
            case .deny: kind = ["denied", "receipt_opened"]
            case .revoke: kind = ["removal_started", "receipt_opened"]
            // Whoever asks for a retry of what is under way has it.
            case .retry where click.outcome == .alreadySo: kind = ["escalation_started", "receipt_opened"]
            case .retry: kind = ["retry_requested", "receipt_opened"]
            case .confirmGranted, .confirmNotGranted: kind = ["outcome_confirmed", "receipt_opened"]
            }
            let person = store.known(click.receipt.account)?.id.text
            let isThere = records.contains { record in
                kind.contains(record.kind)
                    && (record.kind == "escalation_started" || [account, person].contains(record.actor))
            }
            if !isThere {
                violated(.clickKept, "an acknowledged click was lost", "\(click.receipt.action) of \(account)")
            }
        }
    }

    // MARK: Cards

    private func checkCards(of run: AccessRequest) {
        for card in run.cards where card.failure == nil {
            guard let copy = card.copy else {
                violated(.cardsConverge, "a card was never shown", "\(run.id) \(card.slot)")
                continue
            }
            let posts = slack.posts["\(run.id)/\(card.slot)"] ?? 0
            if posts > 1 + card.replacements + (weather.deletesCards ? 1 : 0) {
                violated(.cardsConverge, "a card was posted twice", "\(run.id) \(card.slot)")
            }
            guard !slack.deleted.contains(copy) else { continue }
            let shown = slack.messages[copy] ?? "nothing"
            let truth = run.truth(on: card)
            if shown != truth {
                violated(.cardsConverge, "a card does not say the truth", "\(run.id) \(card.slot): \(shown); \(truth)")
            }
        }
    }
}
