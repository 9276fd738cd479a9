import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support
import SymAPI
import TestSupport

/// The Events API in front of an engine in memory. Tokens are the callers' names.
struct EventsFixture: Sendable {
    let engine: EngineFixture
    let api: SymAPI

    static let bob = user("person-U0BOB", email: "bob@acme.test", slack: "U0BOB")
    static let dana = user("person-U0DANA", email: "dana@acme.test", slack: "U0DANA")
    static let ada = user("person-U0ADA", email: "ada@acme.test", slack: "U0ADA")
    static let gus = user("person-U0GUS", email: "gus@elsewhere.test", slack: "U0GUS")
    static let bot = User(
        id: "5a0f2c1e-0000-4000-8000-0000000000b0", kind: .bot,
        identities: [ServiceIdentity(service: .sym, matcher: ["username": "deploy"])], createdAt: Sample.start
    )
    static let otherBot = User(
        id: "5a0f2c1e-0000-4000-8000-0000000000b1", kind: .bot,
        identities: [ServiceIdentity(service: .sym, matcher: ["username": "other"])], createdAt: Sample.start
    )

    private static let callers: [String: (User, Role)] = [
        "bob": (bob, .member), "dana": (dana, .member), "ada": (ada, .admin), "gus": (gus, .guest),
        "bot": (bot, .member), "other": (otherBot, .member), "adminbot": (bot, .admin),
    ]

    private static func user(_ id: PersonID, email: String, slack: String) -> User {
        User(
            id: id, kind: .normal,
            identities: [
                ServiceIdentity(service: .sym, matcher: ["email": .string(email)]),
                ServiceIdentity(
                    service: ServiceKey(type: "slack", externalID: Sample.workspace),
                    matcher: ["user_id": .string(slack)]
                ),
            ], createdAt: Sample.start
        )
    }

    init(flows: String = SampleConfiguration.flows) throws {
        engine = try EngineFixture(configuration: SampleConfiguration.load(flows: flows))
        api = SymAPI(routes: EventRoutes(engine: engine.engine).routes, log: .silent) { bearer in
            Self.callers[bearer].map { APICaller(user: $0.0, role: $0.1, token: bearer) }
        }
    }

    struct Answer: Sendable {
        var status: Int
        var body: JSONValue

        subscript(name: String) -> JSONValue? { body[name] }
        var code: String? { body["code"]?.text }
        var run: RunID { RunID(body["run_id"]?.text ?? "") }
        var event: String { body["event_id"]?.text ?? "" }
    }

    func call(
        _ method: String, _ path: String, as caller: String, _ body: JSONValue? = nil, key: String? = nil
    ) async throws -> Answer {
        var request = HTTPRequest(method: method, target: "/api/v1/" + path, body: body?.bytes ?? [])
        request.headers["Authorization"] = "Bearer " + caller
        if let key { request.headers["Idempotency-Key"] = key }
        let response = await api.respond(to: request)
        return Answer(status: response.status, body: try JSONValue(parsing: response.bytes))
    }

    static let goAhead: JSONValue = [
        "flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": ["reason": "Release 7"], "context": [:],
    ]
    static let access: JSONValue = [
        "flow_srn": "acme:flow:prod:latest",
        "flow_inputs": [
            "reason": "INC-1", "duration": 3600, "target_srn": "acme:access_target:http:orders:latest",
        ], "context": ["diff.txt": "+1"], "user_email": "bob@acme.test",
    ]

    func ask(_ body: JSONValue = goAhead, as caller: String = "bot", key: String? = nil) async throws -> Answer {
        try await call("POST", "events/request", as: caller, body, key: key)
    }

    /// A request that waits for people.
    func asked(_ body: JSONValue = goAhead, as caller: String = "bot") async throws -> Answer {
        let answer = try await ask(body, as: caller)
        try await engine.settle()
        return answer
    }

    func status(_ run: RunID, as caller: String = "ada") async throws -> String? {
        try await call("GET", "runs/\(run)", as: caller)["status"]?.text
    }

    func event(_ id: String, as caller: String = "ada") async throws -> Answer {
        try await call("GET", "events/\(id)", as: caller)
    }
}
