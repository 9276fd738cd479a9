import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import FoundationEssentials
import HTTPModel
import ServerMicroHTTPD
import SlackEmulator
import Support
import SymAPI
import TransportCurl

extension Command {
    static let demo = Command(
        name: "demo", summary: "Run the server with the Slack emulator and a sample organisation.",
        options: [
            Option("--listen", "HOST:PORT", "address of the server (default 127.0.0.1:3000; port 0 picks free ones)"),
            Option("--config", "DIR", "configuration folder (default config/demo)"),
            Option("--workspace", "FILE", "the emulated workspaces (default config/demo-workspace.json)"),
            Option("--database", "URL", "sqlite:PATH to keep the requests (default: a new database each time)"),
        ],
        details: """
            The emulator listens on the port behind the server's, the target system that access is switched on in on
            the one behind that. Nothing leaves this machine.
            """
    ) { options in
        guard let listen = ListenAddress(options["--listen"] ?? "127.0.0.1:3000") else {
            throw UsageError("\"\(options["--listen"] ?? "")\" is not HOST:PORT.")
        }
        return try await Demo(options, listen: listen).run()
    }
}

/// The server, a Slack and a target system in one process, all on this machine.
struct Demo {
    let options: Arguments
    let listen: ListenAddress

    /// Where `config/demo` expects the target system; the address that it really has is put in its place.
    static let targetInConfiguration = "http://127.0.0.1:3002"
    static let signingSecret = "demo-signing-secret"

    init(_ options: Arguments, listen: ListenAddress) {
        self.options = options
        self.listen = listen
    }

    func run() async throws -> Int32 {
        let signals = Signals()
        let clock = OffsetClock()
        let level = ProcessInfo.processInfo.environment["SYM_LOG"].flatMap(Log.Level.init) ?? .warning
        let log = Log(threshold: level, clock: clock.clock)
        let transport = CurlTransport()
        defer { transport.shutdown() }

        let target = DemoTarget(clock: clock.clock)
        let targetServer = MicroHTTPServer(
            settings: ServerSettings(host: listen.host, port: port(2)), handler: target, log: log
        )
        let targetURL = listen.url(port: try start(targetServer))

        let emulator = Emulator(
            settings: EmulatorSettings(signingSecret: Secret(Self.signingSecret), baseURL: ""),
            workspace: try EmulatedWorkspace.read(options["--workspace"]), transport: transport, clock: clock.clock,
            advanceClock: clock.advance, page: .shared
        )
        let emulatorServer = MicroHTTPServer(
            settings: ServerSettings(host: listen.host, port: port(1)), handler: emulator, log: log
        )
        let emulatorURL = listen.url(port: try start(emulatorServer))

        let database = try databasePath()
        var folder = ConfigFolder(options["--config"] ?? SharedFiles.find("config/demo"))
        folder.rewrite = { Self.replacing(Self.targetInConfiguration, by: targetURL, in: $0) }
        let wiring = try Wiring(
            environment(database: database, key: key(beside: database), emulatorURL: emulatorURL, level: level),
            folder: folder,
            clock: clock.clock, log: log, zones: TimeZones(), sandboxIsOptional: true
        )
        try await wiring.configuration.open()
        let serverURL = listen.url(port: try start(wiring.server))
        let token = try await tokenFile(beside: database, wiring, url: serverURL)
        emulator.configure { settings in
            settings.baseURL = emulatorURL
            settings.about = {
                Self.about(target.grants, targetURL: targetURL, flows: wiring.configuration.value.flows)
            }
            for key in [\EmulatorSettings.commandsURL, \.interactivityURL, \.optionsURL, \.eventsURL] {
                settings[keyPath: key] = serverURL + "/slack/events"
            }
        }
        Terminal.complain("listening on \(serverURL)")
        Terminal.complain("slack emulator on \(emulatorURL)")
        Terminal.complain("database sqlite:\(database) (its key is in the file beside it, .key)")
        Terminal.complain("API: export SYM_API_URL=\(serverURL)/api/v1 SYM_JWT=$(cat \(token))")
        Terminal.complain("target system on \(targetURL) (who has access now: \(targetURL)/grants)")
        Terminal.complain("open \(emulatorURL)/ in a browser, and ask for access as Bob")
        // Everything else works without Python, and nobody waits for it.
        let looking = Task {
            guard wiring.configuration.value.usesPython else { return }
            do { try await wiring.python.check() } catch let error as CommandError { Terminal.complain(error.message) }
        }
        defer { looking.cancel() }
        try await wiring.run(
            until: signals, log: log, front: [emulatorServer, emulator], back: [targetServer]
        )
        return 0
    }

