import Synchronization

/// Runs jobs on the thread that asks it to, one at a time, in an order that somebody else chooses.
final class SimulationExecutor: TaskExecutor {
    private let ready = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        ready.withLock { $0.append(job) }
    }

    /// Runs one of the jobs that are ready, up to where it waits.
    ///
    /// - Parameter choose: an index below the number of jobs.
    /// - Returns: false when none is ready.
    func runOne(_ choose: (Int) -> Int) -> Bool {
        let count = ready.withLock { $0.count }
        guard count > 0 else { return false }
        let index = count == 1 ? 0 : choose(count)
        let job = ready.withLock { $0.remove(at: index) }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }
}
