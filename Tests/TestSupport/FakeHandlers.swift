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
