import ApprovalEngine
import SlackGateway
import Support

/// Time in a test: it stands still until everything that was asked for is done, and moves where the test says.
struct TestTime {
    let site: TestSite

    /// How long a test waits for things to come to rest.
    private static let patience: Duration = .seconds(30)
    private static let lookEvery: Duration = .milliseconds(5)
    /// Between claiming work and beginning it there is a moment in which nobody seems to have it.
    private static let quietLooks = 3
    /// What is due so soon is part of what happens now: the pace at which Slack takes messages, a first retry.
    private static let soon: Duration = .seconds(4)
    /// More things than this cannot fall due within one advance.
    private static let stepsMax = 10_000

    private var engine: ApprovalEngine { site.wiring.engine }

    /// Waits until nothing is being worked on and nothing is due.
    ///
    /// - Parameter interactions: whether open forms must have been changed, too. What becomes of a request is told in
    ///   its form for a while.
    /// - Returns: false when that did not come about in time.
    func settle(interactions: Bool = false) async throws -> Bool {
        let deadline = MonotonicInstant.now() + Self.patience
        var quiet = 0
        while MonotonicInstant.now() < deadline {
            guard try await isQuiet(interactions) else {
                quiet = 0
                try await Task.sleep(for: Self.lookEvery)
                continue
            }
            quiet += 1
            if quiet < Self.quietLooks {
                try await Task.sleep(for: Self.lookEvery)
            } else if let due = try await nextEntry(), due <= engine.clock.now() + Self.soon {
                move(to: due)
                quiet = 0
            } else {
                return true
            }
        }
        return false
    }

    /// Moves the clock, from one thing that falls due to the next, so that each happens at its time.
    func advance(by duration: Duration) async throws {
        _ = try await settle()
        let end = engine.clock.now() + duration
        for _ in 0..<Self.stepsMax {
            let now = engine.clock.now()
            let next = [try await engine.store.nextWake(after: now), try await nextEntry()].compactMap { $0 }.min()
            guard let next, next < end else { break }
            move(to: next)
            _ = try await settle()
        }
        move(to: end)
        _ = try await settle()
    }

    private func isQuiet(_ interactions: Bool) async throws -> Bool {
        let now = engine.clock.now()
        let lanes = site.wiring.phases.joined().compactMap { $0 as? InteractionLane }
        guard !interactions || lanes.allSatisfy({ $0.busyCount == 0 }) else { return false }
        let workers = site.wiring.phases.joined().compactMap { $0 as? OutboxWorker }
        guard workers.allSatisfy({ $0.busyCount == 0 }) else { return false }
        guard try await engine.store.backlog(at: now).values.allSatisfy({ $0.oldestDue == nil }) else { return false }
        guard try await engine.store.dueRuns(at: now, limit: 1, accessOnly: false).isEmpty else {
            engine.waiting.ring(.deadlines)
            return false
        }
        return true
    }

    private func nextEntry() async throws -> Timestamp? {
        var next: [Timestamp] = []
        for lane in Lane.allCases { if let due = try await engine.store.nextDue(lane) { next.append(due) } }
        return next.min()
    }

    /// A millisecond beyond, because things are due at their time and not before.
    private func move(to time: Timestamp) {
        let left = time - engine.clock.now() + .milliseconds(1)
        if left > .zero { site.clock.advance(left) }
        for lane in Lane.allCases { engine.waiting.ring(.lane(lane)) }
        engine.waiting.ring(.deadlines)
    }
}
