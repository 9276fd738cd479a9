package import ApprovalCore
package import Support

/// All that an operator has configured, checked and with every reference resolved. Made by `ConfigurationLoader`.
package struct Configuration: Hashable, Sendable {
    package var organization: Organization
    /// In the order of the files' names, then as written.
    package var flows: [Flow]
    package var secrets: [SecretDefinition]
    package var settings: Settings
    /// The Slack workspaces that are ours, `T…`: whether each is marked `home` (decisions.md 4).
    package var workspaces: [String: Bool]
    /// Where errors are reported, each place once.
    package var errorChannels: [ErrorChannel]
    /// Chooses the flows that a person is shown; absent where everybody is shown all.
    package var flowsFilter: FlowsFilter?
    /// The systems that are named: people have identities in them. What came through the API stands without its settings.
    package var integrations: [Integration]
    /// What the configuration folder defines, as the API shows it.
    package var definitions: [Entity]
    /// Flows that came through the API and cannot run.
    package var brokenFlows: [BrokenFlow] = []
    /// Why the flows filter that came through the API cannot run; empty where it can, or there is none.
    package var flowsFilterProblems: [ConfigProblem] = []
    /// Everything that is wrong with what came through the API.
    package var entityProblems: [EntityProblem] = []
    /// The Python that came through the API.
    package var entitySources: [PythonSource] = []

    package init(
        organization: Organization, flows: [Flow] = [], secrets: [SecretDefinition] = [],
        settings: Settings = Settings(), workspaces: [String: Bool] = [:], errorChannels: [ErrorChannel] = [],
        flowsFilter: FlowsFilter? = nil,
        integrations: [Integration] = [], definitions: [Entity] = []
    ) {
        self.integrations = integrations
        self.definitions = definitions
        self.organization = organization
        self.flows = flows
        self.secrets = secrets
        self.settings = settings
        self.workspaces = workspaces
        self.errorChannels = errorChannels
        self.flowsFilter = flowsFilter
    }

    /// Flows are named without regard to case.
    package func flow(named name: String) -> Flow? {
        let name = name.lowercased()
        return flows.first { $0.name.lowercased() == name }
    }

    /// A flow of this name that cannot run.
    package func brokenFlow(named name: String) -> BrokenFlow? {
        let name = name.lowercased()
        return brokenFlows.first { $0.name.lowercased() == name }
    }

    /// What the configuration folder defines under a name that an entity of the API has or wants.
    package func owner(of uniqueName: String) -> Entity? { definitions.first { $0.uniqueName == uniqueName } }

    package func secret(named name: String) -> SecretDefinition? {
        let name = name.lowercased()
        return secrets.first { $0.name.lowercased() == name }
    }
}

/// Who we are, and whom we know before Slack tells us.
package struct Organization: Hashable, Sendable {
    package var slug: String
    package var label: String
    /// Whoever has an e-mail address there is a member, in a home workspace (SYM-39). Lower case.
    package var domains: [String]
    package var users: [User]

    package init(slug: String, label: String? = nil, domains: [String] = [], users: [User] = []) {
        self.slug = slug
        self.label = label ?? slug
        self.domains = domains
        self.users = users
    }

    package struct User: Hashable, Sendable {
        /// Lower case.
        package var email: String
        package var role: Role
        package var accounts: [Account]
        package var name: String?

        package init(email: String, role: Role, accounts: [Account] = [], name: String? = nil) {
            self.email = email
            self.role = role
            self.accounts = accounts
            self.name = name
        }
    }

    package func user(email: String) -> User? {
        let email = email.lowercased()
        return users.first { $0.email == email }
    }

    package func user(_ account: Account) -> User? { users.first { $0.accounts.contains(account) } }

    /// Whether the part behind the `@` is one of our domains; subdomains are not.
    package func ownsDomain(of email: String) -> Bool {
        guard let at = email.lastIndex(of: "@") else { return false }
        return domains.contains(email[email.index(after: at)...].lowercased())
    }
}

/// A channel that hears of failed handlers and strategies (SYM-26).
package struct ErrorChannel: Hashable, Sendable, Comparable {
    /// The workspace, `T…`.
    package var workspace: String
    /// Channel id or `#name`.
    package var channel: String

    package init(workspace: String, channel: String) {
        self.workspace = workspace
        self.channel = channel
    }

    /// Those of some environments, each once.
    static func of(_ environments: [Environment]) -> [ErrorChannel] {
        let channels = environments.compactMap { environment in
            environment.errorChannel.map { ErrorChannel(workspace: environment.workspace, channel: $0) }
        }
        return Set(channels).sorted()
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.workspace, left.channel) < (right.workspace, right.channel)
    }
}

/// Where a secret is read, never what it is.
package struct SecretDefinition: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// An environment variable.
        case environment(variable: String)
        /// A file's content without the line end behind it.
        case file(path: String)
    }

    package var name: String
    package var source: Source
    /// The member to take where the source holds a JSON object.
    package var jsonKey: String?
    /// Where the definition stands, for messages about its value.
    package var place: String

    package init(name: String, source: Source, jsonKey: String? = nil, place: String = "") {
        self.name = name
        self.source = source
        self.jsonKey = jsonKey
        self.place = place
    }

    /// The secret in what its source holds: without the line end that editors add, or one member of a JSON object.
    /// `nil` where there is no such member, or nothing at all.
    package func secret(in content: String) -> Secret? {
        var text = content[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        guard let jsonKey else { return text.isEmpty ? nil : Secret(String(text)) }
        guard let value = (try? JSONValue(parsing: String(text)))?[jsonKey]?.text, !value.isEmpty else { return nil }
        return Secret(value)
    }
}

/// Code that chooses which flows a person is offered (SYM-64).
package struct FlowsFilter: Hashable, Sendable {
    /// Python source.
    package var implementation: String
    package var vars: [String: String]
    package var integrations: [String: Integration]

    package init(implementation: String, vars: [String: String] = [:], integrations: [String: Integration] = [:]) {
        self.implementation = implementation
        self.vars = vars
        self.integrations = integrations
    }
}
