import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import FoundationEssentials
import HTTPModel
import HandlersPython
import ServerMicroHTTPD
import SlackEmulator
import Support
import TransportCurl

/// One installation for one test of a flow's author: the real server on a database of its own, a Slack, and a target
/// system, in this process, on a clock that the test moves.
///
/// Tests act in Slack through the emulator's control API. What they cannot see there they ask on standard input, a JSON
/// line for each question, answered in order on standard output (`symflow_testing/_site.py` is the other side). When
/// standard input ends, so does this.
struct TestSite {
    let wiring: Wiring
    let clock: OffsetClock
    let target: DemoTarget
    private let emulatorServer: MicroHTTPServer
    private let emulator: Emulator
    private let log: Log
    private let greeting: JSONObject

    static let botToken = "xoxb-symflow-test"
    static let appID = "A0SYM"
    private static let signingSecret = "symflow-test-signing-secret"

    /// - Parameters:
    ///   - config: the configuration folder.
    ///   - workspace: a workspace file; without one, a workspace is made of what the configuration names.
    ///   - folder: for the database.
    init(config: String, workspace: String?, folder: String) async throws {
        let clock = OffsetClock()
        let level = ProcessInfo.processInfo.environment["SYM_LOG"].flatMap(Log.Level.init) ?? .info
        let log = Log(threshold: level, clock: clock.clock)
        let transport = CurlTransport()
        let loopback = ListenAddress(host: "127.0.0.1", port: 0)
        let configFolder = ConfigFolder(config)
        let loaded = try configFolder.load(zones: TimeZones())
        // Said by the wiring, with everything else that is wrong.
        let configuration = try? loaded.configuration.get()

        let file = try configuration.map { try TestWorkspace.file(workspace, for: $0, sources: loaded.sources) }
        var settings = EmulatorSettings(signingSecret: Secret(Self.signingSecret), baseURL: "")
        settings.appID = Self.appID
        for id in (configuration?.workspaces ?? [:]).keys { settings.botTokens[id] = Secret(Self.botToken) }
        let emulator = Emulator(
            settings: settings,
            workspace: try file ?? EmulatedWorkspace.read(workspace), transport: transport, clock: clock.clock,
            advanceClock: clock.advance
        )
        let emulatorServer = MicroHTTPServer(
            settings: ServerSettings(host: loopback.host, port: 0), handler: emulator, log: log
        )
        let emulatorURL = loopback.url(port: try emulatorServer.start())
        let target = DemoTarget(clock: clock.clock)
        let wiring = try Wiring(
            ServerEnvironment(
                config: config, listen: loopback, publicURL: nil, database: .sqlite(path: folder + "/symflow.db"),
                masterKey: .random(), share: nil, logLevel: level, signingSecrets: [Secret(Self.signingSecret)],
                botToken: Secret(Self.botToken), appID: Self.appID, slackAPI: emulatorURL + "/api/",
                variables: Self.variables(for: configuration)
            ), folder: configFolder, clock: clock.clock, log: log, zones: TimeZones(),
            targets: TargetTransport(target: target), sandboxIsOptional: true, clockIsMoved: true
        )
        if wiring.configuration.value.usesPython { try await wiring.python.check() }
        let serverURL = loopback.url(port: try wiring.server.start())
        emulator.configure { settings in
            settings.baseURL = emulatorURL
            for key in [\EmulatorSettings.commandsURL, \.interactivityURL, \.optionsURL, \.eventsURL] {
                settings[keyPath: key] = serverURL + "/slack/events"
            }
        }
        self.wiring = wiring
        self.clock = clock
        self.target = target
        self.emulator = emulator
        self.emulatorServer = emulatorServer
        self.log = log
        greeting = ["ready": true, "slack": .string(emulatorURL), "server": .string(serverURL)]
    }

    /// Serves and answers until standard input ends.
    func run() async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let questions = StandardInput.lines()
        let answering = Task {
            Terminal.print(JSONValue.object(greeting).compact)
            for await line in questions { Terminal.print(await answer(line).compact) }
            stop.yield()
        }
        defer { answering.cancel() }
        try await wiring.store.releaseLeases()
        try await ServiceGroup.run([[emulatorServer, emulator]] + wiring.phases, until: stops, log: log)
        wiring.transport.shutdown()
        wiring.store.close()
    }

    private func answer(_ line: String) async -> JSONValue {
        do {
            let question = try JSONValue(parsing: line)
            return ["value": try await TestQuestions(site: self).answer(question)]
        } catch let error as CommandError {
            return ["error": .string(error.message)]
        } catch {
            return ["error": .string("\(error)")]
        }
    }

    /// The environment of whoever runs the tests; secrets that it lacks get a value that opens nothing.
    private static func variables(for configuration: Configuration?) -> [String: String] {
        var variables = ProcessInfo.processInfo.environment
        for secret in configuration?.secrets ?? [] {
            if case .environment(let variable) = secret.source, variables[variable]?.isEmpty ?? true {
                variables[variable] =
                    secret.jsonKey.map { "{\"\($0)\": \"test-\(secret.name)\"}" } ?? "test-\(secret.name)"
            }
        }
        return variables
    }
}

/// Hands every call of a strategy to the target in this process: a test switches nothing on anywhere else.
private struct TargetTransport: HTTPTransport {
    let target: DemoTarget

    func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse {
        var request = request
        request.target = DemoTarget.path
        return await target.respond(to: request)
    }
}

/// Lines of standard input, read on a thread of their own.
private enum StandardInput {
    static func lines() -> AsyncStream<String> {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        PosixThread.start {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        return lines
    }
}
