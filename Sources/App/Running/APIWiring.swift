import ApprovalEngine
import Support
import SymAPI

extension Wiring {
    /// The REST API with all its groups of routes.
    static func api(
        _ engine: ApprovalEngine, _ authority: TokenAuthority, address: PublicAddress, entities: [APIRoute],
        log: Log
    ) -> SymAPI {
        SymAPI(
            routes: UserRoutes(engine).routes + TokenRoutes(engine, authority, address: address).routes
                + ServiceRoutes(engine).routes + OrganizationRoutes(engine).routes + entities,
            log: log
        ) { bearer in try await authority.caller(bearer) }
    }

    static func authority(_ engine: ApprovalEngine, _ environment: ServerEnvironment) -> TokenAuthority {
        TokenAuthority(
            store: engine.store, masterKey: environment.masterKey, clock: engine.clock, ids: engine.ids,
            role: { user throws(StoreError) in try await engine.role(of: user) }
        )
    }
}
