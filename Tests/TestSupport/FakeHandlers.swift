package import ApprovalCore
package import ApprovalEngine
import Synchronization

/// The flow's rules, with hooks and failures where a test says so.
package final class FakeHandlers: FlowHandlers {
    package typealias Answer = Result<HookAnswer, HandlerError>

    private struct State {
        var hooks: [Hook] = []
        var answers: [Hook: [Answer]] = [:]
        var routes: [Result<RoutingAnswer, HandlerError>] = []
        var asked: [String] = []
        /// What the code says of who people are; absent where there is no such code.
        var identities: [IdentityAnswer]?
    }

    private let rules: RulesHandlers
    private let state = Mutex(State())

    package init(_ rules: RulesHandlers) { self.rules = rules }

    package func has(_ hooks: Hook...) { state.withLock { $0.hooks = hooks.sorted() } }
    /// The next answers of a hook; then it proceeds.
    package func answer(_ hook: Hook, _ answers: Answer...) {
        state.withLock { $0.answers[hook, default: []] += answers }
    }
    /// The next answers to `route`; then the rules'.
    package func route(_ answers: Result<RoutingAnswer, HandlerError>...) { state.withLock { $0.routes += answers } }

    /// The flow has code that says who people are: the next answers, then that it does not know.
    package func knowsPeople(_ answers: IdentityAnswer...) {
        state.withLock { $0.identities = ($0.identities ?? []) + answers }
    }

    /// The idempotency keys of the questions, in order.
    package var asked: [String] { state.withLock { $0.asked } }

    package func hooks(of flow: Flow) -> [Hook] { state.withLock { $0.hooks } }

    package func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        let scripted = state.withLock { state in
            state.asked.append(question.idempotencyKey)
            return state.routes.isEmpty ? nil : state.routes.removeFirst()
        }
        if let scripted { return try scripted.get() }
        return try await rules.route(question)
    }

    package func knowsIdentities(of flow: Flow) -> Bool { state.withLock { $0.identities != nil } }

    package func identity(
        _ question: FlowQuestion, in service: ServiceKey
    ) async throws(HandlerError) -> IdentityAnswer {
        state.withLock { state in
            state.asked.append(question.idempotencyKey)
            guard state.identities?.isEmpty == false else { return .unknown }
            return state.identities?.removeFirst() ?? .unknown
        }
    }

    package func answer(
        _ hook: Hook, _ question: FlowQuestion, person: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        let scripted = state.withLock { state -> Answer? in
            state.asked.append(question.idempotencyKey)
            guard state.answers[hook]?.isEmpty == false else { return nil }
            return state.answers[hook]?.removeFirst()
        }
        return try scripted?.get() ?? .proceed
    }
}
