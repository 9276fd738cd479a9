import ApprovalCore
import FlowConfig
import Support
import Testing

@Suite struct `What comes through the API` {
    private static let ids: [String: String] = [
        "slack": "1", "logger": "2", "env": "3", "source": "4", "secret": "5", "target": "6", "strategy": "7",
        "flow": "8",
    ].mapValues { "5f1c8a52-0000-4000-8000-00000000000" + $0 }

    private static func id(_ name: String) -> JSONValue { .string(ids[name] ?? "") }

    private static func entity(_ kind: EntityKind, _ name: String, _ slug: String, _ body: JSONObject) -> Entity {
        Entity(kind: kind, id: ids[name] ?? name, slug: slug, body: body)
    }

    /// An organisation as Terraform would apply it, flow by flow.
    private static var all: [Entity] {
        [
            // In no order that helps.
            entity(
                .flows, "flow", "prod",
                [
                    "slug": "prod", "label": "", "implementation": .string(WireText.encoded("# Rules decide.\n")),
                    "environment_id": id("env"),
                    "vars": [
                        "team": "db", "sym_quorum": "2", "sym_answer_by": "1h",
                        "sym_rules": #"[{"name": "ask", "then": {"ask": {"notify": [{"channel": "C0DB"}]}}}]"#,
                    ],
                    "params": [
                        "strategy_id": id("strategy"), "allow_revoke": true, "additional_header_text": "",
                        "prompt_fields": [
                            [
                                "name": "count", "type": "int", "label": "", "default": "", "visible": true,
                                "allowed_values": ["1", "2"], "required": true, "prefetch": false, "on_change": "",
                            ],
                            ["name": "duration", "type": "duration", "allowed_values": ["30m"]],
                        ],
                    ],
                ]
            ),
            entity(
                .strategies, "strategy", "http",
                [
                    "type": "http", "slug": "http", "integration_id": .null, "targets": [id("target")],
                    "settings": ["signing_secret": id("secret"), "timeout": .null],
                ]
            ),
            entity(
                .targets, "target", "orders",
                ["type": "http", "slug": "orders", "settings": ["url": "https://grants.test/", "tier": .null]]
            ),
            entity(.secrets, "secret", "signing", ["path": "SIGNING", "source_id": id("source"), "settings": [:]]),
            entity(.secretSources, "source", "env", ["type": "environment", "slug": "env", "settings": [:]]),
            entity(
                .environments, "env", "main",
                [
                    "slug": "main", "label": "", "runtime_id": "", "integrations": ["slack_id": id("slack")],
                    "error_logger_id": id("logger"),
                ]
            ),
            entity(.errorLoggers, "logger", "errors", ["integration_id": id("slack"), "destination": "errors"]),
            entity(
                .integrations, "slack", "acme-slack",
                ["type": "slack", "slug": "acme-slack", "external_id": "T0ACME", "settings": [:]]
            ),
        ]
    }

    private static let sameInFolder = """
        {
          "integrations": [{"type": "slack", "name": "acme-slack", "external_id": "T0ACME"}],
          "error_loggers": [{"name": "errors", "integration": "acme-slack", "destination": "errors"}],
          "environments": [{"name": "main", "integrations": {"slack": "acme-slack"}, "error_logger": "errors"}],
          "secrets": [{"name": "signing", "path": "SIGNING"}],
          "targets": [{"type": "http", "name": "orders", "settings": {"url": "https://grants.test/"}}],
          "strategies": [
            {"type": "http", "name": "http", "targets": ["orders"], "settings": {"signing_secret": "signing"}}],
          "flows": [{"name": "prod", "environment": "main", "vars": {"team": "db"}, "quorum": 2, "answer_by": "1h",
            "rules": [{"name": "ask", "then": {"ask": {"notify": [{"channel": "C0DB"}]}}}],
            "params": {"strategy": "http", "prompt_fields": [
              {"name": "count", "type": "int", "allowed_values": [1, 2]},
              {"name": "duration", "type": "duration", "allowed_values": ["30m"]}]}}]
        }
        """

