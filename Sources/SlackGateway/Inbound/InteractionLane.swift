package import Support
import Synchronization

/// Work for people who are waiting with a form open: started in parallel with the acknowledgement, never persisted. If
/// it is lost, the person types `/sym` again (decisions.md 7).
package final class InteractionLane: Service {
    package typealias Job = @Sendable () async -> Void

    package let name = "interaction lane"
    private let jobs: AsyncStream<Job>
    private let continuation: AsyncStream<Job>.Continuation
    private let log: Log
    private let waiting = Mutex(0)

    /// More jobs than this are turned away: they would come too late for a trigger's three seconds.
    static let jobsMax = 2000

    package init(log: Log) {
        (jobs, continuation) = AsyncStream<Job>.makeStream()
        self.log = log
    }

    /// How many jobs are waiting or being done.
    package var busyCount: Int { waiting.withLock { $0 } }

    /// - Returns: false when there was no room; nothing is done then.
    @discardableResult
    package func start(_ job: @escaping Job) -> Bool {
        let isRoom = waiting.withLock { waiting in
            guard waiting < Self.jobsMax else { return false }
            waiting += 1
            return true
        }
        guard isRoom else {
            log.error("too many forms are being opened at once; one was dropped")
            return false
        }
        continuation.yield(job)
        return true
    }

    package func run() async throws {
        let jobs = jobs
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await job in jobs {
                    group.addTask {
                        await job()
                        self.waiting.withLock { $0 -= 1 }
                    }
                }
            }
        } onCancel: {
            continuation.finish()
        }
    }
}
