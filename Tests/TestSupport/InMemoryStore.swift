package import ApprovalCore
package import ApprovalEngine
package import AuditTrail
package import Support
import Synchronization

/// All stores in memory, as values behind one lock: it keeps the ports' promises except the one about power cuts, and
/// does the same thing every time. Runs are held as their value, so a test sees what was committed and nothing else.
package final class InMemoryStore: Sendable {
    fileprivate struct Contents {
        var runs: [RunID: StoredRun] = [:]
        /// In the order in which they were first committed.
        var order: [RunID] = []
        var submissions: [String: RunID] = [:]
        var revisions: [String: FlowRevision] = [:]
        var outbox = InMemoryOutbox()
        var people: [Account: Person] = [:]
        /// Under what payloads called them.
        var seenAs: [Account: Person] = [:]
        var deliveries: [String: Timestamp] = [:]
        /// A record's position is its index and one.
        var records: [AuditRecord] = []
        var heads: [String: AuditHead] = [:]
        var seals: [AuditSeal] = []
        var documents = InMemoryDocuments()
        var events: [EventID: RunEvent] = [:]
    }

    private let contents = Mutex(Contents())

    package init() {}

    /// Everything as it was at one moment.
    package struct Image: Sendable {
        fileprivate let contents: Contents
    }

    package var image: Image { contents.withLock { Image(contents: $0) } }

    /// Forgets everything that came after `image`.
    package func restore(_ image: Image) { contents.withLock { $0 = image.contents } }

    /// Everything recorded so far, in order: for assertions.
    package var records: [AuditRecord] { contents.withLock { $0.records } }
    /// Everything that is in the outbox, the oldest first: for assertions.
    package var entries: [NewEntry] { contents.withLock { $0.outbox.waiting } }
    /// Every run as it was committed last, the oldest first: for assertions.
    package var storedRuns: [StoredRun] {
        contents.withLock { contents in contents.order.compactMap { contents.runs[$0] } }
    }
    package func stored(_ id: RunID) -> StoredRun? { contents.withLock { $0.runs[id] } }
    package func known(_ account: Account) -> Person? { contents.withLock { $0.people[account] } }
    /// How many records no seal covers.
    package var unsealedRecords: Int { contents.withLock { $0.records.count - Int($0.seals.last?.last ?? 0) } }
    /// What `nextDue` answers for each lane, and the earliest `wakeAt` of all runs, without waiting.
    package var agenda: (lanes: [Lane: Timestamp], wake: Timestamp?) {
        contents.withLock { contents in
            (contents.outbox.dues, contents.order.compactMap { contents.runs[$0]?.run.wakeAt }.min())
        }
    }
}

extension InMemoryStore: RequestStore {
    package func load(_ id: RunID) async throws(StoreError) -> StoredRun? {
        contents.withLock { $0.runs[id] }
    }

    package func commit(_ change: RunChange) async throws(StoreError) {
        try contents.withLock { (contents) throws(StoreError) in
            try InMemoryStore.check(change, against: contents)
            if change.expectedVersion == 0 {
                contents.order.append(change.run.id)
                if let key = change.submissionKey { contents.submissions[key] = change.run.id }
            }
            if let event = change.event {
                for id in contents.events.keys where contents.events[id]?.key?.text == event.key?.text {
                    contents.events[id]?.key = nil
                }
                contents.events[event.id] = event
            }
            let aggregate = "run/" + change.run.id.text
            for record in change.records {
                contents.records.append(record)
                contents.heads[record.aggregate] = AuditHead(record)
            }
            contents.runs[change.run.id] = StoredRun(
                run: change.run, version: change.expectedVersion + 1, head: contents.heads[aggregate] ?? .genesis
            )
            for entry in change.entries { contents.outbox.ask(entry, at: change.run.lastFactAt) }
            if let claim = change.completing { try contents.outbox.complete(claim) }
        }
    }

    /// Everything that can stand in the way, before anything happens.
    private static func check(_ change: RunChange, against contents: Contents) throws(StoreError) {
        if change.expectedVersion == 0 {
            if let key = change.submissionKey, let first = contents.submissions[key] { throw .duplicate(first) }
            guard contents.runs[change.run.id] == nil else { throw .conflict }
        } else {
            guard contents.runs[change.run.id]?.version == change.expectedVersion else { throw .conflict }
        }
        if let event = change.event, let key = event.key?.text,
            let first = contents.events.values.first(where: {
                $0.key?.text == key && $0.at >= event.at - RunEvent.keyKept
            })
        {
            throw .duplicate(first.run)
        }
        for record in change.records {
            guard record.sequence > contents.heads[record.aggregate]?.sequence ?? 0 else { throw .conflict }
        }
        if let claim = change.completing { try contents.outbox.check(claim) }
    }

