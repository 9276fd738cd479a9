import CPosix
import Glibc
import Support

/// Sends requests over kept connections and measures how long the answers take. One thread for all connections, and
/// nothing but bytes, so that it costs little beside what it measures; what it costs is measured too.
struct LoadGenerator: Sendable {
    enum Pace: Sendable, Hashable {
        /// The next request leaves as soon as a connection is free.
        case closedLoop
        /// Requests leave when they are due, whatever became of those before; latency counts from when one was due, so
        /// that a server that stalls does not hide its stall.
        case perSecond(Double)
    }

    /// Servers that share the connections.
    let ports: [Int]
    let connections: Int
    let pace: Pace

    /// How long answers may take after the last request has left.
    private static let graceSeconds: Int64 = 10

    /// - Parameters:
    ///   - time: for how long requests leave.
    ///   - next: the bytes of the next request; `nil` when there are no more. What it does counts as the generator's.
    func run(for time: Duration, _ next: @escaping @Sendable () -> [UInt8]?) async -> LoadResult {
        await withCheckedContinuation { continuation in
            PosixThread.start {
                let before = cposix_thread_nanoseconds()
                var run = LoadRun(ports: ports, connections: connections, pace: pace)
                var result = run.run(for: time, grace: .seconds(Self.graceSeconds), next)
                result.processor = .nanoseconds(cposix_thread_nanoseconds() - before)
                result.latencies.sort()
                continuation.resume(returning: result)
            }
        }
    }
}

struct LoadResult: Sendable {
    var latencies = Latencies()
    var sent = 0
    /// By status; 0 stands for a connection that broke or did not answer.
    var statuses: [Int: Int] = [:]
    /// From the first request's leaving to the last answer.
    var elapsed: Duration = .zero
    /// What the generator itself took.
    var processor: Duration = .zero

    var succeeded: Int { statuses.filter { (200...299).contains($0.key) }.values.reduce(0, +) }
    var failed: Int { statuses.values.reduce(0, +) - succeeded }
    var perSecond: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(succeeded) / seconds : 0
    }

    mutating func answered(_ status: Int, after nanoseconds: Int64) {
        statuses[status, default: 0] += 1
        if (200...299).contains(status) { latencies.add(nanoseconds) }
    }
}

/// One run of a generator, on its own thread.
private struct LoadRun {
    private let pace: LoadGenerator.Pace
    private let ready: Int32
    private var connections: [LoadConnection]
    /// Connections without a request under way; the one used last is used next.
    private var idle: [Int]
    private var result = LoadResult()
    private var buffer = [UInt8](repeating: 0, count: bufferBytes)

    private static let bufferBytes = 16 << 10

    init(ports: [Int], connections: Int, pace: LoadGenerator.Pace) {
        self.pace = pace
        ready = cposix_ready_create()
        self.connections = (0..<connections).map { LoadConnection(number: $0, port: ports[$0 % ports.count]) }
        idle = Array((0..<connections).reversed())
    }

    mutating func run(for time: Duration, grace: Duration, _ next: () -> [UInt8]?) -> LoadResult {
        let start = MonotonicInstant.now()
        let end = start + time
        let lastAnswer = end + grace
        var isMore = true
        var due = start
        while true {
            var now = MonotonicInstant.now()
            while isMore, let place = idle.last {
                if pace == .closedLoop { due = now }
                guard due <= now else { break }
                guard now < end, let bytes = next() else {
                    isMore = false
                    break
                }
                idle.removeLast()
                result.sent += 1
                if !connections[place].send(bytes, due: due, on: ready) { finish(place, 0) }
                if case .perSecond(let rate) = pace {
                    due = start + .nanoseconds(Int64(Double(result.sent) * 1_000_000_000 / rate))
                }
                now = MonotonicInstant.now()
            }
            let isWaiting = idle.count < connections.count
            if (!isMore && !isWaiting) || now >= lastAnswer { break }
            let until = isMore ? (pace == .closedLoop || idle.isEmpty ? end : due) : lastAnswer
            takeAnswers(within: max(until.nanoseconds - now.nanoseconds, 0))
        }
        result.elapsed = MonotonicInstant.now() - start
        for place in connections.indices {
            if !connections[place].isIdle { finish(place, 0) }
            connections[place].close()
        }
        close(ready)
        return result
    }

    private static let answersAtOnce = 128

    private mutating func takeAnswers(within nanoseconds: Int64) {
        var places = [UInt32](repeating: 0, count: Self.answersAtOnce)
        let count = cposix_ready_wait(ready, &places, Int32(places.count), nanoseconds)
        for place in places.prefix(Int(count)).map(Int.init) {
            if let status = connections[place].advance(on: ready, &buffer) { finish(place, status) }
        }
    }

    private mutating func finish(_ place: Int, _ status: Int) {
        result.answered(status, after: MonotonicInstant.now().nanoseconds - connections[place].due.nanoseconds)
        connections[place].isIdle = true
        idle.append(place)
    }
}
