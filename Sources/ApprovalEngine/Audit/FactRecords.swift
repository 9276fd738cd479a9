package import ApprovalCore
package import AuditTrail
package import Support

extension AuditRecord {
    /// What the audit trail says of a run's facts, behind `head`, in their order.
    package static func records(
        of facts: [Fact], on run: AccessRequest, at now: Timestamp, after head: AuditHead
    ) -> [AuditRecord] {
        var head = head
        let aggregate = "run/" + run.id.text
        return facts.map { fact in
            let record = AuditRecord(
                after: head, aggregate: aggregate, at: now, kind: fact.kind, actor: fact.actor(on: run),
                details: fact.details(on: run)
            )
            head = AuditHead(record)
            return record
        }
    }
}

extension Fact {
    package var kind: String {
        switch self {
        case .requested: "requested"
        case .routed: "routed"
        case .handlerFailed: "handler_failed"
        case .receiptOpened: "receipt_opened"
        case .receiptRefused: "receipt_refused"
        case .receiptSettled: "receipt_settled"
        case .personKnown: "person_known"
        case .voted: "voted"
        case .approved: "approved"
        case .denied: "denied"
        case .expired: "expired"
        case .forwarded: "forwarded"
        case .hookAsked: "hook_asked"
        case .hookIgnored: "hook_ignored"
        case .amended: "amended"
        case .delivered: "delivered"
        case .adopted: "adopted"
        case .undeliverable: "undeliverable"
        case .copyLost: "copy_lost"
        case .escalationStarted: "escalation_started"
        case .attemptUnderWay: "attempt_under_way"
        case .attemptNotSent: "attempt_not_sent"
        case .accessGranted: "access_granted"
        case .executionFailed: "execution_failed"
        case .retryRequested: "retry_requested"
        case .outcomeConfirmed: "outcome_confirmed"
        case .bindingBroken: "binding_broken"
        case .removalStarted: "removal_started"
        case .removalFailed: "removal_failed"
        case .removed: "removed"
        case .requestIgnored: "request_ignored"
        case .commandStarted: "command_started"
        case .commandEnded: "command_ended"
        }
    }

    /// Who did it: a person's id; an account that nobody has been matched to yet; `policy`; `system`.
    fileprivate func actor(on run: AccessRequest) -> String {
        switch self {
        case .requested: (run.submission.onBehalfBy?.id ?? run.submission.requester.id).text
        case .receiptOpened(let receipt): receipt.account.description
        case .receiptRefused(_, let account, _, _, _): account.description
        case .personKnown(_, let person), .retryRequested(let person), .outcomeConfirmed(_, let person): person.id.text
        case .voted(let vote): vote.person.id.text
        case .commandStarted(_, let person), .commandEnded(_, let person): person.id.text
        case .approved(let decider, _), .denied(let decider, _): decider.actor
        case .removalStarted(let removal):
            if case .revoked(let person) = removal.cause { person.id.text } else { "system" }
        case .routed, .handlerFailed, .receiptSettled, .expired, .forwarded, .delivered, .adopted, .undeliverable,
            .copyLost, .hookAsked, .hookIgnored, .amended, .escalationStarted, .attemptUnderWay, .attemptNotSent,
            .accessGranted, .executionFailed, .bindingBroken,
            .removalFailed, .removed:
            "system"
        case .requestIgnored: "policy"
        }
    }

