import ApprovalEngine
import FlowConfig
import SymAPI

extension Wiring {
    /// The resources of Sym's Terraform provider, and what is wrong with them.
    static func entityRoutes(
        _ engine: ApprovalEngine, _ configuration: CurrentConfiguration, _ python: PythonStart
    ) -> [APIRoute] {
        let entities = EntityRoutes(engine: engine) { await configuration.refresh() }
        let check = CheckRoute(engine: engine) { sources in
            let seconds = configuration.value.settings.handlers.timeoutSeconds
            return await python.findings(sources, loadTime: .seconds(seconds))
        }
        return entities.routes + check.routes
    }
}
