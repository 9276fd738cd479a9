package import ApprovalEngine
package import Support
import Synchronization

/// Waiting that ends when its bell rings, and tells who waits for what.
package final class ManualWaiting: Waiting {
    private struct Waiter {
        var bell: Bell
        var until: Timestamp?
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var rung: [Bell] = []
        var waiters: [Waiter] = []
        /// Those who wait for somebody to wait.
        var watchers: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Every bell that was rung, in order.
    package var rung: [Bell] { state.withLock { $0.rung } }

    package func wait(for bell: Bell, until: Timestamp?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, watchers) = state.withLock { state in
                    if state.isOver { return (true, [] as [CheckedContinuation<Void, Never>]) }
                    state.waiters.append(Waiter(bell: bell, until: until, continuation: continuation))
                    defer { state.watchers = [] }
                    return (false, state.watchers)
                }
                if isOver { continuation.resume() }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            let waiters = state.withLock { state in
                state.isOver = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.continuation.resume() }
        }
    }

    package func ring(_ bell: Bell) {
        let woken = state.withLock { state in
            state.rung.append(bell)
            defer { state.waiters.removeAll { $0.bell == bell } }
            return state.waiters.filter { $0.bell == bell }
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Returns when somebody waits, with until when.
    package func untilSomebodyWaits() async -> Timestamp? {
        while true {
            if let waiter = state.withLock({ $0.waiters.first }) { return waiter.until }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if !state.waiters.isEmpty { return true }
                    state.watchers.append(continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }
}
