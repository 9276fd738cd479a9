package import ApprovalCore
package import ApprovalEngine
package import AuditTrail
package import Support

/// What is asked of a store, for who decides what goes wrong.
package enum StoreCall: Sendable {
    case load(RunID)
    case commit(RunChange)
    case claim(Lane)
    case complete(Claim)
    case retry(Claim)
    case person(Account)
    case keepPerson(Person)
    case holders
    case dueRuns
    case seal
    case revision
    case document(DocumentKind)
    case commitDocuments(DocumentsChange)
    case other
}

/// A store behind which another one stands: things can go wrong before a call reaches it and after it was served.
package final class StoreProxy: Sendable {
    package typealias Base = any EngineStore

    private let base: Base
    /// What is thrown in place of the call; nothing has happened then.
    private let before: @Sendable (StoreCall) async -> StoreError?
    /// What is thrown in place of the answer; everything has happened then.
    private let after: @Sendable (StoreCall) async -> StoreError?
    /// What reaches the store in place of a change; `nil` where it does not, and the caller believes it did.
    private let rewrite: @Sendable (RunChange) -> RunChange?
    /// How long a lease really is, when so long a one was asked for.
    private let lease: @Sendable (Duration) -> Duration

    package init(
        _ base: Base, before: @escaping @Sendable (StoreCall) async -> StoreError? = { _ in nil },
        after: @escaping @Sendable (StoreCall) async -> StoreError? = { _ in nil },
        rewrite: @escaping @Sendable (RunChange) -> RunChange? = { $0 },
        lease: @escaping @Sendable (Duration) -> Duration = { $0 }
    ) {
        self.base = base
        self.before = before
        self.after = after
        self.rewrite = rewrite
        self.lease = lease
    }

    private func around<Answer>(
        _ call: StoreCall, _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        if let error = await before(call) { throw error }
        let answer = try await body()
        if let error = await after(call) { throw error }
        return answer
    }
}

extension StoreProxy: RequestStore {
    package func load(_ id: RunID) async throws(StoreError) -> StoredRun? {
        try await around(.load(id)) { () async throws(StoreError) in try await base.load(id) }
    }

    package func commit(_ change: RunChange) async throws(StoreError) {
        try await around(.commit(change)) { () async throws(StoreError) in
            if let change = rewrite(change) { try await base.commit(change) }
        }
    }

    package func dueRuns(
        at now: Timestamp, limit: Int, accessOnly: Bool
    ) async throws(StoreError) -> [RunID] {
        try await around(.dueRuns) { () async throws(StoreError) in
            try await base.dueRuns(at: now, limit: limit, accessOnly: accessOnly)
        }
    }

    package func nextWake(after now: Timestamp) async throws(StoreError) -> Timestamp? {
        try await around(.other) { () async throws(StoreError) in try await base.nextWake(after: now) }
    }

    package func holders(of grantKey: String, except run: RunID) async throws(StoreError) -> [RunID] {
        try await around(.holders) { () async throws(StoreError) in
            try await base.holders(of: grantKey, except: run)
        }
    }

    package func runs(of person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try await around(.other) { () async throws(StoreError) in try await base.runs(of: person, limit: limit) }
    }

    package func runs(requestedBy person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        try await around(.other) { () async throws(StoreError) in
            try await base.runs(requestedBy: person, limit: limit)
        }
    }

    package func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun] {
        try await around(.other) { () async throws(StoreError) in try await base.runs(matching: query) }
    }

    package func event(_ id: EventID) async throws(StoreError) -> RunEvent? {
        try await around(.other) { () async throws(StoreError) in try await base.event(id) }
    }

    package func event(key: String, since: Timestamp) async throws(StoreError) -> RunEvent? {
        try await around(.other) { () async throws(StoreError) in try await base.event(key: key, since: since) }
    }

    package func save(_ revision: FlowRevision) async throws(StoreError) {
        try await around(.revision) { () async throws(StoreError) in try await base.save(revision) }
    }

    package func revision(_ hash: String) async throws(StoreError) -> FlowRevision? {
        try await around(.revision) { () async throws(StoreError) in try await base.revision(hash) }
    }
}

