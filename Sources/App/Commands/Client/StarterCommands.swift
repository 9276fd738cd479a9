import AdminClient
import FoundationEssentials
import Support

extension Command {
    static let initialize = client(
        "init", "Write a first flow as a configuration folder, or the beginning of one in Terraform.",
        [
            Option("--directory", "DIR", "where to write (default config/site; with --terraform, terraform)"),
            Option("--slack-workspace-id", also: ["--workspace-id"], "ID", "your Slack workspace, T…"),
            Option("--environment", "NAME", "what the flows are for: prod, staging, sandbox"),
            Option("--org", "SLUG", "the organisation's short name"),
            Option("--admin", "EMAIL", "the first administrator (configuration folder)"),
            Option("--channel", "NAME", "the channel that is asked (configuration folder; default #approvals)"),
            Option("--terraform", "write Terraform files for Sym's provider"),
        ],
        details: """
            What is missing is asked for. A configuration folder works with symflow check and symflow serve at once;
            its comments say what can be changed. symflow generate adds flows to either.
            """
    ) { client, words in
        let starter = Starter(screen: client.desk.screen, words: words)
        let organization = try starter.value(
            "--org", "Organisation (short name)", else: client.session.login.organization)
        let slug = try StarterNames.name(organization, "--org")
        let workspace = try StarterNames.workspace(try starter.value("--slack-workspace-id", "Slack workspace id (T…)"))
        let environment = try StarterNames.name(
            try starter.value("--environment", "Environment", else: "main"), "--environment")
        if words.has("--terraform") {
            let folder = words["--directory"] ?? "terraform"
            let files = TerraformStarter(organization: slug, workspace: workspace, environment: environment).files
            try starter.write(files, to: folder)
            client.desk.screen.print("Next: symflow generate --directory \(folder) adds a flow.")
            return
        }
        let folder = words["--directory"] ?? "config/site"
        let admin = try StarterNames.email(
            try starter.value("--admin", "First administrator (e-mail)", else: client.session.login.email))
        let channel = try StarterNames.channel(
            try starter.value("--channel", "Channel that is asked", else: "#approvals"))
        let site = SiteStarter(
            organization: slug.lowercased(), admin: admin, workspace: workspace, environment: environment,
            channel: channel
        )
        try starter.write(site.files(), to: folder)
        client.desk.screen.print("Next: symflow check \(folder), then symflow serve --config \(folder).")
    }

    static let generate = client(
        "generate", "Add a flow to what symflow init has written.",
        [
            Option("--directory", "DIR", "the folder (default: this one, else config/site)"),
            Option("--type", "TYPE", FlowKind.allCases.map(\.rawValue).joined(separator: ", ")),
            Option("--flow-name", "NAME", "what the flow is called"),
            Option("--environment", "NAME", "configuration folder: which environment it belongs to"),
            Option("--channel", "NAME", "configuration folder: the channel that is asked (default #approvals)"),
            Option("--okta-domain", "DOMAIN", "Terraform, okta: your domain, such as example.okta.com"),
        ]
    ) { client, words in
        let starter = Starter(screen: client.desk.screen, words: words)
        let (folder, isTerraform) = try starter.folder()
        let kindText = try client.desk.choose(
            "a type of flow", given: words["--type"], among: FlowKind.allCases.map(\.rawValue), option: "--type"
        )
        guard let kind = FlowKind(rawValue: kindText) else { throw UsageError("--type is missing.") }
        let name = try StarterNames.name(try starter.value("--flow-name", "Flow name"), "--flow-name")
        if isTerraform {
            let domain =
                kind == .okta ? try starter.value("--okta-domain", "Okta domain, such as example.okta.com") : ""
            try starter.write(
                TerraformFlow(name: name, kind: kind, oktaDomain: domain).files, to: folder,
                keeping: ["connectors.tf", "secrets.tf"]
            )
            client.desk.screen.print("Next: replace what says CHANGE-ME, then terraform init && terraform plan.")
            return
        }
        let flow = SiteFlow(
            name: name, environment: try starter.environment(in: folder, client.desk),
            channel: try StarterNames.channel(words["--channel"] ?? "#approvals")
        )
        switch kind {
        case .approvalOnly: try starter.write([flow.approvalOnly], to: folder)
        case .http: try starter.write([flow.http], to: folder)
        case .okta, .awsIAM, .awsLambda, .awsSSO:
            throw ClientError(
                .failed, "A configuration folder has no \(kind.rawValue) flows in this version.",
                hint: "Use --type http with a small service of yours in front of it."
            )
        }
        client.desk.screen.print("Next: symflow check \(folder).")
    }

