package import ApprovalCore
package import Support

/// Says things in Slack: cards that are kept true, private notices, reports of errors. Renders them too.
package protocol Messenger: Sendable {
    /// Posts a card, or edits its copy, so that it says what the run is now.
    ///
    /// - Parameter postedSince: set when an earlier attempt may have posted it: look for it before posting again.
    func show(
        _ card: Card, of run: AccessRequest, flow: Flow, marker: String, postedSince: Timestamp?
    ) async -> Delivery

    /// Tells one person why what they did had no effect.
    func tell(_ account: Account, _ notice: Notice, of run: AccessRequest, flow: Flow) async -> Delivery

    /// Says what went wrong in the environment's error channel.
    func report(_ error: String, of run: AccessRequest, flow: Flow) async -> Delivery
}

package enum Delivery: Hashable, Sendable {
    /// Done; for a card that was posted, where it stands.
    case done(Card.Copy?)
    /// Nothing reached Slack, or Slack asked to wait: again at this time, and it does not count as an attempt.
    case later(Timestamp)
    /// Nothing reached Slack.
    case notSent(String)
    /// It may have been done.
    case ambiguous(String)
    /// The copy is gone or can no longer be edited: there is nothing to keep true.
    case gone(String)
    /// Never in this place.
    case refused(String)
}
