import ApprovalCore
import Support

/// What has been read so far, by kind: what later kinds refer to.
struct ConfigParts: Sendable {
    var secretSources = Registry<SecretSource>(kind: "secret source")
    var secrets = Registry<SecretDefinition>(kind: "secret")
    var integrations = Registry<Integration>(kind: "integration")
    var errorLoggers = Registry<ErrorLogger>(kind: "error logger")
    var runtimes = Registry<String>(kind: "runtime")
    var logDestinations = Registry<String>(kind: "log destination")
    var environments = Registry<Environment>(kind: "environment")
    var targets = Registry<Target>(kind: "target")
    var strategies = Registry<Strategy>(kind: "strategy")
    var flows = Registry<Flow>(kind: "flow")
    var flowsFilter: FlowsFilter?

    /// From now on references are ids, as on the wire.
    mutating func speakWire() {
        secretSources.dialect = .wire
        secrets.dialect = .wire
        integrations.dialect = .wire
        errorLoggers.dialect = .wire
        runtimes.dialect = .wire
        logDestinations.dialect = .wire
        environments.dialect = .wire
        targets.dialect = .wire
        strategies.dialect = .wire
    }

    /// Under which id the wire knows what a configuration folder calls so.
    func id(_ kind: EntityKind, named name: String) -> String? {
        switch kind {
        case .secretSources: secretSources.id(named: name)
        case .secrets: secrets.id(named: name)
        case .integrations: integrations.id(named: name)
        case .errorLoggers: errorLoggers.id(named: name)
        case .runtimes: runtimes.id(named: name)
        case .logDestinations: logDestinations.id(named: name)
        case .environments: environments.id(named: name)
        case .targets: targets.id(named: name)
        case .strategies: strategies.id(named: name)
        case .flows: flows.id(named: name)
        case .flowsFilter: nil
        }
    }
}

/// A configuration folder that was loaded without a problem: what the API brings is joined to it.
package struct FolderConfiguration: Sendable {
    package let configuration: Configuration
    let parts: ConfigParts
}
