import ApprovalEngine
import Support
import Synchronization

/// What this process has in hand at the database and will not come back to, because the database did not answer when it
/// wanted to give it back. Without it, such work would wait until its lease ends.
final class Unreturned: Sendable {
    /// An entry that is to be tried again.
    struct Retry: Sendable {
        var claim: Claim
        var due: Timestamp
        var attempt: Int
        var reason: String
    }

    private struct State {
        var retries: [Int64: Retry] = [:]
        /// Tokens of claims whose answer was lost.
        var claims: Set<String> = []
        /// What was found in hand of processes that have ended.
        var ended: Set<String> = []
    }

    private let state = Mutex(State())

    func add(_ retry: Retry) { state.withLock { $0.retries[retry.claim.entry] = retry } }
    func add(claim token: String) { state.withLock { _ = $0.claims.insert(token) } }

    var retries: [Retry] { state.withLock { Array($0.retries.values) } }
    var claims: [String] { state.withLock { $0.claims.sorted() } }

    func remove(_ retry: Retry) {
        state.withLock {
            if $0.retries[retry.claim.entry]?.claim == retry.claim { $0.retries[retry.claim.entry] = nil }
        }
    }
    /// Of what processes that have ended had in hand, what they had in hand at the last look as well: what such a process
    /// has sent before its end may still be on its way to the other side.
    func endedSinceLastLook(_ ended: [String]) -> [String] {
        state.withLock { state in
            defer { state.ended = Set(ended) }
            return ended.filter(state.ended.contains)
        }
    }
    func remove(claims tokens: [String]) { state.withLock { $0.claims.subtract(tokens) } }
}
