package import ApprovalCore
import AuditTrail
package import FlowConfig
package import Support

/// Everything the engine remembers in, kept by one adapter.
package typealias EngineStore = RequestStore & Outbox & PeopleStore & DeliveryStore & AuditStore & DocumentStore

/// Joins decisions to the store, and carries out what they lead to.
///
/// The only place where "when", "again" and "only one of us" are answered. It holds no state of its own: any number of
/// engines may work on one store, and any of them may stop at any moment.
package struct ApprovalEngine: Sendable {
    package let store: any EngineStore
    package let directory: any Directory
    package let messenger: any Messenger
    package let handlers: any FlowHandlers
    /// By strategy type.
    package let strategies: [String: any AccessStrategy]
    package let waiting: any Waiting
    package let clock: WallClock
    package let ids: IDGenerator
    /// From 0 to 1, for back-off.
    package let jitter: @Sendable () -> Double
    package let log: Log
    /// The configuration as it is now.
    package let configuration: @Sendable () -> Configuration
    /// Lets what other replicas saved count here, before an effect is compared with what is configured.
    let refreshConfiguration: @Sendable () async -> Void
    package let revisions: RevisionCache
    let rosters: RosterCache

    package init(
        store: any EngineStore, directory: any Directory, messenger: any Messenger, handlers: any FlowHandlers,
        strategies: [String: any AccessStrategy], waiting: any Waiting, clock: WallClock, ids: IDGenerator,
        jitter: @escaping @Sendable () -> Double, log: Log, configuration: @escaping @Sendable () -> Configuration,
        refreshConfiguration: @escaping @Sendable () async -> Void = {}
    ) {
        self.store = store
        self.directory = directory
        self.messenger = messenger
        self.handlers = handlers
        self.strategies = strategies
        self.waiting = waiting
        self.clock = clock
        self.ids = ids
        self.jitter = jitter
        self.log = log
        self.configuration = configuration
        self.refreshConfiguration = refreshConfiguration
        revisions = RevisionCache()
        rosters = RosterCache()
    }

    /// So often a commit that lost a race is decided anew before the caller is told.
    static let conflictsMax = 50

    // MARK: Deciding

    /// Puts a command to a run: load, decide, commit; and again when somebody else was first.
    ///
    /// - Parameter completing: the outbox entry that led here; it is completed in the same transaction, also when the
    ///   command changes nothing.
    /// - Parameter event: what was asked for through the API; it is kept also when the command changes nothing.
    /// - Throws: `StoreError`; `Refusal` from clicks only.
    @discardableResult
    package func attempt(
        _ command: Command, on id: RunID, completing claim: Claim? = nil, event: RunEvent? = nil
    ) async throws -> Decision {
        try await attempted(command, on: id, completing: claim, event: event).decision
    }

    /// The same, with the run as it is afterwards.
    func attempted(
        _ command: Command, on id: RunID, completing claim: Claim? = nil, event: RunEvent? = nil
    ) async throws -> (decision: Decision, run: AccessRequest) {
        var conflicts = 0
        while true {
            guard let stored = try await store.load(id) else { throw StoreError.corrupt("there is no run \(id)") }
            let now = max(clock.now(), stored.run.lastFactAt)
            let (decision, run) = try stored.run.decided(command, at: now)
            if decision.isNothing, event == nil {
                if let claim { try await store.complete(claim) }
                return (decision, stored.run)
            }
            do {
                try await commit(decision, making: run, of: stored, at: now, completing: claim, event: event)
                return (decision, run)
            } catch {
                guard error == .conflict, conflicts < Self.conflictsMax else { throw error }
                conflicts += 1
            }
        }
    }

    private func commit(
        _ decision: Decision, making run: AccessRequest, of stored: StoredRun, at now: Timestamp,
        completing claim: Claim?, event: RunEvent?
    ) async throws(StoreError) {
        let entries = NewEntry.entries(for: decision.effects, of: run, at: now)
        try await store.commit(
            RunChange(
                run: run, expectedVersion: stored.version, head: stored.head,
                records: AuditRecord.records(of: decision.facts, on: run, at: now, after: stored.head),
                entries: entries, completing: claim, event: event
            )
        )
        announce(entries, of: run)
        logFacts(decision.facts, of: run)
    }

    /// Wakes whoever has something to do now.
    func announce(_ entries: [NewEntry], of run: AccessRequest) {
        var lanes: [Lane] = []
        for entry in entries where !lanes.contains(entry.lane) { lanes.append(entry.lane) }
        for lane in lanes { waiting.ring(.lane(lane)) }
        waiting.ring(.run(run.id.text))
    }

    func logFacts(_ facts: [Fact], of run: AccessRequest) {
        for fact in facts {
            log.info(
                "recorded",
                ["fact": fact.kind, "request": run.id.text, "flow": run.submission.flow]
            )
        }
    }

    // MARK: Flows

    /// The flow that a run behaves by.
    package func flow(_ revision: String) async throws(StoreError) -> Flow {
        if let flow = revisions.flow(revision) { return flow }
        guard let found = try await store.revision(revision) else {
            throw StoreError.corrupt("there is no flow revision \(revision)")
        }
        revisions.keep(found)
        return found.flow
    }

    /// Makes a flow durable as it is now, before a run refers to it.
    ///
    /// - Returns: the revision's name.
    func keep(_ flow: Flow) async throws(StoreError) -> String {
        let revision = FlowRevision(of: flow)
        if revisions.flow(revision.hash) == nil {
            try await store.save(revision)
            revisions.keep(revision)
        }
        return revision.hash
    }
}
