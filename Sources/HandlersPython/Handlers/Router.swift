import ApprovalCore
import ApprovalEngine
import Support

/// `on_request`, then the reducers: who may decide, and who is told (sym-sdk.md 2.2 to 2.4).
struct Router: Sendable {
    let handlers: PythonHandlers
    let question: FlowQuestion

    private static let routeReducers = ["get_request_notifications", "get_request_destinations"]

    func answer(_ conversation: inout Conversation) async throws(WorkerError) -> RoutingAnswer {
        let requester = question.run.submission.requester
        let source = conversation.document.sourceType
        let returned = try await conversation.transition("on_request", "request", by: requester, channel: source)
        if let objection = returned?.objection(for: question.run) { return .failed(error: objection) }
        switch returned?.kind {
        case .ignore: return .ignore(message: returned?.message ?? ReturnedTransition.ignoreMessage)
        case .transition(.approve), .transition(.escalate):
            return try await approval(reason: returned?.reason, &conversation)
        case .transition(.deny):
            return .deny(reason: returned?.reason, rule: nil, routing: await notices(&conversation))
        case .transition(.request), nil: return .ask(try await routing(&conversation))
        case .transition(let transition):
            return .failed(error: "on_request may not lead back to \(transition.rawValue)")
        }
    }

    /// An approval by policy passes `on_approve` once, as the SDK's (decisions.md 2).
    private func approval(
        reason: String?, _ conversation: inout Conversation
    ) async throws(WorkerError) -> RoutingAnswer {
        let requester = question.run.submission.requester
        if let reason { conversation.document.extras["reason"] = .string(reason) }
        let returned = try await conversation.transition("on_approve", "approve", by: requester, channel: "sdk")
        conversation.document.extras["reason"] = nil
        if let objection = returned?.objection(for: question.run) { return .failed(error: objection) }
        switch returned?.kind {
        case nil, .transition(.approve), .transition(.escalate):
            return .approve(
                reason: returned?.reason ?? reason, rule: nil, routing: await notices(&conversation)
            )
        case .transition(.deny):
            return .deny(reason: returned?.reason, rule: nil, routing: await notices(&conversation))
        // The approval counts for nothing, and the request goes to people.
        case .ignore: return .ask(try await routing(&conversation))
        case .transition(let transition):
            return .failed(error: "on_approve may not lead back to \(transition.rawValue)")
        }
    }

    /// Who sees a request that a hook decided, and may end its access. A decision does not wait for that.
    private func notices(_ conversation: inout Conversation) async -> Routing? {
        do throws(WorkerError) { return try await routing(&conversation) } catch {
            handlers.warn(
                "nobody is told of a request that a hook decided", conversation.naming(error).report, question)
            return nil
        }
    }

    private func routing(_ conversation: inout Conversation) async throws(WorkerError) -> Routing {
        let requester = question.run.submission.requester
        let source = conversation.document.sourceType
        var permission: ReturnedPermission?
        if let value = try await conversation.call("get_permissions", "request", by: requester, channel: source) {
            permission = try ReturnedPermission(value)
        }
        var route: ReturnedRoute?
        for reducer in Self.routeReducers where route == nil {
            if let value = try await conversation.call(reducer, "request", by: requester, channel: source) {
                route = try ReturnedRoute(value)
            }
        }
        if route == nil,
            let value = try await conversation.call("get_approvers", "request", by: requester, channel: source)
        {
            let approvers = try ReturnedRoute(value)
            route = approvers
            permission = permission ?? .approvers(allowSelf: approvers.allowsSelf)
        }
        let decided = permission ?? .none
        let stages: [Routing.Stage]
        do throws(LookupError) {
            stages = try await handlers.stages(
                route?.stages ?? question.flow.notify, in: question.flow.environment.workspace
            )
        } catch { throw .busy("The people to ask cannot be looked up: \(error.reason)") }
        return Routing(
            mayDecide: try deciders(decided), selfApproval: decided.allowsSelfApproval, quorum: question.flow.quorum,
            stages: stages
        )
    }

    private func deciders(_ permission: ReturnedPermission) throws(WorkerError) -> DeciderRule {
        switch permission.approveDeny {
        case .role(let role): return DeciderRule(level: role)
        case .people(let ids):
            var names: [String] = []
            for id in ids {
                guard let name = handlers.name(ofPerson: id, in: question) else {
                    throw .failed(
                        HandlerFault(of: "get_permissions", "names \(id), and nobody of that id has been looked up")
                    )
                }
                names.append(name)
            }
            return DeciderRule(level: .guest, people: names)
        }
    }
}

extension HandlerFault {
    /// What is wrong with a handler from the outside.
    init(of handler: String, _ message: String) {
        self.init(kind: "host", message: "\(handler): \(message)", exception: nil, code: nil, traceback: [])
    }
}
