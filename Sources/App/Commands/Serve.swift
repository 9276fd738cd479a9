import ApprovalEngine
import ServerMicroHTTPD
import Support
import TransportCurl

extension Command {
    static let serve = Command(
        name: "serve", summary: "Run the server.",
        options: [
            Option("--config", "DIR", "configuration folder (SYM_CONFIG, default config/site)"),
            Option(
                "--listen", "HOST:PORT", "address to listen on (SYM_LISTEN, default 127.0.0.1:3000; port 0 picks one)"),
            Option("--database", "URL", DatabaseURL.help),
        ],
        details: """
            Reads SYM_SECRET_KEY, SLACK_SIGNING_SECRET, SLACK_BOT_TOKEN and SLACK_APP_ID from the environment, or from
            the files that SYM_SECRET_KEY_FILE and so on name. SIGHUP loads the configuration again, SIGTERM drains.
            """
    ) { options in
        let environment = try ServerEnvironment.read(options)
        let log = Log(threshold: environment.logLevel)
        let signals = Signals()
        let wiring = try Wiring(
            environment, folder: ConfigFolder(environment.config), clock: .system, log: log, zones: TimeZones()
        )
        try await wiring.prepare(log: log)
        let port: Int
        do { port = try wiring.server.start() } catch {
            throw CommandError("symflow cannot listen on \(environment.listen.host): \(error)")
        }
        Terminal.complain("listening on \(environment.listen.url(port: port))")
        try await wiring.run(until: signals, log: log)
        return 0
    }
}

extension Wiring {
    /// Finds out, before anything is served, whether what is configured can run. What came through the API stops
    /// nothing: a flow of it that cannot run says so when it is used.
    ///
    /// - Throws: `CommandError` that says what is missing.
    func prepare(log: Log) async throws {
        try await configuration.open()
        guard configuration.value.usesPython else { return }
        do { try await python.check() } catch let error as CommandError {
            if configuration.folder.usesPython { throw error }
            log.error("flows that came through the API cannot run", ["error": error.message])
        }
    }

    /// Serves until asked to stop; then drains, closes the database and returns.
    ///
    /// - Parameters:
    ///   - front: what else takes work in, and stops first.
    ///   - back: what the rest still needs while it drains.
    func run(
        until signals: Signals, log: Log, front: [any Service] = [], back: [any Service] = []
    ) async throws {
        let reloads = Task {
            for await _ in signals.hangUps {
                await configuration.reload()
                await welcomeConfiguredUsers(log: log)
            }
        }
        defer {
            reloads.cancel()
            transport.shutdown()
            store.close()
        }
        // What processes that are gone had in hand is free again.
        try await store.releaseLeases()
        await welcomeConfiguredUsers(log: log)
        try await ServiceGroup.run([front] + phases + [back], until: signals.stops, log: log)
    }

    /// Whom the configuration names is a user from then on. Not being able to write them down now stops nothing: their
    /// roles come from the configuration anyway.
    private func welcomeConfiguredUsers(log: Log) async {
        do { try await engine.welcomeConfiguredUsers() } catch {
            log.warning("the configuration's users could not be written down", ["error": "\(error)"])
        }
    }
}
