import Support
import Testing

@Suite struct `Flows that Terraform applies` {
    /// A folder that says who the organisation is, and nothing else.
    private static func organization() -> Site {
        var site = Site()
        site.files["acme.json"] = """
            {"organization": {"slug": "acme", "label": "Acme", "domains": ["acme.test"],
              "users": [{"email": "ada@acme.test", "role": "admin", "name": "Ada Admin"}]}}
            """
        return site
    }

    @Test func `work in Slack at once, without a folder and without a restart`() async throws {
        try await Installation.run(Self.organization(), withAPI: true) { here in
            var acme = try await AppliedAcme(here)
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let first = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: first)
            try await dana.sees("*Access is on*", on: first)
            #expect(here.target.performed(.escalate).count == 1)
            try await bob.clicks(.done, on: try await bob.sees("*Access is on*", in: "@app"))
            try await dana.sees("*Access ended*", on: first)

            // Another label does not reach into a request that is under way.
            try await bob.asks("/sym req PROD_DB orders-db", ["Why?": "INC-8"])
            let second = try await dana.sees("INC-8", in: "#db-access")
            acme.flow["label"] = "Renamed"
            try await acme.patchFlow()
            try await dana.clicks(.approve, on: second)
            try await dana.sees("*Access is on*", on: second)
            #expect(second.contains("Production database"))
            try await bob.types("/sym")
            try await bob.seesForm("Renamed")

            // What it depends on stays while it does; then all goes, in Terraform's order.
            let api = try here.admin
            let refused = try await api.call("DELETE", "entities/environments/\(acme.ids["environments"] ?? "")")
            #expect(refused.status == 409)
            #expect(refused.body?["message"]?.text?.contains("sym_flow \"prod_db\" (environment_id)") == true)
            try await acme.destroyFlow()
            try await bob.types("/sym req prod_db")
            try await bob.isTold("There is no flow", in: "#general")
            try await acme.destroy()

            let records = try await here.audit().filter { $0["aggregate"]?.text?.hasPrefix("entity/") == true }
            #expect(records.count { $0["kind"] == "entity_created" } == 8)
            #expect(records.count { $0["kind"] == "entity_changed" } == 1)
            #expect(records.count { $0["kind"] == "entity_deleted" } == 8)
            #expect(records.allSatisfy { $0["actor"]?.text?.isEmpty == false })
        }
    }

    @Test func `bind approvals to what is applied when they are carried out`() async throws {
        try await Installation.run(Self.organization(), withAPI: true) { here in
            var acme = try await AppliedAcme(here)
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let old = try await dana.sees("asks for", in: "#db-access")
            acme.target["settings"] = ["url": .string(here.targetURL + "/grants"), "tier": "platinum"]
            try await acme.patchTarget()
            try await dana.clicks(.approve, on: old)
            try await dana.sees("*Replaced.*", on: old)
            let new = try await dana.sees("Asked anew", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            try await dana.clicks(.approve, on: new)
            try await dana.sees("*Access is on*", on: new)
            let order = try #require(here.target.performed(.escalate).first)
            #expect(order.body["target"]?["settings"]?["tier"]?.text == "platinum")
        }
    }

    @Test func `say why they cannot run, wherever they are used, and leave the others alone`() async throws {
        try await Installation.run(Site(Site.access()), withAPI: true) { here in
            let api = try here.admin
            let environment = try #require(
                try await api.get("entities/environments?slug=main")[0]?["id"]?.text)
            let body: JSONValue = [
                "slug": "broken", "label": "Broken flow", "implementation": "", "environment_id": .string(environment),
                "vars": [:], "params": ["strategy_id": "11111111-0000-4000-8000-000000000000", "prompt_fields": []],
            ]
            let made = try await api.post("entities/flows", body)
            // "def (": saved all the same.
            let python = try await api.post(
                "entities/flows",
                [
                    "slug": "python", "implementation": "ZGVmICgK", "environment_id": .string(environment),
                    "vars": [:], "params": [:],
                ]
            )
            let bob = here.person("bob")
            try await bob.types("/sym req broken")
            try await bob.isTold("*Broken flow* cannot be used at the moment.", in: "#general")
            try await bob.types("/sym")
            try await bob.seesForm("Broken flow (cannot be used)", callback: "sym_choose_flow")
            try await bob.submits(["Flow": "Broken flow (cannot be used)"])
            try await bob.seesForm("cannot be used at the moment", callback: nil)
            try await here.person("ada").sees("params.strategy_id", in: "#sym-errors")

            let checked = try await here.symflow("check", "--remote", with: api)
            #expect(checked.code == 1)
            #expect(checked.text.contains("sym_flow \"broken\": params.strategy_id: found"), "\(checked.text)")
            #expect(checked.text.contains("sym_flow \"python\": implementation"), "\(checked.text)")
            #expect(checked.text.contains("3 problems"), "\(checked.text)")

            try await bob.asks()
            try await here.person("dana").sees("asks for", in: "#db-access")
            for flow in [made, python] { _ = try await api.call("DELETE", "entities/flows/\(flow["id"]?.text ?? "")") }
            let again = try await here.symflow("check", "--remote", with: api)
            #expect(again.code == 0, "\(again.text)")
            #expect(again.text.contains("is valid: 1 flow (prod_db)."))
        }
    }

    @Test func `are noticed by another process on the same database`() async throws {
        try await Installation.run(Self.organization(), withAPI: true) { here in
            let first = try here.admin
            try await here.start()
            // Slack talks to the second from now on, Terraform to the first.
            _ = try await AppliedAcme(here, through: first)
            let bob = here.person("bob")
            try await here.waits(until: WallClock.system.now() + .milliseconds(1100))
            try await bob.asks()
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("*Access is on*", on: card)
        }
    }

    @Test func `own their names, or the folder does`() async throws {
        let site = Site(Site.access())
        try await Installation.run(site, withAPI: true) { here in
            let api = try here.admin
            let environment = try #require(
                try await api.get("entities/environments?slug=main")[0]?["id"]?.text)
            var body: JSONObject = [
                "slug": "prod_db", "implementation": "", "environment_id": .string(environment),
                "vars": ["sym_notify": ##"[{"channel": "#db-access"}]"##], "params": ["prompt_fields": []],
            ]
            let clash = try await api.call("POST", "entities/flows", .object(body))
            #expect(clash.status == 409)
            #expect(clash.body?["message"]?.text?.contains("acme.json: flows[0]") == true)
            body["slug"] = "go_ahead"
            try await api.post("entities/flows", .object(body))

            // The folder wants the name as well: on SIGHUP nothing changes, and a start is refused.
            let both = Site(Site.access(), Site.question(Site.askDatabaseTeam))
            try await here.rereads(both)
            #expect(here.log.contains { $0.contains("not changed") && $0.contains("sym_flow \\\"go_ahead\\\"") })
            try await here.stop()
            let refused = try await here.symflow("serve")
            #expect(refused.code == 1)
            #expect(refused.text.contains("sym_flow \"go_ahead\" came through the API as well"), "\(refused.text)")
            #expect(refused.text.contains("acme.json: flows[1]"))
            try here.configure(site)
            try await here.start()
            try await here.person("bob").types("/sym")
            try await here.person("bob").seesForm("go_ahead", callback: "sym_choose_flow")
        }
    }
}

