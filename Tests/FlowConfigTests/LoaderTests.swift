import ApprovalCore
import FlowConfig
import Support
import Testing

@Suite struct `Loading a configuration` {
    private func file(_ path: String, _ text: String) -> ConfigFile { ConfigFile(path: path, bytes: Array(text.utf8)) }

    private func flow(_ text: String, python: Bool = false, files: [String: String] = [:]) throws -> Flow {
        let result = try Fixtures.load("{\"flows\": [\(text)]}", python: python, files: files)
        #expect(result.problems.map(\.description) == [])
        return try #require(try result.configuration.get().flows.first)
    }

    private func problems(_ flow: String, python: Bool = false, files: [String: String] = [:]) throws -> [String] {
        try Fixtures.load("{\"flows\": [\(flow)]}", python: python, files: files).problems.map(\.description)
    }

    // MARK: Files

    @Test func `files are read by name, in whatever order they come`() throws {
        let one = file(
            "a/1.json", #"{"flows": [{"name": "one", "environment": "main", "notify": [{"channel": "C0X"}]}]}"#)
        let two = file(
            "a/2.json", #"{"flows": [{"name": "two", "environment": "main", "notify": [{"channel": "C0X"}]}]}"#)
        let base = try Fixtures.base()
        let forward = try Fixtures.loader().load([one, two, base]).configuration.get()
        let backward = try Fixtures.loader().load([base, two, one]).configuration.get()
        #expect(forward == backward)
        #expect(forward.flows.map(\.name) == ["one", "two"])
    }

    @Test func `comments, trailing commas and a byte order mark are fine`() throws {
        let text = "\u{feff}// a comment\n{\"secrets\": [{\"name\": \"a\", \"path\": \"A\",},], /* and another */}"
        #expect(try Fixtures.load(text).problems == [])
    }

    @Test func `a broken file is the only thing complained about, not what may stand in it`() throws {
        let result = Fixtures.loader().load([
            file("a.json", "{"),
            file("b.json", #"{"flows": [{"name": "f", "environment": "main", "notify": [{"channel": "C0X"}]}]}"#),
        ])
        #expect(result.problems.map(\.file) == ["a.json"])
    }

    @Test func `Python files are named with the fields and rules of the flow that they belong to`() throws {
        let text = #"""
            {"flows": [{"name": "f", "environment": "main", "implementation": "f.py",
              "rules": [{"name": "r", "then": {"deny": {"reason": "no"}}}],
              "params": {"prompt_fields": [{"name": "why", "type": "string", "on_change": "why.py"}]}}]}
            """#
        let sources = try Fixtures.load(text, python: true, files: ["f.py": "f", "why.py": "w"]).sources
        #expect(sources.map(\.part) == [.implementation, .onChange])
        #expect(sources.map(\.text) == ["f", "w"])
        #expect(sources.allSatisfy { $0.fields == ["why"] && $0.hasRules })
    }

    @Test func `nothing at all lacks an organization`() {
        let result = Fixtures.loader().load([])
        #expect(result.problems.map(\.found) == ["no \"organization\""])
    }

    @Test func `problems are sorted by file and by position in it`() throws {
        let late = file("z.json", #"{"flows": [{"name": "?"}], "bogus": 1}"#)
        let early = file("a.json", #"{"bogus": 1, "flows": [{"bogus": 1, "name": "x"}, 2]}"#)
        let result = Fixtures.loader().load([late, early, try Fixtures.base()])
        #expect(
            result.problems.map { "\($0.file) \($0.path)" } == [
                "a.json bogus", "a.json flows[0]", "a.json flows[0]", "a.json flows[0].bogus", "a.json flows[1]",
                "z.json flows[0]", "z.json flows[0]", "z.json flows[0].name", "z.json bogus",
            ])
    }

    @Test func `a key that is no word is quoted in a path`() throws {
        let result = try Fixtures.load(#"{"a key\n": 1}"#)
        #expect(result.problems.map(\.path) == [#"["a key\n"]"#])
    }

    @Test func `neither a pasted secret nor a password in an address is repeated`() throws {
        let result = try Fixtures.load(
            """
            {"secrets": [{"name": "a", "path": "xoxb-pasted"}],
             "strategies": [{"type": "http", "name": "s", "targets": [], "settings": {"signing_secret": "pasted-too"}}],
             "targets": [{"type": "http", "name": "t", "settings": {"url": "https://me:pasted@x.test/"}}]}
            """)
        #expect(result.problems.count == 3)
        #expect(result.problems.allSatisfy { !$0.description.contains("pasted") })
    }

    // MARK: Flows

    @Test func `a flow that says little gets Sym's defaults`() throws {
        let flow = try flow(#"{"name": "f", "environment": "MAIN", "notify": [{"user": "U0ANN"}]}"#)
        let environment = Environment(
            name: "main", workspace: "T0ACME",
            integrations: ["slack": Integration(type: "slack", name: "acme-slack", externalID: "T0ACME")])
        #expect(flow == Flow(name: "f", environment: environment, notify: [StageRule([.user("U0ANN")])]))
        #expect(flow.answerBySeconds == 72 * 3600)
        #expect(flow.adminOverride)
        #expect(flow.allowedSources == nil)
    }

    @Test func `a strategy's targets come with the flow, settings as text`() throws {
        let flow = try flow(
            """
            {"name": "f", "environment": "main", "notify": [{"channel": "C0X"}], "params": {"strategy": "tables",
             "prompt_fields": [{"name": "table", "type": "string"}, {"name": "duration", "type": "duration"}]}}
            """)
        #expect(
            flow.strategy
                == Strategy(
                    type: "http", name: "tables", settings: ["signing_secret": "signing"],
                    targets: [
                        Target(
                            type: "http", name: "one-table", settings: ["url": "https://grants.acme.test/"],
                            fieldBindings: ["table"])
                    ]))
    }

    @Test(arguments: zip(["45s", "30m", "1h", "1d", "2w", "90"], [45, 1800, 3600, 86_400, 1_209_600, 90]))
    func `durations have units, or are seconds`(text: String, seconds: Int) throws {
        let flow = try flow(
            #"{"name": "f", "environment": "main", "notify": [{"channel": "C0X"}], "answer_by": "\#(text)"}"#)
        #expect(flow.answerBySeconds == seconds)
    }

    @Test(arguments: ["", "h", "1", "1H", "-1h", "+1h", "1.5h", "1h30m", " 1h", "99999999999999999999s", "1²s"])
    func `what looks like a duration may be none`(text: String) {
        #expect(DurationText.seconds(text) == (text == "1" ? 1 : nil))
    }

    @Test func `numbers and booleans may be given as text`() throws {
        let flow = try flow(
            """
            {"name": "f", "environment": "main", "notify": [{"channel": "C0X"}], "quorum": "2",
             "params": {"allow_revoke": "false", "prompt_fields": [
               {"name": "n", "type": "int", "default": "7", "allowed_values": ["7", 8]},
               {"name": "b", "type": "bool", "default": "true"}, {"name": "s", "type": "string", "default": "", "label": ""}]}}
            """)
        #expect(flow.quorum == 2)
        #expect(flow.allowRevoke == false)
        #expect(flow.fields.map(\.defaultValue) == [.int(7), .bool(true), nil])
        #expect(flow.fields[0].allowedValues == [.int(7), .int(8)])
        #expect(flow.fields[2].label == "s")
    }

    @Test func `our additions in vars mean the same, and Python does not see them`() throws {
        let beside = try flow(
            """
            {"name": "f", "environment": "main", "answer_by": "1h", "quorum": 2, "risk_tags": ["prod", "write"],
             "constraints": {"max_runtime_sec": 60}, "admin_override": false, "vars": {"mine": "x"},
             "rules": [{"name": "ask", "then": {"ask": {"notify": [{"group": "S0DBA"}]}}}],
             "notify": [{"any": [{"channel": "C01"}, {"users": ["U01", "Ann@acme.test"]}], "forward_after": "5m"}]}
            """)
        let inVars = try flow(
            #"""
            {"name": "f", "environment": "main", "vars": {"mine": "x", "sym_answer_by": "1h", "sym_quorum": "2",
             "sym_risk_tags": "prod, write", "sym_constraints": "{\"max_runtime_sec\": 60}", "sym_admin_override": "false",
             "sym_rules": "[{\"name\": \"ask\", \"then\": {\"ask\": {\"notify\": [{\"group\": \"S0DBA\"}]}}}]",
             "sym_notify": "[{\"any\": [{\"channel\": \"C01\"}, {\"users\": [\"U01\", \"Ann@acme.test\"]}], \"forward_after\": \"5m\"}]"}}
            """#)
        #expect(beside == inVars)
        #expect(beside.vars == ["mine": "x"])
        #expect(
            beside.notify == [
                StageRule([.channel("C01"), .users(["U01", "ann@acme.test"])], forwardAfterSeconds: 300)
            ])
    }

    @Test func `several keys in one condition must all hold`() throws {
        let flow = try flow(
            """
            {"name": "f", "environment": "main", "notify": [{"channel": "C0X"}],
             "params": {"strategy": "grants", "prompt_fields": [
               {"name": "n", "type": "int"}, {"name": "duration", "type": "duration"}]},
             "rules": [{"name": "r", "when": {"target": "Orders", "field": "n", "at_least": 1, "at_most": 9,
               "duration": {"at_most": "1h"}, "requester": {"email": "Ann@acme.test"}, "not": {"any": [
                 {"time": {"zone": "Europe/Berlin", "weekdays": "fri-mon", "from": "22:00", "to": "06:30"}}]}},
               "then": {"deny": {"reason": "No"}}}]}
            """)
        let time = Rule.TimeCondition(
            zone: "Europe/Berlin", weekdays: [1, 5, 6, 7], fromMinute: 22 * 60, toMinute: 390)
        #expect(
            flow.rules[0].condition
                == .all([
                    .not(.any([.time(time)])), .requester(.init(emails: ["ann@acme.test"])), .target(["orders"]),
                    .field(.init(name: "n", test: .atLeast(1))), .field(.init(name: "n", test: .atMost(9))),
                    .duration(atLeastSeconds: nil, atMostSeconds: 3600),
                ]))
    }

    @Test func `a Slack user in a condition belongs to the flow's workspace unless another is named`() throws {
        let flow = try flow(
            """
            {"name": "f", "environment": "main", "notify": [{"channel": "C0X"}],
             "params": {"prompt_fields": [{"name": "who", "type": "slack_user"}, {"name": "all", "type": "slack_user_list"}]},
             "rules": [{"name": "r", "when": {"all": [{"field": "who", "is": ["U0ANN", "T0CUST/U0EVE"]},
               {"field": "all", "contains": "U0ANN"}]}, "then": {"deny": {"reason": "No"}}}]}
            """)
        let people = [Account(workspace: "T0ACME", user: "U0ANN"), Account(workspace: "T0CUST", user: "U0EVE")]
        #expect(
            flow.rules[0].condition
                == .all([
                    .field(.init(name: "who", test: .isOneOf(people.map(FieldValue.user)))),
                    .field(.init(name: "all", test: .contains("T0ACME/U0ANN"))),
                ]))
    }

    // MARK: Python

    private let pythonFlow = #"{"name": "f", "environment": "main", "implementation": "impls/f.py"}"#

    @Test func `handlers in Python wait for the version that runs them`() throws {
        #expect(
            try problems(pythonFlow) == [
                "test.json: flows[0].implementation: found \"impls/f.py\", expected a configuration that does without. "
                    + "An implementation in Python is not available in this version."
            ])
        let flow = try flow(pythonFlow, python: true, files: ["impls/f.py": "x = 1\n"])
        #expect(flow.implementation == "x = 1\n")
    }

    @Test func `a file of handlers is found beside the file that names it`() throws {
        let loader = Fixtures.loader(python: true, files: ["site/flows/impls/f.py": "pass"])
        let result = loader.load([try Fixtures.base(), file("site/flows/f.json", "{\"flows\": [\(pythonFlow)]}")])
        #expect(try result.configuration.get().flows.first?.implementation == "pass")
    }

    @Test func `a file of handlers that is missing is named`() throws {
        #expect(
            try problems(pythonFlow, python: true) == [
                "test.json: flows[0].implementation: found \"impls/f.py\", expected a file that can be read. "
                    + "impls/f.py cannot."
            ])
    }

    @Test func `custom strategies, prefetch and on_change come with Python`() throws {
        let text = """
            {"integrations": [{"type": "custom", "name": "own", "external_id": "own"}],
             "targets": [{"type": "custom", "name": "robot", "settings": {"identifier": "r2"}}],
             "strategies": [{"type": "custom", "name": "own", "integration": "own", "targets": ["robot"], "implementation": "s.py"}],
             "flows": [{"name": "f", "environment": "main", "implementation": "i.py", "params": {"strategy": "own",
               "prompt_fields": [{"name": "a", "type": "string", "prefetch": true, "on_change": "c.py"},
                                 {"name": "duration", "type": "duration"}]}}],
             "flows_filter": {"implementation": "g.py", "vars": {"a": "b"}}}
            """
        let files = ["s.py": "strategy", "c.py": "change", "g.py": "filter", "i.py": "flow"]
        let result = try Fixtures.load(text, python: true, files: files)
        #expect(result.problems.map(\.description) == [])
        let configuration = try result.configuration.get()
        let flow = try #require(configuration.flows.first)
        #expect(flow.strategy?.implementation == "strategy")
        #expect(flow.fields[0].isPrefetched)
        #expect(flow.fields[0].onChange == "change")
        #expect(configuration.flowsFilter == FlowsFilter(implementation: "filter", vars: ["a": "b"]))
        #expect(
            try Fixtures.load(text, files: files).problems.map(\.path) == [
                "strategies[0].type", "flows[0].implementation", "flows[0].params.prompt_fields[0].prefetch",
                "flows[0].params.prompt_fields[0].on_change", "flows_filter.implementation",
            ])
    }

    @Test func `options need code that offers them`() throws {
        let text = """
            {"flows": [{"name": "f", "environment": "main", "notify": [{"channel": "C0X"}], "params": {
               "prompt_fields": [{"name": "a", "type": "string", "prefetch": true}]}}]}
            """
        #expect(
            try Fixtures.load(text, python: true).problems.map(\.description) == [
                "test.json: flows[0].params.prompt_fields[0].prefetch: found true, expected false. "
                    + "The flow has no implementation whose @prefetch function could offer options."
            ])
    }

    // MARK: The rest

    @Test func `a secret is a place, never a value`() throws {
        let file = file(
            "site/secrets.json",
            """
            {"secret_sources": [{"type": "file", "name": "files"}],
             "secrets": [{"name": "a", "path": "A_TOKEN"}, {"name": "b", "source": "files", "path": "b.txt"},
                         {"name": "c", "source": "files", "path": "/run/c.json", "settings": {"json_key": "token"}}]}
            """)
        let configuration = try Fixtures.loader().load([try Fixtures.base(), file]).configuration.get()
        #expect(configuration.secret(named: "a")?.source == .environment(variable: "A_TOKEN"))
        #expect(configuration.secret(named: "B")?.source == .file(path: "site/b.txt"))
        #expect(configuration.secret(named: "c")?.jsonKey == "token")
        #expect(configuration.secret(named: "d") == nil)
    }

    @Test func `a secret's value comes without the line end of its file, or out of a JSON object`() {
        let plain = SecretDefinition(name: "a", source: .environment(variable: "A"))
        #expect(plain.secret(in: "x y\n") == Secret("x y"))
        #expect(plain.secret(in: "\n") == nil)
        let json = SecretDefinition(name: "a", source: .environment(variable: "A"), jsonKey: "k")
        #expect(json.secret(in: "{\"k\": \"v\"}\n") == Secret("v"))
        #expect(json.secret(in: "{\"l\": \"v\"}") == nil)
        #expect(json.secret(in: "v") == nil)
    }

    @Test func `people, domains and accounts are known in lower case`() throws {
        let organization = try Fixtures.loader().load([
            file(
                "o.json",
                """
                {"organization": {"slug": "acme", "label": "Acme", "domains": ["Acme.test"], "users": [
                  {"email": "Ada@acme.test", "role": "admin", "slack": ["T0ACME/U0ADA", "T0CUST/W0ADA"], "name": "Ada"}]}}
                """)
        ]).configuration.get().organization
        let ada = Organization.User(
            email: "ada@acme.test", role: .admin,
            accounts: [Account(workspace: "T0ACME", user: "U0ADA"), Account(workspace: "T0CUST", user: "W0ADA")],
            name: "Ada")
        #expect(organization == Organization(slug: "acme", label: "Acme", domains: ["acme.test"], users: [ada]))
        #expect(organization.user(email: "ADA@acme.test") == ada)
        #expect(organization.user(Account(workspace: "T0CUST", user: "W0ADA")) == ada)
        #expect(organization.user(Account(workspace: "T0ACME", user: "W0ADA")) == nil)
        #expect(organization.ownsDomain(of: "bob@ACME.test"))
        #expect(organization.ownsDomain(of: "bob@evil-acme.test") == false)
        #expect(organization.ownsDomain(of: "bob@sub.acme.test") == false)
        #expect(organization.ownsDomain(of: "acme.test") == false)
    }

    @Test func `organizations have problems too`() {
        let result = Fixtures.loader().load([
            file(
                "o.json",
                """
                {"organization": {"domains": ["acme"], "users": [
                  {"email": "ada", "role": "root", "slack": "U0ADA"},
                  {"email": "bob@acme.test", "role": "member", "slack": "T0ACME/U0BOB"},
                  {"email": "BOB@acme.test", "role": "member", "slack": ["T0ACME/U0BOB"]}]}}
                """)
        ])
        #expect(
            result.problems.map(\.path) == [
                "organization", "organization.domains[0]", "organization.users[0].email",
                "organization.users[0].role", "organization.users[0].slack", "organization.users[2].email",
                "organization.users[2].slack[0]",
            ])
        #expect(result.warnings.map(\.found) == ["no user with the role \"admin\""])
    }

    @Test func `settings have defaults, and each can be set`() throws {
        #expect(try Fixtures.load("{}").configuration.get().settings == Settings())
        var expected = Settings()
        expected.durationChoicesSeconds = [60, 3600]
        expected.durationDefaultSeconds = 60
        expected.http.timeoutSeconds = 3
        expected.http.attempts = 2
        expected.handlers.timeoutSeconds = 5
        expected.handlers.formTimeoutSeconds = 2
        expected.python.sandbox = .none
        expected.trustedProxies = [try #require(AddressRange("10.0.0.0/8"))]
        let text = """
            {"settings": {"duration_choices": ["1m", "1h"], "duration_default": "1m", "http": {"timeout": 3, "attempts": 2},
             "handlers": {"timeout": "5s", "form_timeout": 2}, "python": {"sandbox": "none"}, "trusted_proxies": ["10.0.0.0/8"]}}
            """
        #expect(try Fixtures.load(text).configuration.get().settings == expected)
    }
}
