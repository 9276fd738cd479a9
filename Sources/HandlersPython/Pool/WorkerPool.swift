package import Support
import Synchronization

/// Lends workers: one process for each implementation, more where one flow has much to do, `size` of them at most.
///
/// Nobody's code runs where another flow's has run. What is idle longest makes room; what failed is replaced.
package final class WorkerPool: Service {
    package let name = "python workers"
    private let settings: PoolSettings
    private let command: @Sendable () async throws(WorkerError) -> WorkerCommand
    private let isUsed = Mutex(false)
    private let fault = Mutex<String?>(nil)
    private let complaint = Mutex<String?>(nil)
    private let log: Log
    private let spawner = Spawner()
    private let state: Mutex<PoolState<PooledWorker>>
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// How often it is looked for processes that nobody uses.
    private static let lookEvery: Duration = .seconds(60)
    /// How long nothing is started after a start failed.
    private static let pauseAfterFailure: Duration = .seconds(10)

    /// - Parameter command: asked for at each start. Nothing is started before the first implementation comes, or
    ///   `warmUp` is called.
    package init(
        settings: PoolSettings = PoolSettings(), log: Log,
        command: @escaping @Sendable () async throws(WorkerError) -> WorkerCommand
    ) {
        self.settings = settings
        self.command = command
        self.log = log
        state = Mutex(
            PoolState(
                size: settings.size, keptForOthers: min(settings.keptForOthers, settings.size - 1),
                sparesMax: settings.size > 1 ? settings.spares : 0
            )
        )
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many processes there are.
    package var count: Int { state.withLock { $0.count } }

    /// Why the last start of a process failed; `nil` where it did not.
    package var problem: String? { fault.withLock { $0 } }

    /// Python will be needed: spares are kept from now on.
    package func warmUp() {
        isUsed.withLock { $0 = true }
        ring.yield()
    }

    // MARK: Lending

    /// Lends a worker that has the implementation loaded.
    ///
    /// - Parameters:
    ///   - deadline: until when to wait for a worker that is free.
    ///   - loadTime: how long the implementation may take to load.
    package func withWorker<R: Sendable>(
        for implementation: Implementation, waitingUntil deadline: MonotonicInstant, loadTime: Duration,
        company: WorkerProcess.Company, _ body: (PooledWorker) async throws(WorkerError) -> R
    ) async throws(WorkerError) -> R {
        let key = implementation.key
        let take = try await take(key, until: deadline)
        let worker: PooledWorker
        do throws(WorkerError) {
            worker = try await prepare(take, implementation, within: loadTime, company: company)
        } catch {
            lose(key)
            throw error
        }
        do throws(WorkerError) {
            let result = try await body(worker)
            await giveBack(worker, key)
            return result
        } catch {
            await giveBack(worker, key)
            throw error
        }
    }

    private func prepare(
        _ take: PoolState<PooledWorker>.Take, _ implementation: Implementation, within limit: Duration,
        company: WorkerProcess.Company
    ) async throws(WorkerError) -> PooledWorker {
        let worker: PooledWorker
        switch take {
        case .reuse(let loaded): return loaded
        case .load(let spare): worker = spare
        case .start: worker = try await start()
        case .startInstead(let old):
            await old.process.end()
            worker = try await start()
        }
        do throws(WorkerError) {
            try await worker.load(implementation, limits: settings.limits, within: limit, company: company)
        } catch {
            await worker.process.end()
            throw error
        }
        return worker
    }

    private func start() async throws(WorkerError) -> PooledWorker {
        let process = WorkerProcess()
        do throws(WorkerError) { try await process.start(try await command(), with: spawner) } catch {
            fault.withLock { $0 = error.report }
            throw error
        }
        fault.withLock { $0 = nil }
        return PooledWorker(process)
    }

    private func giveBack(_ worker: PooledWorker, _ key: Implementation.Key) async {
        if worker.isSpoiled {
            await worker.process.end()
            lose(key)
        } else {
            state.withLock { $0.giveBack(worker, key, at: .now()) }
            serve()
        }
    }

    private func lose(_ key: Implementation.Key) {
        state.withLock { $0.lose(key) }
        serve()
    }

    // MARK: Waiting

    /// - Throws: `.busy` when the time is over, or the task was cancelled.
    private func take(
        _ key: Implementation.Key, until deadline: MonotonicInstant
    ) async throws(WorkerError) -> PoolState<PooledWorker>.Take {
        warmUp()
        if let take = state.withLock({ $0.take(key) }) { return take }
        let left = deadline - .now()
        let take = await withTaskGroup(of: PoolState<PooledWorker>.Take?.self) { group in
            group.addTask { await self.waitForTurn(key) }
            group.addTask {
                try? await Task.sleep(for: left)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // A process that came in the very moment in which the time was over is not lost.
            let second = await group.next() ?? nil
            return first ?? second
        }
        guard let take else { throw .busy("every Python worker that flow \(key.flow) may have was busy for too long") }
        return take
    }

    private func waitForTurn(_ key: Implementation.Key) async -> PoolState<PooledWorker>.Take? {
        let id = Mutex<Int64?>(nil)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = state.withLock { state in
                    state.wait(key) { continuation.resume(returning: $0) }
                }
                id.withLock { $0 = waiter }
                // Whoever gave a process back meanwhile did not see this waiter; whoever cancelled did not find it.
                if Task.isCancelled { leave(key, waiter) }
                serve()
            }
        } onCancel: {
            if let waiter = id.withLock({ $0 }) { leave(key, waiter) }
        }
    }

    private func leave(_ key: Implementation.Key, _ waiter: Int64) {
        state.withLock { $0.leave(key, waiter) }?(nil)
    }

    private func serve() {
        while let grant = state.withLock({ $0.serve() }) { grant() }
        ring.yield()
    }

    // MARK: Spares

    /// Keeps spares, and ends what nobody uses. Without it the pool works, but each new implementation waits for Python.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.lookEvery)
                    self.ring.yield()
                }
            }
            ring.yield()
            for await _ in bell {
                for worker in state.withLock({ $0.takeIdle(since: .now() - settings.idleTime) }) {
                    await worker.process.end()
                }
                await keepSpares()
            }
            group.cancelAll()
        }
        await stop()
    }

    private func keepSpares() async {
        while !Task.isCancelled, isUsed.withLock({ $0 }), state.withLock({ $0.beginsSpare() }) {
            do throws(WorkerError) {
                let spare = try await start()
                complaint.withLock { $0 = nil }
                state.withLock { $0.add(spare: spare) }
                serve()
            } catch {
                // What is missing is looked for again and again, and said once.
                let isNew = complaint.withLock { complaint in
                    defer { complaint = error.report }
                    return complaint != error.report
                }
                if isNew {
                    log.error("a Python worker could not be started", ["error": error.report])
                }
                state.withLock { $0.loseSpare() }
                try? await Task.sleep(for: Self.pauseAfterFailure)
                return
            }
        }
    }

    /// Ends every worker that nobody is asking.
    package func stop() async {
        for worker in state.withLock({ $0.takeAll() }) { await worker.process.end() }
    }
}

extension MonotonicInstant {
    fileprivate static func - (left: Self, right: Duration) -> Self { left + (.zero - right) }
}
