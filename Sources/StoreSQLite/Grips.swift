import Support
import Synchronization

/// Which entries of the outbox this process has in hand, and for how long still, by the clock that nobody sets.
///
/// The leases in the database go by the wall clock. One that is set ahead while work is under way ends them all at once,
/// and the same work would be begun a second time beside the first.
final class Grips: Sendable {
    private let ends = Mutex<[Int64: MonotonicInstant]>([:])
    private let monotonic: @Sendable () -> MonotonicInstant

    init(monotonic: @escaping @Sendable () -> MonotonicInstant) { self.monotonic = monotonic }

    func take(_ entries: [Int64], for lease: Duration) {
        let end = monotonic() + lease
        ends.withLock { ends in for entry in entries { ends[entry] = end } }
    }

    func letGo(_ entry: Int64) { ends.withLock { $0[entry] = nil } }

    /// How long the entry stays in hand; `nil` when it is not.
    func timeLeft(_ entry: Int64) -> Duration? {
        guard let end = ends.withLock({ $0[entry] }) else { return nil }
        let left = end - monotonic()
        return left > .zero ? left : nil
    }
}
