package import ApprovalCore
package import ApprovalEngine
import AuditTrail
package import FlowConfig
import Support
import Synchronization

/// An engine with everything around it that a test can turn and look at. Several engines on one store are several
/// processes.
package final class EngineFixture: Sendable {
    package let clock = ManualClock(Sample.start)
    package let memory = InMemoryStore()
    package let directory = FakeDirectory(people: EngineFixture.people)
    package let messenger = FakeMessenger()
    package let strategy = FakeStrategy()
    package let waiting = ManualWaiting()
    package let handlers: FakeHandlers
    package let engine: ApprovalEngine
    private let faults: FaultPlan
    private let configured: ConfigurationBox

    package static let sealKey = Array("the key of the seals".utf8)
    package static let people = [Sample.bob, Sample.dana, Sample.eli, Sample.ada].map(\.facts)

    /// - Parameter store: in place of the one in memory.
    package init(store: (any EngineStore)? = nil, configuration: Configuration? = nil) throws {
        let loaded = try configuration ?? SampleConfiguration.load()
        let kept = ConfigurationBox(loaded)
        let faults = FaultPlan()
        let proxy = StoreProxy(
            store ?? memory, before: { faults.before($0) }, after: { faults.after($0) }
        )
        let ids = EngineFixture.counting()
        let handlers = FakeHandlers(
            RulesHandlers(directory: directory, localTime: { _, _ in nil }, remember: { _ in }, log: .silent)
        )
        engine = ApprovalEngine(
            store: proxy, directory: directory, messenger: messenger, handlers: handlers,
            strategies: ["http": strategy], waiting: waiting, clock: clock.clock, ids: ids, jitter: { 0.5 },
            log: .silent, configuration: { kept.value }
        )
        self.handlers = handlers
        self.faults = faults
        configured = kept
    }

    private static func counting() -> IDGenerator {
        let counter = Mutex(0)
        return IDGenerator {
            "id-"
                + counter.withLock { count in
                    count += 1
                    return "\(count)"
                }
        }
    }

    /// Another process on the same store: it has seen nothing yet.
    package func restarted() -> ApprovalEngine {
        ApprovalEngine(
            store: engine.store, directory: directory, messenger: messenger, handlers: handlers,
            strategies: engine.strategies, waiting: waiting, clock: clock.clock, ids: engine.ids, jitter: { 0.5 },
            log: .silent, configuration: engine.configuration
        )
    }

    package func configure(_ configuration: Configuration) { configured.value = configuration }

    // MARK: Faults

    /// The next calls that `isMeant` chooses fail so: one fault each.
    package func fail(_ faults: StoreFault..., when isMeant: @escaping @Sendable (StoreCall) -> Bool) {
        self.faults.plan(faults, isMeant)
    }

    // MARK: What people do

    /// - Parameter person: as Slack would have shown them just now.
    @discardableResult
    package func submit(
        _ flow: String = "prod", by person: Person = Sample.bob, target: String? = "orders", key: String? = nil,
        source: Flow.Source = .slack, durationSeconds: Int64? = 3600
    ) async throws -> RunID {
        guard let flow = engine.configuration().flow(named: flow) else {
            throw SampleConfiguration.Unusable(description: "there is no flow \(flow)")
        }
        var fields: [String: FieldValue] = ["reason": .string("because")]
        if let durationSeconds, flow.strategy != nil { fields["duration"] = .duration(durationSeconds) }
        return try await engine.submit(
            NewRequest(
                flow: flow, requester: person, target: flow.strategy == nil ? nil : target, fields: fields,
                source: source, submissionKey: key
            )
        )
    }

    /// A request whose cards are posted and that waits for people.
    package func asked(_ flow: String = "prod", by person: Person = Sample.bob, target: String? = "orders") async throws
        -> RunID
    {
        let id = try await submit(flow, by: person, target: target)
        try await settle()
        return id
    }

    /// A request that was approved and carried out as far as it goes.
    package func granted(_ flow: String = "prod", by person: Person = Sample.bob, target: String = "orders")
        async throws
        -> RunID
    {
        let id = try await asked(flow, by: person, target: target)
        try await know(Sample.dana)
        _ = try await click(.approve, by: Sample.dana, on: id)
        try await settle()
        return id
    }

    /// Slack has just told us about somebody.
    package func know(_ person: Person) async throws {
        var person = person
        person.observedAt = clock.now
        _ = try await engine.store.save(person)
    }

    package func receipt(_ action: Receipt.Action, by person: Person, on id: RunID) async throws -> Receipt {
        let run = try await run(id)
        return Receipt(
            id: ReceiptID(engine.ids.next()), account: person.account, action: action, at: clock.now,
            round: run.binding.round, copy: run.cards.first { $0.audience == .approvers && $0.copy != nil }?.copy
        )
    }

    package func click(_ action: Receipt.Action, by person: Person, on id: RunID) async throws -> ClickOutcome {
        await engine.click(try await receipt(action, by: person, on: id), on: id)
    }

    // MARK: What follows

    /// Everything that is due now, until nothing is.
    package func settle(_ engine: ApprovalEngine? = nil) async throws {
        var isWorking = true
        while isWorking {
            isWorking = false
            for lane in Lane.allCases where try await OutboxWorker(lane, of: engine ?? self.engine).runOnce() > 0 {
                isWorking = true
            }
        }
    }

    /// Time passes, in steps of a few seconds, with everything done that is due.
    package func pass(_ duration: Duration, step: Duration = .seconds(10)) async throws {
        let end = clock.now + duration
        while clock.now < end {
            clock.set(min(clock.now + step, end))
            try await watch()
            try await settle()
        }
    }

    package func watch() async throws { try await DeadlineWatch(engine).runOnce() }

    package func run(_ id: RunID) async throws -> AccessRequest {
        guard let stored = try await engine.store.load(id) else {
            throw SampleConfiguration.Unusable(description: "there is no run \(id)")
        }
        return stored.run
    }

    /// What every known copy of a run's cards shows, by slot.
    package func shown(_ id: RunID) async throws -> [String: String] {
        var shown: [String: String] = [:]
        for card in try await run(id).cards where card.copy != nil { shown[card.slot] = messenger.text(of: card.copy) }
        return shown
    }

    /// Seals and verifies everything on record, and compares every known card with the truth.
    ///
    /// - Throws: `AuditFinding`, or `Unusable` for a card that says something else.
    package func verify() async throws {
        let store = engine.store
        while try await AuditSealer(engine, key: EngineFixture.sealKey).runOnce() > 0 {}
        var verifier = AuditVerifier(key: EngineFixture.sealKey)
        for (position, record) in try await store.records(after: 0, limit: 100_000) {
            try verifier.check(record, at: position)
        }
        for seal in try await store.seals(after: 0, limit: 100_000) { try verifier.check(seal) }
        let rest = verifier.finish().unsealedRecords
        if rest > 0 { throw SampleConfiguration.Unusable(description: "\(rest) records are not sealed") }
    }

    /// The kinds of a run's records, in order.
    package func kinds(_ id: RunID) async throws -> [String] {
        try await engine.store.records(of: "run/\(id)").map(\.kind)
    }
}

