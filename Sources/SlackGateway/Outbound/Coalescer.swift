import Synchronization

/// Asks a question once for everyone who asks it at the same time.
///
/// The first one does the work in their own task; the others wait for the outcome. Should the first be cancelled, one
/// of the others does it.
package final class Coalescer<Key: Hashable & Sendable, Value: Sendable, Failure: Error>: Sendable {
    private enum Outcome: Sendable {
        case settled(Result<Value, Failure>)
        /// Who did the work was cancelled.
        case abandoned
    }

    private typealias Waiter = CheckedContinuation<Outcome, Never>
    private let underWay = Mutex<[Key: [Waiter]]>([:])

    package init() {}

    /// How many wait for an answer that somebody else gets.
    package var waiting: Int { underWay.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    package func value(for key: Key, _ work: () async throws(Failure) -> Value) async throws(Failure) -> Value {
        while true {
            let isFirst = underWay.withLock { underWay in
                guard underWay[key] == nil else { return false }
                underWay[key] = []
                return true
            }
            if isFirst { return try await lead(key, work).get() }
            let outcome: Outcome = await withCheckedContinuation { waiter in
                let isOver = underWay.withLock { underWay in
                    guard underWay[key] != nil else { return true }
                    underWay[key]?.append(waiter)
                    return false
                }
                if isOver { waiter.resume(returning: .abandoned) }
            }
            if case .settled(let result) = outcome { return try result.get() }
        }
    }

    private func lead(_ key: Key, _ work: () async throws(Failure) -> Value) async -> Result<Value, Failure> {
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
        let waiters = underWay.withLock { $0.removeValue(forKey: key) ?? [] }
        var outcome = Outcome.settled(result)
        if case .failure = result, Task.isCancelled { outcome = .abandoned }
        for waiter in waiters { waiter.resume(returning: outcome) }
        return result
    }
}
