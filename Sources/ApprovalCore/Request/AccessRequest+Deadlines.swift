package import Support

extension AccessRequest {
    /// How long expiry waits for clicks that arrived in time and are still being looked into (decisions.md 1): the
    /// handler's deadline and five seconds.
    package static let openReceiptsGrace: Duration = .seconds(15)

    /// When this run needs `checkDeadline`, as a function of its state alone; the store keeps it with the run, so a
    /// deadline is as durable as what it ends.
    package var wakeAt: Timestamp? {
        switch state {
        case .submitted(let answerBy): answerBy
        case .pending(let pending):
            asking?.until ?? (openReceipts.isEmpty ? pending.due : pending.due + AccessRequest.openReceiptsGrace)
        case .escalating(let attempt): attempt.deadline
        case .active(let access): earliest(access.until, revokeDue)
        case .executionFailed(let failure): failure.accessMayBeOn ? earliest(failure.removeBy, revokeDue) : nil
        case .removing, .approved, .removed, .denied, .expired: nil
        }
    }

    func checkDeadline(holdExpiries: Bool, _ draft: inout Draft) {
        guard let wakeAt, draft.now >= wakeAt else { return }
        switch state {
        case .submitted:
            guard !holdExpiries else { return }
            draft.expire()
        case .pending(let pending):
            guard !holdExpiries else { return }
            if let asking {
                answered(
                    asking.hook, asking.occasion, .failed(error: "did not answer in time; it was not waited for"),
                    &draft
                )
            } else if draft.now < pending.answerBy, let routing,
                routing.stages.indices.contains(pending.stage + 1),
                routing.stages[pending.stage].forwards(on: .timeout)
            {
                // Clicks that are being looked into go on: the request is still open.
                leave(pending.stage, because: .timeout, &draft)
                forwardIfUndeliverable(&draft)
            } else {
                for open in openReceipts {
                    draft.refuse(open.receipt, because: .cannotTellWho("the look-up took too long"))
                }
                // What a denial held up that nobody could be found behind takes effect now.
                approveIfEnough(&draft)
                if case .pending = draft.run.state {
                    expire(because: draft.now < pending.answerBy ? .timeout : .answerBy, at: pending.stage, &draft)
                }
            }
            draft.showCards()
        case .escalating(let attempt):
            let kind: Failure.Kind = attempt.isUnderWay ? .ambiguous : .notSent
            draft.fail(
                attempt, kind,
                error: "Access was not on \(Attempt.time.milliseconds / 1000) seconds after the approval.",
                isRetryable: kind == .notSent || terms.retryAmbiguous, mayHaveReached: attempt.isUnderWay
            )
        case .active(let access):
            draft.startRemoval(
                epoch: access.epoch, revision: access.revision,
                cause: endOfWaiting(access.until, &draft) ?? .scheduled, output: access.output, due: wakeAt
            )
        case .executionFailed(let failure):
            draft.startRemoval(
                epoch: failure.epoch, revision: failure.revision,
                cause: endOfWaiting(failure.removeBy, &draft) ?? .scheduled, output: nil, due: wakeAt
            )
        case .removing, .approved, .removed, .denied, .expired: break
        }
    }
}

extension AccessRequest {
    /// Until when somebody's wish to end access waits for `on_deescalate`.
    private var revokeDue: Timestamp? {
        openReceipts.filter { $0.receipt.action == .revoke && $0.person != nil }.compactMap(\.askedAt).min()
            .map { $0 + AccessRequest.openReceiptsGrace }
    }

    private func earliest(_ times: Timestamp?...) -> Timestamp? { times.compactMap { $0 }.min() }

    /// A hook that says nothing keeps no access on: whoever wanted to end it has waited long enough.
    ///
    /// - Returns: the cause; `nil` where the time of access is over anyway.
    private func endOfWaiting(_ end: Timestamp?, _ draft: inout Draft) -> Removal.Cause? {
        if let end, draft.now >= end { return nil }
        let waiting = openReceipts.first { $0.receipt.action == .revoke && $0.person != nil }
        guard let waiting, let person = waiting.person else { return nil }
        draft.record(.receiptSettled(waiting.receipt.id))
        draft.fault(.onDeescalate, "did not answer in time; access ends without it")
        return .revoked(by: person)
    }
}

extension Pending {
    /// When this stage or the whole request ends without an answer.
    fileprivate var due: Timestamp { min(answerBy, forwardAt ?? answerBy) }
}
