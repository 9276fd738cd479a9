package import ApprovalCore
package import Support

/// Answers the questions a flow may be asked: rules in the configuration, handlers in Python. Never called inside a
/// database transaction; the answer is applied by a conditional transition, and dropped when the run moved on.
package protocol FlowHandlers: Sendable {
    /// The hooks that this flow has, sorted: known without running anything.
    func hooks(of flow: Flow) -> [Hook]

    /// `on_request`, then who may decide and who is told.
    func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer

    /// A hook before or after a step. `person` is the one who acts; `nil` where the engine does.
    func answer(_ hook: Hook, _ question: FlowQuestion, person: PersonReference?) async throws(HandlerError)
        -> HookAnswer

    /// Whether the flow has code that says who people are in the system it gives access to: known without running
    /// anything.
    func knowsIdentities(of flow: Flow) -> Bool

    /// Who the requester is in a service (sym-sdk.md 2.5): asked when nothing is stored.
    func identity(_ question: FlowQuestion, in service: ServiceKey) async throws(HandlerError) -> IdentityAnswer
}

extension FlowHandlers {
    package func knowsIdentities(of flow: Flow) -> Bool { false }

    package func identity(
        _ question: FlowQuestion, in service: ServiceKey
    ) async throws(HandlerError) -> IdentityAnswer { .unknown }
}

/// What a flow's code says of who somebody is elsewhere.
package enum IdentityAnswer: Hashable, Sendable {
    /// This is what they are called there.
    case identity(String)
    /// They can be found there under this e-mail address.
    case email(String)
    /// The code does not know.
    case unknown
}

package struct FlowQuestion: Sendable {
    package var run: AccessRequest
    package var flow: Flow
    package var now: Timestamp
    /// The same for every repetition of one question.
    package var idempotencyKey: String
    /// Which step of its kind a hook is asked about, where there can be several.
    package var occasion: Occasion?
    /// Whether somebody's access stays on until there is an answer: then nothing is waited for but the handler itself,
    /// for no longer than its time.
    package var isUrgent: Bool
    /// `on_prompt` has approved the request already: asked about routing, `on_approve` is next instead of `on_request`.
    package var approval: PromptApproval?

    package init(
        run: AccessRequest, flow: Flow, now: Timestamp, idempotencyKey: String, occasion: Occasion? = nil,
        isUrgent: Bool = false
    ) {
        self.run = run
        self.flow = flow
        self.now = now
        self.idempotencyKey = idempotencyKey
        self.occasion = occasion
        self.isUrgent = isUrgent
    }
}

package enum HandlerError: Error, Hashable, Sendable {
    /// Something that the handler needs does not answer; asking again may help.
    case unavailable(String)
    /// The handler failed, or what it returned cannot be used.
    case failed(String)
}
