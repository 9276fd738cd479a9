import ApprovalCore
import ApprovalEngine
import AuditTrail
import Crypto
import FlowConfig
import HTTPModel
import Support
import SymAPI
import Synchronization
import TestSupport

/// The API on an engine in memory, with the organisation of `SampleConfiguration`: Ada is an administrator by the
/// folder, acme.test is its domain.
final class APIFixture: Sendable {
    let fixture: EngineFixture
    let authority: TokenAuthority
    let api: SymAPI
    let login: LoginEndpoint
    let outside = Outside()

    static let masterKey = MasterKey.random()
    static let limits = APIGate.Limits(tokenBurst: 1000, tokenPerSecond: 1000)

    var engine: ApprovalEngine { fixture.engine }
    var clock: ManualClock { fixture.clock }

    init(limits: APIGate.Limits = APIFixture.limits, signIn: LoginEndpoint.SignIn? = nil) throws {
        let fixture = try EngineFixture()
        let engine = fixture.engine
        let address = PublicAddress(nil)
        self.fixture = fixture
        let authority = TokenAuthority(
            store: engine.store, masterKey: Self.masterKey, clock: engine.clock, ids: .random,
            role: { user throws(StoreError) in try await engine.roleOfCaller(user) }
        )
        self.authority = authority
        api = SymAPI(
            routes: UserRoutes(engine).routes + TokenRoutes(engine, authority, address: address).routes
                + ServiceRoutes(engine).routes + OrganizationRoutes(engine).routes,
            gate: APIGate(store: engine.store, clock: engine.clock, limits: limits, log: .silent), log: .silent
        ) { try await authority.caller($0) }
        let outside = outside
        login = LoginEndpoint(
            engine: engine, authority: authority, address: address,
            slack: LoginEndpoint.Slack(
                send: { text, account, _ in outside.sent.withLock { $0.append((text, account)) } },
                signIn: signIn
            ), masterKey: Self.masterKey,
            later: { job in outside.later.withLock { $0.append(job) } }, log: .silent
        )
    }

    /// What the login sends, and what it leaves for later.
    final class Outside: Sendable {
        let sent = Mutex<[(text: String, account: Account)]>([])
        fileprivate let later = Mutex<[@Sendable () async -> Void]>([])
    }

    /// Does what answers did not wait for.
    func settle() async {
        for job in outside.later.withLock({ jobs in
            defer { jobs = [] }; return jobs
        }) { await job() }
    }

    // MARK: Users

    static func id(_ number: Int) -> String {
        let text = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - text.count) + text
    }

    /// A person with a role of their own, and a token.
    @discardableResult
    func person(_ email: String, _ role: Role, number: Int) async throws -> String {
        let user = User(
            id: PersonID(Self.id(number)), kind: .normal, role: role,
            identities: [ServiceIdentity(service: .sym, matcher: ["email": .string(email)])],
            createdAt: clock.now
        )
        try await engine.change(user: user.id, "userCreated", by: "test") { $0 ?? user }
        return try await token(of: user)
    }

    func bot(_ name: String, _ role: Role?, number: Int) async throws -> String {
        let user = User(
            id: PersonID(Self.id(number)), kind: .bot, role: role,
            identities: [ServiceIdentity(service: .sym, matcher: ["username": .string(name)])], createdAt: clock.now
        )
        try await engine.change(user: user.id, "userCreated", by: "test") { $0 ?? user }
        return try await token(of: user)
    }

    func token(of user: User, lifetime: Duration = .hours(24 * 365)) async throws -> String {
        try await authority.issue(
            TokenAuthority.Order(
                user: user, purpose: .bot, createdBy: user.id, lifetime: lifetime, issuer: "http://localhost/",
                client: "test", connection: "bot"
            )
        )
    }

    // MARK: Calls

    struct Answer: Sendable, CustomStringConvertible {
        var status: Int
        var headers: HTTPHeaders
        var body: JSONValue
        var description: String { "\(status) \(body.compact)" }
    }

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, as token: String?, from peer: String = "127.0.0.1"
    ) async -> Answer {
        var request = HTTPRequest(
            method: method, target: "/api/v1/" + path, headers: ["Host": "sym.test"], body: body?.bytes ?? [],
            peer: peer
        )
        if let token { request.headers["Authorization"] = "Bearer " + token }
        let response = await api.respond(to: request)
        return Answer(
            status: response.status, headers: response.headers,
            body: (try? JSONValue(parsing: response.bytes)) ?? .null
        )
    }

    /// Kinds of the records with this aggregate, in order.
    func recorded(_ aggregate: String) -> [String] {
        fixture.memory.records.filter { $0.aggregate == aggregate }.map(\.kind)
    }
}