    package func dueRuns(
        at now: Timestamp, limit: Int, accessOnly: Bool
    ) async throws(StoreError) -> [RunID] {
        let due = runs { run in (run.holdsGrant || !accessOnly) && run.wakeAt.map { $0 <= now } ?? false }
        // Equal times stay in their order: the sort is by number where the time does not decide.
        let sorted = due.enumerated().sorted { left, right in
            (left.element.wakeAt ?? now, left.offset) < (right.element.wakeAt ?? now, right.offset)
        }
        return sorted.prefix(limit).map(\.element.id)
    }

    package func nextWake(after now: Timestamp) async throws(StoreError) -> Timestamp? {
        runs { $0.wakeAt.map { $0 > now } ?? false }.compactMap(\.wakeAt).min()
    }

    package func holders(of grantKey: String, except run: RunID) async throws(StoreError) -> [RunID] {
        runs { $0.holdsGrant && $0.terms.grantKey == grantKey && $0.id != run }.map(\.id)
    }

    package func runs(of person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        runs { $0.submission.requester.id == person && !$0.isOver }.reversed().prefix(limit).map(\.id)
    }

    package func runs(requestedBy person: PersonID, limit: Int) async throws(StoreError) -> [RunID] {
        runs { $0.submission.requester.id == person }.reversed().prefix(limit).map(\.id)
    }

    package func runs(matching query: RunQuery) async throws(StoreError) -> [ListedRun] {
        let listed = contents.withLock { contents in
            contents.order.enumerated().compactMap { number, id in
                contents.runs[id].map {
                    ListedRun(
                        place: ListedRun.Place(at: $0.run.submission.at, number: Int64(number + 1)), run: $0.run
                    )
                }
            }
        }
        let found = listed.filter { listed in
            let run = listed.run
            return (query.statuses.isEmpty || query.statuses.contains(run.status.run))
                && (query.flow.map { $0 == run.submission.flow } ?? true)
                && (query.requester.map { $0 == run.submission.requester.id } ?? true)
                && (query.since.map { run.submission.at >= $0 } ?? true)
                && (query.until.map { run.submission.at < $0 } ?? true)
                && (query.after.map { listed.place < $0 } ?? true)
        }
        return Array(found.sorted { $0.place > $1.place }.prefix(query.limit))
    }

    package func event(_ id: EventID) async throws(StoreError) -> RunEvent? { contents.withLock { $0.events[id] } }

    package func event(key: String, since: Timestamp) async throws(StoreError) -> RunEvent? {
        contents.withLock { $0.events.values.first { $0.key?.text == key && $0.at >= since } }
    }

    package func save(_ revision: FlowRevision) async throws(StoreError) {
        contents.withLock { contents in
            if contents.revisions[revision.hash] == nil { contents.revisions[revision.hash] = revision }
        }
    }

    package func revision(_ hash: String) async throws(StoreError) -> FlowRevision? {
        contents.withLock { $0.revisions[hash] }
    }

    /// The runs for which `isMeant` holds, the oldest first.
    private func runs(_ isMeant: (AccessRequest) -> Bool) -> [AccessRequest] {
        contents.withLock { contents in
            contents.order.compactMap { contents.runs[$0]?.run }.filter(isMeant)
        }
    }
}

extension InMemoryStore: Outbox {
    package func claim(
        _ lane: Lane, limit: Int, at now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [OutboxEntry] {
        contents.withLock { $0.outbox.claim(lane, limit: limit, at: now, leaseUntil: leaseUntil) }
    }

    package func complete(_ claim: Claim) async throws(StoreError) {
        try contents.withLock { (contents) throws(StoreError) in try contents.outbox.complete(claim) }
    }

    package func retry(
        _ claim: Claim, due: Timestamp, attempt: Int, because reason: String
    ) async throws(StoreError) {
        try contents.withLock { (contents) throws(StoreError) in
            try contents.outbox.retry(claim, due: due, attempt: attempt)
        }
    }

    package func releaseLeases() async throws(StoreError) { contents.withLock { $0.outbox.releaseLeases() } }

    package func nextDue(_ lane: Lane) async throws(StoreError) -> Timestamp? {
        contents.withLock { $0.outbox.nextDue(lane) }
    }

    package func hasten(_ lane: Lane, waitingBeyond latest: Timestamp, at now: Timestamp) async throws(StoreError) {
        contents.withLock { $0.outbox.hasten(lane, waitingBeyond: latest, at: now) }
    }

    package func backlog(at now: Timestamp) async throws(StoreError) -> [Lane: Backlog] {
        contents.withLock { $0.outbox.backlog(at: now) }
    }
}

extension InMemoryStore: PeopleStore {
    package func person(_ account: Account) async throws(StoreError) -> Person? {
        contents.withLock { $0.people[account] ?? $0.seenAs[account] }
    }