extension StoreProxy: Outbox {
    package func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [OutboxEntry] {
        try await around(.claim(lane)) { () async throws(StoreError) in
            try await base.claim(lane, limit: limit, at: now, leaseUntil: now + lease(leaseUntil - now))
        }
    }

    package func complete(_ claim: Claim) async throws(StoreError) {
        try await around(.complete(claim)) { () async throws(StoreError) in try await base.complete(claim) }
    }

    package func retry(_ claim: Claim, due: Timestamp, attempt: Int, because reason: String) async throws(StoreError) {
        try await around(.retry(claim)) { () async throws(StoreError) in
            try await base.retry(claim, due: due, attempt: attempt, because: reason)
        }
    }

    package func releaseLeases() async throws(StoreError) { try await base.releaseLeases() }

    package func nextDue(_ lane: Lane) async throws(StoreError) -> Timestamp? {
        try await around(.other) { () async throws(StoreError) in try await base.nextDue(lane) }
    }

    package func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) async throws(StoreError) {
        try await around(.other) { () async throws(StoreError) in
            try await base.hasten(lane, waitingBeyond: latest, at: now)
        }
    }

    package func backlog(at now: Timestamp) async throws(StoreError) -> [Lane: Backlog] {
        try await around(.other) { () async throws(StoreError) in try await base.backlog(at: now) }
    }
}

extension StoreProxy: PeopleStore {
    package func person(_ account: Account) async throws(StoreError) -> Person? {
        try await around(.person(account)) { () async throws(StoreError) in try await base.person(account) }
    }

    package func person(id: PersonID) async throws(StoreError) -> Person? {
        try await around(.other) { () async throws(StoreError) in try await base.person(id: id) }
    }

    package func people(email: String) async throws(StoreError) -> [Person] {
        try await around(.other) { () async throws(StoreError) in try await base.people(email: email) }
    }

    package func save(_ person: Person) async throws(StoreError) -> Person {
        try await around(.keepPerson(person)) { () async throws(StoreError) in try await base.save(person) }
    }

    package func save(_ person: Person, seenAs claimed: Account) async throws(StoreError) {
        try await around(.keepPerson(person)) { () async throws(StoreError) in
            try await base.save(person, seenAs: claimed)
        }
    }
}

extension StoreProxy: DeliveryStore {
    package func note(delivery identity: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await around(.other) { () async throws(StoreError) in try await base.note(delivery: identity, at: now) }
    }

    package func forgetDeliveries(before: Timestamp) async throws(StoreError) {
        try await around(.other) { () async throws(StoreError) in try await base.forgetDeliveries(before: before) }
    }
}

extension StoreProxy: AuditStore {
    package func seal(limit: Int, at now: Timestamp, key: [UInt8]) async throws(StoreError) -> Int {
        try await around(.seal) { () async throws(StoreError) in try await base.seal(limit: limit, at: now, key: key) }
    }

    package func records(
        after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, record: AuditRecord)] {
        try await around(.other) { () async throws(StoreError) in
            try await base.records(after: position, limit: limit)
        }
    }

    package func records(of aggregate: String) async throws(StoreError) -> [AuditRecord] {
        try await around(.other) { () async throws(StoreError) in try await base.records(of: aggregate) }
    }

    package func seals(after number: Int64, limit: Int) async throws(StoreError) -> [AuditSeal] {
        try await around(.other) { () async throws(StoreError) in try await base.seals(after: number, limit: limit) }
    }
}

extension StoreProxy: DocumentStore {
    package func document(_ kind: DocumentKind, _ id: String) async throws(StoreError) -> Document? {
        try await around(.document(kind)) { () async throws(StoreError) in try await base.document(kind, id) }
    }

    package func documents(_ kind: DocumentKind, key: String?) async throws(StoreError) -> [Document] {
        try await around(.document(kind)) { () async throws(StoreError) in
            try await base.documents(kind, key: key)
        }
    }

    package func commit(_ change: DocumentsChange) async throws(StoreError) {
        try await around(.commitDocuments(change)) { () async throws(StoreError) in try await base.commit(change) }
    }

    package func generation(of kind: DocumentKind) async throws(StoreError) -> Int64 {
        try await around(.document(kind)) { () async throws(StoreError) in try await base.generation(of: kind) }
    }
}
