import FlowConfig
import HTTPModel
import Support
import Testing

/// What the Terraform provider does with a resource, as sym-api.md 9 and 14 describe it.
struct Provider {
    let world: TerraformWorld

    /// Keys of each kind that the provider reads back.
    static let keys: [EntityKind: [String]] = [
        .flows: ["slug", "label", "implementation", "environment_id", "vars", "params"],
        .targets: ["type", "slug", "label", "field_bindings", "settings"],
        .strategies: ["type", "integration_id", "targets", "settings", "slug", "label", "implementation"],
        .integrations: ["type", "settings", "slug", "external_id", "label"],
        .secrets: ["path", "source_id", "label", "settings"],
        .secretSources: ["type", "slug", "settings", "label"],
        .logDestinations: ["type", "integration_id", "settings"],
        .environments: ["slug", "label", "runtime_id", "integrations", "error_logger_id", "log_destination_ids"],
        .runtimes: ["slug", "label", "context_id"],
        .errorLoggers: ["integration_id", "destination"],
        .flowsFilter: ["implementation", "vars", "integrations"],
    ]
    private static let maps = ["settings", "vars", "integrations"]

    func create(_ kind: EntityKind, _ body: JSONObject) async throws -> String {
        let answer = await world.call("POST", "entities/" + kind.rawValue, .object(body))
        try #require(answer.status == 200, "\(answer.body.compact)")
        let id = try #require(answer.body["id"]?.text)
        #expect(Entity.isID(id), "the provider takes what is no UUID for a name")
        return id
    }

    /// `nil` where the resource is gone, and would be made again.
    func read(_ kind: EntityKind, _ id: String) async throws -> JSONObject? {
        let answer = await world.call("GET", "entities/\(kind.rawValue)/\(id)")
        if answer.status == 404 { return nil }
        try #require(answer.status == 200, "\(answer.body.compact)")
        return answer.body.object
    }

    func update(_ kind: EntityKind, _ id: String, _ body: JSONObject) async throws {
        var body = body
        body["id"] = .string(id)
        let answer = await world.call("PATCH", "entities/\(kind.rawValue)/\(id)", .object(body))
        try #require(answer.status == 200, "\(answer.body.compact)")
        #expect(answer.body["id"]?.text == id)
    }

    /// How an import finds its resource.
    func find(_ kind: EntityKind, slug: String, type: String?) async throws -> [String] {
        let query = "slug=\(slug)" + (type.map { "&type=\($0)" } ?? "")
        let answer = await world.call("GET", "entities/\(kind.rawValue)?\(query)")
        return try #require(answer.body.elements).compactMap { $0["id"]?.text }
    }

    /// What a plan would show after a refresh: nothing, when the resource is as it was sent.
    static func plan(_ kind: EntityKind, sent: JSONObject, read: JSONObject) -> [String] {
        var changes: [String] = []
        for name in keys[kind] ?? [] {
            let (left, right) = (sent[name] ?? .null, read[name] ?? .null)
            if name == "slug" {
                if left.text?.lowercased() != right.text { changes.append(name) }
            } else if maps.contains(name) {
                changes += difference(left.object ?? [:], right.object ?? [:]).map { "\(name).\($0)" }
            } else if name == "params" {
                changes += params(left.object ?? [:], right.object ?? [:])
            } else if !same(left, right) {
                changes.append(name)
            }
        }
        return changes
    }

    private static func params(_ sent: JSONObject, _ read: JSONObject) -> [String] {
        if read["prompt_fields"] == .some(.null) { return ["the provider crashes"] }
        return Set(sent.names + read.names).sorted().filter { !same(sent[$0] ?? .null, read[$0] ?? .null) }
            .map { "params.\($0)" }
    }

    private static func difference(_ sent: JSONObject, _ read: JSONObject) -> [String] {
        Set(sent.names + read.names).sorted().filter { name in
            // Numbers and booleans cannot be decoded at all.
            guard read[name].map({ $0.isNull || $0.text != nil }) ?? true else { return true }
            return (sent[name]?.text ?? "") != (read[name]?.text ?? "")
        }
    }

    /// Unset is null, absent, empty.
    private static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        func isUnset(_ value: JSONValue) -> Bool { value.isNull || value == "" || value == [] || value == "<null>" }
        return isUnset(left) && isUnset(right) || left == right
    }
}

/// Resources as a configuration of a Terraform user has them.
enum Resources {
    static let some = "5f1c8a52-0000-4000-8000-00000000000"

    static func source(_ text: String) -> JSONValue { .string(WireText.encoded(text)) }

    /// With every optional key; `clear` are those that the provider leaves out once they are unset.
    static let full: [EntityKind: (body: JSONObject, clear: [String])] = [
        .flows: (
            [
                "slug": "Prod_DB", "label": "Production", "implementation": source("from sym.sdk import *\n"),
                "environment_id": .string(some + "1"), "vars": ["team": "db", "empty": ""],
                "params": [
                    "strategy_id": .string(some + "2"), "allow_revoke": true, "schedule_deescalation": false,
                    "include_decision_message": false, "allow_guest_interaction": false,
                    "additional_header_text": "", "allowed_sources": ["slack", "api"],
                    "prompt_fields": [
                        [
                            "name": "urgency", "type": "string", "required": true, "label": "", "default": "",
                            "visible": true, "allowed_values": ["Low", "High"], "prefetch": false, "on_change": "",
                        ],
                        [
                            "name": "duration", "type": "duration", "required": true, "label": "How long",
                            "default": "30m", "visible": true, "allowed_values": ["30m", "1h"], "prefetch": false,
                            "on_change": "",
                        ],
                    ],
                ],
            ], ["label"]
        ),
        .targets: (
            [
                "type": "okta_group", "slug": "Admins", "label": "Admins", "field_bindings": ["group_id"],
                "settings": ["group_id": "00g"],
            ], ["label", "field_bindings"]
        ),
        .strategies: (
            [
                "type": "custom", "slug": "Mine", "label": "Mine", "integration_id": .string(some + "3"),
                "targets": [.string(some + "5"), .string(some + "4")], "settings": [:],
                "implementation": source("class A: pass\n"),
            ], ["label", "implementation"]
        ),
        .integrations: (
            [
                "type": "okta", "slug": "Okta", "label": "Okta", "external_id": "acme.okta.com",
                "settings": ["api_token_secret": .string(some + "6")],
            ], ["label"]
        ),
        .secrets: (
            [
                "path": "/acme/prod/Okta_Token", "source_id": .string(some + "7"), "label": "Token",
                "settings": ["json_key": "token"],
            ], ["label"]
        ),
        .secretSources: (
            [
                "type": "aws_secrets_manager", "slug": "Source", "label": "Source",
                "settings": ["context_id": .string(some + "8")],
            ], ["label"]
        ),
        .logDestinations: (
            [
                "type": "kinesis_firehose", "integration_id": .string(some + "9"),
                "settings": ["stream_name": "sym-logs"],
            ], []
        ),
        .environments: (
            [
                "slug": "Prod", "label": "Production", "runtime_id": .string(some + "a"),
                "integrations": ["slack_id": .string(some + "b")], "error_logger_id": .string(some + "c"),
                "log_destination_ids": [.string(some + "e"), .string(some + "d")],
            ], ["label", "runtime_id", "error_logger_id", "log_destination_ids"]
        ),
        .runtimes: (["slug": "Prod", "label": "Runtime", "context_id": .string(some + "f")], ["label", "context_id"]),
        .errorLoggers: (["integration_id": .string(some + "b"), "destination": "#sym-errors"], []),
    ]
}
