import ApprovalCore
import ApprovalEngine
import AuditTrail
import FlowConfig
import Support

/// One life of one replica: from its start to when it is killed. Once dead, nothing that it still has in hand has any
/// effect: what it waits for answers with an error, and its tasks come to their ends.
final class SimulatedProcess: @unchecked Sendable {
    // Invariant: everything in a simulation runs on one thread.

    let replica: Int
    let skew: Int64
    unowned let simulation: Simulation
    private(set) var isAlive = true
    /// At which of its calls it is killed.
    var killedAt: Int?
    private var calls = 0
    private var services: [Task<Void, Never>] = []
    var rung: Set<Bell> = []
    private(set) var engine: ApprovalEngine!

    init(_ replica: Int, skew: Int64, in simulation: Simulation) {
        self.replica = replica
        self.skew = skew
        self.simulation = simulation
    }

    var clock: WallClock {
        WallClock { [unowned self] in
            Timestamp(milliseconds: Simulation.start.milliseconds + simulation.now + skew)
        }
    }

    func start() {
        let simulation = simulation
        let store = StoreProxy(
            simulation.store,
            before: { [self] call in await simulation.beforeStore(call, self) },
            after: { [self] call in await simulation.afterStore(call, self) },
            rewrite: { change in simulation.rewrite(change) },
            lease: { lease in
                switch simulation.mutation {
                case .shortLeases: .milliseconds(50)
                case .endlessLeases: .seconds(1_000_000)
                default: lease
                }
            }
        )
        let directory = SimulatedDirectory(self)
        let rules = RulesHandlers(
            directory: directory, localTime: { _, _ in nil }, remember: { _ in }, log: .silent
        )
        engine = ApprovalEngine(
            store: store, directory: directory, messenger: SimulatedMessenger(self),
            handlers: SimulatedHandlers(rules, self), strategies: ["http": SimulatedStrategy(self)],
            waiting: SimulatedWaiting(self), clock: clock, ids: simulation.ids,
            jitter: { simulation.chooseJitter() }, log: simulation.log, configuration: { simulation.configuration }
        )
        let parts: [any Service] =
            Lane.allCases.map { OutboxWorker($0, of: engine) }
            + [DeadlineWatch(engine), AuditSealer(engine, key: Simulation.sealKey)]
        services = parts.map { part in
            Task(executorPreference: simulation.executor) { try? await part.run() }
        }
    }

    func kill() {
        guard isAlive else { return }
        isAlive = false
        for service in services { service.cancel() }
        services = []
        simulation.forgetWaiters(of: self)
    }

    /// Lets go of everything that refers to the process. To be called when none of its tasks runs any more.
    func forget() { engine = nil }

    /// Counts a call of the process to the world, which may be its last.
    func count() {
        calls += 1
        if calls == killedAt { simulation.kill(self) }
    }
}

/// Waiting that costs no time when there is nothing to do: a poll that would find nothing is left out.
struct SimulatedWaiting: Waiting {
    private let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    func wait(for bell: Bell, until: Timestamp?) async {
        guard process.isAlive, process.rung.remove(bell) == nil else { return }
        await process.simulation.wait(for: bell, until: until, process)
    }

    func ring(_ bell: Bell) {
        guard process.isAlive else { return }
        if process.simulation.wake(bell, of: process) { return }
        if case .run = bell { return }
        process.rung.insert(bell)
    }
}

/// Slack's answers about people, with delays and failures.
struct SimulatedDirectory: Directory {
    private let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    private func ask<Answer>(_ answer: () -> Answer) async throws(LookupError) -> Answer {
        process.count()
        guard process.isAlive else { throw .unavailable("killed") }
        let simulation = process.simulation
        await simulation.pauseForNetwork()
        process.count()
        guard process.isAlive else { throw .unavailable("killed") }
        if simulation.isSlackDown || simulation.happens(simulation.weather.lookUpFaults) {
            throw .unavailable("Slack does not answer")
        }
        return answer()
    }

    func look(up account: Account, from workspace: String) async throws(LookupError) -> PersonFacts {
        let found = try await ask { Simulation.people.first { $0.account == account }?.facts }
        guard let found else { throw .notFound("user_not_found") }
        return found
    }

    func account(email: String, in workspace: String) async throws(LookupError) -> PersonFacts? {
        try await ask { Simulation.people.first { $0.email == email }?.facts }
    }

    func members(ofGroup group: String, in workspace: String) async throws(LookupError) -> [String] {
        try await ask { [] }
    }

    func isMember(
        _ account: Account, ofChannel channel: String, from workspace: String
    ) async throws(LookupError) -> Bool { try await ask { true } }
}

/// The rules, and for one flow hooks in another process: slow, and failing.
struct SimulatedHandlers: FlowHandlers {
    private let rules: RulesHandlers
    private let process: SimulatedProcess

    init(_ rules: RulesHandlers, _ process: SimulatedProcess) {
        self.rules = rules
        self.process = process
    }

    func hooks(of flow: Flow) -> [Hook] {
        flow.name.hasPrefix("hooked") ? Hook.allCases.filter { $0 != .onRequest && $0.step != "prompt" } : []
    }

    func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        try await rules.route(question)
    }

    func answer(
        _ hook: Hook, _ question: FlowQuestion, person: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        process.count()
        let simulation = process.simulation
        // Where access is on meanwhile, a hook has its own time and no more; else it may wait for a worker, too.
        let longest: Int64 = simulation.happens(20) ? (question.isUrgent || simulation.comes(70) ? 9000 : 90_000) : 100
        await simulation.pause(0...longest)
        process.count()
        guard process.isAlive else { throw .unavailable("killed") }
        guard !simulation.isHealed else { return .proceed }
        switch simulation.choose(30) {
        case 0, 1: return .ignore(message: "Not now")
        case 2: throw .failed("KeyError")
        case 3: throw .unavailable("the worker died")
        case 4: return .transition(.approve, reason: "the hook says so")
        case 5: return .transition(.deny, reason: "the hook says so")
        case 6: return .transition(.deescalate, reason: nil)
        case 7, 8:
            let seconds = question.run.submission.durationSeconds.map { max($0 / 2, 1) }
            return .transition(
                hook == .onEscalate ? .escalate : .approve, reason: nil, change: JobChange(durationSeconds: seconds)
            )
        default: return .proceed
        }
    }
}

extension Hook {
    fileprivate var step: String { String(rawValue.drop { $0 != "_" }.dropFirst()) }
}
