import ApprovalEngine
import FlowConfig
import Support
import Testing

@Suite struct `A resource of Terraform's` {
    @Test(arguments: EntityKind.allCases.filter { $0 != .flowsFilter })
    func `is created, read, planned, changed, renamed, imported and deleted`(_ kind: EntityKind) async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let (body, clear) = try #require(Resources.full[kind])
        let id = try await provider.create(kind, body)

        let first = try #require(try await provider.read(kind, id))
        #expect(Provider.plan(kind, sent: body, read: first) == [])
        #expect(first["srn"]?.text?.hasPrefix("acme:\(kind.model):") == true)

        // Whatever is cleared is left out, and must be gone then.
        var less = body
        for name in clear { less[name] = nil }
        if var params = less["params"]?.object {
            params["allowed_sources"] = nil
            params["strategy_id"] = nil
            params["prompt_fields"] = []
            less["params"] = .object(params)
        }
        try await provider.update(kind, id, less)
        let second = try #require(try await provider.read(kind, id))
        #expect(Provider.plan(kind, sent: less, read: second) == [])
        if body != less { #expect(Provider.plan(kind, sent: body, read: second) != []) }

        var renamed = less
        let name: String
        switch kind {
        case .secrets: (renamed["path"], name) = ("another/path", "another-path")
        case .errorLoggers: (renamed["destination"], name) = ("#other", "other")
        case .logDestinations: (renamed["settings"], name) = (["stream_name": "other_stream"], "other_stream")
        default: (renamed["slug"], name) = ("Renamed", "renamed")
        }
        try await provider.update(kind, id, renamed)
        let third = try #require(try await provider.read(kind, id))
        #expect(Provider.plan(kind, sent: renamed, read: third) == [])
        #expect(third["slug"]?.text == name)

        let type = kind.isTyped ? body["type"]?.text : nil
        #expect(try await provider.find(kind, slug: name.uppercased(), type: type?.uppercased()) == [id])
        #expect(try await provider.find(kind, slug: name, type: "another") == (kind.isTyped ? [] : []))
        #expect(try await provider.find(kind, slug: "prod_db", type: nil) == [])
        #expect(try await provider.find(kind, slug: "", type: nil) == [])

        #expect(await world.call("DELETE", "entities/\(kind.rawValue)/\(id)").status == 200)
        #expect(try await provider.read(kind, id) == nil)
        #expect(await world.call("DELETE", "entities/\(kind.rawValue)/\(id)").status == 404)
        #expect(await world.call("PATCH", "entities/\(kind.rawValue)/\(id)", .object(renamed)).status == 404)
        #expect(await world.call("GET", "entities/\(kind.rawValue)").body == [])
    }

    @Test func `is found under its own kind only`() async throws {
        let world = try TerraformWorld()
        let id = try await Provider(world: world).create(.runtimes, ["slug": "main"])
        #expect(await world.call("GET", "entities/environments/\(id)").status == 404)
        #expect(await world.call("DELETE", "entities/environments/\(id)").status == 404)
        #expect(await world.call("GET", "entities/runtimes/\(id.uppercased())").status == 200)
        #expect(await world.call("GET", "entities/bogus").status == 404)
    }

    @Test func `is an administrator's alone`() async throws {
        let world = try TerraformWorld()
        for (role, status) in [("member", 403), ("guest", 403), (nil, 401)] as [(String?, Int)] {
            #expect(await world.call("GET", "entities/flows", as: role).status == status)
            #expect(await world.call("POST", "entities/runtimes", ["slug": "x"], as: role).status == status)
            #expect(await world.call("DELETE", "entities/flows-filter", as: role).status == status)
            #expect(await world.call("GET", "check", as: role).status == status)
        }
        #expect(try await world.engine.store.entities().isEmpty)
    }

