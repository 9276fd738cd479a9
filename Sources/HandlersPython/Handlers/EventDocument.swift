import ApprovalCore
import ApprovalEngine
import Crypto
import Support

/// What handlers are told, as plain JSON: `EVENT`, `USER`, `FLOW` and the rest of `symflow_worker/marshal.py`.
struct EventDocument: Sendable {
    /// The organisation's slug, the first part of every SRN.
    var organization: String
    var run: AccessRequest
    var flow: Flow
    var now: Timestamp
    /// Whoever acted on this run so far, by event; filled up by who asks.
    var actors: [(event: String, person: Person)]
    /// What people are called in other services, as far as somebody has said so.
    var identities: [PersonID: [ServiceIdentity]] = [:]
    /// Sym's names of the people in the form's fields.
    var usernames: [Account: String] = [:]
    /// What ends up among the fields beyond what was asked for: `decision_message`, `deescalate_type`.
    var extras: JSONObject = [:]

    private static let version = "latest"
    private static let slugLengthMax = 200

    /// - Parameters:
    ///   - step: the event's name.
    ///   - channelType: `slack`, `sdk` or `sym`.
    func event(_ step: String, by person: Person, channelType: String) -> JSONValue {
        let channel: JSONValue = [
            "srn": srn("channel", channelType), "identifier": nil, "type": .string(channelType),
        ]
        return [
            "srn": srn("event", step, identifier: run.id.text), "name": .string(step),
            "payload": [
                "srn": srn("payload", step, identifier: run.id.text), "timestamp": .string(now.description),
                "user": user(person), "fields": .object(fields),
            ],
            "meta": ["srn": srn("event_meta", step)],
            "template": ["srn": .string("sym:template:approval:1.0.0")],
            "flow": flowDocument, "channel": channel,
            "run": [
                "srn": srn("run", flow.name, identifier: run.id.text),
                "actors": .object(
                    JSONObject(
                        (actors.filter { $0.event != step } + [(step, person)]).map { ($0.event, user($0.person)) }
                    )
                ),
                "contexts": .object(contexts),
                "source_channel": [
                    "srn": srn("channel", sourceType), "identifier": nil, "type": .string(sourceType),
                ],
            ],
        ]
    }

    /// Where the request came from, in Sym's words.
    var sourceType: String { run.submission.source == .slack ? "slack" : "sym" }

    // MARK: People

    func user(_ person: Person) -> JSONValue { Self.user(person, identities: identities[person.id] ?? []) }

    static func user(_ person: Person, identities: [ServiceIdentity] = []) -> JSONValue {
        let names = person.name.split(separator: " ", maxSplits: 1).map(String.init)
        return [
            "id": .string(userID(person.id)), "email": text(person.email),
            "username": .string(person.email ?? person.name), "type": person.isBot ? "bot" : "normal",
            "first_name": text(names.first), "last_name": text(names.count > 1 ? names[1] : nil),
            "role": .string(person.role.rawValue),
            "identities": .array(
                [identity(slack(person), person.account.user)]
                    + identities.compactMap { kept in
                        guard kept.service != .sym, kept.service != slack(person) else { return nil }
                        return kept.key.map { identity(kept.service, $0) }
                    }
            ),
        ]
    }

    private static func slack(_ person: Person) -> ServiceKey {
        person.account.isInSlack ? ServiceKey(type: "slack", externalID: person.account.workspace) : .sym
    }

    static func identity(_ service: ServiceKey, _ name: String) -> JSONValue {
        [
            "service": .string(service.type), "service_id": .string(service.externalID), "user_id": .string(name),
        ]
    }

    /// People have UUIDs in Python: ours, or one made of whatever name we have for them.
    static func userID(_ id: PersonID) -> String { uuid(id.text) }

    // MARK: What was asked for

    private var fields: JSONObject {
        var fields: JSONObject = [:]
        for field in flow.fields where field.name != PromptField.targetName {
            fields[field.name] = run.submission.fields[field.name].map(typed)
        }
        if let seconds = run.submission.durationSeconds {
            fields[PromptField.durationName] = ["type": "duration", "value": .int(Int64(seconds))]
        }
        if let strategy = flow.strategy, let name = run.submission.target, let target = strategy.target(named: name) {
            let settings = target.resolvedSettings(with: run.submission.fields)
            fields["target"] = ["type": "target", "value": self.target(target, settings: settings)]
            fields[PromptField.targetName] = [
                "type": "string", "value": .string(Self.targetID(target.name, of: strategy)),
            ]
        }
        for (name, value) in extras { fields[name] = ["type": "json", "value": value] }
        return fields
    }

    /// What strategies and handlers know a target by.
    static func targetID(_ target: String, of strategy: Strategy) -> String { uuid("\(strategy.name)/\(target)") }

    private func typed(_ value: FieldValue) -> JSONValue {
        let type =
            switch value {
            case .string: "string"
            case .int: "int"
            case .bool: "bool"
            case .duration: "duration"
            case .user: "slack_user"
            case .users: "slack_user_list"
            case .strings: "str_list"
            case .ints: "int_list"
            }
        return ["type": .string(type), "value": Self.plain(value, usernames: usernames)]
    }

    static func plain(_ value: FieldValue, usernames: [Account: String] = [:]) -> JSONValue {
        switch value {
        case .user(let account): selection(account, usernames)
        case .users(let accounts): .array(accounts.map { selection($0, usernames) })
        default: value.json
        }
    }

