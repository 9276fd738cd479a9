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
}

package struct FlowQuestion: Sendable {
    package var run: AccessRequest
    package var flow: Flow
    package var now: Timestamp
    /// The same for every repetition of one question.
    package var idempotencyKey: String

    package init(run: AccessRequest, flow: Flow, now: Timestamp, idempotencyKey: String) {
        self.run = run
        self.flow = flow
        self.now = now
        self.idempotencyKey = idempotencyKey
    }
}

package enum HandlerError: Error, Hashable, Sendable {
    /// Something that the handler needs does not answer; asking again may help.
    case unavailable(String)
    /// The handler failed, or what it returned cannot be used.
    case failed(String)
}