    @Test func `is the only one of its name, type by type`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let (target, _) = try #require(Resources.full[.targets])
        _ = try await provider.create(.targets, target)
        let again = await world.call("POST", "entities/access-targets", .object(target))
        #expect(again.status == 409 && again.fields == ["slug"])
        #expect(again.errors.first?.contains("admins") == true)
        var other = target
        other["type"] = "aws_iam_group"
        let id = try await provider.create(.targets, other)
        #expect(try await provider.find(.targets, slug: "admins", type: "aws_iam_group") == [id])
        #expect(try await provider.find(.targets, slug: "admins", type: nil).count == 2)
        // Renaming into a name that is taken is refused as well, and changes nothing.
        _ = try await provider.create(.targets, ["type": "okta_group", "slug": "free", "settings": [:]])
        other["id"] = .string(id)
        other["type"] = "okta_group"
        #expect(await world.call("PATCH", "entities/access-targets/\(id)", .object(other)).status == 409)
        #expect(try await provider.read(.targets, id)?["type"] == "aws_iam_group")
    }

    @Test func `stays while another refers to it, and says which`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let slack = try await provider.create(
            .integrations, ["type": "slack", "slug": "s", "external_id": "T0HOME", "settings": [:]])
        let logger = try await provider.create(
            .errorLoggers, ["integration_id": .string(slack), "destination": "#errors"])
        let environment = try await provider.create(
            .environments,
            ["slug": "prod", "integrations": ["slack_id": .string(slack)], "error_logger_id": .string(logger)])
        let refused = await world.call("DELETE", "entities/integrations/\(slack)")
        #expect(refused.status == 409)
        let sentence = try #require(refused.body["message"]?.text)
        #expect(sentence.contains("sym_environment \"prod\" (integrations.slack_id)"))
        #expect(sentence.contains("sym_error_logger \"errors\" (integration_id)"))
        #expect(refused.errors.count == 2 && refused.errors.allSatisfy { $0.contains("sym_integration \"s\"") })
        for (kind, id) in [("environments", environment), ("error-loggers", logger), ("integrations", slack)] {
            #expect(await world.call("DELETE", "entities/\(kind)/\(id)").status == 200)
        }
    }

    @Test func `may be mentioned in a flow's vars without being held by it`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let target = try await provider.create(.targets, ["type": "custom", "slug": "t", "settings": [:]])
        var (flow, _) = try #require(Resources.full[.flows])
        flow["vars"] = ["target": .string(target)]
        _ = try await provider.create(.flows, flow)
        #expect(await world.call("DELETE", "entities/access-targets/\(target)").status == 200)
    }

    @Test func `has a version that grows, and an SRN that says so`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let (flow, _) = try #require(Resources.full[.flows])
        let id = try await provider.create(.flows, flow)
        #expect(try await provider.read(.flows, id)?["srn"] == "acme:flow:prod_db:1.0.0")
        try await provider.update(.flows, id, flow)
        #expect(try await provider.read(.flows, id)?["srn"] == "acme:flow:prod_db:2.0.0")
        let (target, _) = try #require(Resources.full[.targets])
        let targetID = try await provider.create(.targets, target)
        let srn = try await provider.read(.targets, targetID)?["srn"]
        #expect(srn == .string("acme:access_target:okta_group:admins:latest:\(targetID)"))
        let source = try await provider.create(.secretSources, ["type": "environment", "slug": "e", "settings": [:]])
        let secret = try await provider.create(
            .secrets, ["path": "TOKEN", "source_id": .string(source), "settings": [:]])
        let secretSRN = try await provider.read(.secrets, secret)?["srn"]
        #expect(secretSRN == .string("acme:secret:environment:token:latest:\(secret)"))
    }

    @Test func `is listed under the CLI's own word on newer Pythons`() async throws {
        let world = try TerraformWorld()
        for kind in EntityKind.allCases where kind != .flowsFilter {
            let (body, _) = try #require(Resources.full[kind])
            let id = try await Provider(world: world).create(kind, body)
            let listed = await world.call("GET", "entities/ResourceType.\(kind.resource.uppercased())").body
            #expect(listed.elements?.compactMap { $0["id"]?.text } == [id])
            #expect(listed[0]?["slug"]?.text?.isEmpty == false && listed[0]?["srn"]?.text?.isEmpty == false)
        }
    }

    @Test func `gets a plain slug of its own where it has no name`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        func slug(_ kind: EntityKind, _ body: JSONObject) async throws -> String? {
            try await provider.read(kind, try await provider.create(kind, body))?["slug"]?.text
        }
        let logger: JSONObject = ["integration_id": "x", "destination": "testacc-123456-#errors"]
        #expect(try await slug(.errorLoggers, logger) == "testacc-123456-errors")
        #expect(try await slug(.errorLoggers, logger) == "testacc-123456-errors-2")
        #expect(try await slug(.errorLoggers, ["integration_id": "x", "destination": "#"]) == "error_logger")
        let secret: JSONObject = ["path": "/acme/Aptible", "source_id": "x", "settings": ["json_key": "username"]]
        #expect(try await slug(.secrets, secret) == "acme-aptible")
        #expect(try await slug(.secrets, secret) == "acme-aptible-username")
        #expect(try await slug(.secrets, secret) == "acme-aptible-2")
        let http: JSONObject = ["type": "http", "integration_id": "<null>", "settings": ["url": "https://logs.test/x"]]
        #expect(try await slug(.logDestinations, http) == "https-logs-test-x")
    }

    @Test func `keeps a made slug while it is made from the same`() async throws {
        let world = try TerraformWorld()
        let provider = Provider(world: world)
        let body: JSONObject = ["integration_id": "x", "destination": "#errors"]
        _ = try await provider.create(.errorLoggers, body)
        let id = try await provider.create(.errorLoggers, body)
        var moved = body
        moved["integration_id"] = "y"
        try await provider.update(.errorLoggers, id, moved)
        #expect(try await provider.read(.errorLoggers, id)?["slug"] == "errors-2")
    }

    @Test func `tells of the service in which people have identities`() async throws {
        let world = try TerraformWorld()
        let (okta, _) = try #require(Resources.full[.integrations])
        _ = try await Provider(world: world).create(.integrations, okta)
        #expect(try await world.engine.services().map(\.key.description) == ["okta:acme.okta.com", "sym:cloud"])
    }
}

