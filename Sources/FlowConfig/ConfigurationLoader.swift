import ApprovalCore
import Support

/// One file of a configuration folder.
package struct ConfigFile: Hashable, Sendable {
    /// As the operator should see it in messages; paths in the file are relative to its folder.
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// A configuration, or everything that is wrong with it.
package struct ConfigurationResult: Sendable {
    package var configuration: Result<Configuration, ConfigError>
    /// What is allowed but probably not meant. Sorted as problems are.
    package var warnings: [ConfigProblem]
    /// The Python files that are named and could be read, in reading order; also of a configuration with problems.
    package var sources: [PythonSource]
    /// The same configuration, ready to be joined with what comes through the API.
    package var folder: FolderConfiguration?

    /// All that is wrong; none for a configuration that can be used.
    package var problems: [ConfigProblem] {
        switch configuration {
        case .success: []
        case .failure(let error): error.problems
        }
    }
}

/// Makes a `Configuration` of files (decisions.md 10). Pure: what it must know of the machine comes in as closures.
package struct ConfigurationLoader {
    package var capabilities: Capabilities
    /// Whether tzdata has a zone of this name.
    package var knowsTimeZone: (String) -> Bool
    /// The content of a file that the configuration names, such as a flow's `implementation`; `nil` if there is none.
    package var readFile: (String) -> [UInt8]?

    package init(
        capabilities: Capabilities = .current, knowsTimeZone: @escaping (String) -> Bool,
        readFile: @escaping (String) -> [UInt8]?
    ) {
        self.capabilities = capabilities
        self.knowsTimeZone = knowsTimeZone
        self.readFile = readFile
    }

    /// Reads all files as one document. Their order does not matter.
    package func load(_ files: [ConfigFile]) -> ConfigurationResult {
        let report = ConfigReport()
        var parts = ConfigParts()
        let files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        let roots = files.compactMap { root(of: $0, report) }
        let reader = ConfigReader(
            report: report, capabilities: capabilities, knowsTimeZone: knowsTimeZone, readFile: readFile)
        let document = ConfigDocument(roots, report)
        report.isWhole = roots.count == files.count
        let configuration = reader.configuration(document, &parts)

        let warnings = report.warnings.sorted(by: ConfigProblem.inReadingOrder)
        guard report.problems.isEmpty, let configuration else {
            let problems = report.problems.sorted(by: ConfigProblem.inReadingOrder)
            return ConfigurationResult(
                configuration: .failure(ConfigError(problems: problems)), warnings: warnings, sources: report.sources)
        }
        return ConfigurationResult(
            configuration: .success(configuration), warnings: warnings, sources: report.sources,
            folder: FolderConfiguration(configuration: configuration, parts: parts))
    }

    private func root(of file: ConfigFile, _ report: ConfigReport) -> ConfigNode? {
        let whole = ConfigNode(file: file.path, value: .null)
        guard file.bytes.count <= ConfigLimits.fileBytes else {
            report.problem(whole, found: "\(file.bytes.count) bytes", expected: "at most \(ConfigLimits.fileBytes)")
            return nil
        }
        // Editors of some systems put a byte order mark in front.
        let bytes = file.bytes.starts(with: [0xef, 0xbb, 0xbf]) ? file.bytes.dropFirst(3) : file.bytes[...]
        do {
            let value = try JSONValue(parsing: bytes, allowing: [.comments, .trailingCommas])
            return ConfigNode(file: file.path, value: value)
        } catch {
            report.problem(whole, found: "a text that is not JSON (\(error))", expected: "one JSON object")
            return nil
        }
    }
}

/// All files as one document: arrays follow each other, everything else stands once.
struct ConfigDocument {
    /// Elements of the arrays at the top, by key.
    private(set) var lists: [String: [ConfigNode]] = [:]
    private(set) var singles: [String: ConfigNode] = [:]
    /// What stands for the whole where something is missing in all of it.
    private(set) var whole: ConfigNode

    static let listKeys = [
        "environments", "integrations", "flows", "strategies", "targets", "secrets", "secret_sources",
        "log_destinations", "error_loggers", "runtimes",
    ]
    static let singleKeys = ["organization", "settings", "flows_filter"]

    init(_ roots: [ConfigNode], _ report: ConfigReport) {
        whole = ConfigNode(file: roots.first?.file ?? "", value: .null)
        for root in roots {
            guard var reader = ObjectReader(root, report) else { continue }
            for key in Self.singleKeys {
                guard let node = reader.optional(key) else { continue }
                if let first = singles[key] {
                    report.problem(
                        node, found: "a second \(ConfigNode.quoted(key))", expected: "one in all files together",
                        hint: "The other one is \(first.file): \(first.path).")
                } else {
                    singles[key] = node
                }
            }
            for key in Self.listKeys {
                lists[key, default: []] += reader.optional(key).flatMap(report.array) ?? []
            }
            reader.finish()
        }
    }
}

/// What all readers share. Each returns what it could read and notes the rest in the report.
struct ConfigReader {
    let report: ConfigReport
    let capabilities: Capabilities
    let knowsTimeZone: (String) -> Bool
    let readFile: (String) -> [UInt8]?
    var dialect = ConfigDialect.folder

    /// `nil` when there is no organization; the report says what else is wrong.
    func configuration(_ document: ConfigDocument, _ parts: inout ConfigParts) -> Configuration? {
        func read<Value>(
            _ kind: EntityKind, _ registry: inout Registry<Value>, nameMax: Int = ConfigLimits.name,
            _ read: (inout ObjectReader, String) -> Value?
        ) {
            all(&registry, document.lists[kind.listKey], of: kind, nameMax: nameMax, read)
        }
        read(.secretSources, &parts.secretSources, secretSource)
        read(.secrets, &parts.secrets) { [sources = parts.secretSources] in secret(&$0, $1, sources) }
        read(.integrations, &parts.integrations) { [secrets = parts.secrets] in integration(&$0, $1, secrets) }
        read(.errorLoggers, &parts.errorLoggers) { [parts] in errorLogger(&$0, $1, parts.integrations) }
        read(.runtimes, &parts.runtimes) { [parts] in runtime(&$0, $1, parts.integrations) }
        read(.logDestinations, &parts.logDestinations) { [parts] in logDestination(&$0, $1, parts.integrations) }
        read(.environments, &parts.environments) { [parts] in environment(&$0, $1, parts) }
        read(.targets, &parts.targets, nameMax: ConfigLimits.targetName, target)
        read(.strategies, &parts.strategies) { [parts] in strategy(&$0, $1, parts) }
        read(.flows, &parts.flows) { [parts] in flow(&$0, $1, parts) }
        let settings = document.singles["settings"].map(settings) ?? Settings()
        parts.flowsFilter = document.singles["flows_filter"].flatMap { flowsFilter($0, parts.integrations) }
        let workspaces = workspaces(document.lists["integrations"] ?? [])

        guard let organization = document.singles["organization"] else {
            if report.isWhole {
                report.problem(
                    document.whole, found: "no \"organization\"", expected: "one, with at least its slug",
                    hint: "For example \"organization\": {\"slug\": \"acme\", \"domains\": [\"acme.example\"]}.")
            }
            return nil
        }
        return self.organization(organization).map {
            Configuration(
                organization: $0, flows: parts.flows.values, secrets: parts.secrets.values, settings: settings,
                workspaces: workspaces, errorChannels: ErrorChannel.of(parts.environments.values),
                flowsFilter: parts.flowsFilter, integrations: parts.integrations.values,
                definitions: definitions(document, parts))
        }
    }

    /// Reads the definitions of one kind, each with its `name`.
    func all<Value>(
        _ registry: inout Registry<Value>, _ nodes: [ConfigNode]?, of kind: EntityKind? = nil,
        nameMax: Int = ConfigLimits.name, _ read: (inout ObjectReader, String) -> Value?
    ) {
        for node in nodes ?? [] {
            guard var reader = ObjectReader(node, report) else { continue }
            let nameNode = reader.required("name", "a name for this \(registry.kind)")
            let name = nameNode.flatMap { report.slug($0, max: nameMax) }
            let problemsBefore = report.problems.count
            let value = read(&reader, name ?? "")
            reader.finish()
            // A name that is no slug still answers to references, so that it is complained about once.
            if let nameNode, let written = nameNode.value.text {
                let isSound = name != nil && report.problems.count == problemsBefore
                let id = kind.map { kind in
                    Entity.folderID(
                        Entity.uniqueName(kind, type: node.member("type")?.value.text, slug: written.lowercased()))
                }
                registry.define(written, id: id, at: nameNode, isSound ? value : nil, report)
            }
        }
    }

    /// The text of a `.py` file that is named relative to the file it is named in; on the wire the text itself.
    func pythonFile(_ node: ConfigNode, _ part: Capabilities.PythonPart, _ purpose: String) -> String? {
        guard let name = report.text(node) else { return nil }
        if dialect == .wire { return pythonText(name, node, part, purpose) }
        guard name.hasSuffix(".py") else {
            report.problem(node, expected: "the path of a .py file, relative to this file")
            return nil
        }
        guard capabilities.python.contains(part) else {
            unavailable(node, "\(purpose) in Python", expected: "a configuration that does without")
            return nil
        }
        let path = resolved(name, relativeTo: node.file)
        guard let bytes = readFile(path) else {
            report.problem(node, expected: "a file that can be read", hint: "\(path) cannot.")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            report.problem(node, expected: "a file in UTF-8", hint: "\(path) is not.")
            return nil
        }
        report.add(PythonSource(part: part, file: path, text: text))
        if part == .implementation, !text.contains("@") {
            report.warning(
                node, found: "a file without decorators", expected: "one with @hook or @reducer",
                hint: "Nothing in it is ever called. `symflow check` looks at the code itself.")
        }
        return text
    }

    private func pythonText(
        _ text: String, _ node: ConfigNode, _ part: Capabilities.PythonPart, _ purpose: String
    ) -> String? {
        guard capabilities.python.contains(part) else {
            unavailable(node, "\(purpose) in Python", expected: "a configuration that does without")
            return nil
        }
        // Strategies may come as plain text (sym-api.md 9).
        guard let source = WireText.decoded(text) ?? (part == .strategy ? text : nil) else {
            report.problem(node, found: "something else", expected: "Python source in base64")
            return nil
        }
        report.add(PythonSource(part: part, file: "\(node.file): \(node.path)", text: source))
        return source
    }

    func resolved(_ name: String, relativeTo file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return file[...slash] + name
    }

    /// Notes something that Sym had and this version has not (decisions.md 17).
    func unavailable(_ node: ConfigNode, _ what: String, expected: String) {
        report.problem(node, expected: expected, hint: "\(what) is not available in this version.")
    }
}
