import ApprovalCore
import Support

extension ConfigReader {
    /// Each type of strategy and the types of its targets (sym-terraform.md 5).
    static let targetTypes: [String: [String]] = [
        "http": ["http"],
        "custom": ["custom"],
        "aws_sso": ["aws_sso_permission_set", "aws_sso_group"],
        "aws_iam": ["aws_iam_group"],
        "aws_lambda": ["aws_lambda_function"],
        "okta": ["okta_group"],
        "onelogin": ["onelogin_role"],
        "github": ["github_repo"],
        "aptible": ["aptible_role"],
        "tailscale": ["tailscale_group"],
        "google_group": ["google_group"],
        "boundary": [],
    ]

    func strategy(
        _ reader: inout ObjectReader, _ name: String, _ parts: ConfigParts
    ) -> Strategy? {
        let typeNode = reader.required("type", "the type of strategy, such as \"http\"")
        let type = typeNode.flatMap {
            available($0, "strategy type", of: Array(Self.targetTypes.keys), capabilities.strategyTypes)
        }
        if let typeNode, type == "custom", !capabilities.python.contains(.strategy) {
            unavailable(typeNode, "A custom strategy, which is written in Python,", expected: "\"http\"")
        }
        let label = reader.label()
        let integrationNode = reader.reference("integration", dialect)
        let integration = integrationNode.flatMap { parts.integrations.resolve($0, report) }
        if let type, type != "http", integrationNode == nil {
            report.problem(
                reader.node, found: "no \"\(dialect.reference("integration"))\"",
                expected: dialect.way(to: "an integration"),
                hint: "Only http strategies do without.")
        }
        let used = reader.required("targets", "an array of targets' names").flatMap {
            strategyTargets($0, type: type, parts.targets)
        }
        let settingsNode = reader.optional("settings")
        let settings = type == "http" ? httpSettings(settingsNode, of: reader.node, parts.secrets) : other(settingsNode)
        let source = implementation(&reader, type: type)
        guard let type, let used, let settings else { return nil }
        return Strategy(
            type: type, name: name, label: label, integration: integration, settings: settings, targets: used,
            implementation: source)
    }

    private func strategyTargets(_ node: ConfigNode, type: String?, _ targets: Registry<Target>) -> [Target]? {
        guard let references = report.array(node) else { return nil }
        var used: [Target] = []
        for reference in references {
            guard let target = targets.resolve(reference, report) else { continue }
            if let type, let wanted = Self.targetTypes[type], !wanted.contains(target.type) {
                report.problem(
                    reference, expected: "a target of the type " + ConfigReport.oneOf(wanted),
                    hint: "This one is \(ConfigNode.quoted(target.type)).")
            }
            if used.contains(where: { $0.name == target.name }) {
                report.problem(reference, found: "\(reference.shown) again", expected: "each target once")
            } else {
                used.append(target)
            }
        }
        return used
    }

    /// Signed calls, so that a target system can tell ours from anybody's.
    private func httpSettings(
        _ node: ConfigNode?, of strategy: ConfigNode, _ secrets: Registry<SecretDefinition>
    ) -> [String: String]? {
        guard let node else {
            report.problem(
                strategy, found: "no \"settings\"", expected: "at least {\"signing_secret\": a secret's name}")
            return nil
        }
        guard var reader = ObjectReader(node, report) else { return nil }
        var settings: [String: String] = [:]
        settings["signing_secret"] = reader.required("signing_secret", "the name of a secret")
            .flatMap { secrets.resolveConfidentially($0, report)?.name }
        settings["timeout"] = reader.optional("timeout").flatMap { report.seconds($0, Self.timeoutSeconds) }
            .map { String($0) }
        settings["retry_ambiguous"] = reader.optional("retry_ambiguous").flatMap(report.flag).map { String($0) }
        reader.finish()
        return settings
    }

    private func other(_ node: ConfigNode?) -> [String: String]? {
        guard let node else { return [:] }
        guard node.value.object != nil else {
            report.problem(node, expected: "an object of strings")
            return nil
        }
        var settings: [String: String] = [:]
        for (name, value) in node.members where !value.value.isNull { settings[name] = report.settingText(value) }
        return settings
    }

    private func implementation(_ reader: inout ObjectReader, type: String?) -> String? {
        let node = reader.optional("implementation").flatMap { dialect.isNothing($0.value) ? nil : $0 }
        guard let node else {
            if type == "custom", capabilities.python.contains(.strategy) {
                report.problem(
                    reader.node, found: "no \"implementation\"",
                    expected: "the path of a .py file, relative to this file")
            }
            return nil
        }
        guard type == "custom" else {
            if type != nil { report.problem(node, expected: "nothing: only custom strategies have an implementation") }
            return nil
        }
        // Where Python does not run, the type has been complained about.
        return capabilities.python.contains(.strategy) ? pythonFile(node, .strategy, "A custom strategy") : nil
    }
}
