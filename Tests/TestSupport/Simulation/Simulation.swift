import ApprovalCore
import ApprovalEngine
import AuditTrail
import FlowConfig
import Support

/// The whole engine, several processes of it, on one thread: clocks, store, Slack, target and people are simulated, and
/// a seed decides the order of everything and what goes wrong.
///
/// `run` looks for whatever must never happen, after every step that could bring it about and when everything has come
/// to rest.
package final class Simulation: @unchecked Sendable {
    // Invariant: everything runs on the thread that calls `run`, one job after the other.

    package let seed: UInt64
    let mutation: SimulationMutation?
    let weather: SimulationWeather
    let executor = SimulationExecutor()
    let store = InMemoryStore()
    let log = Log.silent
    let ids: IDGenerator
    var slack = SimulatedSlack()
    var target = SimulatedTarget()
    var ledger = SimulationLedger()
    /// Milliseconds of true time since the start.
    private(set) var now: Int64 = 0
    private(set) var isHealed = false
    private(set) var violation: SimulationViolation?
    private var random: SeededGenerator
    private var timers: [Timer] = []
    private var timerCount = 0
    private var waiters: [Waiter] = []
    /// What the store has to do; absent where it may have changed.
    private var agenda: Agenda?
    /// Those that live, and the last lives of those that do not.
    private var processes: [SimulatedProcess] = []
    /// All that ever were.
    private var pastProcesses: [SimulatedProcess] = []
    private var killsLeft = 0
    /// How often the power of the store's machine has failed, and until when it is off.
    private var powerCuts = 0
    private var powerIsBack: Int64 = 0
    /// What a power cut leaves, where that is not everything.
    private var synced: InMemoryStore.Image?
    /// Jobs that were run.
    package private(set) var steps = 0

    static let start = Sample.start
    static let sealKey = Array("the key of the seals".utf8)
    static let people = [
        Sample.bob, Sample.dana, Sample.eli, Sample.ada, Sample.carla,
        Sample.person("Rita", "U0RITA", email: "rita@acme.test"),
        Sample.person("Sam", "U0SAM", email: "sam@acme.test"),
    ]
    /// More jobs than any simulation needs: one that goes on is stuck.
    static let stepsMax = 60_000
    /// Everything is at rest by then: longer than any request waits for an answer, which is 72 hours.
    static let timeMax: Int64 = 80 * 3_600_000
    /// A deadline watch looks at least so often, lest it take its own sleep for a jump of the clock.
    private static let watchEvery: Int64 = 240_000

    private struct Timer {
        var at: Int64
        var order: Int
        var action: () -> Void
    }

    private struct Waiter {
        var bell: Bell
        var until: Int64?
        var process: SimulatedProcess
        var continuation: UnsafeContinuation<Void, Never>
    }

    package init(seed: UInt64, without mutation: SimulationMutation? = nil) {
        self.seed = seed
        self.mutation = mutation
        var random = SeededGenerator(seed: seed)
        weather = SimulationWeather(&random)
        self.random = random
        let counter = Counter()
        ids = IDGenerator { counter.next() }
    }

    private final class Counter: @unchecked Sendable {
        // Invariant: one simulation, one thread.
        private var count = 0
        func next() -> String {
            count += 1
            return "id-\(count)"
        }
    }

    // MARK: Running

    /// - Returns: what must never happen and did; `nil` when all is well.
    package func run() -> SimulationViolation? {
        killsLeft = weather.kills
        for replica in 0..<weather.replicas { startProcess(replica) }
        planPeople()
        if weather.powerCuts > 0 { at(chooseTime(0...600_000)) { self.cutPower() } }
        at(SimulationWeather.end) { self.heal() }
        while violation == nil {
            if executor.runOne({ self.choose($0) }) {
                steps += 1
                if steps > Self.stepsMax {
                    violated(.comesToRest, "it does not come to rest", "after \(steps) steps at \(now) ms")
                }
            } else if !advance() {
                break
            }
        }
        if violation == nil { checkAtRest() }
        for process in processes { process.kill() }
        while advance() || executor.runOne({ _ in 0 }) {}
        for process in pastProcesses { process.forget() }
        return violation
    }

    /// On to the next moment at which something happens.
    private func advance() -> Bool {
        if agenda == nil { agenda = Agenda(store, since: Self.start) }
        guard let agenda else { return false }
        let wakes = waiters.map { waking($0, agenda) }
        var next = Int64.max
        for timer in timers { next = min(next, timer.at) }
        for case let wake? in wakes { next = min(next, wake) }
        guard next < .max else { return false }
        now = max(now, next)
        if now > Self.timeMax { violated(.comesToRest, "it does not come to rest", "at \(now) ms") }
        let fired = timers.filter { $0.at <= now }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
        timers.removeAll { $0.at <= now }
        let woken = wakes.indices.filter { wakes[$0].map { $0 <= now } ?? false }.map { waiters[$0] }
        if !woken.isEmpty {
            waiters = wakes.indices.filter { wakes[$0].map { $0 > now } ?? true }.map { waiters[$0] }
        }
        for timer in fired { timer.action() }
        for waiter in woken { waiter.continuation.resume() }
        return true
    }

    /// When the store has something to do next, in milliseconds since the start.
    private struct Agenda {
        var lanes: [Lane: Int64] = [:]
        var wake: Int64?
        var hasUnsealed: Bool

        init(_ store: InMemoryStore, since start: Timestamp) {
            let (lanes, wake) = store.agenda
            self.lanes = lanes.mapValues { $0.milliseconds - start.milliseconds }
            self.wake = wake.map { $0.milliseconds - start.milliseconds }
            hasUnsealed = store.unsealedRecords > 0
        }
    }

    /// When somebody who waits would find something to do, in true time; `nil` for never.
    private func waking(_ waiter: Waiter, _ agenda: Agenda) -> Int64? {
        guard let until = waiter.until else { return nil }
        switch waiter.bell {
        case .lane(let lane): return agenda.lanes[lane].map { max(until, $0) - waiter.process.skew }
        case .deadlines: return agenda.wake.map { min(max(until, $0), until + Self.watchEvery) - waiter.process.skew }
        case .audit: return agenda.hasUnsealed ? until - waiter.process.skew : nil
        case .run, .roster, .hand: return until - waiter.process.skew
        }
    }

    /// - Parameters:
    ///   - what: how it shows.
    ///   - details: where.
    func violated(_ invariant: SimulationInvariant, _ what: String, _ details: String) {
        guard violation == nil else { return }
        violation = SimulationViolation(seed: seed, invariant: invariant, what: what, details: details, at: now)
    }

    // MARK: Chance

    func choose(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    func chooseTime(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    func chooseJitter() -> Double { Double(choose(1000)) / 1000 }
    /// Whether something goes wrong now, in so many of a hundred cases; never once things are well again.
    func happens(_ percent: Int) -> Bool { !isHealed && random.chance(percent) }
    /// The same, whether things are well or not.
    func comes(_ percent: Int) -> Bool { random.chance(percent) }

    var isSlackDown: Bool { weather.slackOutage?.contains(now) ?? false }
    var isTargetDown: Bool { weather.targetOutage?.contains(now) ?? false }

    // MARK: Time

    func at(_ time: Int64, _ action: @escaping () -> Void) {
        timerCount += 1
        timers.append(Timer(at: max(time, now), order: timerCount, action: action))
    }

    func pause(_ range: ClosedRange<Int64>) async {
        let time = now + chooseTime(range)
        await withUnsafeContinuation { continuation in at(time) { continuation.resume() } }
    }

    /// Lets others go first, perhaps.
    private func yield() async { await withUnsafeContinuation { $0.resume() } }

    /// What is sent arrives within two seconds, or not at all.
    func pauseForNetwork() async {
        if happens(5) { await pause(0...2000) } else { await pause(1...60) }
    }

    private func pauseForStore() async {
        if happens(1) { await pause(0...3000) } else if comes(20) { await pause(0...5) } else { await yield() }
    }

    func wait(for bell: Bell, until: Timestamp?, _ process: SimulatedProcess) async {
        await withUnsafeContinuation { continuation in
            waiters.append(
                Waiter(
                    bell: bell, until: until.map { $0.milliseconds - Self.start.milliseconds }, process: process,
                    continuation: continuation
                )
            )
        }
    }

    func wake(_ bell: Bell, of process: SimulatedProcess) -> Bool {
        let woken = waiters.filter { $0.bell == bell && $0.process === process }
        waiters.removeAll { $0.bell == bell && $0.process === process }
        for waiter in woken { waiter.continuation.resume() }
        return !woken.isEmpty
    }

    func forgetWaiters(of process: SimulatedProcess) {
        let woken = waiters.filter { $0.process === process }
        waiters.removeAll { $0.process === process }
        for waiter in woken { waiter.continuation.resume() }
    }

    // MARK: Processes

    private static let configurations: [Configuration] = {
        let hooked = SampleConfiguration.flows.replacing("\"name\": \"prod\",", with: "\"name\": \"hooked\",")
            .firstObject
        // The same with a link before it that is given up soon.
        let chained = hooked.replacing("\"name\": \"hooked\",", with: "\"name\": \"hooked_chain\",").replacing(
            "[{\"channel\": \"C0DB\"}]",
            with:
                "[{\"channel\": \"C0OTHER\", \"forward_after\": \"1m\"}, {\"channel\": \"C0DB\", \"forward_after\": \"5m\"}]"
        )
        let flows = SampleConfiguration.flows + "," + hooked + "," + chained
        do {
            return try ["https://target.test/grants", "https://elsewhere.test/grants"].map {
                try SampleConfiguration.load(url: $0, flows: flows)
            }
        } catch { preconditionFailure("the sample configuration cannot be read: \(error)") }
    }()

    var configuration: Configuration {
        Self.configurations[now >= weather.configurationChange ?? .max ? 1 : 0]
    }

    private func startProcess(_ replica: Int) {
        let process = SimulatedProcess(
            replica, skew: weather.skewMax == 0 ? 0 : chooseTime(-weather.skewMax...weather.skewMax), in: self
        )
        if killsLeft > 0, !isHealed, comes(70) {
            killsLeft -= 1
            process.killedAt = 1 + choose(comes(50) ? 60 : 400)
        }
        pastProcesses.append(process)
        if processes.indices.contains(replica) { processes[replica] = process } else { processes.append(process) }
        process.start()
    }

    func kill(_ process: SimulatedProcess) {
        guard process.isAlive else { return }
        process.kill()
        // Longer than anything that it sent can be under way.
        at(now + chooseTime(2500...60_000)) { self.restart(process.replica) }
    }

    private func restart(_ replica: Int) {
        guard violation == nil, !processes[replica].isAlive else { return }
        if weather.replicas == 1 {
            // It has the store to itself (`symflow serve` on SQLite).
            let store = store
            Task(executorPreference: executor) {
                try? await store.releaseLeases()
                self.agenda = nil
                self.startProcess(replica)
            }
        } else {
            startProcess(replica)
        }
    }

    private func heal() {
        isHealed = true
        for replica in processes.indices {
            processes[replica].killedAt = nil
            restart(replica)
        }
    }

    /// Some process that answers; `nil` when all are dead.
    func chooseProcess() -> SimulatedProcess? {
        let alive = processes.filter(\.isAlive)
        return alive.isEmpty ? nil : alive[choose(alive.count)]
    }

    // MARK: The store

    /// What is not on disk yet is lost: commits under way are there afterwards or not, and nobody was told that they
    /// are. A process on the same machine dies with it.
    private func cutPower() {
        guard powerCuts < weather.powerCuts, !isHealed else { return }
        powerCuts += 1
        powerIsBack = now + chooseTime(0...20_000)
        if let synced { store.restore(synced) }
        synced = nil
        agenda = nil
        if weather.replicas == 1 { for process in processes { kill(process) } }
    }

    /// Somebody was just told that what they did counts: the worst of moments.
    func mayCutPowerSoon() {
        if happens(20) { at(now + chooseTime(0...100)) { self.cutPower() } }
    }

    /// Where commits do not wait for the disk: it is asked to sync now and then.
    private func syncLater() {
        guard mutation == .unsyncedClicks, synced == nil, !isHealed else { return }
        synced = store.image
        at(now + chooseTime(0...2000)) { self.synced = nil }
    }

    func beforeStore(_ call: StoreCall, _ process: SimulatedProcess) async -> StoreError? {
        guard process.isAlive else { return .unavailable("killed") }
        let cuts = powerCuts
        await pauseForStore()
        process.count()
        guard process.isAlive else { return .unavailable("killed") }
        if powerCuts > cuts { return .unknownOutcome("the power failed") }
        if now < powerIsBack { return .unavailable("no power") }
        if case .commit = call { syncLater() }
        guard happens(weather.storeFaults) else { return nil }
        switch call {
        case .commit: return [.unavailable("busy"), .conflict, .unknownOutcome("connection lost")][choose(3)]
        default: return .unavailable("busy")
        }
    }

    func afterStore(_ call: StoreCall, _ process: SimulatedProcess) async -> StoreError? {
        switch call {
        case .load, .person, .holders, .dueRuns: break
        default: agenda = nil
        }
        if case .commit(let change) = call { check(change) }
        process.count()
        guard process.isAlive else { return .unknownOutcome("killed") }
        let cuts = powerCuts
        if comes(20) { await pauseForStore() }
        guard process.isAlive else { return .unknownOutcome("killed") }
        if powerCuts > cuts { return .unknownOutcome("the power failed") }
        guard happens(weather.storeFaults) else { return nil }
        switch call {
        case .commit, .complete, .retry, .claim, .seal: return .unknownOutcome("connection lost")
        default: return nil
        }
    }
}

/// What must never happen, and did.
package struct SimulationViolation: Error, CustomStringConvertible {
    package var seed: UInt64
    package var invariant: SimulationInvariant
    /// How it shows.
    package var what: String
    package var details: String
    /// Milliseconds since the start.
    package var at: Int64

    package var description: String {
        """
        seed \(seed), after \(at) ms: \(what): \(details) (\(invariant.rawValue))
        again: SYMFLOW_SEED=\(seed) swift test --disable-xctest --filter SimulationTests
        """
    }
}

extension Collection where Element == Character {
    /// The first JSON object of a text that begins with one.
    fileprivate var firstObject: String {
        var depth = 0
        var text = ""
        for character in self {
            text.append(character)
            if character == "{" { depth += 1 }
            if character == "}" {
                depth -= 1
                if depth == 0 { return text }
            }
        }
        return text
    }
}

extension Simulation {
    package var kinds: Set<String> { Set(store.records.map(\.kind)) }
    /// Every kind of fact.
    package static let allKinds: Set = [
        "requested", "routed", "handler_failed", "receipt_opened", "receipt_refused", "receipt_settled",
        "person_known", "voted", "approved", "denied", "expired", "forwarded", "hook_asked", "hook_ignored", "amended",
        "delivered", "adopted",
        "undeliverable", "copy_lost", "escalation_started", "attempt_under_way", "attempt_not_sent",
        "access_granted", "execution_failed", "retry_requested", "outcome_confirmed", "binding_broken",
        "removal_started", "removal_failed", "removed",
    ]

    /// Everything on record, in order: to read, and to compare two simulations by.
    package var story: [String] {
        store.records.map { record in
            let time = (record.at - Self.start).milliseconds
            return "\(record.aggregate) at \(time) ms: \(record.kind) by \(record.actor) "
                + JSONValue.object(record.details).compact
        }
    }
}
