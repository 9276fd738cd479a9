import ApprovalCore
import ApprovalEngine
import Support

/// One hook that is asked about a run, and what its answer comes to.
struct HookCall: Sendable {
    let handlers: PythonHandlers
    let hook: Hook
    let question: FlowQuestion
    /// Who acts; `nil` where nobody's click is waiting.
    let reference: PersonReference?

    private var run: AccessRequest { question.run }

    func answer(_ conversation: inout Conversation) async throws(WorkerError) -> HookAnswer {
        let receipt = reference.flatMap { reference in
            run.openReceipts.first { $0.person?.account == reference.account && hook.isAbout($0.receipt.action) }?
                .receipt
        }
        let actor = await handlers.person(reference ?? run.actor(of: hook), run)
        await handlers.keepIdentities(of: actor, in: &conversation.document)
        if let message = receipt?.message ?? run.decisionMessage {
            conversation.document.extras["decision_message"] = .string(message)
        }
        if hook.step == "deescalate" { conversation.document.extras["deescalate_type"] = .string(run.deescalateType) }
        let returned = try await conversation.transition(
            hook.rawValue, hook.step, by: actor, channel: channel(receipt),
            more: forward.map { ["forward": $0] } ?? [:]
        )
        guard let returned else { return .proceed }
        guard case .transition(let transition) = returned.kind else {
            return .ignore(message: returned.message ?? ReturnedTransition.ignoreMessage)
        }
        let change = try returned.change(for: run, flow: question.flow, by: hook.rawValue)
        if transition == .approve, hook != .onApprove, hook.allows(.approve) {
            return try await approval(returned, change, by: actor, &conversation)
        }
        return .transition(transition, reason: returned.reason, change: change)
    }

    /// An approval that another hook than `on_approve` gives.
    private func approval(
        _ fired: ReturnedTransition, _ change: JobChange?, by actor: Person, _ conversation: inout Conversation
    ) async throws(WorkerError) -> HookAnswer {
        let returned = try await conversation.approval(fired, by: actor)
        switch returned?.kind {
        case nil, .transition(.approve), .transition(.escalate):
            return .transition(.approve, reason: returned?.reason ?? fired.reason, change: change)
        // The click is not to count; a step that went on by itself goes on.
        case .ignore where reference != nil:
            return .ignore(message: returned?.message ?? ReturnedTransition.ignoreMessage)
        case .ignore: return .proceed
        case .transition(.deny): return .transition(.deny, reason: returned?.reason)
        case .transition(let transition):
            return .failed(error: "on_approve may not lead back to \(transition.rawValue)")
        }
    }

    private func channel(_ receipt: Receipt?) -> String {
        if receipt == nil, let verdict = run.verdict, case .policy = verdict.by { return "sdk" }
        return (receipt?.source ?? run.submission.source) == .slack ? "slack" : "sym"
    }

    /// `FORWARD`: where the request stands in its backup chain, for the hooks around a forward.
    private var forward: JSONValue? {
        guard hook == .onRequestForward || hook == .afterRequestForward, let occasion = question.occasion,
            let routing = run.routing
        else { return nil }
        // Before it, the stage that is left is named; after it, the one that was reached.
        let current = hook == .onRequestForward ? occasion.index : occasion.index - 1
        return [
            "all_request_destinations": .array(routing.stages.map(\.destination)),
            "current_destination_index": .int(Int64(current)),
            "next_destination_index": routing.stages.indices.contains(current + 1) ? .int(Int64(current + 1)) : .null,
        ]
    }
}

extension Routing.Stage {
    /// `DESTINATION`: a stage's first place stands for it.
    fileprivate var destination: JSONValue {
        let timeout: JSONValue = forwardAfterSeconds.map { .int(Int64($0)) } ?? .null
        var destination: JSONObject = ["allow_self": false, "timeout": timeout]
        switch places.first {
        case .people(let accounts) where accounts.count == 1:
            destination["type"] = "slack_user"
            destination["user_id"] = .string(accounts[0].user)
        case .people(let accounts) where !accounts.isEmpty:
            destination["type"] = "slack_user_group"
            destination["users"] = .array(accounts.prefix(Self.groupMax).map { .string($0.user) })
        case .channel(let channel) where !channel.hasPrefix("#"):
            destination["type"] = "slack_channel_id"
            destination["channel_id"] = .string(channel)
        case .channel(let name), .unknown(let name, _):
            destination["type"] = "slack_channel_name"
            destination["channel_name"] = .string(name)
        case .people, nil:
            destination["type"] = "slack_channel_name"
            destination["channel_name"] = "-"
        }
        return .object(destination)
    }

    /// More than that the SDK takes for no group (sym-sdk.md 4.8).
    private static let groupMax = 7
}

// MARK: Who did what

extension AccessRequest {
    /// Whoever stands behind each event so far; steps that follow by themselves are the approver's (sym-sdk.md 3.1).
    var actors: [(event: String, person: PersonReference)] {
        let requester = PersonReference(submission.requester)
        var actors = [(event: "prompt", person: requester), (event: "request", person: requester)]
        guard let verdict else { return actors }
        let decider: PersonReference
        if case .people(let votes) = verdict.by, let last = votes.last {
            decider = last.person
        } else {
            decider = requester
        }
        switch verdict.outcome {
        case .denied: actors.append(("deny", decider))
        case .expired: actors.append(("request_expire", requester))
        case .approved:
            actors.append(("approve", decider))
            if terms.hasStrategy { actors.append(("escalate", decider)) }
            switch state {
            case .removing(let removal): actors.append(("deescalate", removal.cause.person ?? decider))
            case .removed(let ending): actors.append(("deescalate", ending.cause.person ?? decider))
            case .submitted, .pending, .escalating, .active, .approved, .executionFailed, .denied, .expired: break
            }
        }
        return actors
    }

    /// Whose event a hook is about, where no click is.
    func actor(of hook: Hook) -> PersonReference {
        let actors = actors
        return (actors.last { $0.event == hook.step } ?? actors.first)?.person ?? PersonReference(submission.requester)
    }

    fileprivate var decisionMessage: String? {
        guard case .people(let votes)? = verdict?.by else { return nil }
        return votes.last?.message
    }

    /// `deescalate_type` among the fields (sym-sdk.md 2.8).
    fileprivate var deescalateType: String {
        switch state {
        case .removing(let removal) where removal.cause == .scheduled: "scheduled"
        case .removed(let ending) where ending.cause == .scheduled: "scheduled"
        default: "manual"
        }
    }

    var accountsInFields: [Account] {
        submission.fields.values.flatMap { value -> [Account] in
            switch value {
            case .user(let account): [account]
            case .users(let accounts): accounts
            case .string, .int, .bool, .duration, .strings, .ints: []
            }
        }
    }
}

extension Removal.Cause {
    fileprivate var person: PersonReference? { if case .revoked(let person) = self { person } else { nil } }
}

extension Hook {
    /// Whether it is asked about clicks of this kind: one person may have pressed several buttons.
    fileprivate func isAbout(_ action: Receipt.Action) -> Bool {
        switch action {
        case .approve: self == .onApprove
        case .deny: self == .onDeny
        case .revoke: self == .onDeescalate
        case .retry, .confirmGranted, .confirmNotGranted: false
        }
    }
}
