import ApprovalCore
import ApprovalEngine
import AuditTrail
import Crypto
import FlowConfig
import Support

/// Runs that wait for an answer, written through the store as the engine would have: with their audit records and with
/// cards that stand in Slack.
struct PreparedRuns: Sendable {
    /// What a click on one of them must name.
    struct Waiting: Sendable {
        var run: RunID
        var card: Card.Copy
        /// Somebody else than who asks.
        var decider: Int
    }

    let store: any EngineStore
    let flow: Flow
    private let revision: FlowRevision

    /// Different people who ask and who decide.
    static let people = 1000
    /// As the engine makes them.
    private static let ids = IDGenerator.ordered(by: .system)
    /// Channels that the cards are spread over.
    static let channels = 400
    private static let writersMax = 200
    private static let sealBatch = 10_000

    init(store: any EngineStore, configuration: Configuration) throws {
        self.store = store
        guard let flow = configuration.flow(named: BenchInstallation.approvalFlow) else {
            throw CommandError("The bench's own configuration lacks its flow.")
        }
        self.flow = flow
        revision = FlowRevision(of: flow)
    }

    static func account(_ number: Int) -> Account {
        Account(workspace: BenchInstallation.workspace, user: "U0P\(100_000 + number)")
    }

    static func person(_ number: Int, at now: Timestamp) -> Person {
        Person(
            id: PersonID("person-\(number)"), account: account(number), name: "Person \(number)",
            email: "person\(number)@\(BenchInstallation.mailDomain)", role: .member, timeZone: "Europe/Berlin",
            observedAt: now
        )
    }

    /// What we know of people is as fresh as if Slack had just been asked.
    func meetEverybody() async throws {
        let now = WallClock.system.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.people {
                group.addTask { _ = try await store.save(Self.person(number, at: now)) }
            }
            try await group.waitForAll()
        }
    }

    /// Adds runs that wait for an answer.
    func add(_ count: Int) async throws -> [Waiting] {
        try await store.save(revision)
        return try await withThrowingTaskGroup(of: Waiting.self) { group in
            var waiting: [Waiting] = []
            waiting.reserveCapacity(count)
            for number in 0..<count {
                if number >= Self.writersMax, let added = try await group.next() { waiting.append(added) }
                group.addTask { try await add(number: number) }
            }
            for try await added in group { waiting.append(added) }
            return waiting
        }
    }

    /// Seals what the audit trail has of them, as a server that had taken them in would have.
    func seal() async throws {
        guard let key = MasterKey(bytes: BenchInstallation.keyBytes) else {
            throw CommandError("The bench's own key is none.")
        }
        let sealing = key.derived(for: AuditSeal.keyPurpose)
        while try await store.seal(limit: Self.sealBatch, at: WallClock.system.now(), key: sealing) > 0 {}
    }

    private func add(number: Int) async throws -> Waiting {
        let now = WallClock.system.now()
        let requester = Self.person(number % Self.people, at: now)
        let submission = Submission(
            flow: flow.name, requester: requester,
            fields: ["what": .string("Publish the release notes of version \(number).0 to everybody")], at: now
        )
        let identity = requester.account.description
        var (run, decision) = AccessRequest.submit(
            submission, as: RunID(Self.ids.next()), revision: revision.hash,
            terms: Terms(submission, flow: flow, identity: identity, hooks: []),
            binding: BindingDocuments(submission, flow: flow, identity: identity).binding(round: 1)
        )
        var facts = decision.facts
        for fact in decision.facts { run.apply(fact, at: now) }
        let channel = BenchInstallation.channel(number % Self.channels)
        let routing = Routing(
            mayDecide: DeciderRule(), quorum: 1, stages: [Routing.Stage(places: [.channel(channel)])], rule: nil
        )
        func record(_ decision: Decision) {
            for fact in decision.facts { run.apply(fact, at: now) }
            facts += decision.facts
        }
        record(try run.decide(.routed(.ask(routing), round: 1), at: now))
        for (index, card) in run.cards.enumerated() {
            let place = card.audience == .requester ? "D\(requester.account.user.dropFirst())" : channel
            let copy = Card.Copy(channel: place, ts: Self.ts(number, index))
            record(try run.decide(.delivered(slot: card.slot, copy), at: now))
        }
        try await store.commit(
            RunChange(
                run: run, expectedVersion: 0,
                records: AuditRecord.records(of: facts, on: run, at: now, after: .genesis), entries: []
            )
        )
        guard let card = run.cards.first(where: { $0.audience == .approvers })?.copy else {
            throw CommandError("A run of the bench has no card.")
        }
        return Waiting(run: run.id, card: card, decider: (number + Self.people / 2) % Self.people)
    }

    private static func ts(_ number: Int, _ index: Int) -> String { "\(1_700_000_000 + number).\(100_000 + index)" }
}
