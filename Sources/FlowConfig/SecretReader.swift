import Support

/// Where a kind of secret is kept.
enum SecretSource {
    case environment, file
}

extension ConfigReader {
    /// What the server itself lives by: whoever may change flows may not read it (decisions.md 11).
    private static let ownVariables = ["SYM_", "SLACK_", "PG"]
    private static let secretSourceTypes = ["environment", "file", "aws_secrets_manager"]

    func secretSource(_ reader: inout ObjectReader, _ name: String) -> SecretSource? {
        let type = reader.required("type", "the type of secret source").flatMap {
            available($0, "secret source", of: Self.secretSourceTypes, capabilities.secretSourceTypes)
        }
        _ = reader.label()
        if reader.node.member("type")?.value == "aws_secrets_manager" {
            _ = reader.strings("settings")
        } else if let settings = reader.optional("settings"), settings.value != [:] {
            report.problem(settings, expected: "no settings", hint: "This type of source has none.")
        }
        return switch type {
        case "environment": .environment
        case "file": .file
        default: nil
        }
    }

    /// A secret without a source is an environment variable.
    func secret(
        _ reader: inout ObjectReader, _ name: String, _ sources: Registry<SecretSource>
    ) -> SecretDefinition? {
        let sourceNode = reader.reference("source", dialect)
        let source = sourceNode.map { sources.resolve($0, report) } ?? .environment
        let path = reader.required("path", "the name of an environment variable, or of a file with a file source")
        _ = reader.label()
        var jsonKey: String?
        if let settings = reader.optional("settings"), var settingsReader = ObjectReader(settings, report) {
            jsonKey = settingsReader.optional("json_key").flatMap { report.filledText($0, max: ConfigLimits.label) }
            settingsReader.finish()
        }
        guard let path, let source, let text = report.filledText(path) else { return nil }
        let definition: SecretDefinition.Source
        switch source {
        case .environment:
            guard ConfigPatterns.isVariableName(text) else {
                // What stands here may be the secret itself: not repeated.
                report.problem(
                    path, found: "something else", expected: "the name of an environment variable",
                    hint: "The secret's value is read from there; it never stands in a configuration.")
                return nil
            }
            if dialect == .wire, let prefix = Self.ownVariables.first(where: text.hasPrefix) {
                report.problem(
                    path, expected: "another environment variable",
                    hint: "Those that begin with \"\(prefix)\" are the server's own.")
                return nil
            }
            definition = .environment(variable: text)
        case .file:
            if dialect == .wire {
                report.problem(
                    path, found: "a file", expected: "the name of an environment variable",
                    hint: "Files of the server are named in its configuration folder only.")
                return nil
            }
            definition = .file(path: resolved(text, relativeTo: path.file))
        }
        return SecretDefinition(
            name: name, source: definition, jsonKey: jsonKey, place: "\(path.file): \(path.path)")
    }
}
