import Support

/// Who has which process: decisions only, so that they can be made under a lock. Starting and ending is for the pool.
///
/// A flow that has a process already gets another one only while more than `keptForOthers` are left for flows that have
/// none: a flow with slow handlers and many requests waits for itself, and for nobody else.
struct PoolState<Worker: Sendable>: Sendable {
    typealias Key = Implementation.Key

    private struct Idle: Sendable {
        var worker: Worker
        var since: MonotonicInstant
    }

    private struct Waiter: Sendable {
        var id: Int64
        var resume: @Sendable (Take?) -> Void
    }

    /// What a process is made of.
    enum Take: Sendable {
        /// Loaded before.
        case reuse(Worker)
        /// Started, but nothing is loaded.
        case load(Worker)
        case start
        /// The least recently used one, idle, makes room.
        case startInstead(of: Worker)
    }

    let size: Int
    let keptForOthers: Int
    let sparesMax: Int
    private var idle: [Key: [Idle]] = [:]
    private var running: [Key: Int] = [:]
    private var runningCount = 0
    private var spares: [Worker] = []
    /// All there are, those that are being started included.
    private(set) var count = 0
    private var waiting: [Key: [Waiter]] = [:]
    private var lastWaiter: Int64 = 0

    init(size: Int, keptForOthers: Int, sparesMax: Int) {
        self.size = size
        self.keptForOthers = keptForOthers
        self.sparesMax = sparesMax
    }

    // MARK: Taking

    /// A process for `key`, or nothing while it has to wait. A key whose others wait already waits behind them.
    mutating func take(_ key: Key) -> Take? { waiting[key] == nil ? takeNow(key) : nil }

    private mutating func takeNow(_ key: Key) -> Take? {
        let free = size - runningCount
        guard free > 0, running[key] == nil || free > keptForOthers else { return nil }
        let take: Take
        if let worker = idle[key]?.popLast()?.worker {
            if idle[key]?.isEmpty == true { idle[key] = nil }
            take = .reuse(worker)
        } else if let worker = spares.popLast() {
            take = .load(worker)
        } else if count < size {
            count += 1
            take = .start
        } else if let worker = leastRecentlyUsed() {
            take = .startInstead(of: worker)
        } else {
            return nil
        }
        running[key, default: 0] += 1
        runningCount += 1
        return take
    }

    private mutating func leastRecentlyUsed() -> Worker? {
        let oldest = idle.compactMap { key, list in list.first.map { (key, $0.since) } }.min { $0.1 < $1.1 }
        guard let key = oldest?.0, let worker = idle[key]?.removeFirst().worker else { return nil }
        if idle[key]?.isEmpty == true { idle[key] = nil }
        return worker
    }

    // MARK: Waiting

    mutating func wait(_ key: Key, resume: @escaping @Sendable (Take?) -> Void) -> Int64 {
        lastWaiter += 1
        waiting[key, default: []].append(Waiter(id: lastWaiter, resume: resume))
        return lastWaiter
    }

    /// Stops waiting. What to call with `nil`; nothing when a process came first.
    mutating func leave(_ key: Key, _ id: Int64) -> (@Sendable (Take?) -> Void)? {
        guard let index = waiting[key]?.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = waiting[key]?.remove(at: index)
        if waiting[key]?.isEmpty == true { waiting[key] = nil }
        return waiter?.resume
    }

    /// The next who get a process now: whoever has fewest comes first, then whoever waits longest.
    mutating func serve() -> (@Sendable () -> Void)? {
        let order = waiting.map { key, list in (key, running[key] ?? 0, list[0].id) }
            .sorted { ($0.1, $0.2) < ($1.1, $1.2) }
        for (key, _, id) in order {
            guard let take = takeNow(key), let resume = leave(key, id) else { continue }
            return { resume(take) }
        }
        return nil
    }

    var waitingCount: Int { waiting.values.reduce(0) { $0 + $1.count } }

    // MARK: Giving back

    mutating func giveBack(_ worker: Worker, _ key: Key, at now: MonotonicInstant) {
        stopRunning(key)
        idle[key, default: []].append(Idle(worker: worker, since: now))
    }

    /// The process is gone, or never came to be.
    mutating func lose(_ key: Key) {
        stopRunning(key)
        count -= 1
    }

    private mutating func stopRunning(_ key: Key) {
        runningCount -= 1
        let left = (running[key] ?? 1) - 1
        running[key] = left == 0 ? nil : left
    }

    // MARK: Spares

    /// Whether a process should be started for whoever comes next; it counts from now on.
    mutating func beginsSpare() -> Bool {
        guard count < size, spares.count < sparesMax else { return false }
        count += 1
        return true
    }

    mutating func add(spare: Worker) { spares.append(spare) }
    mutating func loseSpare() { count -= 1 }

    /// Those that nobody has used since.
    mutating func takeIdle(since: MonotonicInstant) -> [Worker] {
        var old: [Worker] = []
        for (key, list) in idle {
            old += list.filter { $0.since < since }.map(\.worker)
            let left = list.filter { $0.since >= since }
            idle[key] = left.isEmpty ? nil : left
        }
        count -= old.count
        return old
    }

    mutating func takeAll() -> [Worker] {
        let all = idle.values.flatMap { $0.map(\.worker) } + spares
        idle = [:]
        spares = []
        count -= all.count
        return all
    }
}
