import ApprovalCore
import HTTPModel
import SlackGateway
import Support
import Synchronization
import TransportCurl

/// Whole lives of requests: submitted as a form, approved on the card, switched on at the target, taken back when the
/// time is over, with every card shown.
struct Lives: Sendable {
    let server: ServerProcess
    let peers: BenchPeers
    let requests: SignedRequests

    /// Requests under way at once.
    private static let underWay = 1000
    private static let connections = 32
    /// How long the last ones may take.
    private static let patience: Duration = .seconds(60)
    private static let poll: Duration = .milliseconds(20)

    private struct Progress: Sendable {
        var submitted = 0
        var removed: Set<String> = []
        /// When access was switched on at the target.
        var granted: [String: MonotonicInstant] = [:]
        /// How much later than its time access was taken back.
        var lateness = Latencies()
    }

    /// - Returns: figures of the report.
    func run(for time: Duration) async throws -> [(name: String, value: Double)] {
        let progress = Mutex(Progress())
        let clicks = Mutex<[[UInt8]]>([])
        let arrivals = peers.listen()
        defer { peers.stopListening() }
        let before = server.processorSeconds
        let callsBefore = peers.slackCalls
        let start = MonotonicInstant.now()
        let listening = Task {
            for await arrival in arrivals {
                switch arrival {
                case .card(let button, let channel, let ts, let blocks):
                    guard let pressed = RunButton(value: button) else { continue }
                    let number = progress.withLock { $0.submitted }
                    let click = requests.bytes(
                        SignedRequests.click(
                            .approve, on: pressed.run, card: Card.Copy(channel: channel, ts: ts), blocks: blocks,
                            by: number % PreparedRuns.people / 2 + PreparedRuns.people / 2
                        )
                    )
                    clicks.withLock { $0.append(click) }
                case .granted(let run, let instant): progress.withLock { $0.granted[run] = instant }
                case .removed(let run, let instant):
                    progress.withLock { progress in
                        progress.removed.insert(run)
                        guard let granted = progress.granted[run] else { return }
                        let due = granted + .seconds(BenchInstallation.accessSeconds)
                        progress.lateness.add(max(instant.nanoseconds - due.nanoseconds, 0))
                    }
                }
            }
        }
        defer { listening.cancel() }
        // Clicks go before new requests.
        let next: @Sendable () -> [UInt8] = {
            if let click = clicks.withLock({ $0.popLast() }) { return click }
            let number = progress.withLock { progress in
                defer { progress.submitted += 1 }
                return progress.submitted
            }
            return requests.bytes(
                SignedRequests.submission(
                    of: BenchInstallation.accessFlow(number % BenchInstallation.accessFlows),
                    by: number % (PreparedRuns.people / 2), view: "V\(1_000_000 + number)",
                    what: "Look into order \(number)"
                )
            )
        }
        var failed = 0
        while MonotonicInstant.now() - start < time {
            let room = progress.withLock { Self.underWay - $0.submitted + $0.removed.count }
            let count = clicks.withLock { $0.count } + max(0, room)
            let result = await send(min(count, Self.connections * 4), next)
            failed += result.failed
            if count == 0 { try await Task.sleep(for: Self.poll) }
        }
        let submitted = progress.withLock { $0.submitted }
        while MonotonicInstant.now() - start < time + Self.patience {
            let count = clicks.withLock { $0.count }
            if count > 0 { failed += await send(count, next).failed }
            if progress.withLock({ $0.removed.count }) >= submitted, try await isOutboxEmpty() { break }
            try await Task.sleep(for: Self.poll)
        }
        let elapsed = (MonotonicInstant.now() - start) / .seconds(1)
        let ended = progress.withLock { $0.removed.count }
        guard ended == submitted, failed == 0 else {
            throw CommandError("Of \(submitted) requests \(ended) came to their end; \(failed) calls failed.")
        }
        var lateness = progress.withLock { $0.lateness }
        lateness.sort()
        return [
            ("per_s", Double(ended) / elapsed), ("lives", Double(ended)), ("seconds", elapsed),
            ("slack_calls_per_life", Double(peers.slackCalls - callsBefore) / Double(max(ended, 1))),
            ("cpu_us", (server.processorSeconds - before) * 1_000_000 / Double(max(ended, 1))),
            ("pss_mb", Double(server.proportionalKiB) / 1024),
            ("removal_late_p50_ms", lateness.milliseconds(0.5)), ("removal_late_p99_ms", lateness.milliseconds(0.99)),
            ("removal_late_max_ms", lateness.milliseconds(1)),
        ]
    }

    private func send(_ count: Int, _ next: @escaping @Sendable () -> [UInt8]) async -> LoadResult {
        let left = Counter(count)
        return await LoadGenerator(ports: [server.port], connections: Self.connections, pace: .closedLoop)
            .run(for: .seconds(5)) { left.take() ? next() : nil }
    }

    private func isOutboxEmpty() async throws -> Bool {
        let transport = CurlTransport()
        defer { transport.shutdown() }
        let answer = try await transport.send(
            HTTPRequest(target: "http://127.0.0.1:\(server.port)/metrics"), within: .seconds(5), bodyBytesMax: 1 << 20
        )
        return String(decoding: answer.bytes, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("symflow_outbox_entries") }.allSatisfy { $0.hasSuffix(" 0") }
    }
}

/// Counts down, from any thread.
private final class Counter: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func take() -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }
}
