import Synchronization

/// How many long polls wait at once; whoever finds no seat is answered at once, and comes again.
final class PollSeats: Sendable {
    private let taken = Mutex(0)

    /// As many as there are server-sent events (decisions.md 12).
    static let count = 200

    /// - Returns: whether there was one; it must be given back.
    func take() -> Bool {
        taken.withLock { taken in
            guard taken < PollSeats.count else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() { taken.withLock { $0 -= 1 } }
}
