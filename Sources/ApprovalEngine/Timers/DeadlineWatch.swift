import ApprovalCore
import Support
import Synchronization

/// Puts `checkDeadline` to runs whose time has come: expiries, forwards, ends of access.
///
/// A run's deadline is stored with its state, so there is nothing to lose: whoever watches finds it. Several watches
/// may find the same run; the decision is a conditional transition, and the second finds nothing to do.
package final class DeadlineWatch: Service {
    package let name = "deadlines"
    private let engine: ApprovalEngine
    private let holdsAfterJump: Bool
    private let jump = Mutex<(expectedBy: Timestamp?, holdUntil: Timestamp?)>((nil, nil))

    static let batch = 200
    static let pollEvery: Duration = .milliseconds(250)
    static let pauseAfterError: Duration = .seconds(1)
    /// A clock that is further ahead than this of where it should be has jumped; expiries wait then, removals do not
    /// (decisions.md 5).
    static let jumpMin: Duration = .seconds(300)
    static let holdAfterJump: Duration = .seconds(60)

    /// - Parameter holdsAfterJump: false only where somebody moves the clock on purpose.
    package init(_ engine: ApprovalEngine, holdsAfterJump: Bool = true) {
        self.engine = engine
        self.holdsAfterJump = holdsAfterJump
    }

    package func run() async throws {
        while !Task.isCancelled {
            do {
                let count = try await runOnce()
                if count < Self.batch { await waitForDeadline() }
            } catch {
                engine.log.warning("deadlines cannot be read", ["error": "\(error)"])
                await engine.waiting.wait(for: .deadlines, until: engine.clock.now() + Self.pauseAfterError)
            }
        }
    }

    /// All that is due now, up to a batch.
    @discardableResult
    package func runOnce() async throws -> Int {
        let now = engine.clock.now()
        let holdExpiries = notice(now)
        let due = try await engine.store.dueRuns(at: now, limit: Self.batch, accessOnly: holdExpiries)
        await withDiscardingTaskGroup { group in
            for id in due {
                group.addTask {
                    do {
                        try await self.engine.attempt(.checkDeadline(holdExpiries: holdExpiries), on: id)
                    } catch {
                        self.engine.log.error("a deadline was not met", ["request": id.text, "error": "\(error)"])
                    }
                }
            }
        }
        return due.count
    }

    private func waitForDeadline() async {
        let now = engine.clock.now()
        let poll = now + Self.pollEvery
        let next = (try? await engine.store.nextWake(after: now)) ?? nil
        let until = min(next ?? poll, poll)
        jump.withLock { $0.expectedBy = until }
        await engine.waiting.wait(for: .deadlines, until: until)
    }

    /// Whether expiries must wait, because the clock was further ahead than it could be when we woke.
    private func notice(_ now: Timestamp) -> Bool {
        let (hasJumped, isHolding) = jump.withLock { jump in
            let hasJumped = holdsAfterJump && (jump.expectedBy.map { now - $0 > Self.jumpMin } ?? false)
            jump.expectedBy = nil
            if hasJumped { jump.holdUntil = now + Self.holdAfterJump }
            return (hasJumped, jump.holdUntil.map { now < $0 } ?? false)
        }
        if hasJumped {
            engine.log.warning("the clock jumped ahead; requests do not expire for a minute", [:])
        }
        return isHolding
    }
}
