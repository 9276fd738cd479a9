import ApprovalEngine
import HandlersPython
import Support
import SymAPI

extension Wiring {
    /// The resources of Sym's Terraform provider, and what is wrong with them.
    static func entityRoutes(
        _ engine: ApprovalEngine, _ configuration: CurrentConfiguration, _ pool: WorkerPool
    ) -> [APIRoute] {
        let entities = EntityRoutes(
            engine: engine, apply: { await configuration.refresh() }, serviceSeen: { _, _, _ in }
        )
        let implementations = ImplementationCheck(
            pool: pool, callTime: { .seconds(configuration.value.settings.handlers.timeoutSeconds) }
        )
        let check = CheckRoute(engine: engine) { flow in await implementations.problem(of: flow) }
        return entities.routes + check.routes
    }
}
