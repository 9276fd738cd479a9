import ApprovalCore
import ApprovalEngine
import FlowConfig
import SlackGateway
import Support
import SymAPI
import TransportCurl

extension Wiring {
    /// The REST API with all its groups of routes.
    static func api(
        _ engine: ApprovalEngine, _ authority: TokenAuthority, address: PublicAddress, entities: [APIRoute],
        log: Log
    ) -> SymAPI {
        SymAPI(
            routes: UserRoutes(engine).routes + TokenRoutes(engine, authority, address: address).routes
                + ServiceRoutes(engine).routes + OrganizationRoutes(engine).routes + entities
                + EventRoutes(engine: engine).routes,
            gate: APIGate(
                store: engine.store, clock: engine.clock,
                limits: APIGate.Limits(
                    tokenBurst: engine.configuration().settings.api.callsAtOnce,
                    tokenPerSecond: Double(engine.configuration().settings.api.callsPerSecond)
                ), log: log
            ), log: log
        ) { bearer in try await authority.caller(bearer) }
    }

    /// `symflow login`.
    static func login(
        _ engine: ApprovalEngine, _ authority: TokenAuthority, address: PublicAddress,
        _ environment: ServerEnvironment, slack: SlackForHandlers, transport: CurlTransport, lane: InteractionLane,
        log: Log
    ) -> LoginEndpoint {
        let signIn = environment.slackClient.map { client in
            SlackSignIn(
                clientID: client.id, clientSecret: client.secret, apiURL: environment.slackAPI, transport: transport
            )
        }
        return LoginEndpoint(
            engine: engine, authority: authority, address: address,
            slack: LoginEndpoint.Slack(
                send: { text, account, workspace in
                    try await slack.say(text, in: .people([account]), thread: nil, workspace: workspace)
                },
                signIn: signIn.map { signIn in
                    LoginEndpoint.SignIn(
                        url: { signIn.url(state: $0, redirectURI: $1) },
                        account: { try await signIn.account(code: $0, redirectURI: $1) }
                    )
                }
            ), masterKey: environment.masterKey, later: { lane.start($0) }, log: log
        )
    }

    static func authority(_ engine: ApprovalEngine, _ environment: ServerEnvironment) -> TokenAuthority {
        TokenAuthority(
            store: engine.store, masterKey: environment.masterKey, clock: engine.clock, ids: engine.ids,
            role: { user throws(StoreError) in try await engine.roleOfCaller(user) }
        )
    }
}