/// What goes wrong with one call of a store.
package enum StoreFault: Sendable {
    /// Nothing happened.
    case instead(StoreError)
    /// It happened, but the caller hears this.
    case afterwards(StoreError)
}

private final class FaultPlan: Sendable {
    private struct Planned {
        var fault: StoreFault
        var isMeant: @Sendable (StoreCall) -> Bool
    }

    private let planned = Mutex<[Planned]>([])

    func plan(_ faults: [StoreFault], _ isMeant: @escaping @Sendable (StoreCall) -> Bool) {
        planned.withLock { $0 += faults.map { Planned(fault: $0, isMeant: isMeant) } }
    }

    func before(_ call: StoreCall) -> StoreError? {
        take(call) { if case .instead(let error) = $0 { error } else { nil } }
    }

    func after(_ call: StoreCall) -> StoreError? {
        take(call) { if case .afterwards(let error) = $0 { error } else { nil } }
    }

    private func take(_ call: StoreCall, _ error: (StoreFault) -> StoreError?) -> StoreError? {
        planned.withLock { planned in
            guard let index = planned.firstIndex(where: { $0.isMeant(call) }), let error = error(planned[index].fault)
            else { return nil }
            planned.remove(at: index)
            return error
        }
    }
}

private final class ConfigurationBox: Sendable {
    private let kept: Mutex<Configuration>

    init(_ configuration: Configuration) { kept = Mutex(configuration) }

    var value: Configuration {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}

extension Person {
    /// What Slack says about this person.
    package var facts: PersonFacts {
        PersonFacts(
            account: account, name: name, email: email, isDeleted: !isActive, isBot: isBot,
            isExternal: account.workspace != Sample.workspace
        )
    }
}