    private static func selection(_ account: Account, _ usernames: [Account: String]) -> JSONValue {
        ["user_id": .string(account.user), "username": text(usernames[account])]
    }

    private var contexts: JSONObject {
        var contexts: JSONObject = [:]
        if let context = run.submission.context, let value = try? JSONValue(parsing: context) {
            contexts["request"] = value
        }
        if let command = run.submission.command { contexts["command"] = command.json }
        return contexts
    }

    // MARK: The flow

    var flowDocument: JSONValue {
        [
            "srn": srn("flow", flow.name), "label": .string(flow.label), "vars": Self.texts(flow.vars),
            "fields": .array(flow.fields.map(field)),
            "environment": [
                "srn": srn("environment", flow.environment.name),
                "integrations": .object(
                    JSONObject(
                        flow.environment.integrations.sorted { $0.key < $1.key }.map { ($0.key, integration($0.value)) }
                    )
                ),
            ],
            "strategy": flow.strategy.map(strategy) ?? .null,
        ]
    }

    private func field(_ field: PromptField) -> JSONValue {
        let options = JSONValue.array(
            field.allowedValues.map { ["value": $0.json, "label": .string($0.settingText)] }
        )
        return [
            "name": .string(field.name), "type": .string(field.kind.rawValue),
            "value": field.defaultValue.map { Self.plain($0) } ?? .null, "label": .string(field.label),
            "required": .bool(field.isRequired), "visible": .bool(field.isVisible), "current_allowed_values": options,
            "original_allowed_values": options,
        ]
    }

    func integration(_ integration: Integration) -> JSONValue {
        var settings = integration.settings
        var secrets: JSONObject = [:]
        for name in integration.settings.keys.sorted() where name.hasSuffix(Self.secretSuffix) {
            secrets[name] = integration.settings[name].map(secret)
            settings[name] = nil
        }
        let listed = Self.listedSecretNames(integration)
        if !listed.isEmpty { secrets["secrets"] = .array(listed.map(secret)) }
        return [
            "srn": typedSRN("integration", integration.type, integration.name), "type": .string(integration.type),
            "external_id": .string(integration.externalID), "settings": Self.texts(settings),
            "secrets": .object(secrets),
        ]
    }

    private static let secretSuffix = "_secret"

    /// All secrets that an integration names.
    static func secretNames(_ integration: Integration) -> [String] {
        integration.settings.filter { $0.key.hasSuffix(secretSuffix) }.values.sorted() + listedSecretNames(integration)
    }

    private static func listedSecretNames(_ integration: Integration) -> [String] {
        guard let text = integration.settings["secret_ids_json"] else { return [] }
        return ((try? JSONValue(parsing: text))?.elements ?? []).compactMap(\.text)
    }

    static func secretID(_ name: String) -> String { uuid("secret/" + name) }

    /// Names the secret; its value never goes in.
    private func secret(_ name: String) -> JSONValue {
        [
            "srn": typedSRN("secret", "symflow", name), "id": .string(Self.secretID(name)),
            "path": .string(name), "settings": [:],
            "source": ["srn": typedSRN("secrets", "symflow", "configuration"), "type": "symflow", "settings": [:]],
        ]
    }

    private func strategy(_ strategy: Strategy) -> JSONValue {
        [
            "srn": typedSRN("access_strategy", strategy.type, strategy.name),
            "id": .string(Self.uuid("strategy/" + strategy.name)), "type": .string(strategy.type),
            "label": .string(strategy.label), "integration": strategy.integration.map(integration) ?? .null,
            "targets": .array(strategy.targets.map { target($0, settings: $0.settings) }),
            "settings": Self.texts(strategy.settings),
        ]
    }

    private func target(_ target: Target, settings: [String: String]) -> JSONValue {
        [
            "srn": typedSRN("access_target", target.type, target.name), "label": .string(target.label),
            "type": .string(target.type), "settings": Self.texts(settings),
        ]
    }

    // MARK: Names

    private func srn(_ model: String, _ slug: String, identifier: String? = nil) -> JSONValue {
        let parts =
            [organization, model, slug].map(Self.slug) + [Self.version] + (identifier.map { [Self.slug($0)] } ?? [])
        return .string(parts.joined(separator: ":"))
    }

    private func typedSRN(_ model: String, _ type: String, _ slug: String) -> JSONValue {
        .string(([organization, model, type, slug].map(Self.slug) + [Self.version]).joined(separator: ":"))
    }

    /// Names hold more than SRNs may (sym-sdk.md 4.2).
    static func slug(_ name: String) -> String {
        let allowed = name.unicodeScalars.prefix(slugLengthMax).map { scalar -> Character in
            let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isAllowed || scalar == "-" || scalar == "_" ? Character(scalar) : "-"
        }
        return allowed.isEmpty ? "-" : String(allowed)
    }

    /// The text itself where it is a UUID, else one that is the same for the same text.
    static func uuid(_ text: String) -> String {
        let digits = text.split(separator: "-", omittingEmptySubsequences: false)
        if digits.map(\.count) == [8, 4, 4, 4, 12], Hex.bytes(digits.joined()) != nil { return text.lowercased() }
        return IDGenerator.uuid(from: Array(SHA256.hash(Array(text.utf8)).prefix(16)))
    }

    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    static func texts(_ map: [String: String]) -> JSONValue {
        .object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}
