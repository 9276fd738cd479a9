import Support

/// How long to wait before trying again: twice as long each time, up to `longest`, with jitter so that what failed
/// together is not retried together.
package struct Backoff: Hashable, Sendable {
    package var first: Duration
    package var longest: Duration

    package init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Taking access back: for ever, and never long apart.
    package static let removals = Backoff(first: .milliseconds(500), longest: .seconds(60))
    package static let grants = Backoff(first: .milliseconds(500), longest: .seconds(60))
    package static let handlers = Backoff(first: .milliseconds(500), longest: .seconds(30))
    /// Cards: people look at them, so they follow soon when Slack is back.
    package static let cards = Backoff(first: .seconds(1), longest: .seconds(20))
    package static let notices = Backoff(first: .seconds(1), longest: .seconds(60))

    /// - Parameters:
    ///   - attempt: how often it was tried before this failure; 0 for the first.
    ///   - jitter: from 0 to 1.
    package func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        let doublings = min(attempt, 20)
        let full = min(Double(first.milliseconds) * Double(1 << doublings), Double(longest.milliseconds))
        return .milliseconds(Int64(full / 2 + full / 2 * jitter))
    }
}
