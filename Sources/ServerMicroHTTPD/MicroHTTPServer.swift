package import HTTPModel
package import Support
import Synchronization

/// Serves a handler over HTTP/1.1, with libmicrohttpd for the protocol.
///
/// Every answer carries an `X-Request-Id`: the handler's, or else the one that the handler finds in its request. Only
/// what libmicrohttpd refuses by itself (a request line or header that it cannot read, or that is too long) has none.
/// TLS is the business of a proxy in front.
package final class MicroHTTPServer: Service {
    package let name = "http"
    private let core: ServerCore
    private let arrivals: AsyncStream<ServerCore.Arrival>
    private let isStarted = Atomic(false)

    package init(settings: ServerSettings, handler: any HTTPHandler, log: Log, ids: IDGenerator = .random) {
        let (arrivals, continuation) = AsyncStream<ServerCore.Arrival>.makeStream()
        self.arrivals = arrivals
        core = ServerCore(settings: settings, handler: handler, log: log, ids: ids, arrivals: continuation)
    }

    /// A server that was started and never run gives its port back.
    deinit { core.beginDrain() }

    package var counters: ServerCounters { core.tally.snapshot }

    /// Whether `run` has been called: requests wait until then.
    package var isAnswering: Bool { core.early.isOpen }

    /// Whether it takes no more connections, and ends once those that there are have got their answers.
    package var isDraining: Bool { core.isDraining }

    /// Listens, and accepts connections. Their requests wait until `run` is called.
    /// - Returns: the port; the one that was picked where the settings say 0.
    package func start() throws(ServerError) -> Int {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { throw .alreadyStarted }
        let listener = try Listener(host: core.settings.host, port: core.settings.port)
        let port = listener.port
        allowDescriptors()
        guard let daemon = Daemon.start(core: core, listener: listener) else {
            throw .cannotListen(address: "port \(port)", reason: "libmicrohttpd does not start")
        }
        let core = core
        let owned = Mutex<Listener?>(listener)
        PosixThread.start {
            guard let listener = owned.withLock({ $0.take() }) else { return }
            var watchdog = Watchdog(core: core, daemon: daemon, listener: listener)
            watchdog.run()
        }
        return port
    }

    /// Answers requests until cancelled; then finishes those that were accepted, tells their clients that the
    /// connection closes, and returns. Starts the server where that has not been done.
    package func run() async throws {
        if !isStarted.load(ordering: .acquiring) { _ = try start() }
        let core = core
        let arrivals = arrivals
        // Not a child task: it would be cancelled together with this one, and what was accepted is to be finished.
        let answering = Task {
            await withDiscardingTaskGroup { group in
                for await (exchange, request) in arrivals {
                    group.addTask { await Self.answer(request, exchange, core) }
                }
            }
        }
        core.early.open()
        await withTaskCancellationHandler {
            await core.waitUntilStopped()
        } onCancel: {
            core.beginDrain()
        }
        // Whoever still works here has been answered for at the deadline.
        answering.cancel()
        await core.early.end()
        await answering.value
    }

    /// Asks the handler, and answers with what it says.
    static func answer(_ request: HTTPRequest, _ exchange: Exchange, _ core: ServerCore) async {
        let response = await core.handler.respond(to: request)
        core.tally.handlersRunning.down()
        guard case .stream(let stream) = response.body else {
            exchange.answer(response)
            return
        }
        defer { core.tally.streamsOpen.down() }
        guard core.tally.streamsOpen.up() <= core.limits.streamsMax else {
            var refusal = HTTPResponse.text("too many streams are open\n", status: 503)
            refusal.headers["Retry-After"] = "\(retryAfterSeconds)"
            exchange.answer(refusal)
            return
        }
        guard let buffer = exchange.answerStreaming(response) else { return }
        await buffer.pump(stream)
    }

    /// What a client hears for whom there is no stream left.
    private static let retryAfterSeconds = 5

    /// Descriptors beside the connections: databases, workers, outgoing connections.
    private static let otherDescriptors = 512

    private func allowDescriptors() {
        let wanted = core.limits.connectionsMax + Self.otherDescriptors
        let allowed = DescriptorLimit.raise(to: wanted)
        if allowed < wanted {
            core.log.warning(
                "The process may open fewer files than connections are allowed for.",
                ["allowed": "\(allowed)", "wanted": "\(wanted)"]
            )
        }
    }
}
