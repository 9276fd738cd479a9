import ApprovalCore
import ApprovalEngine
import AuditTrail
import Crypto
import FlowConfig
import FoundationEssentials
import HTTPModel
import HandlersPython
import ServerMicroHTTPD
import SlackGateway
import StoreSQLite
import Strategies
import Support
import SymAPI
import Synchronization
import TransportCurl

/// Names the concrete types and puts them together: the one place that knows all adapters.
struct Wiring: Sendable {
    let engine: ApprovalEngine
    let authority: TokenAuthority
    let store: SQLiteStore
    let server: MicroHTTPServer
    let installations: Installations
    /// In the order in which they drain.
    let phases: [[any Service]]
    let configuration: CurrentConfiguration
    let transport: CurlTransport
    let python: PythonStart
    let pythonHandlers: PythonHandlers

    /// - Parameters:
    ///   - targets: where strategies send their calls instead of over the network.
    ///   - sandboxIsOptional: whether handlers in Python run without their sandbox where it cannot be had.
    ///   - clockIsMoved: whether somebody moves `clock` on purpose, so that a jump of it is none to be careful about.
    init(
        _ environment: ServerEnvironment, folder: ConfigFolder, clock: WallClock, log: Log, zones: TimeZones,
        targets: (any HTTPTransport)? = nil, sandboxIsOptional: Bool = false, clockIsMoved: Bool = false
    ) throws {
        let transport = CurlTransport()
        let path = String(environment.database.dropFirst("sqlite:".count))
        let store: SQLiteStore
        do { store = try SQLiteStore(path: path) } catch {
            throw CommandError("The database \(path) cannot be opened: \(error)")
        }
        let current = try CurrentConfiguration(folder: folder, zones: zones, store: store, log: log)
        let configuration: @Sendable () -> Configuration = { current.value }
        let installations = Installations(
            token: environment.botToken, appID: environment.appID,
            workspaces: { configuration().workspaces.filter(\.value).keys.sorted() }
        )
        // An emulator or a proxy is an origin of its own: its response URLs are reached the way its Web API is.
        let hosts = Set([Self.origin(of: environment.slackAPI)].compactMap { $0 })
        let client = SlackClient(
            settings: SlackClient.Settings(apiURL: environment.slackAPI, moreResponseHosts: hosts),
            transport: transport, installation: { installations.installation($0) }, clock: clock, log: log
        )
        let directory = SlackDirectory(client: client, clock: clock, log: log)
        let waiting = Bells(clock: clock)
        let secrets = ConfiguredSecrets(
            configuration: configuration, environment: environment.variables,
            readFile: { path, bytesMax in Files.read(path).flatMap { $0.count <= bytesMax ? $0 : nil } }
        )
        let people = PeopleKeeper()
        let rules = RulesHandlers(
            directory: directory,
            localTime: { time, zone in
                zones.offsetSeconds(at: time, in: zone).map { LocalTime(at: time, offsetSeconds: $0) }
            },
            remember: { facts in _ = try await people.remember(facts) }, log: log
        )
        let messenger = SlackMessenger(client: client, clock: clock, log: log)
        let python = PythonStart(
            interpreter: environment.variables["SYM_PYTHON"], path: environment.variables["PATH"],
            sandbox: { configuration().settings.python.sandbox }, mayDoWithout: sandboxIsOptional, log: log
        )
        let pool = WorkerPool(
            settings: PoolSettings(
                workers: configuration().settings.python.workers,
                processors: ProcessInfo.processInfo.activeProcessorCount
            ), log: log
        ) { () async throws(WorkerError) in try await python.command() }
        if configuration().usesPython { pool.warmUp() }
        let slack = SlackForHandlers(client: client, messenger: messenger)
        let calls = SDKCalls(
            directory: directory,
            slack: SDKCalls.Slack(
                userInfo: { account throws(LookupError) in try await slack.userInfo(account) },
                list: { workspace throws(LookupError) in try await slack.users(in: workspace) },
                members: { channel, workspace throws(LookupError) in
                    try await slack.members(of: channel, in: workspace)
                },
                send: { text, place, thread, workspace throws(LookupError) in
                    try await slack.say(text, in: place, thread: thread, workspace: workspace)
                }
            ),
            secrets: secrets.reader, person: { facts in try await people.remember(facts) }
        )
        let pythonHandlers = PythonHandlers(
            pool: pool, calls: calls,
            places: PlaceFinder(
                directory: directory, remember: { facts in _ = try await people.remember(facts) }, log: log
            ),
            organization: { configuration().organization.slug },
            callTime: { .seconds(configuration().settings.handlers.timeoutSeconds) },
            person: { account in try? await people.known(account) }, log: log
        )
        let handlers = RulesThenHandlers(rules: rules, then: pythonHandlers)
        let engine = ApprovalEngine(
            store: store, directory: directory, messenger: messenger, handlers: handlers,
            strategies: [
                HTTPStrategy.type: HTTPStrategy(
                    transport: targets ?? transport, secrets: secrets.reader,
                    timeoutDefault: { .seconds(configuration().settings.http.timeoutSeconds) }, clock: clock, log: log
                )
            ],
            waiting: waiting, clock: clock, ids: .random, jitter: { Double.random(in: 0...1) }, log: log,
            configuration: configuration, refreshConfiguration: { await current.refresh() }
        )
        people.engine.withLock { $0 = engine }
        let lane = InteractionLane(log: log)
        let desk = FormDesk(
            engine: engine,
            handlers: PythonForms(
                pool: pool, calls: calls, organization: { configuration().organization.slug },
                person: { account in try? await people.known(account) }, ids: .random, log: log
            ),
            report: { title, error, channel in await messenger.report(error, title: title, in: channel) }
        )
        let endpoint = SlackEndpoint(
            engine: engine, client: client, lane: lane, desk: desk,
            settings: SlackEndpointSettings(
                signingSecrets: environment.signingSecrets, appID: environment.appID,
                isInstalled: { installations.isInstalled($0) }
            ), log: log
        )
        let address = PublicAddress(environment.publicURL)
        let authority = Self.authority(engine, environment)
        let counters = Counters()
        var settings = ServerSettings(host: environment.listen.host, port: environment.listen.port)
        settings.trustedProxies = configuration().settings.trustedProxies
        let server = MicroHTTPServer(
            settings: settings,
            handler: ServerRouter(
                slack: endpoint,
                api: Self.api(
                    engine, authority, address: address, entities: Self.entityRoutes(engine, current, python), log: log
                ),
                refresh: { await current.refreshIfOld() },
                health: Health(engine: engine, installations: installations, counters: { counters.values })
            ), log: log
        )
        counters.server.withLock { $0 = server }
        let sealer = AuditSealer(engine, key: environment.masterKey.derived(for: AuditSeal.keyPurpose))
        phases = [
            [server], [lane],
            [
                DeadlineWatch(engine, holdsAfterJump: !clockIsMoved), RosterWatch(engine),
                InstallationCheck(installations, client: client, log: log),
            ]
                + Lane.allCases.map { OutboxWorker($0, of: engine) } + [Housekeeping(engine, forms: desk.shelf)],
            [sealer, pool],
        ]
        self.engine = engine
        self.authority = authority
        self.store = store
        self.server = server
        self.installations = installations
        self.configuration = current
        self.transport = transport
        self.python = python
        self.pythonHandlers = pythonHandlers
    }
}

