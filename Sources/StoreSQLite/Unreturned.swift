import ApprovalEngine
import Support
import Synchronization

/// Outbox entries that this process has in hand and could not give back, because the disk was full or the database
/// busy. Without it such an entry would wait until its lease ends.
final class Unreturned: Sendable {
    struct Retry: Sendable {
        var claim: Claim
        var due: Timestamp
        var attempt: Int
        var reason: String
    }

    private struct State {
        var retries: [Int64: Retry] = [:]
        var triedAt: Timestamp?
    }

    private let state = Mutex(State())

    private static let every: Duration = .seconds(1)

    func add(_ retry: Retry) { state.withLock { $0.retries[retry.claim.entry] = retry } }

    func remove(_ retry: Retry) {
        state.withLock {
            if $0.retries[retry.claim.entry]?.claim == retry.claim { $0.retries[retry.claim.entry] = nil }
        }
    }

    /// When giving back is to be tried next; `nil` with nothing to give back.
    var nextTry: Timestamp? {
        state.withLock { state in
            guard !state.retries.isEmpty else { return nil }
            return state.triedAt.map { $0 + Self.every } ?? Timestamp(milliseconds: 0)
        }
    }

    /// What is to be tried now; whoever gets it tries it.
    func due(at now: Timestamp) -> [Retry] {
        state.withLock { state in
            // A time that is yet to come was before the clock was set back.
            let isTime = state.triedAt.map { $0 + Self.every <= now || $0 > now } ?? true
            guard !state.retries.isEmpty, isTime else { return [] }
            state.triedAt = now
            return state.retries.values.sorted { $0.claim.entry < $1.claim.entry }
        }
    }
}
