import ApprovalCore
import Support

extension ConfigurationLoader {
    /// A folder's configuration with what came through the API beside it.
    ///
    /// Each entity is read alone: one that cannot be used takes along those that refer to it, and nothing else. What the
    /// folder defines stays as it is, whatever the API brings.
    ///
    /// - Parameter entities: in the order in which they were created.
    package func join(_ entities: [Entity], to folder: FolderConfiguration) -> Configuration {
        var parts = folder.parts
        parts.speakWire()
        var joined = JoinedEntities(configuration: folder.configuration, parts: parts)
        for kind in EntityKind.allCases {
            for entity in entities where entity.kind == kind {
                let report = ConfigReport(isLenient: true)
                let reader = ConfigReader(
                    report: report, capabilities: capabilities, knowsTimeZone: knowsTimeZone, readFile: { _ in nil },
                    dialect: .wire)
                joined.read(entity, reader)
            }
        }
        return joined.finished
    }
}

/// What has been joined so far.
private struct JoinedEntities {
    private(set) var configuration: Configuration
    private var parts: ConfigParts
    private let isHomeInFolder: [String: Bool]

    init(configuration: Configuration, parts: ConfigParts) {
        self.configuration = configuration
        self.parts = parts
        isHomeInFolder = configuration.workspaces
    }

    var finished: Configuration {
        var configuration = configuration
        configuration.flows = parts.flows.values
        configuration.secrets = parts.secrets.values
        configuration.flowsFilter = parts.flowsFilter
        configuration.errorChannels = ErrorChannel.of(parts.environments.values)
        for integration in parts.integrations.values where integration.type == "slack" {
            let workspace = integration.externalID
            // The folder has the last word; of several others, the one that trusts less.
            guard isHomeInFolder[workspace] == nil else { continue }
            let isHome = integration.settings["home"] != "false"
            configuration.workspaces[workspace] = configuration.workspaces[workspace, default: true] && isHome
        }
        return configuration
    }

    mutating func read(_ entity: Entity, _ reader: ConfigReader) {
        switch entity.kind {
        case .secretSources: define(entity, \.secretSources, reader) { reader.secretSource(&$0, $1) }
        case .secrets:
            let sources = parts.secretSources
            define(entity, \.secrets, reader) { reader.secret(&$0, $1, sources) }
        case .integrations:
            let secrets = parts.secrets
            define(entity, \.integrations, reader) { reader.integration(&$0, $1, secrets) }
            if let type = entity.type, let externalID = entity.body["external_id"]?.text {
                configuration.integrations.append(Integration(type: type, name: entity.slug, externalID: externalID))
            }
        case .errorLoggers:
            let integrations = parts.integrations
            define(entity, \.errorLoggers, reader) { reader.errorLogger(&$0, $1, integrations) }
        case .runtimes:
            let integrations = parts.integrations
            define(entity, \.runtimes, reader) { reader.runtime(&$0, $1, integrations) }
        case .logDestinations:
            let integrations = parts.integrations
            define(entity, \.logDestinations, reader) { reader.logDestination(&$0, $1, integrations) }
        case .environments:
            let parts = parts
            define(entity, \.environments, reader) { reader.environment(&$0, $1, parts) }
        case .targets: define(entity, \.targets, reader) { reader.target(&$0, $1) }
        case .strategies:
            let parts = parts
            define(entity, \.strategies, reader) { reader.strategy(&$0, $1, parts) }
        case .flows:
            let parts = parts
            define(entity, \.flows, reader) { reader.flow(&$0, $1, parts) }
            if !reader.report.isSound { noteBroken(entity, reader.report) }
        case .flowsFilter:
            let filter = reader.flowsFilter(node(of: entity), parts.integrations)
            let isOwnedByFolder = configuration.owner(of: entity.uniqueName) != nil
            reportOwner(of: entity, reader.report)
            if reader.report.isSound {
                parts.flowsFilter = filter
            } else if !isOwnedByFolder {
                configuration.flowsFilterProblems = reader.report.all
            }
        }
        note(entity, reader.report)
    }

    private func node(of entity: Entity) -> ConfigNode {
        ConfigNode(file: entity.title, value: .object(entity.body))
    }

    private mutating func define<Value>(
        _ entity: Entity, _ registry: WritableKeyPath<ConfigParts, Registry<Value>>, _ reader: ConfigReader,
        _ read: (inout ObjectReader, String) -> Value?
    ) {
        let node = node(of: entity)
        guard var object = ObjectReader(node, reader.report) else { return }
        if let slug = object.optional("slug"), entity.kind.hasGivenSlug {
            _ = reader.report.slug(
                slug, max: entity.kind == .targets ? ConfigLimits.targetName : ConfigLimits.name)
        }
        // What the provider's first version sent for every flow (sym-api.md 9.1).
        if entity.kind == .flows { _ = object.optional("template") }
        let value = read(&object, entity.slug)
        object.finish()
        reportOwner(of: entity, reader.report)
        parts[keyPath: registry].define(
            id: entity.id, at: node, reader.report.isSound ? value : nil, problems: reader.report.all)
    }

    /// A name is owned by the folder or by the API. The API refuses what the folder has; this is for a folder that came
    /// to have it later, on another replica.
    private func reportOwner(of entity: Entity, _ report: ConfigReport) {
        guard let owner = configuration.owner(of: entity.uniqueName), let place = owner.place else { return }
        let node = node(of: entity)
        report.problem(
            node.member("slug") ?? node, found: "\(entity.title), which came through the API",
            expected: "a name that the configuration folder does not have", hint: "It is taken by \(place).")
    }

    private mutating func note(_ entity: Entity, _ report: ConfigReport) {
        let entry = { (problem: ConfigProblem, isWarning: Bool) in
            EntityProblem(
                kind: entity.kind, id: entity.id, slug: entity.slug, problem: problem, isWarning: isWarning)
        }
        configuration.entityProblems += report.problems.map { entry($0, false) }
        configuration.entityProblems += report.warnings.map { entry($0, true) }
        configuration.entitySources += report.sources
    }

    private mutating func noteBroken(_ entity: Entity, _ report: ConfigReport) {
        let environment = entity.body["environment_id"]?.text.flatMap { parts.environments.value(id: $0) }
        let label = entity.body["label"]?.text ?? ""
        configuration.brokenFlows.append(
            BrokenFlow(
                name: entity.slug, label: label.isEmpty ? entity.slug : label, workspace: environment?.workspace,
                errorChannel: environment?.errorChannel, problems: report.all))
    }
}

extension ConfigReport {
    /// Own problems first, then those of what is referred to.
    fileprivate var all: [ConfigProblem] { problems + adopted }
    fileprivate var isSound: Bool { problems.isEmpty && adopted.isEmpty }
}
