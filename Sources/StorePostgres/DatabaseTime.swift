import Support
import Synchronization

/// What time it is at the database, by the monotonic clock since it was last asked. Setting the machine's own clock
/// changes nothing here, and replicas on machines whose clocks differ agree.
final class DatabaseTime: Sendable {
    /// The database's time at a moment of ours.
    struct Reading: Sendable {
        var time: Timestamp
        var at: MonotonicInstant
        /// How long the answer took: by half of that the reading may be wrong.
        var took: Duration
    }

    private let reading: Mutex<Reading>
    private let monotonic: @Sendable () -> MonotonicInstant

    /// A reading that took longer than this is used only for want of a better one.
    static let tookMax: Duration = .milliseconds(200)

    /// - Parameter monotonic: this machine's clock that nobody sets.
    init(monotonic: @escaping @Sendable () -> MonotonicInstant = { .now() }) {
        self.monotonic = monotonic
        reading = Mutex(Reading(time: WallClock.system.now(), at: monotonic(), took: .seconds(3600)))
    }

    func now() -> Timestamp {
        let reading = reading.withLock { $0 }
        return reading.time + (monotonic() - reading.at)
    }

    func learn(_ new: Reading) {
        reading.withLock { if new.took <= Self.tookMax || new.took <= $0.took { $0 = new } }
    }

    static func measure(
        _ session: inout Session, monotonic: () -> MonotonicInstant = { .now() }
    ) throws -> Reading {
        // Prepared before the clock is looked at.
        let question: SQL = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        _ = try session.row(question) { $0.time(0) }
        let before = monotonic()
        let time = try session.row(question) { $0.time(0) }
        let took = monotonic() - before
        guard let time else {
            throw PostgresError("clock", message: "the server does not say what time it is", isDefinite: true)
        }
        return Reading(time: time, at: before + took / 2, took: took)
    }
}
