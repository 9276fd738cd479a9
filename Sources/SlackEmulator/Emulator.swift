package import HTTPModel
package import Support
import Synchronization

/// A Slack that refuses what Slack refuses: the Web API, response URLs, signed deliveries, and people who act through
/// a control API. `SlackEmulator.docc` describes the paths and their JSON.
///
/// All state is one value behind one lock. Inside the lock it is decided what happens; sending to the app, waiting and
/// faults that delay happen outside.
package final class Emulator: HTTPHandler, Service {
    package let name = "slack-emulator"

    let transport: any HTTPTransport
    let advanceClock: (@Sendable (Duration) -> Void)?
    private let page: PageFiles?
    private let clock: WallClock
    private let state: Mutex<World>
    private let retries: AsyncStream<EventRetry>
    private let retryQueue: AsyncStream<EventRetry>.Continuation

    /// - Parameters:
    ///   - transport: carries deliveries to the app.
    ///   - clock: what triggers, response URLs, signatures and rates go by.
    ///   - advanceClock: moves that clock forward for `POST /emulator/clock`, which answers 403 without it.
    ///   - page: the browser page; without it there is only the control API.
    package init(
        settings: EmulatorSettings, workspace: WorkspaceFile, transport: any HTTPTransport, clock: WallClock = .system,
        ids: IDGenerator = .random, advanceClock: (@Sendable (Duration) -> Void)? = nil, page: PageFiles? = nil
    ) {
        self.page = page
        self.transport = transport
        self.clock = clock
        self.advanceClock = advanceClock
        state = Mutex(World(settings: settings, directory: workspace.directory, ids: ids))
        (retries, retryQueue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.retriesMax))
    }

    /// Retries of events that wait at once; beyond it the oldest are dropped.
    static let retriesMax = 1000

    /// Changes the settings: where the app or this emulator is reached is often known only once a port is bound.
    package func configure(_ body: (inout EmulatorSettings) -> Void) {
        change { body(&$0.settings) }
    }

    /// Answers `/api/…`, `/response/…`, `/emulator/…` and the page; 404 for anything else.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let path = request.path
        if path.hasPrefix("/api/") {
            return await respondToCall(String(path.dropFirst("/api/".count)), request)
        }
        if path.hasPrefix("/response/") {
            return await respondToResponse(String(path.dropFirst("/response/".count)), request)
        }
        if path.hasPrefix("/emulator/") { return await respondToControl(path, request) }
        if let answer = page?.respond(to: request) { return answer }
        return .text("not found\n", status: 404)
    }

    /// Long polls, held-back answers and waits for the retries of an event take longer than other requests.
    package func answerDeadline(for request: HTTPRequest) -> Duration? {
        request.path == "/emulator/event" ? Self.retriesDeadline : Self.waitMax + .seconds(5)
    }

    /// Three retries with Slack's waits, and the app's time for each.
    static let retriesDeadline = Duration.minutes(7)

    /// Sends the retries of events that failed, until cancelled (slack.md 1.6). Everything else works without it.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for await retry in retries {
                group.addTask { await self.perform(retry) }
            }
            group.cancelAll()
        }
    }

    func enqueue(_ retry: EventRetry) { retryQueue.yield(retry) }

    // MARK: State

    /// Changes or reads the state, and wakes those who wait for changes.
    func change<R: Sendable, E: Error>(_ body: (inout World) throws(E) -> R) throws(E) -> R {
        let before: Int64
        let after: Int64
        let waiters: [AsyncStream<Void>.Continuation]
        let outcome: Result<R, E>
        (before, after, waiters, outcome) = state.withLock { world in
            let before = world.journal.last
            world.now = clock.now()
            let outcome: Result<R, E>
            do throws(E) { outcome = .success(try body(&world)) } catch { outcome = .failure(error) }
            return (before, world.journal.last, world.journal.allWaiters, outcome)
        }
        if before != after { for waiter in waiters { waiter.yield() } }
        return try outcome.get()
    }

    /// Waits until something has changed after `seen`, or `timeout` has passed.
    func waitForChange(after seen: Int64, upTo timeout: Duration) async {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = change { world in
            if world.journal.last > seen { continuation.yield() }
            return world.journal.addWaiter(continuation)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream { return } }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
        change { $0.journal.removeWaiter(id) }
    }
}

extension HTTPResponse {
    static func json(_ object: JSONObject, status: Int = 200, headers: HTTPHeaders = [:]) -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "application/json; charset=utf-8"
        return HTTPResponse(status: status, headers: headers, body: JSONValue.object(object).bytes)
    }
}
