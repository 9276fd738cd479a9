import ApprovalCore
import ApprovalEngine
import AuditTrail
import FlowConfig
import Support
import TestSupport
import Testing

@Suite struct `The folder and the API` {
    private static let folder = """
        {
          "organization": {"slug": "acme"},
          "secrets": [{"name": "token", "path": "TOKEN"}],
          "integrations": [
            {"type": "slack", "name": "Home", "external_id": "T0HOME"},
            {"type": "custom", "name": "crm", "external_id": "crm", "settings": {"secret_ids_json": "[\\"token\\"]"}}
          ],
          "environments": [{"name": "main", "integrations": {"slack": "home"}}],
          "flows": [{"name": "ours", "environment": "main", "notify": [{"channel": "C0DB"}],
            "vars": {"n": 5}, "implementation": "impl.py", "params": {"prompt_fields": [
              {"name": "n", "type": "int", "allowed_values": [1, 2], "default": 1}]}}]
        }
        """

    private func world() throws -> TerraformWorld { try TerraformWorld(folder: Self.folder) }

    private func flow(_ environment: String, slug: String = "theirs") -> JSONObject {
        [
            "slug": .string(slug), "implementation": Resources.source("# rules decide"),
            "environment_id": .string(environment), "vars": ["sym_notify": #"[{"channel": "C0DB"}]"#], "params": [:],
        ]
    }

    @Test func `are listed together, the folder's in the form of the API`() async throws {
        let world = try world()
        let ours = try #require(await world.call("GET", "entities/flows").body[0]?.object)
        #expect(ours["slug"] == "ours" && ours["srn"] == "acme:flow:ours:1.0.0")
        #expect(ours["implementation"] == Resources.source("x = 1\n") && ours["vars"] == ["n": "5"])
        #expect(
            ours["params"]?["prompt_fields"]?[0]
                == ["name": "n", "type": "int", "allowed_values": ["1", "2"], "default": "1"])
        let environment = try #require(ours["environment_id"]?.text)
        let read = await world.call("GET", "entities/environments/\(environment)").body
        let slack = try #require(read["integrations"]?["slack_id"]?.text)
        #expect(await world.call("GET", "entities/integrations?slug=home&type=slack").body[0]?["id"]?.text == slack)
        let crm = await world.call("GET", "entities/integrations?slug=crm").body[0]
        let secret = try #require(await world.call("GET", "entities/secrets?slug=token").body[0]?["id"]?.text)
        #expect(crm?["settings"]?["secret_ids_json"] == .string("[\"\(secret)\"]"))
        // The ids are the same on every replica.
        #expect(await (try self.world()).call("GET", "entities/secrets").body[0]?["id"]?.text == secret)
    }

    @Test func `become one configuration`() async throws {
        let world = try world()
        let environment = try #require(await world.call("GET", "entities/environments").body[0]?["id"]?.text)
        let id = try await Provider(world: world).create(.flows, flow(environment))
        #expect(world.configuration.flows.map(\.name) == ["ours", "theirs"])
        #expect(world.configuration.flow(named: "THEIRS")?.environment == world.configuration.flows[0].environment)
        #expect(await world.call("DELETE", "entities/flows/\(id)").status == 200)
        #expect(world.configuration.flows.map(\.name) == ["ours"])
    }

    @Test func `own their names, one of the two each`() async throws {
        let world = try world()
        let environment = try #require(await world.call("GET", "entities/environments").body[0]?["id"]?.text)
        let clash = await world.call("POST", "entities/flows", .object(flow(environment, slug: "OURS")))
        #expect(clash.status == 409 && clash.errors.first?.contains("site.json: flows[0]") == true)
        let id = try await Provider(world: world).create(.flows, flow(environment))
        var renamed = flow(environment, slug: "ours")
        renamed["id"] = .string(id)
        #expect(await world.call("PATCH", "entities/flows/\(id)", .object(renamed)).status == 409)

        let ours = try #require(await world.call("GET", "entities/flows?slug=ours").body[0]?["id"]?.text)
        for (method, body) in [("DELETE", .null), ("PATCH", .object(flow(environment)))] as [(String, JSONValue)] {
            let refused = await world.call(method, "entities/flows/\(ours)", body)
            #expect(refused.status == 409 && refused.errors.first?.contains("site.json: flows[0]") == true)
        }
        #expect(world.configuration.flows.map(\.name) == ["ours", "theirs"])
    }

    @Test func `what is saved but cannot run is listed, and nothing else suffers`() async throws {
        let world = try world()
        let environment = try #require(await world.call("GET", "entities/environments").body[0]?["id"]?.text)
        let provider = Provider(world: world)
        _ = try await provider.create(.flows, flow(environment))
        _ = try await provider.create(.flows, flow(Resources.some + "1", slug: "dangling"))
        var python = flow(environment, slug: "python")
        python["implementation"] = Resources.source("(")
        _ = try await provider.create(.flows, python)
        let report = await world.call("GET", "check").body
        #expect(report["flows"] == ["ours", "theirs", "python"] && report["broken_flows"] == ["dangling"])
        let messages = (report["problems"]?.elements ?? []).compactMap { $0["message"]?.text }
        #expect(
            messages == [
                "sym_flow \"dangling\": environment_id: found \"\(Resources.some)1\", expected the id of an environment. "
                    + "There is none with this id; it may have been deleted.",
                "SyntaxError",
            ])
    }

    @Test func `each change is on record with who made it, and never with what may be secret`() async throws {
        let world = try world()
        let provider = Provider(world: world)
        var (body, _) = try #require(Resources.full[.integrations])
        body["settings"] = ["api_token_secret": "pasted-by-mistake"]
        let id = try await provider.create(.integrations, body)
        body["label"] = "Renamed"
        body["settings"] = ["api_token_secret": "another-mistake"]
        try await provider.update(.integrations, id, body)
        _ = await world.call("DELETE", "entities/integrations/\(id)")

        let records = try await world.engine.store.records(of: "entity/" + id)
        #expect(records.map(\.kind) == ["entity_created", "entity_changed", "entity_deleted"])
        #expect(records.allSatisfy { $0.actor == "terraform" })
        let changed = try #require(records[1].details["changed"]?.object)
        #expect(changed.names.sorted() == ["label", "settings.api_token_secret"])
        #expect(changed["label"] == ["before": "Okta", "after": "Renamed"])
        let text = records.map { JSONValue.object($0.details).compact }.joined()
        #expect(!text.contains("mistake") && text.contains("sha256:"))
        try await world.fixture.verify()
    }
}
