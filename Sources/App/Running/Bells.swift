import ApprovalEngine
import Support
import Synchronization

/// Waiting in this process: a bell wakes whoever waits for it, or is remembered for who waits next.
final class Bells: Waiting {
    private struct Waiter {
        var id: UInt64
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var rung: Set<Bell> = []
        var waiters: [Bell: [Waiter]] = [:]
        var nextID: UInt64 = 0
        /// Waits that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let clock: WallClock

    init(clock: WallClock) { self.clock = clock }

    func ring(_ bell: Bell) {
        let woken = state.withLock { state -> [Waiter] in
            let waiters = state.waiters.removeValue(forKey: bell) ?? []
            // Runs are many, and who waits for one looks at the store first: their bells are not kept.
            if waiters.isEmpty, !bell.isOfRun { state.rung.insert(bell) }
            return waiters
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    func wait(for bell: Bell, until: Timestamp?) async {
        if state.withLock({ $0.rung.remove(bell) != nil }) { return }
        let time = until.map { max($0 - clock.now(), .zero) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen(for: bell) }
            if let time { group.addTask { try? await Task.sleep(for: time) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func listen(for bell: Bell) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.rung.remove(bell) != nil { return true }
                    state.waiters[bell, default: []].append(Waiter(id: id, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters[bell]?.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                let waiter = state.waiters[bell]?.remove(at: index)
                if state.waiters[bell]?.isEmpty == true { state.waiters[bell] = nil }
                return waiter
            }
            waiter?.continuation.resume()
        }
        // A cancellation that came after the bell left its mark behind.
        state.withLock { _ = $0.cancelled.remove(id) }
    }
}

extension Bell {
    fileprivate var isOfRun: Bool { if case .run = self { true } else { false } }
}