extension Wiring {
    /// `scheme://host:port`, as an address begins.
    private static func origin(of address: String) -> String? {
        guard let url = URL(string: address), let scheme = url.scheme, let host = url.host() else { return nil }
        return "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
}

/// Handlers meet people whom the engine should know; the engine is made after the handlers.
private final class PeopleKeeper: Sendable {
    let engine = Mutex<ApprovalEngine?>(nil)

    func remember(_ facts: PersonFacts) async throws -> Person {
        guard let engine = engine.withLock({ $0 }) else { throw NotYet() }
        return try await engine.remember(facts)
    }

    func known(_ account: Account) async throws -> Person? {
        guard let engine = engine.withLock({ $0 }) else { throw NotYet() }
        guard let person = try await engine.store.person(account) else { return nil }
        return try await engine.current(person)
    }

    private struct NotYet: Error {}
}

/// The server's counters for `/metrics`, which the server itself answers.
private final class Counters: Sendable {
    let server = Mutex<MicroHTTPServer?>(nil)

    var values: [(name: String, help: String, value: Int)] {
        guard let counters = server.withLock({ $0 })?.counters else { return [] }
        return [
            ("symflow_http_connections", "Connections that are open.", counters.connectionsOpen),
            ("symflow_http_requests", "Requests since the start.", counters.requests),
            ("symflow_http_requests_open", "Requests that wait for their answer.", counters.requestsOpen),
            ("symflow_http_rejected", "Requests that were turned away.", counters.requestsRejected),
            ("symflow_http_answers_late", "Requests whose answer came after the deadline.", counters.answersLate),
        ]
    }
}

/// Forgets what need not be kept: deliveries that Slack repeats no more (slack.md 1.9), forms that nobody fills in.
private final class Housekeeping: Service {
    let name = "housekeeping"
    private let engine: ApprovalEngine
    private let forms: FormShelf

    private static let keepDeliveries: Duration = .hours(25)
    private static let every: Duration = .seconds(600)

    init(_ engine: ApprovalEngine, forms: FormShelf) {
        self.engine = engine
        self.forms = forms
    }

    func run() async throws {
        while !Task.isCancelled {
            do {
                try await engine.store.forgetDeliveries(before: engine.clock.now() - Self.keepDeliveries)
                try await forms.tidy()
            } catch {
                engine.log.warning("what is old could not be forgotten", ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.every)
        }
    }
}
