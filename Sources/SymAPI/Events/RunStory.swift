import ApprovalCore
import AuditTrail
import Crypto
import Support

/// The records of a run as Sym's event documents: one for each change of state (sym-api.md 11).
struct RunStory {
    let run: AccessRequest
    let flow: Flow
    let organization: String

    private static let template = "sym:template:approval:1.0.0"
    private static let schemaVersion: Int64 = 6

    func events(_ records: [AuditRecord]) -> [JSONValue] {
        var actors: JSONObject = [:]
        if let requester = actor(run.submission.requester) { actors["prompt"] = requester }
        return records.compactMap { record in
            guard let step = Step(record) else { return nil }
            let actor = actor(of: record) ?? systemActor
            actors[step.name] = actor
            return document(record, step, actor, actors)
        }
    }

    /// What a record says in Sym's words; most records are not a change of state.
    private struct Step {
        var name: String
        var status = "completed"
        var errors: [String] = []
        var extras: JSONObject = [:]

        init?(_ record: AuditRecord) {
            switch record.kind {
            case "requested": name = "request"
            case "request_ignored":
                name = "request"
                status = "error"
                errors = [record.details["message"]?.text].compactMap { $0 }
            case "handler_failed":
                name =
                    record.details["hook"]?.text.map { $0.replacing("on_", with: "").replacing("after_", with: "") }
                    ?? "request"
                status = "error"
                errors = [record.details["error"]?.text].compactMap { $0 }
            case "forwarded": name = "request_forward"
            case "expired": name = "request_expire"
            case "voted", "approved": name = "approve"
            case "denied": name = "deny"
            case "escalation_started":
                name = "escalate"
                status = "processing"
            case "access_granted": name = "escalate"
            case "execution_failed":
                name = "escalate"
                status = "error"
                errors = [record.details["error"]?.text].compactMap { $0 }
            case "removal_started":
                name = "deescalate"
                status = "processing"
            case "removal_failed":
                name = "deescalate"
                status = "error"
                errors = [record.details["error"]?.text].compactMap { $0 }
            case "removed": name = "deescalate"
            case "command_started":
                name = "execute"
                status = "processing"
            case "command_ended": name = "execute"
            default: return nil
            }
            if let cause = record.details["cause"]?.text, name == "deescalate" {
                extras["deescalate_type"] = .string(cause == "revoked" ? "manual" : cause)
            }
            if let reason = record.details["reason"]?.text, ["approve", "deny"].contains(name) {
                extras["reason"] = .string(reason)
            }
            if name == "execute" {
                for key in ["exit_code", "signal", "not_run"] { extras[key] = record.details[key] }
            }
        }
    }

    private func document(
        _ record: AuditRecord, _ step: Step, _ actor: JSONValue, _ actors: JSONObject
    ) -> JSONValue {
        let flowSRN = SRN(organization, "flow", run.submission.flow)
        let runSRN = SRN(organization, "run", run.submission.flow, identifier: run.id.text)
        return [
            "id": .string(id(of: record)), "type": "event", "meta": ["schema_version": .int(Self.schemaVersion)],
            "state": [
                "status": .string(step.status), "errors": .array(step.errors.map(JSONValue.string)),
            ],
            "run": [
                "srn": .string("\(runSRN)"),
                "parent": .string("\(organization):run:flow_selection:1.0.0:\(run.id)"),
                "flow": .string("\(flowSRN)"), "actors": .object(actors),
            ],
            "event": [
                "srn": .string("sym:event-spec:approval:1.0.0:\(step.name)"), "type": .string(step.name),
                "template": .string(Self.template),
                "timestamp": .string(String(record.at.description.dropLast()) + "000"),
                "channel": .string(channel(of: record)),
            ],
            "actor": actor, "fields": .object(fields(step)),
            "audit": ["sequence": .int(record.sequence), "kind": .string(record.kind)],
        ]
    }

    /// The same for a record whenever it is asked for.
    private func id(of record: AuditRecord) -> String {
        IDGenerator.uuid(from: Array(SHA256.hash(Array("\(record.aggregate)#\(record.sequence)".utf8)).prefix(16)))
    }

    private func fields(_ step: Step) -> JSONObject {
        var fields: JSONObject = [:]
        for (name, value) in run.submission.fields.sorted(by: { $0.key < $1.key }) { fields[name] = value.json }
        if let seconds = run.submission.durationSeconds { fields["duration"] = .int(Int64(seconds)) }
        if let name = run.submission.target, let target = flow.strategy?.target(named: name) {
            let settings = target.resolvedSettings(with: run.submission.fields).sorted { $0.key < $1.key }
            fields["target"] = [
                "name": .string(target.name),
                "srn": .string("\(SRN(organization, "access_target", type: target.type, target.name))"),
                "type": .string(target.type), "label": .string(target.label),
                "settings": .object(JSONObject(settings.map { ($0.key, .string($0.value)) })),
            ]
        }
        for (name, value) in step.extras { fields[name] = value }
        return fields
    }

    // MARK: Who

    private func channel(of record: AuditRecord) -> String {
        if let source = record.details["source"]?.text { return source }
        if let source = record.details["by"]?.elements?.first?["source"]?.text { return source }
        return "internal"
    }

    private func actor(of record: AuditRecord) -> JSONValue? {
        if record.kind == "requested" { return actor(run.submission.requester) }
        let id = record.actor.split(separator: ",").last.map(String.init) ?? record.actor
        if id == run.submission.requester.id.text { return actor(run.submission.requester) }
        let people = [run.submission.onBehalfBy].compactMap { $0 } + votes.map(\.person) + removers
        return people.first { $0.id.text == id }.map { person in
            RunStory.actor(
                id: person.id, account: person.account, name: person.name, email: person.email, isBot: false,
                organization: organization
            )
        }
    }

    private var votes: [Vote] {
        if case .people(let votes)? = run.verdict?.by { return votes }
        if case .pending(let pending) = run.state { return pending.votes }
        return []
    }

    private var removers: [PersonReference] {
        let cause: Removal.Cause? =
            switch run.state {
            case .removing(let removal): removal.cause
            case .removed(let ending): ending.cause
            default: nil
            }
        if case .revoked(let person)? = cause { return [person] }
        return []
    }

    private func actor(_ person: Person) -> JSONValue? {
        RunStory.actor(
            id: person.id, account: person.account, name: person.name, email: person.email, isBot: person.isBot,
            organization: organization
        )
    }

    static func actor(
        id: PersonID, account: Account, name: String, email: String?, isBot: Bool, organization: String
    ) -> JSONValue {
        let identity: JSONValue =
            account.isInSlack
            ? ["service": "slack", "external_id": .string(account.workspace), "user_id": .string(account.user)]
            : ["service": "sym", "external_id": "cloud", "username": .string(email ?? name)]
        return [
            "user": .string("\(organization):user:\(isBot ? "bot" : "normal"):\(id):latest"), "name": .string(name),
            "username": .string(email ?? name), "identity": identity,
        ]
    }

    private var systemActor: JSONValue {
        [
            "user": .string("\(organization):user:bot:system:latest"), "name": "", "username": "sym",
            "identity": ["service": "sym", "external_id": "cloud", "email": "sym"],
        ]
    }
}
