import Crypto
package import Support

/// The two documents whose hashes approval is bound to (decisions.md 3).
///
/// They hold strings, booleans, null and whole numbers only, are written in the canonical form of RFC 8785, and name
/// their scheme, so that a later scheme can stand beside this one.
package struct BindingDocuments: Hashable, Sendable {
    /// What would be done.
    package var job: JSONObject
    /// What can change the effect or the decision. No labels and no texts for people.
    package var policy: JSONObject

    package static let scheme: Int64 = 1

    /// - Parameter identity: what the person is called in the target system; `nil` until it is found out, which is
    ///   before anybody is asked.
    package init(_ submission: Submission, flow: Flow, identity: String?) {
        let target = submission.target.flatMap { flow.strategy?.target(named: $0) }
        job = [
            "scheme": .int(BindingDocuments.scheme),
            "flow": .string(flow.name),
            "requester": .string(submission.requester.account.description),
            "identity": identity.map(JSONValue.string) ?? .null,
            "target": submission.target.map(JSONValue.string) ?? .null,
            "settings": .object(target?.resolvedSettings(with: submission.fields) ?? [:]),
            "duration": submission.durationSeconds.map { .int(Int64($0)) } ?? .null,
            "context": submission.context.map { .string(SHA256.hex($0)) } ?? .null,
        ]
        if let command = submission.command { job["command"] = command.json }
        var fields = JSONObject()
        for (name, value) in submission.fields.sorted(by: { $0.key < $1.key }) { fields[name] = value.json }
        job["fields"] = .object(fields)

        policy = [
            "scheme": .int(BindingDocuments.scheme),
            "strategy": flow.strategy.map { strategy in
                [
                    "type": .string(strategy.type), "name": .string(strategy.name),
                    "settings": .object(strategy.settings),
                    "implementation": strategy.implementation.map { .string(SHA256.hex($0)) } ?? .null,
                ]
            } ?? .null,
            "integration": flow.strategy?.integration.map(BindingDocuments.document) ?? .null,
            "target": target.map { target in
                [
                    "type": .string(target.type), "name": .string(target.name), "settings": .object(target.settings),
                    "field_bindings": .array(target.fieldBindings.map(JSONValue.string)),
                ]
            } ?? .null,
            "implementation": flow.implementation.map { .string(SHA256.hex($0)) } ?? .null,
            "vars": .object(flow.vars),
            "rules": .array(flow.rules.map(BindingDocuments.document)),
            "notify": .array(flow.notify.map(BindingDocuments.document)),
            "quorum": .int(Int64(flow.quorum)),
            "permissions": [
                "admin_override": .bool(flow.adminOverride),
                "allow_guest_interaction": .bool(flow.allowGuestInteraction),
                "allow_revoke": .bool(flow.allowRevoke),
                "schedule_deescalation": .bool(flow.scheduleDeescalation),
            ],
            "constraints": [
                "max_runtime_sec": flow.constraints.maxRuntimeSeconds.map { .int(Int64($0)) } ?? .null,
                "max_lines_changed": flow.constraints.maxLinesChanged.map { .int(Int64($0)) } ?? .null,
            ],
            "risk_tags": .array(flow.riskTags.sorted().map(JSONValue.string)),
        ]
    }

    package func binding(round: Int) -> Binding {
        var parts: [String: String] = [:]
        for (name, value) in job { parts["job." + name] = SHA256.short(value.canonical) }
        for (name, value) in policy { parts["policy." + name] = SHA256.short(value.canonical) }
        return Binding(
            jobHash: SHA256.hex(JSONValue.object(job).canonical),
            policySnapshot: SHA256.hex(JSONValue.object(policy).canonical), parts: parts, round: round
        )
    }

    private static func document(_ integration: Integration) -> JSONValue {
        [
            "type": .string(integration.type), "name": .string(integration.name),
            "external_id": .string(integration.externalID), "settings": .object(integration.settings),
        ]
    }

    /// A rule as it is stored: its coding keys are the names of its parts.
    private static func document(_ value: some Encodable) -> JSONValue {
        do { return try JSONValue(parsing: StoredJSON.encode(value)) } catch {
            preconditionFailure("what we encoded cannot be read back: \(error)")
        }
    }
}

extension JSONValue {
    fileprivate static func object(_ settings: [String: String]) -> JSONValue {
        .object(JSONObject(settings.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}

extension SHA256 {
    /// The first 12 hexadecimal digits: enough to tell versions of one thing apart, and to be read on a card.
    package static func short(_ text: String) -> String { String(hex(text).prefix(12)) }
}

extension FlowRevision {
    /// Names a flow by its content.
    package init(of flow: Flow) {
        hash = Hex.text(SHA256.hash(StoredJSON.encode(flow)))
        self.flow = flow
    }
}

extension Terms {
    /// What decisions on a run of this flow are made by.
    package init(_ submission: Submission, flow: Flow, identity: String?, hooks: [Hook]) {
        let target = submission.target.flatMap { flow.strategy?.target(named: $0) }
        let retryAmbiguous = target?.settings["retry_ambiguous"] ?? flow.strategy?.settings["retry_ambiguous"]
        self.init(
            hasStrategy: flow.strategy != nil, allowRevoke: flow.allowRevoke,
            scheduleDeescalation: flow.scheduleDeescalation, answerBySeconds: flow.answerBySeconds,
            allowGuestInteraction: flow.allowGuestInteraction, adminOverride: flow.adminOverride,
            hooks: hooks.sorted(), retryAmbiguous: retryAmbiguous != "false",
            grantKey: flow.strategy.flatMap { strategy in
                guard let identity else { return nil }
                var key: JSONObject = [
                    "strategy": .string(strategy.type + ":" + strategy.name),
                    "target": submission.target.map(JSONValue.string) ?? .null, "identity": .string(identity),
                ]
                key["settings"] = .object(target?.resolvedSettings(with: submission.fields) ?? [:])
                return SHA256.hex(JSONValue.object(key).canonical)
            }, identity: identity
        )
    }
}
