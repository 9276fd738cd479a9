import Support
import Synchronization

/// The system's clock with an offset that only ever grows: for `demo` and `emulate`, where "advance the clock" shows
/// what happens in three days. `serve` has no such thing (decisions.md 16).
final class OffsetClock: Sendable {
    private let offset = Mutex(Duration.zero)

    var clock: WallClock { WallClock { WallClock.system.now() + self.offset.withLock { $0 } } }

    var advance: @Sendable (Duration) -> Void {
        { duration in self.offset.withLock { $0 += max(duration, .zero) } }
    }
}
