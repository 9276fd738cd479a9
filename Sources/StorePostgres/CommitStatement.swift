import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support

/// A commit as one statement: the run's document and the columns that queries look for, the audit records, the entries
/// of the outbox, and the entry that is done.
struct CommitStatement: Sendable {
    let id: RunID
    let expectedVersion: Int64
    /// Absent when nothing was recorded about the run.
    let head: AuditHead?
    let sql: SQL

    init(_ change: RunChange) {
        let run = change.run
        let aggregate = "run/" + run.id.text
        id = run.id
        expectedVersion = change.expectedVersion
        head = change.records.last { $0.aggregate == aggregate }.map(AuditHead.init)
        // A run's first commit stores a head in any case.
        let stored = head ?? (change.expectedVersion == 0 ? .genesis : nil)
        let records = change.records
        let entries = change.entries
        let event = change.event
        sql = """
            SELECT commit_run_2(
                \(run.id), \(change.expectedVersion), \(run.status.run.rawValue), \(run.status.approval.rawValue),
                \(run.submission.flow), \(run.submission.requester.id), \(run.isOver), \(run.wakeAt),
                \(run.holdsGrant ? run.terms.grantKey : nil), \(change.submissionKey), \(run.submission.at),
                \(run.lastFactAt), \(stored?.sequence), \(stored?.hash), \(StoredDocument.schema),
                \(StoredJSON.encode(run)),
                \(records.map(\.aggregate)), \(records.map(\.sequence)), \(records.map(\.at.milliseconds)),
                \(records.map(\.kind)), \(records.map(\.actor)),
                \(records.map(\.detailsText)), \(records.map(\.previous)),
                \(records.map(\.hash)),
                \(entries.map(\.lane.rawValue)), \(entries.map(\.run.text)), \(entries.map(\.serialKey)), \(entries.map(\.uniqueKey)),
                \(entries.map(\.due.milliseconds)), \(entries.map { StoredJSON.encode($0.effect) }),
                \(change.completing?.entry), \(change.completing?.wanted), \(change.completing?.leaseUntil),
                \(event?.id.text), \(event?.name.rawValue), \(event?.at), \(event?.key?.text),
                \(event?.key?.fingerprint), \(event.map { $0.at - RunEvent.keyKept })
            )
            """
    }

    /// What the function answered.
    ///
    /// - Throws: `.conflict`, `.duplicate`.
    static func check(_ answer: String) throws(StoreError) {
        if answer.isEmpty { return }
        let duplicate = "duplicate "
        guard answer.hasPrefix(duplicate) else { throw .conflict }
        throw .duplicate(RunID(String(answer.dropFirst(duplicate.count))))
    }
}
