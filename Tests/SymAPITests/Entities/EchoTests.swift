import FlowConfig
import Support
import TestSupport
import Testing

@Suite struct `What was sent comes back` {
    @Test(arguments: 0..<40)
    func `as it was sent, whatever it was`(_ seed: Int) async throws {
        var bodies = Bodies(seed: UInt64(seed))
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        for kind in EntityKind.allCases where kind != .flowsFilter {
            let body = bodies.body(kind)
            let id = try await provider.create(kind, body)
            try expectSame(body, try await provider.read(kind, id), kind)
            let other = bodies.body(kind)
            try await provider.update(kind, id, other)
            try expectSame(other, try await provider.read(kind, id), kind)
            #expect(await world.call("DELETE", "entities/\(kind.rawValue)/\(id)").status == 200)
        }
    }

    /// To the letter and in the same order, but for what the contract changes.
    private func expectSame(_ sent: JSONObject, _ read: JSONObject?, _ kind: EntityKind) throws {
        var read = try #require(read)
        read["id"] = nil
        read["srn"] = nil
        if !kind.hasGivenSlug { read["slug"] = nil }
        var sent = sent
        if let slug = sent["slug"]?.text { sent["slug"] = .string(slug.lowercased()) }
        if sent["integration_id"] == "<null>" { sent["integration_id"] = .null }
        if var params = sent["params"]?.object, params["prompt_fields"] == .some(.null) {
            params["prompt_fields"] = []
            sent["params"] = .object(params)
        }
        #expect(JSONValue.object(read).compact == JSONValue.object(sent).compact)
    }

    @Test func `the odd things that acceptance tests save`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        var (flow, _) = try #require(Resources.full[.flows])
        flow["implementation"] = Resources.source("file('x.py')")
        flow["params"] = [
            "allow_revoke": false, "schedule_deescalation": true,
            "prompt_fields": [
                [
                    "name": "numbers", "type": "int_list", "allowed_values": ["one", "two"], "required": false,
                    "on_change": Resources.source("file('y.py')"),
                ],
                ["name": "old", "type": "list", "allowed_values": [1, 2]],
            ],
        ]
        let id = try await provider.create(.flows, flow)
        let read = try #require(try await provider.read(.flows, id))
        #expect(Provider.plan(.flows, sent: flow, read: read) == [])
        // Saved it is; whoever wants to use it hears what is wrong.
        #expect(world.configuration.brokenFlows.map(\.name) == ["prod_db"])

        for number in 1...3 {
            let context: JSONObject = [
                "type": "permission_context", "slug": .string("context-\(number)"), "external_id": "123",
                "settings": ["cloud": "aws", "external_id": "1", "region": .null],
            ]
            let id = try await provider.create(.integrations, context)
            let read = try #require(try await provider.read(.integrations, id))
            #expect(Provider.plan(.integrations, sent: context, read: read) == [])
        }
    }

    @Test func `null prompt fields become an empty list, and nothing is filled in`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        var (flow, _) = try #require(Resources.full[.flows])
        flow["params"] = ["allow_revoke": true, "prompt_fields": .null]
        flow["template"] = "sym:template:approval:1.0.0"
        let id = try await provider.create(.flows, flow)
        #expect(try await provider.read(.flows, id)?["params"] == ["allow_revoke": true, "prompt_fields": []])
        flow["params"] = [:]
        try await provider.update(.flows, id, flow)
        #expect(try await provider.read(.flows, id)?["params"] == [:])
    }

    @Test func `the provider's word for nothing is nothing`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let id = try await provider.create(
            .strategies, ["type": "http", "slug": "h", "integration_id": "<null>", "targets": [], "settings": [:]])
        #expect(try await provider.read(.strategies, id)?["integration_id"] == .some(.null))
    }

    // MARK: What cannot be saved

    private static let flow: JSONObject = [
        "slug": "f", "implementation": Resources.source("x"), "environment_id": "e", "vars": [:], "params": [:],
    ]

    private static func field(_ field: JSONObject, strategy: Bool = true) -> JSONObject {
        var params: JSONObject = ["prompt_fields": [.object(field)]]
        if strategy { params["strategy_id"] = "s" }
        return params
    }

    @Test(
        arguments: [
            (["allow_revoke": false, "schedule_deescalation": false], "params.allow_revoke"),
            (["allow_revoke": "perhaps"], "params.allow_revoke"),
            (["strategy_id": ""], "params.strategy_id"),
            (["strategy_id": 7], "params.strategy_id"),
            (["allowed_sources": ["slack", "mail"]], "params.allowed_sources"),
            (["prompt_fields": [:]], "params.prompt_fields"),
            (["prompt_fields": ["x"]], "params.prompt_fields[0]"),
            (field(["name": "x", "type": "strng"]), "params.prompt_fields[0].type"),
            (field(["type": "string"]), "params.prompt_fields[0].name"),
            (field(["name": "duration", "type": "string"], strategy: false), "params.prompt_fields[0]"),
            (field(["name": "x", "type": "duration"], strategy: false), "params.prompt_fields[0]"),
            (
                field(["name": "x", "type": "slack_user", "allowed_values": ["U1"]]),
                "params.prompt_fields[0].allowed_values"
            ),
            (field(["name": "x", "type": "slack_user_list", "default": "U1"]), "params.prompt_fields[0].default"),
            (field(["name": "x", "type": "slack_user", "prefetch": true]), "params.prompt_fields[0].prefetch"),
            (field(["name": "x", "type": "string", "on_change": "***"]), "params.prompt_fields[0].on_change"),
            (field(["name": "x", "type": "string", "required": "perhaps"]), "params.prompt_fields[0].required"),
        ] as [(JSONObject, String)])
    func `a flow's params that break the contract are refused by name`(
        _ params: JSONObject, _ field: String
    ) async throws {
        var flow = Self.flow
        flow["params"] = .object(params)
        let answer = await (try TerraformWorld()).call("POST", "entities/flows", .object(flow))
        #expect(answer.status == 400)
        #expect(answer.fields == [field])
        #expect(answer.body["message"]?.text?.contains(field) == true)
    }

    @Test(
        arguments: [
            (EntityKind.flows, "slug", "a b"), (.flows, "slug", ""), (.flows, "slug", 7),
            (.flows, "implementation", "?"),
            (.flows, "implementation", .null), (.flows, "environment_id", ""), (.flows, "vars", ["a": 1]),
            (.flows, "vars", []), (.flows, "label", 1), (.targets, "settings", ["a": true]), (.targets, "type", .null),
            (.targets, "slug", .string(String(repeating: "x", count: 56))), (.targets, "field_bindings", [1]),
            (.strategies, "targets", .null), (.strategies, "targets", [1]), (.integrations, "external_id", ""),
            (.secrets, "path", .null), (.errorLoggers, "destination", ""), (.environments, "integrations", ["a": 1]),
            (.environments, "log_destination_ids", "x"),
        ] as [(EntityKind, String, JSONValue)])
    func `what could not be read back is refused by name`(
        _ kind: EntityKind, _ name: String, _ value: JSONValue
    ) async throws {
        var (body, _) = try #require(Resources.full[kind])
        body[name] = value
        let answer = await (try TerraformWorld()).call("POST", "entities/\(kind.rawValue)", .object(body))
        #expect(answer.status == 400)
        #expect(answer.fields.count == 1 && answer.fields[0].hasPrefix(name))
    }

    @Test func `everything that is wrong is said at once, and never what was found`() async throws {
        let answer = await (try TerraformWorld()).call(
            "POST", "entities/integrations", ["slug": "no good", "settings": ["token": 5], "external_id": .null])
        #expect(answer.fields == ["type", "slug", "external_id", "settings.token"])
        #expect(!answer.body.compact.contains("no good"))
    }

    @Test func `a body about another resource than the path is refused`() async throws {
        let world = try TerraformWorld()
        let id = try await Provider(world: world).create(.runtimes, ["slug": "r"])
        let answer = await world.call(
            "PATCH", "entities/runtimes/\(id)", ["id": .string(Resources.some + "1"), "slug": "r"])
        #expect(answer.status == 400 && answer.fields == ["id"])
    }
}

