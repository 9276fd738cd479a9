import Synchronization

/// Counts durations by how long they were, from any thread and without a lock.
///
/// What is counted while somebody reads may be in the counts and not yet in the sum.
package final class Histogram: Sendable {
    private final class Count: Sendable {
        let value = Atomic<Int64>(0)
    }

    /// Upper ends of the buckets, the end included, growing.
    private let bounds: [Duration]
    private let counts: [Count]
    private let nanoseconds = Atomic<Int64>(0)

    package init(upTo bounds: [Duration]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "buckets grow")
        self.bounds = bounds
        // One more for what is longer than any.
        counts = (0...bounds.count).map { _ in Count() }
    }

    /// A time that is negative, because a clock was set back, is none.
    package func observe(_ duration: Duration) {
        let duration = max(duration, .zero)
        let bucket = bounds.firstIndex { duration <= $0 } ?? bounds.count
        counts[bucket].value.add(1, ordering: .relaxed)
        nanoseconds.add(duration.nanoseconds, ordering: .relaxed)
    }

    /// What was counted so far.
    package struct Reading: Hashable, Sendable {
        /// How many were at most so long; growing with the bound.
        package var cumulative: [(bound: Duration, count: Int64)] {
            var count: Int64 = 0
            return zip(bounds, counts).map { bound, more in
                count += more
                return (bound, count)
            }
        }
        package var count: Int64 { counts.reduce(0, +) }
        package var sum: Duration
        private var bounds: [Duration]
        private var counts: [Int64]

        fileprivate init(bounds: [Duration], counts: [Int64], sum: Duration) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }

    package var reading: Reading {
        Reading(
            bounds: bounds, counts: counts.map { $0.value.load(ordering: .relaxed) },
            sum: .nanoseconds(nanoseconds.load(ordering: .relaxed))
        )
    }
}

/// Counts by a name, such as a method's: for what happens seldom. The names are ours, so there are few.
package final class NamedCounts: Sendable {
    private let counts: Mutex<[[String]: Int64]>

    /// - Parameter names: counted as 0 before anything happened, so that the first time shows as a rise.
    package init(_ names: [[String]] = []) { counts = Mutex(Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })) }

    package func count(_ name: String...) { counts.withLock { $0[name, default: 0] += 1 } }

    /// Sorted by name.
    package var reading: [(name: [String], count: Int64)] {
        counts.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }
}

extension Duration {
    /// Not more than an `Int64` holds.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
