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
            openReceipts.isEmpty ? pending.due : pending.due + AccessRequest.openReceiptsGrace
        case .escalating(let attempt): attempt.deadline
        case .active(let access): access.until
        case .executionFailed(let failure): failure.accessMayBeOn ? failure.removeBy : nil
        case .removing, .approved, .removed, .denied, .expired: nil
        }
    }

    func checkDeadline(holdExpiries: Bool, _ draft: inout Draft) {
        guard let wakeAt, draft.now >= wakeAt else { return }
        switch state {
        case .submitted:
            guard !holdExpiries else { return }
            draft.record(.expired)
            draft.showCards()
        case .pending(let pending):
            guard !holdExpiries else { return }
            if draft.now < pending.answerBy, routing?.stages.indices.contains(pending.stage + 1) == true {
                // Clicks that are being looked into go on: the request is still open.
                draft.record(.forwarded(toStage: pending.stage + 1, cause: .timeout))
                forwardIfUndeliverable(&draft)
            } else {
                for open in openReceipts {
                    draft.refuse(open.receipt, because: .cannotTellWho("the look-up took too long"))
                }
                // What a denial held up that nobody could be found behind takes effect now.
                approveIfEnough(&draft)
                if case .pending = draft.run.state { draft.record(.expired) }
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
                epoch: access.epoch, revision: access.revision, cause: .scheduled, output: access.output
            )
        case .executionFailed(let failure):
            draft.startRemoval(epoch: failure.epoch, revision: failure.revision, cause: .scheduled, output: nil)
        case .removing, .approved, .removed, .denied, .expired: break
        }
    }
}

extension Pending {
    /// When this stage or the whole request ends without an answer.
    fileprivate var due: Timestamp { min(answerBy, forwardAt ?? answerBy) }
}
