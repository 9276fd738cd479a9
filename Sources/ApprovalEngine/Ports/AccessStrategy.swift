package import ApprovalCore

/// Switches access on and off in a target system. Calls are made one after the other for the same grant key, and may
/// be repeated under the same idempotency key.
package protocol AccessStrategy: Sendable {
    /// Whether access of several runs to the same thing is one membership, or one grant each (decisions.md 6).
    func sharing(_ order: AccessOrder) -> Sharing

    /// - Returns: output to keep for taking access back, as JSON text.
    func escalate(_ order: AccessOrder) async throws(StrategyError) -> String?

    /// Access that is off already is a success.
    ///
    /// - Returns: what the target said, as JSON text, for hooks that ask for the step's output.
    @discardableResult
    func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String?
}

package enum Sharing: Hashable, Sendable {
    /// Counted: the first in adds, the last out removes.
    case membership
    case perRun
}

package struct AccessOrder: Sendable {
    /// `run/step/epoch`: the same for every repetition.
    package var idempotencyKey: String
    package var run: AccessRequest
    package var flow: Flow
    package var strategy: Strategy
    package var target: Target?
    /// The target's settings with the request's fields in place.
    package var settings: [String: String]
    /// What the person is called in the target system.
    package var identity: String
    /// What `escalate` returned, where this takes access back.
    package var output: String?

    package init(
        idempotencyKey: String, run: AccessRequest, flow: Flow, strategy: Strategy, target: Target?,
        settings: [String: String], identity: String, output: String? = nil
    ) {
        self.idempotencyKey = idempotencyKey
        self.run = run
        self.flow = flow
        self.strategy = strategy
        self.target = target
        self.settings = settings
        self.identity = identity
        self.output = output
    }
}

package enum StrategyError: Error, Hashable, Sendable {
    /// The call did not reach the target.
    case notSent(String)
    /// The call may have reached the target.
    case ambiguous(String)
    /// The target said no.
    case refused(String)

    package var reason: String {
        switch self {
        case .notSent(let reason), .ambiguous(let reason), .refused(let reason): reason
        }
    }
}