    static let migrate = client(
        "migrate", "What became of Sym's migrate.",
        [
            Option("--directory", "DIR", "a folder of Terraform files"),
            Option("--dry-run", "change nothing"),
        ]
    ) { _, _ in
        throw ClientError(
            .failed, "There is nothing to migrate: files of symflow init and generate already have the newest form.",
            hint: """
                Terraform files that symflow 7 generated work against this server as they are; their AWS modules trust \
                Sym's account, so set the modules' sym_account_id to yours. To move a database: symflow database copy.
                """
        )
    }

    static let version = client("version", "Print the version.") { client, _ in
        client.desk.screen.print(
            client.desk.json ? JSONValue.object(["version": .string(Version.text)]).compact : Version.text
        )
    }
}

/// What `init` and `generate` have in common.
private struct Starter {
    let screen: Screen
    let words: Arguments

    /// An option's value, or what is typed; an empty line takes the default.
    func value(_ option: String, _ question: String, else given: String? = nil) throws -> String {
        if let value = words[option] { return value }
        let typed = screen.ask(question + (given.map { " [\($0)]" } ?? "") + ": ")?.trimmed ?? ""
        guard let value = typed.isEmpty ? given : typed else { throw UsageError("\(option) is missing.") }
        return value
    }

    /// - Parameter shared: files that several flows have in common, and that stay as they are.
    func write(_ files: [StarterFile], to folder: String, keeping shared: Set<String> = []) throws {
        func isThere(_ file: StarterFile) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + file.path) }
        // All or nothing: half a flow is worse than none.
        if let taken = files.first(where: { isThere($0) && !shared.contains($0.path) }) {
            throw CommandError(
                "\(folder)/\(taken.path) is there already, and nothing was written. Choose another name or folder.")
        }
        for file in files where !isThere(file) {
            try Files.create(folder + "/" + file.path, file.text)
            screen.print("wrote \(folder)/\(file.path)")
        }
    }

    /// The folder to add to, and whether it holds Terraform.
    func folder() throws -> (path: String, isTerraform: Bool) {
        func has(_ folder: String, _ suffix: String) -> Bool {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).contains { $0.hasSuffix(suffix) }
        }
        let given = words["--directory"]
        for path in given.map({ [$0] }) ?? [".", EnvironmentReader().path("SYM_CONFIG") ?? "config/site"] {
            if has(path, "environment.tf") { return (path, true) }
            if has(path, ".json"), !environments(in: path).isEmpty { return (path, false) }
        }
        throw CommandError(
            "symflow generate: there is nothing to add to\(given.map { " in \($0)" } ?? " here or in config/site"). "
                + "Run symflow init first, or name the folder with --directory."
        )
    }

    func environment(in folder: String, _ desk: Desk) throws -> String {
        try desk.choose(
            "an environment", given: words["--environment"], among: environments(in: folder), option: "--environment"
        )
    }

    private func environments(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name -> [String] in
            let document = try? JSONValue(
                parsing: Files.read(folder + "/" + name) ?? [], allowing: [.comments, .trailingCommas]
            )
            return (document?["environments"]?.elements ?? []).compactMap { $0["name"]?.text }
        }
    }
}

extension CommandTable {
    /// The administrator's client, with the words of Sym's CLI 8.1.0.
    static let administration: [Command] = [
        .initialize, .generate, .migrate, .login, .logout, .status, .users, .bots, .tokens, .services, .domains,
        .resources, .organization, .config,
    ]
}
