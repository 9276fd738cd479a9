package import ApprovalCore
import Synchronization

/// Runs as a store loaded or committed them last, so that the next step on a run does not read its document again.
///
/// A version of a run never changes, so what is here is true for its version; whether that is still the run's version
/// is asked of the database each time.
package final class RunCache: Sendable {
    private struct Contents {
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

    package func run(_ id: RunID, at version: Int64) -> StoredRun? {
        run(id).flatMap { $0.version == version ? $0 : nil }
    }

    package func keep(_ stored: StoredRun) {
        guard (stored.run.submission.context?.utf8.count ?? 0) <= RunCache.contextBytesMax else { return }
        contents.withLock { contents in
            let id = stored.run.id
            if let known = contents.runs[id] {
                // Two tasks may come here in another order than they committed.
                if known.version < stored.version { contents.runs[id] = stored }
                return
            }
            contents.runs[id] = stored
            if contents.order.count < RunCache.countMax {
                contents.order.append(id)
            } else {
                contents.runs[contents.order[contents.first]] = nil
                contents.order[contents.first] = id
                contents.first = (contents.first + 1) % RunCache.countMax
            }
        }
    }
}
