package import ApprovalCore

/// Rules and an implementation can stand together in one flow: rules are asked first, and what they leave open goes to
/// the implementation (decisions.md 2). Hooks are the implementation's alone.
package struct RulesThenHandlers: FlowHandlers {
    private let rules: RulesHandlers
    private let implementation: any FlowHandlers

    package init(rules: RulesHandlers, then implementation: any FlowHandlers) {
        self.rules = rules
        self.implementation = implementation
    }

    package func hooks(of flow: Flow) -> [Hook] { implementation.hooks(of: flow) }

    package func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        guard question.flow.implementation != nil else { return try await rules.route(question) }
        if let answer = try await rules.answerOfRule(question) { return answer }
        return try await implementation.route(question)
    }

    package func answer(
        _ hook: Hook, _ question: FlowQuestion, person: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        try await implementation.answer(hook, question, person: person)
    }

    package func knowsIdentities(of flow: Flow) -> Bool { implementation.knowsIdentities(of: flow) }

    package func identity(
        _ question: FlowQuestion, in service: ServiceKey
    ) async throws(HandlerError) -> IdentityAnswer {
        try await implementation.identity(question, in: service)
    }
}
