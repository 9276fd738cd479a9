import ApprovalCore
import Support

/// A channel for errors in the workspace of an integration.
struct ErrorLogger {
    var integration: Integration
    var destination: String
}

extension ConfigReader {
    // MARK: Integrations

    /// The settings that each type of integration knows (sym-terraform.md 4); `nil` where nobody wrote them down.
    private static let integrationSettings: [String: [String]?] = [
        "slack": ["home"],
        "permission_context": ["cloud", "region", "role_arn", "external_id", "account_id", "instance_arn"],
        "pagerduty": ["api_token_secret"],
        "okta": ["api_token_secret"],
        "onelogin": ["client_id", "client_secret"],
        "github": ["api_token_secret"],
        "aptible": ["username_secret", "password_secret"],
        "tailscale": ["api_token_secret"],
        "google": [
            "type", "audience", "subject_token_type", "service_account_impersonation_url", "token_url",
            "credential_source",
        ],
        "knowbe4": ["api_token_secret", "region"],
        "segment": ["write_key_secret", "api_token_secret"],
        "custom": ["secret_ids_json"],
        "boundary": nil,
        "jira": nil,
    ]

    func integration(
        _ reader: inout ObjectReader, _ name: String, _ secrets: Registry<SecretDefinition>
    ) -> Integration? {
        let typeNode = reader.required("type", "the type of integration, such as \"slack\"")
        let type = typeNode.flatMap {
            available($0, "integration type", of: Array(Self.integrationSettings.keys), availableIntegrationTypes)
        }
        let isSlack = typeNode?.value == "slack"
        let externalIDNode = reader.required(
            "external_id", isSlack ? SlackIDKind.workspace.expected : "what it is there")
        let externalID = externalIDNode.flatMap {
            isSlack ? report.slackID($0, .workspace) : report.filledText($0, max: ConfigLimits.label)
        }
        _ = reader.label()
        let settingsNode = reader.optional("settings")
        var settings: [String: String] = [:]
        if let settingsNode, let known = typeNode?.value.text.flatMap({ Self.integrationSettings[$0] }) {
            settings = integrationSettings(settingsNode, known, secrets)
        }
        guard let type, let externalID else { return nil }
        return Integration(type: type, name: name, externalID: externalID, settings: settings)
    }

    /// One that came through the API harms nobody where nothing uses it, such as the permission context of a runtime.
    private var availableIntegrationTypes: Set<String> {
        dialect == .wire ? Set(Self.integrationSettings.keys) : capabilities.integrationTypes
    }

    private func integrationSettings(
        _ node: ConfigNode, _ known: [String]?, _ secrets: Registry<SecretDefinition>
    ) -> [String: String] {
        guard var reader = ObjectReader(node, report) else { return [:] }
        var settings: [String: String] = [:]
        for name in known ?? node.members.map(\.name) {
            guard let value = reader.optional(name) else { continue }
            if name.hasSuffix("_secret") {
                settings[name] = secrets.resolveConfidentially(value, report)?.name
            } else if name == "secret_ids_json" {
                settings[name] = namesInJSON(value, secrets)
            } else if name == "home" {
                settings[name] = report.flag(value).map { $0 ? "true" : "false" }
            } else {
                settings[name] = report.settingText(value)
            }
        }
        reader.finish()
        return settings
    }

    /// Names of secrets in an array that is itself written as text.
    private func namesInJSON(_ node: ConfigNode, _ secrets: Registry<SecretDefinition>) -> String? {
        guard let text = node.value.text, let value = try? JSONValue(parsing: text), value.elements != nil else {
            report.problem(node, found: node.value.kind, expected: "an array of secrets' names, as JSON in a string")
            return nil
        }
        let names = node.holding(value).elements.compactMap { secrets.resolveConfidentially($0, report)?.name }
        return JSONValue.array(names.map(JSONValue.string)).compact
    }

    /// Which Slack workspaces are ours, and whether each is `home`. Several integrations may name one workspace if they
    /// agree.
    func workspaces(_ integrations: [ConfigNode]) -> [String: Bool] {
        var workspaces: [String: (isHome: Bool, node: ConfigNode)] = [:]
        for node in integrations where node.member("type")?.value == "slack" {
            guard let id = node.member("external_id")?.value.text, SlackIDKind.workspace.matches(id) else { continue }
            let home = node.member("settings")?.member("home")
            let isHome = home.map { $0.value != "false" && $0.value != false } ?? true
            if let first = workspaces[id], first.isHome != isHome {
                report.problem(
                    home ?? node, found: "home = \(isHome)",
                    expected: "what \(first.node.file): \(first.node.path) says of the same workspace: \(first.isHome)")
            } else {
                workspaces[id] = (isHome, node)
            }
        }
        return workspaces.mapValues(\.isHome)
    }

    // MARK: What stands beside them

