import ApprovalCore
import ApprovalEngine
import Support

/// The body of a call to a target system, version 1.
///
/// ```json
/// {
///   "version": 1,
///   "step": "escalate",
///   "idempotency_key": "RUN/escalate/1",
///   "run": {"id": "RUN", "flow": "prod_db", "environment": "main", "requested_at": "2026-01-05T09:00:00.000Z"},
///   "target": {"name": "orders", "type": "http", "label": "Orders", "settings": {"database": "orders"}},
///   "requester": {"id": "…", "email": "dana@acme.test", "name": "Dana", "slack": {"workspace": "T…", "user": "U…"}},
///   "identity": "dana@acme.test",
///   "duration_seconds": 3600,
///   "access_until": "2026-01-05T10:10:00.000Z",
///   "fields": {"reason": "INC-7"},
///   "constraints": {"max_runtime_sec": 900},
///   "decided_by": [{"id": "…", "email": "…", "name": "…", "slack": {…}, "at": "…"}, {"policy": "on-call"}],
///   "output": null
/// }
/// ```
///
/// Every member is there in every call; what does not apply is `null`. `settings` are the target's without those that
/// are ours. `access_until` stands in `escalate`: the latest moment at which access is taken back, were everything else
/// to fail; `null` where only a person ends it. `output` stands in `deescalate`: what `escalate` answered. Under one
/// idempotency key the body is the same each time, but for `access_until` after a retry that a person asked for.
struct HTTPDocument {
    static let version: Int64 = 1

    var json: JSONValue

    init(_ step: HTTPStep, _ order: AccessOrder, settings: [String: String]) {
        let submission = order.run.submission
        json = [
            "version": .int(Self.version),
            "step": .string(step.rawValue),
            "idempotency_key": .string(order.idempotencyKey),
            "run": [
                "id": .string(order.run.id.text), "flow": .string(order.flow.name),
                "environment": .string(order.flow.environment.name),
                "requested_at": .string(submission.at.description),
            ],
            "target": order.target.map { target in
                [
                    "name": .string(target.name), "type": .string(target.type), "label": .string(target.label),
                    "settings": .sorted(settings.mapValues(JSONValue.string)),
                ]
            } ?? .null,
            "requester": .object(PersonReference(submission.requester).members),
            "identity": .string(order.identity),
            "duration_seconds": .optional(submission.durationSeconds),
            "access_until": order.accessUntil.map { .string($0.description) } ?? .null,
            "fields": .sorted(submission.fields.mapValues(\.json)),
            "constraints": [
                "max_runtime_sec": .optional(order.flow.constraints.maxRuntimeSeconds),
                "max_lines_changed": .optional(order.flow.constraints.maxLinesChanged),
            ],
            "decided_by": .array(order.run.verdict?.by.elements ?? []),
            "output": order.output.flatMap { try? JSONValue(parsing: $0) } ?? .null,
        ]
    }
}

extension AccessOrder {
    /// The removal that is durable with the attempt.
    fileprivate var accessUntil: Timestamp? {
        if case .escalating(let attempt) = run.state { attempt.removeBy } else { nil }
    }
}

extension PersonReference {
    fileprivate var members: JSONObject {
        [
            "id": .string(id.text), "email": email.map(JSONValue.string) ?? .null, "name": .string(name),
            "slack": account.isInSlack
                ? ["workspace": .string(account.workspace), "user": .string(account.user)] : .null,
        ]
    }
}

extension Decider {
    fileprivate var elements: [JSONValue] {
        switch self {
        case .people(let votes):
            votes.map { vote in
                var members = vote.person.members
                members["at"] = .string(vote.at.description)
                return .object(members)
            }
        case .policy(let rule): [["policy": rule.map(JSONValue.string) ?? .null]]
        case .system: []
        }
    }
}

extension JSONValue {
    fileprivate static func optional(_ number: Int?) -> JSONValue { number.map { .int(Int64($0)) } ?? .null }

    /// Members in the order of their names: equal values have equal bytes.
    fileprivate static func sorted(_ members: [String: JSONValue]) -> JSONValue {
        .object(JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }
}
