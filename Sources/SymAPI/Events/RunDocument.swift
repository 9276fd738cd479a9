import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import Support

/// A run as the API shows it (sym-api.md 10.4; everything but `status` is ours).
struct RunDocument {
    let run: AccessRequest
    let flow: Flow
    let organization: String

    /// What everybody reads who may know of the run.
    private static func status(of run: AccessRequest) -> JSONObject {
        [
            "id": .string(run.id.text), "run_id": .string(run.id.text),
            "status": .string(run.status.run.rawValue), "approval_status": .string(run.status.approval.rawValue),
        ]
    }

    /// The document with a name for its content, so that a client can say which one it has (`?wait=`).
    static func versioned(_ document: JSONObject) -> JSONObject {
        var document = document
        document["version"] = .string(SHA256.short(JSONValue.object(document).compact))
        return document
    }

    static func brief(_ run: AccessRequest) -> JSONObject { versioned(status(of: run)) }

    var whole: JSONObject {
        let submission = run.submission
        var document = Self.status(of: run)
        let srn = SRN(organization, "run", submission.flow, identifier: run.id.text)
        document["srn"] = .string("\(srn)")
        document["flow"] = [
            "name": .string(flow.name), "label": .string(flow.label),
            "srn": .string("\(SRN(organization, "flow", flow.name))"),
        ]
        document["requester"] = Self.person(submission.requester)
        document["on_behalf_by"] = submission.onBehalfBy.map(Self.person) ?? .null
        document["source"] = .string(submission.source.rawValue)
        document["target"] = target ?? .null
        document["duration"] = submission.durationSeconds.map { .int(Int64($0)) } ?? .null
        document["fields"] = .object(
            JSONObject(submission.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
        )
        document["command"] = submission.command?.json ?? .null
        document["context_sha256"] = submission.context.map { .string(SHA256.hex($0)) } ?? .null
        document["created_at"] = .string(submission.at.description)
        document["answer_by"] = answerBy.map { .string($0.description) } ?? .null
        document["job_hash"] = .string(run.binding.jobHash)
        document["policy_snapshot"] = .string(run.binding.policySnapshot)
        document["round"] = .int(Int64(run.binding.round))
        document["quorum"] = run.routing.map { .int(Int64($0.quorum)) } ?? .null
        document["votes"] = .array(votes.map(Self.vote))
        document["checking"] = .int(Int64(run.openReceipts.count))
        document["decision"] = run.verdict.map(decision) ?? .null
        document["access"] = access ?? .null
        document["ended"] = ending ?? .null
        document["execution"] = run.execution.map(Self.execution) ?? .null
        document["max_runtime_sec"] = flow.constraints.maxRuntimeSeconds.map { .int(Int64($0)) } ?? .null
        document["errors"] = .array(
            run.errors.map { ["at": .string($0.at.description), "message": .string($0.message)] }
        )
        return Self.versioned(document)
    }

    // MARK: Parts

    private var target: JSONValue? {
        guard let name = run.submission.target else { return nil }
        let target = flow.strategy?.target(named: name)
        return [
            "name": .string(name), "label": .string(target?.label ?? name), "type": .string(target?.type ?? ""),
            "srn": .string("\(SRN(organization, "access_target", type: target?.type, name))"),
        ]
    }

    private var answerBy: Timestamp? {
        switch run.state {
        case .submitted(let time): time
        case .pending(let pending): pending.answerBy
        default: nil
        }
    }

    private var votes: [Vote] {
        if case .pending(let pending) = run.state { return pending.votes }
        if case .people(let votes)? = run.verdict?.by { return votes }
        return []
    }

    private var access: JSONValue? {
        guard case .active(let access) = run.state else { return nil }
        return [
            "since": .string(access.since.description), "until": access.until.map { .string($0.description) } ?? .null,
        ]
    }

    private var ending: JSONValue? {
        guard case .removed(let ending) = run.state else { return nil }
        var by = JSONValue.null
        if case .revoked(let person) = ending.cause { by = Self.person(person) }
        return [
            "at": .string(ending.at.description), "cause": .string(ending.cause.name), "by": by,
        ]
    }

    private func decision(_ verdict: Verdict) -> JSONValue {
        var by: [JSONValue] = []
        var rule = JSONValue.null
        let kind: String
        switch verdict.by {
        case .people(let votes):
            kind = "people"
            by = votes.map { Self.person($0.person) }
        case .policy(let name):
            kind = "policy"
            rule = name.map(JSONValue.string) ?? .null
        case .system: kind = "system"
        }
        return [
            "outcome": .string(verdict.outcome.rawValue), "decided_by": .string(kind), "people": .array(by),
            "rule": rule, "reason": verdict.reason.map(JSONValue.string) ?? .null,
            "at": .string(verdict.at.description),
        ]
    }

    private static func vote(_ vote: Vote) -> JSONValue {
        [
            "person": person(vote.person), "at": .string(vote.at.description),
            "message": vote.message.map(JSONValue.string) ?? .null,
            "source": vote.person.source.map { .string($0.rawValue) } ?? .null,
        ]
    }

    static func execution(_ execution: CommandExecution) -> JSONValue {
        var document: JSONObject = [
            "started_at": .string(execution.startedAt.description),
            "ended_at": execution.endedAt.map { .string($0.description) } ?? .null,
            "exit_code": nil, "signal": nil, "not_run": nil,
        ]
        switch execution.end {
        case .exited(let status)?: document["exit_code"] = .int(Int64(status))
        case .killed(let signal)?: document["signal"] = .int(Int64(signal))
        case .notRun(let reason)?: document["not_run"] = .string(reason)
        case nil: break
        }
        return .object(document)
    }

    private static func person(_ person: Person) -> JSONValue {
        var document = self.person(PersonReference(person)).object ?? [:]
        document["type"] = person.isBot ? "bot" : "normal"
        return .object(document)
    }

    private static func person(_ person: PersonReference) -> JSONValue {
        [
            "id": .string(person.id.text), "name": .string(person.name),
            "email": person.email.map(JSONValue.string) ?? .null,
        ]
    }
}