    func errorLogger(
        _ reader: inout ObjectReader, _ name: String, _ integrations: Registry<Integration>
    ) -> ErrorLogger? {
        let integrationNode = reader.requiredReference("integration", to: "a slack integration", dialect)
        let integration = integrationNode.flatMap { integrations.resolve($0, report) }
        let destination = reader.required("destination", "a Slack channel").flatMap { node -> String? in
            guard let text = report.filledText(node, max: ConfigLimits.label) else { return nil }
            // Sym took a channel's name without its `#` as well (sym-api.md 9.2).
            return SlackIDKind.channel.matches(text) || text.hasPrefix("#") ? text : "#" + text
        }
        _ = reader.label()
        guard let integrationNode, let integration, let destination else { return nil }
        guard integration.type == "slack" else {
            report.problem(integrationNode, expected: "a slack integration", hint: "This one is \(integration.type).")
            return nil
        }
        return ErrorLogger(integration: integration, destination: destination)
    }

    func runtime(_ reader: inout ObjectReader, _ name: String, _ integrations: Registry<Integration>) -> String? {
        _ = reader.label()
        _ = reader.reference("context", dialect).flatMap { integrations.resolve($0, report) }
        return name
    }

    private static let logDestinationTypes = ["kinesis_firehose", "kinesis_data_stream", "segment", "http", "datadog"]

    func logDestination(
        _ reader: inout ObjectReader, _ name: String, _ integrations: Registry<Integration>
    ) -> String? {
        let type = reader.required("type", "the type of log destination").flatMap {
            available($0, "log destination", of: Self.logDestinationTypes, capabilities.logDestinationTypes)
        }
        _ = reader.reference("integration", dialect).flatMap { integrations.resolve($0, report) }
        _ = reader.strings("settings")
        return type.map { _ in name }
    }

    // MARK: Environments

    func environment(_ reader: inout ObjectReader, _ name: String, _ parts: ConfigParts) -> Environment? {
        let label = reader.label()
        _ = reader.reference("runtime", dialect).flatMap { node in
            spared { parts.runtimes.resolve(node, $0) }
        }
        let slackKey = dialect.reference("slack")
        var integrations: [String: Integration] = [:]
        let slackWay = dialect.way(to: "a slack integration")
        let node = reader.required("integrations", "at least {\"\(slackKey)\": \(slackWay)}")
        if let node {
            if node.value.object == nil { report.problem(node, expected: "an object of integrations' names") }
            for (key, reference) in node.members where !reference.value.isNull && !dialect.isNothing(reference.value) {
                integrations[dialect.integrationName(key)] =
                    key == slackKey
                    ? parts.integrations.resolve(reference, report)
                    : spared { parts.integrations.resolve(reference, $0) }
            }
        }
        if let node, node.value.object != nil, node.member(slackKey) == nil {
            let other = dialect == .folder ? "slack_id" : "slack"
            let hint = node.member(other) == nil ? nil : ConfigReport.didYouMean(slackKey)
            report.problem(
                node, found: "no \(ConfigNode.quoted(slackKey))", expected: slackWay, hint: hint)
        }
        let slack = integrations["slack"]
        if let slack, slack.type != "slack", let reference = node?.member(slackKey) {
            report.problem(reference, expected: "a slack integration", hint: "This one is \(slack.type).")
        }
        let loggerNode = reader.reference("error_logger", dialect)
        let logger = loggerNode.flatMap { parts.errorLoggers.resolve($0, report) }
        if let loggerNode, let logger, let slack, logger.integration.externalID != slack.externalID {
            report.problem(
                loggerNode, expected: "an error logger in the workspace \(slack.externalID)",
                hint: "This one is in \(logger.integration.externalID).")
        }
        for reference in reader.optional(dialect.references("log_destination")).flatMap(report.array) ?? [] {
            _ = spared { parts.logDestinations.resolve(reference, $0) }
        }
        guard let slack else { return nil }
        return Environment(
            name: name, label: label, workspace: slack.externalID, errorChannel: logger?.destination,
            integrations: integrations)
    }

    /// Reads what can be done without in an environment that came through the API: its flows run all the same, and
    /// what is missing is a warning. In a configuration folder nothing is spared.
    private func spared<Value>(_ read: (ConfigReport) -> Value?) -> Value? {
        guard dialect == .wire else { return read(report) }
        let aside = ConfigReport()
        defer { report.warn(of: aside) }
        return read(aside)
    }

    func flowsFilter(_ node: ConfigNode, _ integrations: Registry<Integration>) -> FlowsFilter? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let source = reader.required("implementation", "the path of a .py file, relative to this file").flatMap {
            pythonFile($0, .flowsFilter, "A flows filter")
        }
        let vars = reader.strings("vars") ?? [:]
        var used: [String: Integration] = [:]
        for (key, reference) in reader.optional("integrations")?.members ?? [] where !reference.value.isNull {
            used[dialect.integrationName(key)] = integrations.resolve(reference, report)
        }
        reader.finish()
        return source.map { FlowsFilter(implementation: $0, vars: vars, integrations: used) }
    }

    // MARK: Types

    /// A type that this version can do; one that only Sym could is named as such.
    func available(_ node: ConfigNode, _ what: String, of known: [String], _ available: Set<String>) -> String? {
        guard let type = report.text(node) else { return nil }
        if available.contains(type) { return type }
        if known.contains(type) {
            let expected = available.isEmpty ? "none" : ConfigReport.oneOf(available.sorted())
            unavailable(node, "The \(what) \(ConfigNode.quoted(type))", expected: expected)
        } else {
            report.notOneOf(available.sorted(), node)
        }
        return nil
    }
}
