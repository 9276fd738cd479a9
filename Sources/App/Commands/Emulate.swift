import HTTPModel
import ServerMicroHTTPD
import SlackEmulator
import Support
import TransportCurl

extension Command {
    static let emulate = Command(
        name: "emulate", summary: "Run the Slack emulator alone, for testing any Slack app.",
        options: [
            Option("--listen", "HOST:PORT", "address to listen on (default 127.0.0.1:3001; port 0 picks one)"),
            Option("--workspace", "FILE", "who and what the workspaces hold (default config/demo-workspace.json)"),
            Option("--app-url", "URL", "where the app takes commands, clicks and events"),
        ],
        details: """
            Point the app's Web API base address at http://HOST:PORT/api/. Deliveries are signed with
            SLACK_SIGNING_SECRET (default "emulator-signing-secret").
            """
    ) { options in
        guard let listen = ListenAddress(options["--listen"] ?? "127.0.0.1:3001") else {
            throw UsageError("\"\(options["--listen"] ?? "")\" is not HOST:PORT.")
        }
        let signals = Signals()
        let log = Log(threshold: .warning)
        let clock = OffsetClock()
        let transport = CurlTransport()
        defer { transport.shutdown() }
        var reader = EnvironmentReader()
        let emulator = Emulator(
            settings: EmulatorSettings(
                signingSecret: Secret(reader.value("SLACK_SIGNING_SECRET") ?? "emulator-signing-secret"), baseURL: "",
                requestURL: options["--app-url"]
            ),
            workspace: try EmulatedWorkspace.read(options["--workspace"]), transport: transport, clock: clock.clock,
            advanceClock: clock.advance, page: .shared
        )
        let server = MicroHTTPServer(
            settings: ServerSettings(host: listen.host, port: listen.port), handler: emulator, log: log
        )
        let port: Int
        do { port = try server.start() } catch {
            throw CommandError("symflow cannot listen on \(listen.host): \(error)")
        }
        emulator.configure { $0.baseURL = listen.url(port: port) }
        Terminal.complain("listening on \(listen.url(port: port))")
        Terminal.complain("open \(listen.url(port: port))/ in a browser: the emulated Slack, as any of its people")
        try await ServiceGroup.run([[server], [emulator]], until: signals.stops, log: log)
        return 0
    }
}

extension PageFiles {
    /// The files that came with this program, or none.
    static var shared: PageFiles {
        let folder = SharedFiles.page()
        return PageFiles { name in folder.flatMap { Files.read($0 + "/" + name) } }
    }
}

enum EmulatedWorkspace {
    /// - Parameter path: `nil` for the sample organisation of this checkout or installation.
    static func read(_ path: String?) throws -> WorkspaceFile {
        let path = path ?? SharedFiles.find("config/demo-workspace.json")
        guard let bytes = Files.read(path), let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("The workspace file \(path) cannot be read. Name one with --workspace FILE.")
        }
        do { return try WorkspaceFile(parsing: text) } catch {
            throw CommandError("The workspace file \(path) has problems:\n\(error)")
        }
    }
}
