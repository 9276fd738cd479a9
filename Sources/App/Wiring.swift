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
import StorePostgres
import Strategies
import Support
import SymAPI
import Synchronization
import TransportCurl

/// Names the concrete types and puts them together: the one place that knows all adapters.
struct Wiring: Sendable {
    let engine: ApprovalEngine
    let authority: TokenAuthority
    let store: any OpenStore
    let server: MicroHTTPServer
    let installations: Installations
    /// In the order in which they drain.
    let phases: [[any Service]]
    let configuration: CurrentConfiguration
    let transport: CurlTransport
    let python: PythonStart
    let pythonHandlers: PythonHandlers

    /// Waits asked for by Slack that no other replica was told of yet.
    private static let holdsMax = 256

    /// - Parameters:
    ///   - targets: where strategies send their calls instead of over the network.
    ///   - sandboxIsOptional: whether handlers in Python run without their sandbox where it cannot be had.
    ///   - clockIsMoved: whether somebody moves `clock` on purpose, so that a jump of it is none to be careful about.
    init(
        _ environment: ServerEnvironment, folder: ConfigFolder, clock: WallClock, log: Log, zones: TimeZones,
        targets: (any HTTPTransport)? = nil, sandboxIsOptional: Bool = false, clockIsMoved: Bool = false
    ) throws {
        let transport = CurlTransport()
        let metrics = ServerMetrics(strategies: [HTTPStrategy.type, CustomStrategy.type])
        let database = try Database(environment.database, clock: clock, log: log)
        let store = database.store
        let clock = database.clock
        let current = try CurrentConfiguration(folder: folder, zones: zones, store: store, log: log)
        let configuration: @Sendable () -> Configuration = { current.value }
        let installations = Installations(
            token: environment.botToken, appID: environment.appID,
            workspaces: { configuration().workspaces.filter(\.value).keys.sorted() }
        )
        // An emulator or a proxy is an origin of its own: its response URLs are reached the way its Web API is.
        let hosts = Set([Self.origin(of: environment.slackAPI)].compactMap { $0 })
        let (held, hold) = AsyncStream<SlackPacer.Hold>.makeStream(bufferingPolicy: .bufferingNewest(Self.holdsMax))
        let client = SlackClient(
            settings: SlackClient.Settings(apiURL: environment.slackAPI, moreResponseHosts: hosts),
            transport: transport, installation: { installations.installation($0) }, onHold: { hold.yield($0) },
            onRateLimit: { metrics.rateLimited.count($0) }, clock: clock, log: log
        )
        let directory = SlackDirectory(client: client, clock: clock, log: log)
        let waiting = database.waiting
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
            secrets: secrets.reader, engine: { people.now }
        )
        let pythonHandlers = PythonHandlers(
            pool: pool, calls: calls,
            places: PlaceFinder(
                directory: directory, remember: { facts in _ = try await people.remember(facts) }, log: log
            ),
            organization: { configuration().organization.slug },
            callTime: { .seconds(configuration().settings.handlers.timeoutSeconds) },
            engine: { people.now }, log: log
        )
        let handlers = CountedHandlers(
            handlers: RulesThenHandlers(rules: rules, then: pythonHandlers), failures: metrics.handlerFailures
        )
        let strategies = metrics.counting(
            [
                HTTPStrategy.type: HTTPStrategy(
                    transport: targets ?? transport, secrets: secrets.reader,
                    timeoutDefault: { .seconds(configuration().settings.http.timeoutSeconds) }, clock: clock, log: log
                ),
                CustomStrategy.type: CustomStrategy(pythonHandlers),
            ], clock: clock
        )
        let engine = ApprovalEngine(
            store: store, directory: directory, messenger: messenger, handlers: handlers,
            strategies: strategies,
            waiting: waiting, clock: clock, ids: .ordered(by: clock), jitter: { Double.random(in: 0...1) },
            log: log,
            configuration: configuration, refreshConfiguration: { await current.refresh() }
        )
        people.engine.withLock { $0 = engine }
        let lane = InteractionLane(log: log)
        let desk = FormDesk(
            engine: engine,
            handlers: CountedForms(
                forms: PythonForms(
                    pool: pool, calls: calls, organization: { configuration().organization.slug },
                    person: { account in try? await engine.store.person(account) },
                    identities: { person in (try? await engine.user(behind: person))?.identities ?? [] }, ids: .random,
                    log: log
                ), failures: metrics.handlerFailures
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
        let health = Health(
            engine: engine, store: store, installations: installations, metrics: metrics,
            pythonProblem: { pool.problem }
        )
        // Commands are answered on the server's own threads: each processor gets one.
        var settings = ServerSettings(
            host: environment.listen.host, port: environment.listen.port,
            threads: ProcessInfo.processInfo.activeProcessorCount
        )
        settings.trustedProxies = configuration().settings.trustedProxies
        let server = MicroHTTPServer(
            settings: settings,
            handler: ServerRouter(
                slack: endpoint,
                api: Self.api(
                    engine, authority, address: address, entities: Self.entityRoutes(engine, current, python), log: log
                ),
                login: Self.login(
                    engine, authority, address: address, environment, slack: slack, transport: transport, lane: lane,
                    log: log
                ),
                refresh: { await current.refreshIfOld() },
                health: health, metrics: metrics
            ), log: log
        )
        health.server.withLock { $0 = server }
        let sealer = AuditSealer(engine, key: environment.masterKey.derived(for: AuditSeal.keyPurpose))
        phases = [
            [server], [lane],
            [
                DeadlineWatch(engine, holdsAfterJump: !clockIsMoved), RosterWatch(engine),
                InstallationCheck(installations, client: client, log: log),
            ]
                + Lane.allCases.map { OutboxWorker($0, of: engine) } + [Housekeeping(engine, forms: desk.shelf)],
            [sealer, pool] + database.services
                + ((store as? PostgresStore).map { [PauseSharing($0, pacer: client.pacer, held: held, log: log)] } ?? []),
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

    /// Nothing is asked before everything is put together.
    var now: ApprovalEngine {
        guard let engine = engine.withLock({ $0 }) else { preconditionFailure("handlers are asked before the start") }
        return engine
    }

    func remember(_ facts: PersonFacts) async throws -> Person {
        guard let engine = engine.withLock({ $0 }) else { throw NotYet() }
        return try await engine.remember(facts)
    }

    private struct NotYet: Error {}
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
            do { try await LoginHousekeeping(store: engine.store, clock: engine.clock).sweep() } catch {
                engine.log.warning("old logins could not be forgotten", ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.every)
        }
    }
}
