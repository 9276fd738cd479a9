import ApprovalCore
import ApprovalEngine
import FlowConfig
import Support

/// Handlers whose failures are counted.
struct CountedHandlers: FlowHandlers {
    let handlers: any FlowHandlers
    let failures: NamedCounts

    func hooks(of flow: Flow) -> [Hook] { handlers.hooks(of: flow) }
    func knowsIdentities(of flow: Flow) -> Bool { handlers.knowsIdentities(of: flow) }

    func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        let name = Hook.onRequest.rawValue
        let answer = try await failures.counting(name) { () async throws(HandlerError) in
            try await handlers.route(question)
        }
        if case .failed = answer { failures.count(name, "failed") }
        return answer
    }

    func answer(
        _ hook: Hook, _ question: FlowQuestion, person: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        let answer = try await failures.counting(hook.rawValue) { () async throws(HandlerError) in
            try await handlers.answer(hook, question, person: person)
        }
        if case .failed = answer { failures.count(hook.rawValue, "failed") }
        return answer
    }

    func identity(
        _ question: FlowQuestion, in service: ServiceKey
    ) async throws(HandlerError) -> IdentityAnswer {
        try await failures.counting("identity") { () async throws(HandlerError) in
            try await handlers.identity(question, in: service)
        }
    }
}

/// Handlers of forms whose failures are counted.
struct CountedForms: FormHandlers {
    let forms: any FormHandlers
    let failures: NamedCounts

    func prompt(_ hook: Hook, _ question: FormQuestion) async throws(HandlerError) -> PromptAnswer {
        try await failures.counting(hook.rawValue) { () async throws(HandlerError) in
            try await forms.prompt(hook, question)
        }
    }

    func options(of field: PromptField, _ question: FormQuestion) async throws(HandlerError) -> [FieldOption] {
        try await failures.counting("prefetch") { () async throws(HandlerError) in
            try await forms.options(of: field, question)
        }
    }

    func changes(
        of field: PromptField, in form: PromptForm, prefetched: [String: [FieldOption]], _ question: FormQuestion
    ) async throws(HandlerError) -> FormChanges {
        try await failures.counting("on_change") { () async throws(HandlerError) in
            try await forms.changes(of: field, in: form, prefetched: prefetched, question)
        }
    }

    func offered(
        _ flows: [Flow], by filter: FlowsFilter, workspace: String, _ question: PersonQuestion
    ) async throws(HandlerError) -> [Flow] {
        try await failures.counting("get_flows") { () async throws(HandlerError) in
            try await forms.offered(flows, by: filter, workspace: workspace, question)
        }
    }
}

extension NamedCounts {
    /// Counts what `ask` throws. A question that was broken off because the program stops has not failed.
    fileprivate func counting<Answer>(
        _ handler: String, _ ask: () async throws(HandlerError) -> Answer
    ) async throws(HandlerError) -> Answer {
        do throws(HandlerError) { return try await ask() } catch {
            if !Task.isCancelled {
                switch error {
                case .failed: count(handler, "failed")
                case .unavailable: count(handler, "unavailable")
                }
            }
            throw error
        }
    }
}
