import Support
import Synchronization

/// A value that tests change, look at, and wait for.
final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWaiter = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    func read<R: Sendable>(_ body: (Value) -> R) -> R { state.withLock { body($0.value) } }

    func change(_ body: (inout Value) -> Void) {
        let waiters = state.withLock { state in
            body(&state.value)
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.yield() }
    }

    /// What `found` finds, as soon as it does; `nil` when the time is over first.
    func wait<R: Sendable>(upTo time: Duration, until found: (Value) -> R?) async -> R? {
        let deadline = MonotonicInstant.now() + time
        while true {
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let (result, waiter) = state.withLock { state -> (R?, Int) in
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = continuation
                return (found(state.value), state.nextWaiter)
            }
            defer { state.withLock { $0.waiters[waiter] = nil } }
            let left = deadline - MonotonicInstant.now()
            if result != nil || left <= .zero || Task.isCancelled { return result }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in stream { return } }
                group.addTask { try? await Task.sleep(for: left) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
