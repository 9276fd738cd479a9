import CPosix

/// Where a moment comes from. The engine and the adapters ask this value; only `system` asks the machine.
package struct WallClock: Sendable {
    package var now: @Sendable () -> Timestamp

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package static let system = WallClock { Timestamp(milliseconds: cposix_wall_milliseconds()) }
}

/// A moment of the monotonic clock, in nanoseconds: for measuring, never for storing.
package struct MonotonicInstant: Comparable, Sendable {
    package var nanoseconds: Int64

    package static func now() -> MonotonicInstant { .init(nanoseconds: cposix_monotonic_nanoseconds()) }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    package static func - (left: Self, right: Self) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
    package static func + (left: Self, right: Duration) -> Self {
        let parts = right.components
        return .init(nanoseconds: left.nanoseconds + parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
}
