package import Support
import Synchronization

/// A clock that stands still until it is moved.
package final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    /// 21 November 2026, 07:44 UTC.
    package static let start = Timestamp(seconds: 1_795_247_040)

    package init(_ start: Timestamp = ManualClock.start) { time = Mutex(start) }

    package var now: Timestamp { time.withLock { $0 } }

    package var clock: WallClock { WallClock { self.now } }

    package func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    package func set(_ time: Timestamp) { self.time.withLock { $0 = time } }
}