/// Bodies that a provider, or somebody with curl, might send.
private struct Bodies {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let words = ["", "a", "Ä ö\n", "\"quoted\" \\ {}", "30m", "007", "true", "<null>x", "日本", "#errors"]

    mutating func text(filled: Bool = false) -> JSONValue {
        .string(random.pick(filled ? Self.words.filter { !$0.isEmpty } : Self.words))
    }

    mutating func texts() -> JSONValue {
        var texts: JSONObject = [:]
        for name in ["b", "a", "Ü", "x y"] where random.chance(50) { texts[name] = random.chance(15) ? .null : text() }
        return .object(texts)
    }

    mutating func list() -> JSONValue { .array((0..<Int.random(in: 0...3, using: &random)).map { _ in text() }) }

    mutating func slug() -> JSONValue { .string(random.pick(["a", "Prod_DB", "X-1", "0", "UPPER"])) }

    mutating func field() -> JSONValue {
        var field: JSONObject = [
            "name": text(filled: true),
            "type": .string(random.pick(["string", "int", "bool", "int_list", "str_list"])),
        ]
        if random.chance(70) { field["required"] = .bool(random.chance(50)) }
        if random.chance(50) { field["label"] = text() }
        if random.chance(50) { field["default"] = text() }
        if random.chance(50) { field["allowed_values"] = random.chance(20) ? [3, 1, 2] : list() }
        if random.chance(30) { field["on_change"] = random.chance(50) ? "" : Resources.source("x = 1") }
        return .object(field)
    }

    mutating func params() -> JSONValue {
        var params: JSONObject = [:]
        if random.chance(50) { params["strategy_id"] = .string(Resources.some + "1") }
        if random.chance(60) { params["allow_revoke"] = .bool(random.chance(50)) }
        if random.chance(60) { params["schedule_deescalation"] = true }
        if random.chance(40) { params["allowed_sources"] = random.pick([[], ["api", "slack"], ["slack"], .null]) }
        if random.chance(40) { params["additional_header_text"] = text() }
        if random.chance(80) {
            let fields = (0..<Int.random(in: 0...4, using: &random)).map { _ in field() }
            params["prompt_fields"] = random.chance(10) ? .null : .array(fields)
        }
        return .object(params)
    }

    mutating func body(_ kind: EntityKind) -> JSONObject {
        var body: JSONObject = [:]
        for name in Provider.keys[kind] ?? [] {
            switch name {
            case "slug": body[name] = slug()
            case "implementation": body[name] = Resources.source(random.pick(["x = 1\n", "", "file('x.py')"]))
            case "environment_id", "source_id", "external_id", "path", "destination", "type":
                body[name] = text(filled: true)
            case "vars", "settings", "integrations": body[name] = texts()
            case "params": body[name] = params()
            case "targets": body[name] = list()
            case "field_bindings", "log_destination_ids": if random.chance(50) { body[name] = list() }
            case "integration_id" where kind == .errorLoggers: body[name] = text(filled: true)
            case "integration_id": body[name] = random.chance(30) ? "<null>" : text(filled: true)
            default: if random.chance(60) { body[name] = random.chance(10) ? .null : text() }
            }
        }
        if random.chance(10) { body["unknown"] = ["nested": [1, .double(1.5), true, .null]] }
        return body
    }
}