@Suite struct `The flows filter` {
    private let body: JSONObject = [
        "implementation": Resources.source("def get_flows(): pass\n"), "vars": ["a": "b"], "integrations": [:],
    ]

    @Test func `is one of a kind, without an id in its path`() async throws {
        let world = try TerraformWorld()
        let path = "entities/flows-filter"
        #expect(await world.call("GET", path).status == 404)
        #expect(await world.call("DELETE", path).status == 404)
        #expect(await world.call("PATCH", path, .object(body)).status == 404)
        let made = await world.call("POST", path, .object(body))
        #expect(made.status == 200)
        let id = try #require(made.body["id"]?.text)
        let second = await world.call("POST", path, .object(body))
        #expect(second.status == 409 && second.errors.count == 1)

        let read = try #require(await world.call("GET", path).body.object)
        #expect(Provider.plan(.flowsFilter, sent: body, read: read) == [])
        #expect(world.configuration.flowsFilter?.vars == ["a": "b"])
        var less = body
        less["vars"] = [:]
        #expect(await world.call("PATCH", path, .object(less)).body["id"]?.text == id)
        let again = try #require(await world.call("GET", path).body.object)
        #expect(Provider.plan(.flowsFilter, sent: less, read: again) == [])
        #expect(await world.call("DELETE", path).status == 200)
        #expect(await world.call("GET", path).status == 404)
        #expect(world.configuration.flowsFilter == nil)
    }
}