    /// What the page tells of the world outside Slack: who has access now, by the target system's own word, and what
    /// there is to try.
    private static func about(_ grants: JSONValue, targetURL: String, flows: [Flow]) -> JSONObject {
        [
            "title": "The target system", "grants": grants,
            "tries": .array(
                flows.map { ["label": .string($0.label), "command": .string("/sym req \($0.name)")] }),
            "links": [["label": "The target system's own list", "url": .string(targetURL + "/grants")]],
        ]
    }

    /// With a port of 0 every server picks its own.
    private func port(_ offset: Int) -> Int { listen.port == 0 ? 0 : listen.port + offset }

    private func start(_ server: MicroHTTPServer) throws -> Int {
        do { return try server.start() } catch {
            throw CommandError(
                "symflow demo cannot listen on \(listen.host): \(error). Choose other ports with --listen HOST:PORT."
            )
        }
    }

    /// A new database each time: the emulated Slack forgets, too.
    private func databasePath() throws -> String {
        if let text = options["--database"] {
            guard case .sqlite(let path) = DatabaseURL(text) else {
                throw UsageError("symflow demo keeps its requests in SQLite: expected sqlite:PATH.")
            }
            return path
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "symflow-demo-\(IDGenerator.random.next())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appending(path: "symflow.db").path()
    }

    /// The key from which all others derive, kept beside the database in a file that only its owner can read.
    private func key(beside database: String) throws -> MasterKey {
        try KeyFile(beside: database).readOrMake()
    }

    /// A token for the API, made anew at each start, in a file that only its owner can read.
    ///
    /// - Returns: the file's path.
    private func tokenFile(beside database: String, _ wiring: Wiring, url: String) async throws -> String {
        let engine = wiring.engine
        let now = engine.clock.now()
        let admin = PersonID(engine.ids.next())
        let bot = try await engine.bot(named: Self.botName)
        let user = try await engine.change(user: bot?.id ?? admin, "userCreated", by: "demo") { bot in
            if let bot { return bot }
            var bot = User(id: admin, kind: .bot, role: .admin, createdAt: now)
            bot.keep(ServiceIdentity(service: .sym, matcher: ["username": .string(Self.botName)]))
            return bot
        }
        guard let user else { throw CommandError("The demo's bot could not be made.") }
        let token = try await wiring.authority.issue(
            TokenAuthority.Order(
                user: user, purpose: .bot, createdBy: user.id, lifetime: .hours(24 * 30), label: "symflow demo",
                issuer: url + "/", client: wiring.configuration.value.organization.slug, connection: "bot"
            )
        )
        let path = database + ".token"
        try Files.writePrivately(token + "\n", to: path)
        return path
    }

    private static let botName = "demo"

    private func environment(database: String, key: MasterKey, emulatorURL: String, level: Log.Level)
        -> ServerEnvironment
    {
        var variables = ProcessInfo.processInfo.environment
        if variables["SYM_DEMO_SIGNING_SECRET"] == nil {
            variables["SYM_DEMO_SIGNING_SECRET"] = Hex.text(Random.bytes(16))
        }
        return ServerEnvironment(
            config: "", listen: listen, publicURL: nil, database: .sqlite(path: database), masterKey: key, share: nil,
            logLevel: level, signingSecrets: [Secret(Self.signingSecret)], botToken: Secret("xoxb-demo-acme"),
            appID: "A0SYM", slackAPI: emulatorURL + "/api/", variables: variables
        )
    }

    private static func replacing(_ old: String, by new: String, in bytes: [UInt8]) -> [UInt8] {
        let old = Array(old.utf8)
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: old) {
                result += Array(new.utf8)
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
