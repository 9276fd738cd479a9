package import Support
import Synchronization

/// Lets so many calls through at once and so many a second in the long run, for each name on its own. In this process
/// only: replicas count each for itself.
package final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: Timestamp
    }

    private let burst: Double
    private let perSecond: Double
    private let clock: WallClock
    private let buckets = Mutex<[String: Bucket]>([:])

    /// Names beyond this many push out those that are full again, then any.
    static let namesMax = 20_000

    package init(burst: Int, perSecond: Double, clock: WallClock) {
        self.burst = Double(burst)
        self.perSecond = perSecond
        self.clock = clock
    }

    /// Takes one call.
    ///
    /// - Returns: `nil` where it may go through, else after how many whole seconds another one will.
    package func secondsToWait(_ name: String) -> Int? {
        let now = clock.now()
        return buckets.withLock { buckets in
            if buckets.count >= Self.namesMax, buckets[name] == nil { makeRoom(in: &buckets, at: now) }
            var bucket = buckets[name] ?? Bucket(tokens: burst, at: now)
            bucket.tokens = tokens(in: bucket, at: now)
            bucket.at = now
            let isFree = bucket.tokens >= 1
            if isFree { bucket.tokens -= 1 }
            buckets[name] = bucket
            return isFree ? nil : max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
        }
    }

    private func tokens(in bucket: Bucket, at now: Timestamp) -> Double {
        min(burst, bucket.tokens + Double(max(0, (now - bucket.at).milliseconds)) / 1000 * perSecond)
    }

    private func makeRoom(in buckets: inout [String: Bucket], at now: Timestamp) {
        buckets = buckets.filter { tokens(in: $0.value, at: now) < burst }
        if buckets.count >= Self.namesMax { buckets = [:] }
    }
}
