package import Support
import Synchronization

/// Keeps to Slack's rate limits: remembers where it asked us to wait, and hands out turns where we would otherwise be
/// asked (slack.md 2.1, 2.3).
///
/// Lines are per channel, so a channel that many requests go to keeps no other channel waiting.
package final class SlackPacer: Sendable {
    private let clock: WallClock
    private let onHold: @Sendable (Hold) -> Void
    private let state = Mutex(State())

    /// Shorter waits are no waits.
    package static let holdMin = Duration.seconds(1)
    /// Longer waits are cut to this: the answer then says again how long.
    package static let holdMax = Duration.hours(1)
    /// So many channels held at once mean that the limit which was met is the workspace's.
    static let heldChannelsMax = 3
    /// How long a turn that was given out waits for whom it was given to.
    static let turnLife = Duration.seconds(60)
    /// Lines and holds are cleaned up when there are more than this.
    static let tableMax = 4096

    /// How often one kind of call may go to one channel.
    package struct Pace: Hashable, Sendable {
        package var method: String
        /// Between two calls, in the long run.
        package var interval: Duration
        /// How many may follow each other at once after a pause.
        package var burst: Int

        package init(method: String, interval: Duration, burst: Int) {
            self.method = method
            self.interval = interval
            self.burst = burst
        }

        /// About one a second per channel.
        package static let post = Pace(method: "chat.postMessage", interval: .seconds(1), burst: 3)
        /// Tier 3: fifty a minute.
        package static let update = Pace(method: "chat.update", interval: .milliseconds(1200), burst: 5)
    }

    /// A wait that Slack asked for.
    package struct Hold: Hashable, Sendable {
        /// `nil` for every method.
        package var method: String?
        package var workspace: String
        /// `nil` for every channel.
        package var channel: String?
        package var until: Timestamp

        package init(method: String?, workspace: String, channel: String?, until: Timestamp) {
            self.method = method
            self.workspace = workspace
            self.channel = channel
            self.until = until
        }
    }

    private struct HoldKey: Hashable {
        /// `nil`: every method.
        var method: String?
        var workspace: String
        var channel: String?
    }

    private struct LineKey: Hashable {
        var method: String
        var workspace: String
        var channel: String
    }

    private struct Line {
        /// When everything that was let through or given a turn is paid for at the pace (a virtual schedule).
        var paidUntil: Timestamp
        /// Turns that were given out, by whom they were given to.
        var turns: [String: Timestamp] = [:]
        /// Slack asked to wait: after that, one may go and not a burst.
        var isSpent = false
    }

    private struct State {
        var holds: [HoldKey: Timestamp] = [:]
        var lines: [LineKey: Line] = [:]
    }

    /// - Parameter onHold: is told when Slack asked us to wait: other replicas speak for the same app.
    package init(clock: WallClock, onHold: @escaping @Sendable (Hold) -> Void = { _ in }) {
        self.clock = clock
        self.onHold = onHold
    }

    // MARK: Holds

    /// Until when calls of this kind must wait; `nil` when they need not.
    package func heldUntil(method: String, workspace: String, channel: String?) -> Timestamp? {
        let now = clock.now()
        return state.withLock { Self.heldUntil($0, method, workspace, channel, now) }
    }

    /// Slack asked to wait. What goes the same way is held: the method in the workspace, or in one channel of it.
    ///
    /// - Parameter method: `nil` for every method.
    /// - Returns: until when.
    @discardableResult
    package func hold(method: String?, workspace: String, channel: String?, for time: Duration) -> Timestamp {
        let now = clock.now()
        let hold = Hold(
            method: method, workspace: workspace, channel: channel,
            until: now + min(max(time, Self.holdMin), Self.holdMax)
        )
        take(hold, at: now)
        onHold(hold)
        return hold.until
    }

    /// Another replica was asked to wait.
    package func adopt(_ hold: Hold) {
        let now = clock.now()
        guard hold.until > now else { return }
        var hold = hold
        hold.until = min(hold.until, now + Self.holdMax)
        let key = HoldKey(method: hold.method, workspace: hold.workspace, channel: hold.channel)
        if state.withLock({ $0.holds[key].map { $0 >= hold.until } ?? false }) { return }
        take(hold, at: now)
    }

    private func take(_ hold: Hold, at now: Timestamp) {
        let (workspace, until) = (hold.workspace, hold.until)
        state.withLock { state in
            if state.holds.count > Self.tableMax { state.holds = state.holds.filter { $0.value > now } }
            let key = HoldKey(method: hold.method, workspace: workspace, channel: hold.channel)
            state.holds[key] = max(until, state.holds[key] ?? until)
            guard let channel = hold.channel, let method = hold.method else { return }
            let line = LineKey(method: method, workspace: workspace, channel: channel)
            // Whoever had a turn within the hold comes back at its end: one may go, the others queue up again.
            state.lines[line] = Line(paidUntil: until, isSpent: true)
            let held = state.holds.count {
                $0.key.method == method && $0.key.workspace == workspace && $0.key.channel != nil && $0.value > now
            }
            if held >= Self.heldChannelsMax {
                let all = HoldKey(method: method, workspace: workspace, channel: nil)
                state.holds[all] = max(until, state.holds[all] ?? until)
            }
        }
    }

    private static func heldUntil(
        _ state: State, _ method: String, _ workspace: String, _ channel: String?, _ now: Timestamp
    ) -> Timestamp? {
        var keys = [
            HoldKey(method: nil, workspace: workspace, channel: nil),
            HoldKey(method: method, workspace: workspace, channel: nil),
        ]
        if let channel { keys.append(HoldKey(method: method, workspace: workspace, channel: channel)) }
        // A hold beyond what any hold lasts was made before the clock was set back.
        return keys.compactMap { state.holds[$0] }.filter { $0 > now && $0 - now <= holdMax }.max()
    }

    // MARK: Turns

    /// Asks for a turn in a channel: `nil` says that it is now; a time, that a turn was kept for then.
    ///
    /// - Parameter ticket: who asks. The same one finds the turn that was kept for it.
    package func reserve(_ pace: Pace, workspace: String, channel: String, ticket: String) -> Timestamp? {
        let now = clock.now()
        return state.withLock { state in
            if let until = Self.heldUntil(state, pace.method, workspace, channel, now) { return until }
            if state.lines.count > Self.tableMax { Self.cleanUp(&state, now) }
            let key = LineKey(method: pace.method, workspace: workspace, channel: channel)
            var line = state.lines[key] ?? Line(paidUntil: now)
            let slack = pace.interval * (pace.burst - 1)
            // More cannot be owed than is waiting; else the clock was set back.
            let latest = now + pace.interval * (line.turns.count + pace.burst)
            defer { state.lines[key] = line }

            if let turn = line.turns[ticket] {
                if turn > now, turn <= latest { return turn }
                line.turns[ticket] = nil
                if turn <= now, now - turn <= Self.turnLife { return nil }
            }
            if line.isSpent {
                line.isSpent = false
                line.paidUntil = now + slack
            }
            let paidUntil = min(max(line.paidUntil, now), latest)
            let turn = paidUntil - slack
            line.paidUntil = paidUntil + pace.interval
            guard turn > now else { return nil }
            line.turns[ticket] = turn
            return turn
        }
    }

    private static func cleanUp(_ state: inout State, _ now: Timestamp) {
        for (key, line) in state.lines {
            let turns = line.turns.filter { now - $0.value <= turnLife }
            state.lines[key]?.turns = turns
            if turns.isEmpty, line.paidUntil <= now { state.lines[key] = nil }
        }
    }
}
