import ApprovalCore
import FlowConfig
import Support
import Synchronization

/// Works on one lane of the outbox: as many entries at once as the lane allows, each under a lease of its own.
package final class OutboxWorker: Service {
    package let name: String
    private let lane: Lane
    private let engine: ApprovalEngine
    private let busy = Mutex(0)
    /// By the clock, which may have been set back since; `nil` before the first time.
    private let lastClaimAt = Mutex<Timestamp?>(nil)

    /// How long an entry is ours before another worker may take it for lost: longer than the calls it makes, which are
    /// a hook and a strategy at most, and what is written in between.
    package static let lease: Duration = .seconds(2 * Settings.timeoutSecondsMax + 30)
    /// How long a worker sleeps at most: covers bells that were rung in another process.
    static let pollEvery: Duration = .seconds(2)
    /// No entry waits longer before it is tried again, but where Slack asks for it; and asking Slack again costs nothing.
    static let waitMax: Duration = .minutes(5)
    /// How long to wait after the store did not answer.
    static let pauseAfterError: Duration = .seconds(1)

    package init(_ lane: Lane, of engine: ApprovalEngine) {
        name = "outbox \(lane.rawValue)"
        self.lane = lane
        self.engine = engine
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let free = lane.concurrency - busy.withLock { $0 }
                    guard free > 0 else {
                        // What comes in meanwhile is nobody's yet, and wakes nobody.
                        await engine.waiting.wait(for: .hand(lane), until: engine.clock.now() + Self.pollEvery)
                        continue
                    }
                    let entries = try await claim(limit: free)
                    for entry in entries {
                        busy.withLock { $0 += 1 }
                        group.addTask {
                            await self.engine.perform(entry)
                            let wereAllBusy = self.busy.withLock { busy in
                                defer { busy -= 1 }
                                return busy >= self.lane.concurrency
                            }
                            self.engine.waiting.ring(wereAllBusy ? .hand(self.lane) : .lane(self.lane))
                        }
                    }
                    if entries.isEmpty { await waitForWork() }
                } catch {
                    engine.log.warning("the outbox cannot be read", ["lane": lane.rawValue, "error": "\(error)"])
                    await engine.waiting.wait(
                        for: .lane(lane), until: engine.clock.now() + Self.pauseAfterError
                    )
                }
            }
        }
    }

    /// How many entries are being worked on.
    package var busyCount: Int { busy.withLock { $0 } }

    /// One batch, each entry to its end. Everything worth testing is here; `run` does the same without waiting for the
    /// slowest.
    @discardableResult
    package func runOnce() async throws -> Int {
        let entries = try await claim(limit: lane.concurrency)
        await withDiscardingTaskGroup { group in
            for entry in entries { group.addTask { await self.engine.perform(entry) } }
        }
        return entries.count
    }

    private func claim(limit: Int) async throws -> [OutboxEntry] {
        let now = engine.clock.now()
        // What is to be tried again in a second is not to wait for hours because the clock was set back.
        if lastClaimAt.withLock({ $0.map { now < $0 } ?? true }) {
            try await engine.store.hasten(lane, waitingBeyond: now + Self.waitMax, at: now)
        }
        lastClaimAt.withLock { $0 = now }
        return try await engine.store.claim(lane, limit: limit, at: now, leaseUntil: now + Self.lease)
    }

    private func waitForWork() async {
        let poll = engine.clock.now() + Self.pollEvery
        let due = (try? await engine.store.nextDue(lane)) ?? nil
        await engine.waiting.wait(for: .lane(lane), until: min(due ?? poll, poll))
    }
}
