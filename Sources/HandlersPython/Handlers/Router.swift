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
        if let approval = question.approval {
            var change: JobChange?
            let answer = try await self.approval(ReturnedTransition(approval), &change, &conversation)
            return change.map { .changed($0, answer) } ?? answer
        }
        let returned = try await conversation.transition("on_request", "request", by: requester, channel: source)
        var change: JobChange?
        if let returned, returned.kind != .ignore {
            change = try returned.change(for: question.run, flow: question.flow, by: "on_request")
            // What follows is asked about the request as it is now.
            if let change { conversation.document.run = conversation.document.run.changed(by: change) }
        }
        let answer = try await answer(returned, &change, &conversation)
        return change.map { .changed($0, answer) } ?? answer
    }

    private func answer(
        _ returned: ReturnedTransition?, _ change: inout JobChange?, _ conversation: inout Conversation
    ) async throws(WorkerError) -> RoutingAnswer {
        switch returned?.kind {
        case .ignore: return .ignore(message: returned?.message ?? ReturnedTransition.ignoreMessage)
        case .transition(.approve), .transition(.escalate): return try await approval(returned, &change, &conversation)
        case .transition(.deny):
            return .deny(reason: returned?.reason, rule: nil, routing: await notices(&conversation))
        case .transition(.request), nil: return .ask(try await routing(&conversation))
        case .transition(let transition):
            return .failed(error: "on_request may not lead back to \(transition.rawValue)")
        }
    }

    /// An approval by policy passes `on_approve` once, as the SDK's (decisions.md 2).
    private func approval(
        _ fired: ReturnedTransition?, _ change: inout JobChange?, _ conversation: inout Conversation
    ) async throws(WorkerError) -> RoutingAnswer {
        let returned = try await conversation.approval(fired)
        if let returned, returned.kind != .ignore,
            let more = try returned.change(for: conversation.document.run, flow: question.flow, by: "on_approve")
        {
            conversation.document.run = conversation.document.run.changed(by: more)
            change = JobChange(
                target: more.target ?? change?.target, durationSeconds: more.durationSeconds ?? change?.durationSeconds
            )
        }
        switch returned?.kind {
        case nil, .transition(.approve), .transition(.escalate):
            return .approve(
                reason: returned?.reason ?? fired?.reason, rule: nil, routing: await notices(&conversation)
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
        let timeout = try await conversation.call("get_timeout", "request", by: requester, channel: source)
        var stages: [Routing.Stage]
        do throws(LookupError) {
            stages = try await handlers.stages(
                route?.stages ?? question.flow.notify, in: question.flow.environment.workspace
            )
        } catch { throw .busy("The people to ask cannot be looked up: \(error.reason)") }
        for (index, causes) in (route?.forwardsOn ?? []).enumerated() { stages[index].forwardsOn = causes }
        return Routing(
            mayDecide: try await deciders(decided), selfApproval: decided.allowsSelfApproval,
            quorum: question.flow.quorum, stages: stages, answerWithinSeconds: HandlerTimeout.seconds(timeout)
        )
    }

    private func deciders(_ permission: ReturnedPermission) async throws(WorkerError) -> DeciderRule {
        switch permission.approveDeny {
        case .role(let role): return DeciderRule(level: role)
        case .people(let ids):
            var names: [String] = []
            for id in ids {
                guard let name = await handlers.name(ofPerson: id, in: question) else {
                    throw .failed(
                        HandlerFault(of: "get_permissions", "names \(id), and nobody of that id is known")
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