/// Acme's access to its database, applied as Terraform does: what is referred to first.
private struct AppliedAcme {
    private let api: APIClient
    private(set) var ids: [String: String] = [:]
    private var order: [String] = []
    var flow: JSONObject
    var target: JSONObject

    init(_ here: Installation, through api: APIClient? = nil) async throws {
        self.api = try api ?? here.admin
        flow = [
            "slug": "Prod_DB", "label": "Production database", "implementation": "IyBydWxlcyBkZWNpZGUK",
            "vars": [
                "sym_rules": """
                [{"name": "ask", "then": {"ask": {
                  "may_decide": {"users": ["dana@acme.test"]}, "notify": [{"channel": "#db-access"}]}}}]
                """
            ],
        ]
        target = [
            "type": "http", "slug": "orders-db", "label": "Orders database",
            "settings": ["url": .string(here.targetURL + "/grants"), "tier": "gold"],
        ]
        let source = try await post("secret-sources", ["type": "environment", "slug": "env", "settings": [:]])
        let secret = try await post(
            "secrets", ["path": "SCENARIO_TARGET_SECRET", "source_id": source, "settings": [:]])
        let slack = try await post(
            "integrations", ["type": "slack", "slug": "main-slack", "external_id": "T0ACME", "settings": [:]])
        let logger = try await post("error-loggers", ["integration_id": slack, "destination": "#sym-errors"])
        let environment = try await post(
            "environments", ["slug": "main", "integrations": ["slack_id": slack], "error_logger_id": logger])
        let goal = try await post("access-targets", target)
        let strategy = try await post(
            "access-strategies",
            [
                "type": "http", "slug": "http", "integration_id": "<null>", "targets": [goal],
                "settings": ["signing_secret": secret],
            ])
        flow["environment_id"] = environment
        flow["params"] = [
            "strategy_id": strategy, "allow_revoke": true, "schedule_deescalation": true,
            "prompt_fields": [
                ["name": "reason", "type": "string", "label": "Why?", "required": true],
                [
                    "name": "duration", "type": "duration", "label": "How long?", "default": "1h",
                    "allowed_values": ["1h"], "required": true,
                ],
            ],
        ]
        _ = try await post("flows", flow)
    }

    private mutating func post(_ kind: String, _ body: JSONObject) async throws -> JSONValue {
        guard let id = try await api.post("entities/" + kind, .object(body))["id"] else {
            throw HarnessError("\(kind) has no id")
        }
        ids[kind] = id.text
        order.append(kind)
        return id
    }

    func patchFlow() async throws { try await patch("flows", flow) }
    func patchTarget() async throws { try await patch("access-targets", target) }

    private func patch(_ kind: String, _ body: JSONObject) async throws {
        try await api.patch("entities/\(kind)/\(ids[kind] ?? "")", .object(body))
    }

    mutating func destroyFlow() async throws { try await destroyLast() }

    /// All that is left, in the opposite order.
    mutating func destroy() async throws {
        while !order.isEmpty { try await destroyLast() }
    }

    private mutating func destroyLast() async throws {
        let kind = order.removeLast()
        let answer = try await api.call("DELETE", "entities/\(kind)/\(ids[kind] ?? "")")
        guard answer.status == 200 else { throw HarnessError("\(kind): \(answer)") }
    }
}

extension Installation {
    /// Runs a command that calls the API.
    fileprivate func symflow(_ words: String..., with api: APIClient) async throws -> Finished {
        var environment = environment
        environment["SYM_API_URL"] = api.url + "/api/v1"
        environment["SYM_JWT"] = api.token
        return try await Self.symflow(words, environment: environment, folder: folder)
    }
}
