import ApprovalEngine
import Dispatch
import Support
import Synchronization

/// A few connections, each used by one task at a time on a thread of its own, and the line of those who wait for one.
///
/// A connection that was lost is made anew for the next task. While the server cannot be reached, tasks fail at once
/// instead of waiting for one attempt after the other.
final class Pool: Sendable {
    private struct Job: Sendable {
        var since: MonotonicInstant
        var perform: @Sendable (Seat) -> Void
        var refuse: @Sendable (StoreError) -> Void
    }

    /// What a job gets its connection from.
    struct Seat: Sendable {
        fileprivate let worker: Worker
        fileprivate let pool: Pool

        /// Lends the connection, made anew where it was lost.
        func use<Result: Sendable>(_ body: (inout Session) throws -> Result) throws -> Result {
            try worker.session.withLock { session in
                var open = try pool.connected(session.take())
                let result = Swift.Result { try body(&open) }
                session = open.isBroken ? .none : .some(open)
                return try result.get()
            }
        }
    }

    fileprivate final class Worker: Sendable {
        /// Never contended: only its own queue uses it.
        let session = Mutex<Session?>(nil)
        let queue: DispatchQueue

        init(_ number: Int) { queue = DispatchQueue(label: "symflow.postgres.\(number)") }
    }

    private struct State {
        var idle: [Worker]
        var waiting: [Job] = []
        var isClosed = false
        /// Since when the server cannot be reached, and why.
        var outage: (since: MonotonicInstant, error: PostgresError)?
    }

    private let url: String
    private let workers: [Worker]
    private let state: Mutex<State>

    /// Connections of one replica, those that listen apart.
    static let count = 8
    /// How many tasks may wait for a connection.
    static let waitingMax = 20_000
    /// How long one waits at most: longer than that, and whoever pressed the button has been told that it failed.
    static let waitTime: Duration = .milliseconds(2500)
    /// So long nobody tries to connect again after it failed.
    static let outagePause: Duration = .milliseconds(200)
    /// How often a transaction that stood in another one's way is tried.
    static let attemptsMax = 5

    init(url: String) {
        self.url = url
        workers = (0..<Self.count).map(Worker.init)
        state = Mutex(State(idle: workers))
    }

    // MARK: Using connections

    /// Reads. What is lost with a connection is read again through a new one, once.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (inout Session) throws -> Result
    ) async throws(StoreError) -> Result {
        try await perform { seat in
            do { return try Self.again { try seat.use(body) } } catch let error as PostgresError {
                guard !error.isDefinite, error.call != "connect" else { throw StoreError(reading: error) }
                do { return try seat.use(body) } catch { throw StoreError(reading: error) }
            } catch { throw StoreError(reading: error) }
        }
    }

    /// Writes with one statement, which is a transaction of its own.
    ///
    /// - Throws: `.unknownOutcome` when the answer was lost.
    @discardableResult
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (inout Session) throws -> Result
    ) async throws(StoreError) -> Result {
        try await perform { seat in
            do { return try Self.again { try seat.use(body) } } catch { throw StoreError(writing: error) }
        }
    }

    /// Writes with several statements.
    func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (inout Session) throws -> Result
    ) async throws(StoreError) -> Result {
        try await perform { seat in
            do { return try Self.again { try seat.use { session in try session.transaction(body) } } } catch {
                throw StoreError(writing: error)
            }
        }
    }

    /// Finishes what is under way and closes the connections. Later calls are refused.
    func close() {
        let refused = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for job in refused { job.refuse(.storeClosed) }
        for worker in workers { worker.queue.sync { worker.session.withLock { $0 = nil } } }
    }

    /// Does it again where somebody else's transaction was in the way and nothing happened.
    private static func again<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
        for _ in 1..<attemptsMax {
            do { return try body() } catch let error as PostgresError where error.isTransient && error.isDefinite {}
        }
        return try body()
    }

    // MARK: The line

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Seat) throws -> Result
    ) async throws(StoreError) -> Result {
        let outcome = await withCheckedContinuation { continuation in
            enqueue(
                Job(since: .now()) { seat in
                    let result: Swift.Result<Result, StoreError>
                    do { result = .success(try body(seat)) } catch { result = .failure(StoreError(reading: error)) }
                    continuation.resume(returning: result)
                } refuse: {
                    continuation.resume(returning: .failure($0))
                }
            )
        }
        return try outcome.get()
    }

    private func enqueue(_ job: Job) {
        enum Next { case refuse(StoreError), start(Worker), wait }
        let next: Next = state.withLock { state in
            guard !state.isClosed else { return .refuse(.storeClosed) }
            if let worker = state.idle.popLast() { return .start(worker) }
            guard state.waiting.count < Self.waitingMax else {
                return .refuse(.unavailable("too many wait for the database"))
            }
            state.waiting.append(job)
            return .wait
        }
        switch next {
        case .refuse(let error): job.refuse(error)
        case .start(let worker): worker.queue.async { self.work(worker, job) }
        case .wait: break
        }
    }

    private func work(_ worker: Worker, _ first: Job) {
        var next: Job? = first
        while let job = next {
            if MonotonicInstant.now() - job.since > Self.waitTime {
                job.refuse(.unavailable("the database is too busy"))
            } else {
                job.perform(Seat(worker: worker, pool: self))
            }
            next = state.withLock { state in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.idle.append(worker)
                return nil
            }
        }
    }

    fileprivate func connected(_ session: consuming Session?) throws -> Session {
        if var session = consume session {
            if !session.isLost() { return session }
        }
        let outage = state.withLock { $0.outage }
        if let outage, MonotonicInstant.now() - outage.since < Self.outagePause { throw outage.error }
        do {
            let session = try Session.open(url)
            state.withLock { $0.outage = nil }
            return session
        } catch {
            state.withLock { $0.outage = (.now(), error) }
            throw error
        }
    }
}
