import Dispatch

/// Runs an actor's jobs on a dispatch queue of their own, so that its blocking calls block nobody else.
/// (`DispatchSerialQueue` does not exist on Linux.)
package final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    package init(label: String) { queue = DispatchQueue(label: label) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