    /// What happens with each click names its members in their order, so that they need not be sorted to be hashed.
    fileprivate func details(on run: AccessRequest) -> JSONObject {
        switch self {
        case .requested: run.requestDetails
        case .routed(let routing):
            [
                "rule": .optional(routing.rule), "quorum": .int(Int64(routing.quorum)),
                "self_approval": .bool(routing.selfApproval), "may_decide": routing.mayDecide.json,
                "stages": .int(Int64(routing.stages.count)),
            ]
        case .handlerFailed(let hook, let error): ["hook": .string(hook.rawValue), "error": .string(error)]
        case .receiptOpened(let receipt): receipt.details
        case .receiptRefused(let id, _, let action, let reason, let detail):
            [
                "receipt": .string(id.text), "action": .string(action.rawValue), "reason": .string(reason),
                "detail": .optional(detail),
            ]
        case .receiptSettled(let id): ["receipt": .string(id.text)]
        case .personKnown(let id, let person):
            ["receipt": .string(id.text), "account": .string(person.account.description)]
        case .voted(let vote): vote.details
        case .approved(let decider, let reason), .denied(let decider, let reason):
            [
                "by": decider.json, "job_hash": .string(run.binding.jobHash),
                "policy_snapshot": .string(run.binding.policySnapshot), "reason": .optional(reason),
                "round": .int(Int64(run.binding.round)),
            ]
        case .expired, .attemptUnderWay, .attemptNotSent: [:]
        case .forwarded(let stage, let cause): ["stage": .int(Int64(stage)), "cause": .string(cause.rawValue)]
        case .hookAsked(let asking):
            ["hook": .string(asking.hook.rawValue), "until": .int(asking.until.milliseconds)]
        case .hookIgnored(let hook, let message): ["hook": .string(hook.rawValue), "message": .string(message)]
        case .amended(let amendment):
            [
                "target": .optional(amendment.target),
                "duration": amendment.durationSeconds.map { .int(Int64($0)) } ?? .null,
                "identity": .optional(amendment.terms.identity), "job_hash": .string(amendment.binding.jobHash),
                "policy_snapshot": .string(amendment.binding.policySnapshot),
            ]
        case .delivered(let slot, let copy), .adopted(let slot, let copy):
            ["card": .string(slot), "channel": .string(copy.channel), "ts": .string(copy.ts)]
        case .undeliverable(let slot, let reason), .copyLost(let slot, let reason):
            ["card": .string(slot), "reason": .string(reason)]
        case .escalationStarted(let attempt):
            [
                "epoch": .int(Int64(attempt.epoch)), "remove_by": .optional(attempt.removeBy),
                "revision": .string(attempt.revision),
            ]
        case .accessGranted(let access): ["epoch": .int(Int64(access.epoch)), "until": .optional(access.until)]
        case .executionFailed(let failure):
            [
                "epoch": .int(Int64(failure.epoch)), "kind": .string(failure.kind.rawValue),
                "error": .string(failure.error), "remove_by": .optional(failure.removeBy),
            ]
        case .retryRequested(let person): ["account": .string(person.account.description)]
        case .outcomeConfirmed(let granted, let person):
            ["granted": .bool(granted), "account": .string(person.account.description)]
        case .bindingBroken(let rebinding, let changed):
            [
                "changed": .array(changed.map(JSONValue.string)), "job_hash": .string(rebinding.binding.jobHash),
                "policy_snapshot": .string(rebinding.binding.policySnapshot),
                "round": .int(Int64(rebinding.binding.round)),
            ]
        case .removalStarted(let removal):
            [
                "epoch": .int(Int64(removal.epoch)), "cause": .string(removal.cause.name),
                "source": .optional(removal.cause.source?.rawValue),
            ]
        case .removalFailed(let error, let attempt):
            ["error": .string(error), "attempt": .int(Int64(attempt))]
        case .removed(let epoch, _): ["epoch": .int(Int64(epoch))]
        case .requestIgnored(let message): ["message": .string(message)]
        case .commandStarted: ["command": run.submission.command?.json ?? .null]
        case .commandEnded(let end, _): end.details
        }
    }
}

extension AccessRequest {
    fileprivate var requestDetails: JSONObject {
        var fields = JSONObject()
        for (name, value) in submission.fields.sorted(by: { $0.key < $1.key }) { fields[name] = value.json }
        var details: JSONObject = [
            "flow": .string(submission.flow), "revision": .string(revision),
            "account": .string(submission.requester.account.description),
            "source": .string(submission.source.rawValue), "target": .optional(submission.target),
            "duration": submission.durationSeconds.map { .int(Int64($0)) } ?? .null, "fields": .object(fields),
            "requester": .string(submission.requester.id.text), "job_hash": .string(binding.jobHash),
            "policy_snapshot": .string(binding.policySnapshot),
        ]
        if let asker = submission.onBehalfBy {
            details["on_behalf_by"] = ["person": .string(asker.id.text), "name": .string(asker.name)]
        }
        if let command = submission.command { details["command"] = command.json }
        return details
    }
}

extension Receipt {
    fileprivate var details: JSONObject {
        [
            "action": .string(action.rawValue), "channel": .optional(copy?.channel), "receipt": .string(id.text),
            "received": .int(at.milliseconds), "source": .string(source.rawValue), "ts": .optional(copy?.ts),
        ]
    }
}

extension Vote {
    fileprivate var details: JSONObject {
        [
            "account": .string(person.account.description), "message": .optional(message),
            "name": .string(person.name), "person": .string(person.id.text), "received": .int(at.milliseconds),
            "source": .optional(person.source?.rawValue),
        ]
    }
}

extension Decider {
    fileprivate var actor: String {
        switch self {
        case .people(let votes): votes.map(\.person.id.text).joined(separator: ",")
        case .policy: "policy"
        case .system: "system"
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .people(let votes): .array(votes.map { .object($0.details) })
        case .policy(let rule): ["rule": .optional(rule)]
        case .system: "system"
        }
    }
}

extension CommandEnd {
    package var details: JSONObject {
        switch self {
        case .exited(let status): ["exit_code": .int(Int64(status))]
        case .killed(let signal): ["signal": .int(Int64(signal))]
        case .notRun(let reason): ["not_run": .string(reason)]
        }
    }
}

extension DeciderRule {
    fileprivate var json: JSONValue {
        [
            "level": .string(level.rawValue), "people": people.map { .array($0.map(JSONValue.string)) } ?? .null,
            "workspace": .optional(workspace), "channel_members": .optional(channelMembers),
        ]
    }
}

extension Removal.Cause {
    /// Through what somebody ended it.
    fileprivate var source: Flow.Source? { if case .revoked(let person) = self { person.source } else { nil } }

    package var name: String {
        switch self {
        case .scheduled: "scheduled"
        case .revoked: "revoked"
        case .bindingBroken: "binding_broken"
        case .hook(let hook): hook.rawValue
        }
    }
}

extension JSONValue {
    fileprivate static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    fileprivate static func optional(_ time: Timestamp?) -> JSONValue { time.map { .int($0.milliseconds) } ?? .null }
}
