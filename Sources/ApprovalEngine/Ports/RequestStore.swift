package import ApprovalCore
package import AuditTrail
package import Support

/// Runs with everything that belongs to them. What one call of `commit` names happens together or not at all, and is
/// durable when the call returns.
package protocol RequestStore: Sendable {
    /// The run as it was committed last; `nil` when there is none of that name.
    func load(_ id: RunID) async throws(StoreError) -> StoredRun?

    /// State, facts, outbox entries and the completion of the entry that led here, in one transaction.
    ///
    /// - Throws: `.conflict` when the run is no longer at `expectedVersion`, or the claim was lost: nothing happened.
    ///   `.duplicate` when the submission's key was used before, or the event's by one that is less than
    ///   `RunEvent.keyKept` older; the run that used it is named.
    func commit(_ change: RunChange) async throws(StoreError)

    /// Runs whose `wakeAt` has come, the longest overdue first.
    ///
    /// - Parameter accessOnly: only those that may hold access: what must not wait while expiries do.
    func dueRuns(at now: Timestamp, limit: Int, accessOnly: Bool) async throws(StoreError) -> [RunID]

    /// The next `wakeAt` after `now` of any run.
    func nextWake(after now: Timestamp) async throws(StoreError) -> Timestamp?

    /// Other runs that may hold the same access (decisions.md 6), oldest first.
    func holders(of grantKey: String, except run: RunID) async throws(StoreError) -> [RunID]

    /// Runs that a person has open or access that is on, the newest first: `/sym list`.
    func runs(of person: PersonID, limit: Int) async throws(StoreError) -> [RunID]

    /// Runs that a person has ever asked for, the newest first.
    func runs(requestedBy person: PersonID, limit: Int) async throws(StoreError) -> [RunID]

    /// Runs that match, the newest first, with where they stand in that order.
    func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun]

    /// What was asked for through the API, under its name; `nil` when there is none of that name.
    func event(_ id: EventID) async throws(StoreError) -> RunEvent?

    /// The event that was asked for under an idempotency key.
    ///
    /// - Parameter since: older ones have given their key up.
    func event(key: String, since: Timestamp) async throws(StoreError) -> RunEvent?

    func save(_ revision: FlowRevision) async throws(StoreError)
    func revision(_ hash: String) async throws(StoreError) -> FlowRevision?
}

/// A run with what a commit must name to change it.
package struct StoredRun: Sendable {
    package var run: AccessRequest
    /// Counts commits.
    package var version: Int64
    package var head: AuditHead

    package init(run: AccessRequest, version: Int64, head: AuditHead) {
        self.run = run
        self.version = version
        self.head = head
    }
}

package struct RunChange: Sendable {
    package var run: AccessRequest
    /// 0 for a run that is new.
    package var expectedVersion: Int64
    /// Where the chain of the run's records ended at that version; absent where the caller has not looked.
    package var head: AuditHead?
    package var records: [AuditRecord]
    package var entries: [NewEntry]
    /// The outbox entry whose outcome this is: it is done when the commit is.
    package var completing: Claim?
    /// For a new run: what makes a second submission of the same form the same request (slack.md 1.9).
    package var submissionKey: String?
    /// What was asked for through the API and led here, or was found to be so already.
    package var event: RunEvent?

    package init(
        run: AccessRequest, expectedVersion: Int64, head: AuditHead? = nil, records: [AuditRecord],
        entries: [NewEntry], completing: Claim? = nil, submissionKey: String? = nil, event: RunEvent? = nil
    ) {
        self.run = run
        self.expectedVersion = expectedVersion
        self.head = expectedVersion == 0 ? .genesis : head
        self.records = records
        self.entries = entries
        self.completing = completing
        self.submissionKey = submissionKey
        self.event = event
    }
}

package enum StoreError: Error, Hashable, Sendable {
    /// Somebody else was first. Load again and decide anew.
    case conflict
    /// The submission was made before, as this run.
    case duplicate(RunID)
    /// Another document of the kind, whose id is named, has this unique name.
    case taken(name: String, by: String)
    /// Nothing happened; trying later may help: busy, out of disk space, no connection.
    case unavailable(String)
    /// The commit may or may not have happened: the connection broke under it.
    case unknownOutcome(String)
    /// The database holds what this program cannot read.
    case corrupt(String)
}
