package import ApprovalCore
import Synchronization

/// Runs as a store loaded or committed them last, so that the next step on a run does not read its document again.
///
/// A version of a run never changes, so what is here is true for its version; whether that is still the run's version
/// is asked of the database each time.
package final class RunCache: Sendable {
    fileprivate struct Contents {
        var runs: [RunID: StoredRun] = [:]
        /// The names in the order in which they came, with the oldest at `first`.
        var order: [RunID] = []
        var first = 0
    }

    private let contents = Mutex(Contents())

    /// About 8 MB.
    package static let countMax = 1000
    /// Runs with a larger context (a plan, a diff) are not kept, or a thousand of them would fill the memory.
    private static let contextBytesMax = 4 << 10

    package init() {}

    package func run(_ id: RunID) -> StoredRun? { contents.withLock { $0.runs[id] } }

    package func keep(_ stored: StoredRun) {
        guard (stored.run.submission.context?.utf8.count ?? 0) <= RunCache.contextBytesMax else { return }
        // What it replaces is destroyed when the lock is free again: a run is made of many small pieces.
        _ = contents.withLock { $0.keep(stored) }
    }
}

extension RunCache.Contents {
    /// - Returns: what had to go.
    fileprivate mutating func keep(_ stored: StoredRun) -> StoredRun? {
        let id = stored.run.id
        if let known = runs[id]?.version {
            // Two tasks may come here in another order than they committed.
            return known < stored.version ? runs.updateValue(stored, forKey: id) : nil
        }
        runs[id] = stored
        guard order.count == RunCache.countMax else {
            order.append(id)
            return nil
        }
        let oldest = order[first]
        order[first] = id
        first = (first + 1) % RunCache.countMax
        return runs.removeValue(forKey: oldest)
    }
}