    private func folder(_ text: String = "{}") throws -> FolderConfiguration {
        let files = [
            ConfigFile(path: "org.json", bytes: Array(#"{"organization": {"slug": "acme"}}"#.utf8)),
            ConfigFile(path: "rest.json", bytes: Array(text.utf8)),
        ]
        return try #require(Fixtures.loader(python: true).load(files).folder)
    }

    private func join(_ entities: [Entity], folder text: String = "{}") throws -> Configuration {
        Fixtures.loader(python: true).join(entities, to: try folder(text))
    }

    private func with(_ name: String, _ change: (inout JSONObject) -> Void) -> [Entity] {
        Self.all.map { entity in
            guard entity.id == Self.ids[name] else { return entity }
            var entity = entity
            change(&entity.body)
            return entity
        }
    }

    @Test func `is the same inside as what a folder holds`() throws {
        let applied = try join(Self.all)
        let written = try folder(Self.sameInFolder).configuration
        #expect(applied.entityProblems == [] && applied.brokenFlows == [])
        #expect(applied.flows == written.flows)
        #expect(applied.flows.map { FlowRevision(of: $0).hash } == written.flows.map { FlowRevision(of: $0).hash })
        #expect(applied.workspaces == written.workspaces)
        #expect(applied.errorChannels == written.errorChannels)
        #expect(applied.secrets.map(\.source) == written.secrets.map(\.source))
        #expect(applied.flows[0].vars == ["team": "db"])
    }

    @Test func `can refer to what the folder holds`() throws {
        let text = #"{"integrations": [{"type": "slack", "name": "acme-slack", "external_id": "T0ACME"}]}"#
        let owned = try #require(try folder(text).configuration.definitions.first)
        let entities = Self.all.filter { $0.id != Self.ids["slack"] }.map { entity in
            var entity = entity
            if entity.kind == .environments { entity.body["integrations"] = ["slack_id": .string(owned.id)] }
            if entity.kind == .errorLoggers { entity.body["integration_id"] = .string(owned.id.uppercased()) }
            return entity
        }
        let joined = try join(entities, folder: text)
        #expect(joined.entityProblems == [])
        #expect(joined.flows.map(\.environment.workspace) == ["T0ACME"])
    }

    private static let spoiled:
        [(what: String, entity: String, change: @Sendable (inout JSONObject) -> Void, says: String)] = [
            (
                "an environment that is gone", "flow", { $0["environment_id"] = id("nobody") },
                "the id of an environment"
            ),
            ("no environment", "flow", { $0["environment_id"] = "" }, "no \"environment_id\""),
            (
                "a strategy of a type that we have not", "strategy", { $0["type"] = "okta" },
                "The strategy type \"okta\" is not available in this version."
            ),
            ("a target that is gone", "strategy", { $0["targets"] = ["gone"] }, "the id of a target"),
            ("a target without an address", "target", { $0["settings"] = [:] }, "the address that is called"),
            ("a secret of another kind of store", "source", { $0["type"] = "aws_secrets_manager" }, "secret source"),
            (
                "a slack integration without a workspace", "slack", { $0["external_id"] = "acme" },
                "the id of a Slack workspace"
            ),
            (
                "rules that are no JSON", "flow", { $0["vars"] = ["sym_rules": "[{"] }, "rules as JSON text"
            ),
            (
                "a key of ours that there is not", "flow", { $0["vars"] = ["sym_quroum": "2"] },
                "Did you mean \"sym_quorum\"?"
            ),
            (
                "words in a list of numbers", "flow",
                {
                    $0["params"] = [
                        "prompt_fields": [["name": "n", "type": "int_list", "allowed_values": ["one"]]]
                    ]
                }, "a whole number"
            ),
            ("nobody who hears of it", "flow", { $0["vars"] = [:] }, "Nobody would hear of a request."),
        ]

    @Test(arguments: 0..<spoiled.count)
    func `breaks the flow that needs it and says why, and no other`(_ index: Int) throws {
        let (_, name, change, says) = Self.spoiled[index]
        let other = #"{"name": "ours", "environment": "e", "notify": [{"channel": "C0X"}]}"#
        let text = """
            {"integrations": [{"type": "slack", "name": "i", "external_id": "T0ACME"}],
             "environments": [{"name": "e", "integrations": {"slack": "i"}}], "flows": [\(other)]}
            """
        let joined = try join(with(name, change), folder: text)
        #expect(joined.flows.map(\.name) == ["ours"])
        let broken = try #require(joined.brokenFlows.first)
        #expect(joined.brokenFlows.count == 1 && broken.name == "prod" && broken.label == "prod")
        #expect(broken.problems.contains { $0.description.contains(says) }, "\(broken.problems.map(\.description))")
        #expect(broken.sentence.contains("symflow check --remote"))
        // Whose flow it is can be said while its environment can be read.
        let isReadable = name != "slack" && broken.problems.allSatisfy { !$0.description.contains("environment_id") }
        #expect(broken.workspace == (isReadable ? "T0ACME" : nil))
        // Each problem is listed once, with the resource that has it.
        let own = joined.entityProblems.filter { !$0.isWarning }
        #expect(Set(own.map(\.problem)).count == own.count && own.contains { $0.id == Self.ids[name] })
    }

    @Test func `an environment does without what its flows may never use, and says so`() throws {
        let runtime = Self.entity(
            .runtimes, "aaaaaaaa-0000-4000-8000-000000000001", "r",
            ["slug": "r", "context_id": "aaaaaaaa-0000-4000-8000-00000000000f"])
        let firehose = Self.entity(
            .logDestinations, "aaaaaaaa-0000-4000-8000-000000000002", "logs",
            ["type": "kinesis_firehose", "integration_id": .null, "settings": ["stream_name": "logs"]])
        let context = Self.entity(
            .integrations, "aaaaaaaa-0000-4000-8000-000000000003", "context",
            ["type": "permission_context", "slug": "context", "external_id": "123", "settings": ["cloud": "aws"]])
        let entities =
            with("env") {
                $0["runtime_id"] = .string(runtime.id)
                $0["log_destination_ids"] = [.string(firehose.id)]
                $0["integrations"] = [
                    "slack_id": Self.id("slack"), "aws_lambda_id": .string(context.id), "okta_id": "gone",
                ]
            } + [runtime, firehose, context]
        let joined = try join(entities)
        #expect(joined.brokenFlows == [])
        #expect(joined.flows[0].environment.integrations.keys.sorted() == ["aws_lambda", "slack"])
        let warnings = joined.entityProblems.filter { $0.isWarning && $0.kind == .environments }.map(
            \.problem.description)
        #expect(warnings.contains { $0.contains("integrations.okta_id") })
        #expect(warnings.contains { $0.contains("kinesis_firehose") })
        #expect(joined.entityProblems.contains { $0.kind == .runtimes && !$0.isWarning })
    }

    @Test(arguments: ["SYM_SECRET_KEY", "SYM_JWT", "SLACK_BOT_TOKEN", "PGPASSWORD"])
    func `cannot name the server's own secrets`(_ variable: String) throws {
        let joined = try join(with("secret") { $0["path"] = .string(variable) })
        #expect(joined.secrets == [] && joined.flows == [])
        #expect(joined.brokenFlows[0].problems.contains { $0.description.contains("the server's own") })
    }

    @Test func `cannot name the server's files`() throws {
        let joined = try join(
            Self.all.map { entity in
                var entity = entity
                if entity.kind == .secretSources { entity.body["type"] = "file" }
                if entity.kind == .secrets { entity.body["path"] = "/etc/shadow" }
                return entity
            })
        #expect(joined.secrets == [] && joined.flows == [])
    }

    @Test func `never takes a name from the folder`() throws {
        let folder = Self.sameInFolder
        let before = try self.folder(folder).configuration
        let joined = try join(Self.all, folder: folder)
        #expect(joined.flows == before.flows && joined.secrets == before.secrets)
        #expect(joined.brokenFlows.map(\.name) == ["prod"])
        #expect(joined.brokenFlows[0].problems.contains { $0.description.contains("rest.json: flows[0]") })
    }

    @Test func `a workspace is trusted by the folder's word, else by the one that trusts less`() throws {
        let guest = Self.entity(
            .integrations, "aaaaaaaa-0000-4000-8000-000000000001", "again",
            ["type": "slack", "slug": "again", "external_id": "T0ACME", "settings": ["home": "false"]])
        #expect(try join(Self.all + [guest]).workspaces == ["T0ACME": false])
        let folder =
            #"{"integrations": [{"type": "slack", "name": "x", "external_id": "T0ACME", "settings": {"home": "false"}}]}"#
        #expect(try join(Self.all, folder: folder).workspaces == ["T0ACME": false])
    }

    @Test func `a filter that cannot run hides all flows rather than none`() throws {
        let filter = Self.entity(
            .flowsFilter, "aaaaaaaa-0000-4000-8000-000000000001", "flows_filter",
            ["implementation": .string(WireText.encoded("def get_flows(): ...")), "integrations": ["okta_id": "gone"]])
        let joined = try join(Self.all + [filter])
        #expect(joined.flowsFilter == nil && joined.flowsFilterProblems.count == 1)
        #expect(joined.flows.map(\.name) == ["prod"])
    }

    @Test func `Python comes in base64, and blank source leaves all to the rules`() throws {
        let joined = try join(with("flow") { $0["implementation"] = .string(WireText.encoded("x = 1\n")) })
        #expect(joined.flows.map(\.implementation) == ["x = 1\n"])
        #expect(joined.entitySources.map(\.file) == ["sym_flow \"prod\": implementation"])
        #expect(try join(Self.all).flows.map(\.implementation) == [nil])
    }

    @Test func `the provider's first version is understood`() throws {
        let joined = try join(
            with("flow") {
                $0["template"] = "sym:template:approval:1.0.0"
                $0["params"] = [
                    "allow_revoke": "true", "schedule_deescalation": "false",
                    "prompt_fields": [
                        ["name": "n", "type": "list", "allowed_values": [1, 2]],
                        ["name": "s", "type": "list", "allowed_values": ["a"]],
                    ],
                ]
            })
        #expect(joined.entityProblems.filter { !$0.isWarning } == [])
        #expect(joined.flows[0].fields.map(\.kind) == [.int, .string])
        #expect(joined.flows[0].scheduleDeescalation == false)
    }
}
