import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import Support
import SymAPI
import Synchronization
import TestSupport

/// The API with its entities over a store in memory, and a configuration folder beside it.
final class TerraformWorld: Sendable {
    let fixture: EngineFixture
    let engine: ApprovalEngine
    private let api: SymAPI

    struct Answer: Sendable {
        var status: Int
        var body: JSONValue

        /// What the provider shows of a 400 or 409.
        var errors: [String] { (body["errors"]?.elements ?? []).compactMap { $0["message"]?.text } }
        var fields: [String] { (body["errors"]?.elements ?? []).compactMap { $0["field"]?.text } }
    }

    struct Unusable: Error, CustomStringConvertible { let description: String }

    static let organization = #"{"organization": {"slug": "acme", "domains": ["acme.test"]}}"#

    /// - Parameter folder: the text of one file.
    init(folder text: String = TerraformWorld.organization) throws {
        let fixture = try EngineFixture()
        self.fixture = fixture
        let loader: @Sendable () -> ConfigurationLoader = {
            ConfigurationLoader(
                capabilities: Capabilities(python: true), knowsTimeZone: { _ in true },
                readFile: { $0.hasSuffix("impl.py") ? Array("x = 1\n".utf8) : nil }
            )
        }
        let loaded = loader().load([ConfigFile(path: "site.json", bytes: Array(text.utf8))])
        guard let folder = loaded.folder else {
            throw Unusable(description: loaded.problems.map(\.description).joined(separator: "\n"))
        }
        let box = ConfigurationBox(folder.configuration)
        let engine = ApprovalEngine(
            store: fixture.engine.store, directory: fixture.directory, messenger: fixture.messenger,
            handlers: fixture.handlers, strategies: fixture.engine.strategies, waiting: fixture.waiting,
            clock: fixture.clock.clock, ids: .random, jitter: { 0.5 }, log: .silent, configuration: { box.value }
        )
        let entities = EntityRoutes(engine: engine) {
            guard let entities = try? await engine.store.entities() else { return }
            box.value = loader().join(entities, to: folder)
        }
        let check = CheckRoute(engine: engine) { sources in
            CheckRoute.Findings(trouble: sources.contains { $0.text == "(" } ? "SyntaxError" : nil)
        }
        api = SymAPI(routes: entities.routes + check.routes, log: .silent) { bearer in
            Role(rawValue: bearer).map { role in
                let terraform = User(id: "terraform", kind: .bot, createdAt: Sample.start)
                return APICaller(user: terraform, role: role, token: bearer)
            }
        }
        self.engine = engine
    }

    var configuration: Configuration { engine.configuration() }

    func call(
        _ method: String, _ path: String, _ body: JSONValue = .null, as role: String? = "admin"
    ) async -> Answer {
        // The provider sends its null with every request that has nothing to say.
        var request = HTTPRequest(
            method: method, target: "/api/v1/" + path, headers: ["Content-Type": "application/json"], body: body.bytes
        )
        if let role { request.headers["Authorization"] = "Bearer " + role }
        let response = await api.respond(to: request)
        return Answer(status: response.status, body: (try? JSONValue(parsing: response.bytes)) ?? "no JSON")
    }
}

private final class ConfigurationBox: Sendable {
    private let kept: Mutex<Configuration>

    init(_ configuration: Configuration) { kept = Mutex(configuration) }

    var value: Configuration {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}
