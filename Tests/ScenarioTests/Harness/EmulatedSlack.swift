import Crypto
import HTTPModel
import ServerMicroHTTPD
import SlackEmulator
import Support
import TransportCurl

/// The Slack of one test: the emulator, served over HTTP for the program under test, and its control API for the test.
final class EmulatedSlack: Sendable {
    let url: String
    private let emulator: Emulator
    private let transport: CurlTransport
    private let serving: [Task<Void, Never>]

    static let signingSecret = "scenario-signing-secret-3f9a"
    static let botToken = "xoxb-demo-acme"
    static let appID = "A0SYM"

    init(workspace: String) async throws {
        transport = CurlTransport()
        let emulator = Emulator(
            settings: EmulatorSettings(signingSecret: Secret(Self.signingSecret), baseURL: ""),
            workspace: try WorkspaceFile(parsing: workspace), transport: transport
        )
        let server = MicroHTTPServer(settings: .forTests, handler: emulator, log: .silent)
        let url = "http://127.0.0.1:\(try server.start())"
        emulator.configure {
            $0.baseURL = url
            $0.retryDelayFactor = 0
        }
        self.url = url
        self.emulator = emulator
        serving = [Task { try? await server.run() }, Task { try? await emulator.run() }]
    }

    func stop() async {
        for task in serving { task.cancel() }
        for task in serving { await task.value }
        transport.shutdown()
    }

    /// Where the app takes everything that Slack sends.
    func deliver(to app: String) {
        emulator.configure { settings in
            for key in [\EmulatorSettings.commandsURL, \.interactivityURL, \.optionsURL, \.eventsURL] {
                settings[keyPath: key] = app + "/slack/events"
            }
        }
    }

    // MARK: The control API

    func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        let response = await emulator.respond(
            to: HTTPRequest(
                method: "POST", target: "/emulator/" + path, headers: ["Content-Type": "application/json"],
                body: body.bytes
            )
        )
        return try answer(response, to: path)
    }

    func get(_ path: String) async throws -> JSONValue {
        try answer(await emulator.respond(to: HTTPRequest(target: "/emulator/" + path)), to: path)
    }

    private func answer(_ response: HTTPResponse, to path: String) throws -> JSONValue {
        let body = try JSONValue(parsing: response.bytes)
        guard response.status == 200 else { throw HarnessError("/emulator/\(path): \(body.compact)") }
        return body
    }

    /// What `condition` describes, once it is so.
    func wait(_ condition: JSONObject, within time: Duration = .seconds(30)) async throws -> JSONValue {
        let answer = try await post(
            "wait", ["until": .object(condition), "timeout_ms": .int(time.milliseconds)]
        )
        guard answer["ok"]?.flag == true else {
            throw HarnessError("it has not become so: \(JSONValue.object(condition).compact)")
        }
        return answer
    }

    /// Lets something go wrong: a rule of `POST /emulator/faults`.
    func goesWrong(_ rule: JSONValue) async throws { _ = try await post("faults", rule) }

    func works() async throws {
        _ = await emulator.respond(to: HTTPRequest(method: "DELETE", target: "/emulator/faults"))
    }

    /// Calls of the app so far, oldest first.
    func calls(_ method: String, channel: String? = nil, ok: Bool? = nil) async throws -> [JSONValue] {
        let filter = "calls?method=\(method)" + (channel.map { "&channel=\($0)" } ?? "")
        let calls = try await get(filter)["calls"]?.elements ?? []
        return calls.filter { call in ok.map { call["ok"]?.flag == $0 } ?? true }
    }

    /// Everything that was said in a conversation.
    func messages(in channel: String) async throws -> [CardText] {
        let channel = channel.replacing("#", with: "%23")
        return (try await get("messages?channel=\(channel)")["messages"]?.elements ?? []).map(CardText.init)
    }
}

extension ServerSettings {
    /// Any port, and no waiting for idle clients at the end.
    static var forTests: ServerSettings {
        var settings = ServerSettings(port: 0)
        settings.limits.drainIdleDeadline = .milliseconds(50)
        settings.limits.drainDeadline = .milliseconds(500)
        return settings
    }
}
