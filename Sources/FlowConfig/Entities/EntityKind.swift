/// The kinds of resource that Sym's Terraform provider knows (sym-api.md 9), in an order in which what is referred to
/// comes before what refers to it.
package enum EntityKind: String, Hashable, Sendable, CaseIterable {
    // Raw values are the words in the API's paths.
    case secretSources = "secret-sources"
    case secrets
    case integrations
    case errorLoggers = "error-loggers"
    case runtimes
    case logDestinations = "log-destinations"
    case environments
    case targets = "access-targets"
    case strategies = "access-strategies"
    case flows
    case flowsFilter = "flows-filter"

    /// What Terraform calls one.
    package var resource: String {
        switch self {
        case .secretSources: "sym_secrets"
        case .secrets: "sym_secret"
        case .integrations: "sym_integration"
        case .errorLoggers: "sym_error_logger"
        case .runtimes: "sym_runtime"
        case .logDestinations: "sym_log_destination"
        case .environments: "sym_environment"
        case .targets: "sym_target"
        case .strategies: "sym_strategy"
        case .flows: "sym_flow"
        case .flowsFilter: "sym_flows_filter"
        }
    }

    /// The array in a configuration folder; the flows filter stands alone.
    package var listKey: String {
        switch self {
        case .secretSources: "secret_sources"
        case .secrets: "secrets"
        case .integrations: "integrations"
        case .errorLoggers: "error_loggers"
        case .runtimes: "runtimes"
        case .logDestinations: "log_destinations"
        case .environments: "environments"
        case .targets: "targets"
        case .strategies: "strategies"
        case .flows: "flows"
        case .flowsFilter: "flows_filter"
        }
    }

    /// The model in an SRN (sym-api.md 9.3).
    package var model: String {
        switch self {
        case .secretSources: "secrets"
        case .secrets: "secret"
        case .integrations: "integration"
        case .errorLoggers: "error_logger"
        case .runtimes: "runtime"
        case .logDestinations: "log_destination"
        case .environments: "environment"
        case .targets: "access_target"
        case .strategies: "access_strategy"
        case .flows: "flow"
        case .flowsFilter: "flows_filter"
        }
    }

    /// Whether a slug is unique among those of one `type` only.
    package var isTyped: Bool {
        switch self {
        case .secretSources, .integrations, .logDestinations, .targets, .strategies: true
        case .secrets, .errorLoggers, .runtimes, .environments, .flows, .flowsFilter: false
        }
    }

    /// Whether the client names the resource; the slugs of the others are the server's to make.
    package var hasGivenSlug: Bool {
        switch self {
        case .secrets, .errorLoggers, .logDestinations, .flowsFilter: false
        default: true
        }
    }
}
