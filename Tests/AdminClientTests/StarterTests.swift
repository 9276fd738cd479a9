import AdminClient
import ApprovalCore
import FlowConfig
import Support
import TestSupport
import Testing

@Suite struct `A first configuration` {
    private let site = SiteStarter(
        organization: "acme", admin: "ada@acme.test", workspace: "T0ACME", environment: "main", channel: "#approvals"
    )

    private func load(_ files: [StarterFile]) -> ConfigurationResult {
        ConfigurationLoader(knowsTimeZone: { _ in true }, readFile: { _ in nil }).load(
            files.map { ConfigFile(path: $0.path, bytes: Array($0.text.utf8)) }
        )
    }

    @Test func `is valid, without a warning, and asks the channel`() throws {
        let result = load(site.files())
        #expect(result.problems == [] && result.warnings == [])
        let configuration = try result.configuration.get()
        #expect(configuration.flows.map(\.name) == ["first-approval"])
        #expect(configuration.organization.slug == "acme")
        #expect(configuration.organization.domains == ["acme.test"])
        try expectGolden(
            site.files().map { "==> \($0.path)\n" + $0.text }.joined(), "starter/site.txt"
        )
    }

    @Test func `does not make everybody at a public domain a member`() throws {
        var site = site
        site.admin = "ada@gmail.com"
        #expect(try load(site.files()).configuration.get().organization.domains == [])
    }

    @Test func `takes further flows`() throws {
        let second = SiteFlow(name: "second", environment: "main", channel: "#ops")
        let third = SiteFlow(name: "db-prod", environment: "main", channel: "#ops")
        let result = load(site.files() + [second.approvalOnly, third.http])
        #expect(result.problems == [] && result.warnings == [])
        #expect(try result.configuration.get().flows.map(\.name) == ["db-prod", "first-approval", "second"])
    }

    @Test func `has names that can stand in it`() throws {
        #expect(try StarterNames.workspace("t0acme") == "T0ACME")
        #expect(try StarterNames.channel("approvals") == "#approvals")
        #expect(try StarterNames.email("Ada@Acme.test") == "ada@acme.test")
        for bad in ["", "a b", "a_b", "-a", "ü", "a\"", String(repeating: "a", count: 33)] {
            #expect(throws: ClientError.self) { try StarterNames.name(bad, "--x") }
        }
        for bad in ["", "x", "C0ACME", "T0-\""] {
            #expect(throws: ClientError.self) { try StarterNames.workspace(bad) }
        }
        for bad in ["", "a@b", "a@b.test\"", "@b.test", "a b@c.test"] {
            #expect(throws: ClientError.self) { try StarterNames.email(bad) }
        }
        for bad in ["", "#", "#A", "#a b", "#a\""] {
            #expect(throws: ClientError.self) { try StarterNames.channel(bad) }
        }
    }
}

@Suite struct `First Terraform files` {
    private let starter = TerraformStarter(organization: "acme", workspace: "T0ACME", environment: "prod")

    @Test(arguments: FlowKind.allCases)
    func `are what they were`(kind: FlowKind) throws {
        let flow = TerraformFlow(name: "db-prod", kind: kind)
        let files = (kind == .approvalOnly ? starter.files : []) + flow.files
        try expectGolden(files.map { "==> \($0.path)\n" + $0.text }.joined(), "starter/terraform-\(kind.rawValue).txt")
    }

    /// sym-terraform.md 2: what each resource takes, and nothing else.
    private static let attributes: [String: Set<String>] = [
        "sym_flow": ["name", "label", "implementation", "environment_id", "vars", "params"],
        "sym_environment": [
            "name", "label", "runtime_id", "integrations", "error_logger_id", "log_destination_ids",
        ],
        "sym_integration": ["type", "name", "external_id", "settings", "label"],
        "sym_strategy": ["type", "name", "label", "integration_id", "targets", "settings", "implementation"],
        "sym_target": ["type", "name", "label", "settings", "field_bindings"],
        "sym_secrets": ["type", "name", "label", "settings"], "sym_secret": ["path", "source_id", "label", "settings"],
        "sym_runtime": ["name", "label", "context_id"], "sym_error_logger": ["integration_id", "destination"],
    ]

    @Test(arguments: FlowKind.allCases)
    func `use attributes that the provider has, and refer to what is there`(kind: FlowKind) throws {
        let files = starter.files + TerraformFlow(name: "9-lives", kind: kind).files
        var declared: Set<String> = []
        var used: Set<String> = []
        for file in files where file.path.hasSuffix(".tf") {
            var type = ""
            for line in file.text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "resource" {
                    type = words[1].filter { $0 != "\"" }
                    declared.insert(type + "." + words[2].filter { $0 != "\"" })
                } else if line == "}" {
                    type = ""
                } else if !type.isEmpty, line.hasPrefix("  "), line.dropFirst(2).first?.isLetter == true {
                    let known = try #require(Self.attributes[type], "\(type)")
                    #expect(known.contains(String(words[0])), "\(type).\(words[0])")
                }
                for match in String(line).matches(of: /(?:sym_[a-z_]+\.[a-z0-9_]+|var\.[a-z_]+)/)
                where !line.hasPrefix("#") {
                    used.insert(String(match.output))
                }
                if words.first == "variable" { declared.insert("var." + words[1].filter { $0 != "\"" }) }
            }
            for path in file.text.matches(of: /path\.module}\/([a-z0-9_\/.]+)/) {
                #expect(files.contains { $0.path == String(path.output.1) }, "\(path.output.1)")
            }
        }
        #expect(used.subtracting(declared).filter { !$0.hasPrefix("sym_runtime.this") } == [])
        #expect(declared.contains("sym_flow.flow_9_lives"))
    }
}