    package func person(id: PersonID) async throws(StoreError) -> Person? {
        contents.withLock { $0.people.values }.filter { $0.id == id }
            .min { ($1.isHome ? 1 : 0, $0.account) < ($0.isHome ? 1 : 0, $1.account) }
    }

    package func people(email: String) async throws(StoreError) -> [Person] {
        contents.withLock { $0.people.values }
            .filter { $0.isHome && $0.email?.lowercased() == email.lowercased() }
            .sorted { $0.account < $1.account }
    }

    @discardableResult
    package func save(_ person: Person) async throws(StoreError) -> Person {
        contents.withLock { contents in
            var person = person
            if let known = contents.people[person.account] {
                person.id = known.id
            } else if let email = person.email?.lowercased(), person.isHome, person.role >= .member {
                let others = Set(
                    contents.people.values.filter {
                        $0.email?.lowercased() == email && $0.isHome && $0.role >= .member
                    }.map(\.id)
                )
                if let only = others.first, others.count == 1 { person.id = only }
            }
            contents.people[person.account] = person
            return person
        }
    }

    package func save(_ person: Person, seenAs claimed: Account) async throws(StoreError) {
        contents.withLock { $0.seenAs[claimed] = person }
    }
}

extension InMemoryStore: DeliveryStore {
    package func note(delivery identity: String, at now: Timestamp) async throws(StoreError) -> Bool {
        contents.withLock { contents in
            guard contents.deliveries[identity] == nil else { return false }
            contents.deliveries[identity] = now
            return true
        }
    }

    package func forgetDeliveries(before: Timestamp) async throws(StoreError) {
        contents.withLock { contents in contents.deliveries = contents.deliveries.filter { $0.value >= before } }
    }
}

extension InMemoryStore: AuditStore {
    package func seal(limit: Int, at now: Timestamp, key: [UInt8]) async throws(StoreError) -> Int {
        contents.withLock { contents in
            let last = contents.seals.last
            let covered = contents.records.dropFirst(Int(last?.last ?? 0)).prefix(limit)
            guard !covered.isEmpty else { return 0 }
            contents.seals.append(
                AuditSeal(
                    number: (last?.number ?? 0) + 1, at: now, first: Int64(covered.startIndex + 1),
                    last: Int64(covered.endIndex), recordHashes: covered.map(\.hash),
                    previous: last?.code ?? AuditSeal.genesis, key: key
                )
            )
            return covered.count
        }
    }

    package func records(
        after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, record: AuditRecord)] {
        let records = records
        return records.indices.dropFirst(Int(position)).prefix(limit).map { (Int64($0 + 1), records[$0]) }
    }

    package func records(of aggregate: String) async throws(StoreError) -> [AuditRecord] {
        records.filter { $0.aggregate == aggregate }
    }

    package func seals(after number: Int64, limit: Int) async throws(StoreError) -> [AuditSeal] {
        contents.withLock { Array($0.seals.dropFirst(Int(number)).prefix(limit)) }
    }
}

extension InMemoryStore: DocumentStore {
    package func document(_ kind: DocumentKind, _ id: String) async throws(StoreError) -> Document? {
        contents.withLock { $0.documents.all(kind).first { $0.id == id } }
    }

    package func documents(_ kind: DocumentKind, key: String?) async throws(StoreError) -> [Document] {
        contents.withLock { $0.documents.all(kind) }
            .filter { document in key.map { document.unique.contains($0) || document.keys.contains($0) } ?? true }
    }

    package func commit(_ change: DocumentsChange) async throws(StoreError) {
        try contents.withLock { (contents) throws(StoreError) in
            try contents.documents.commit(change)
            for note in change.notes {
                let head = contents.heads[note.aggregate] ?? .genesis
                let record = AuditRecord(note, after: head)
                contents.records.append(record)
                contents.heads[note.aggregate] = AuditHead(record)
            }
        }
    }

    package func generation(of kind: DocumentKind) async throws(StoreError) -> Int64 {
        contents.withLock { $0.documents.generations[kind] ?? 0 }
    }
}
