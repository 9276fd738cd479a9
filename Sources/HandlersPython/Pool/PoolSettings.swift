import Support

/// How many workers there are, and what each may use up.
package struct PoolSettings: Hashable, Sendable {
    /// At most so many processes at once, spares included.
    package var size = 16
    /// So many are left to flows that have none.
    package var keptForOthers = 2
    /// Processes that are started and wait for whatever implementation comes next: the first call of a new one finds
    /// Python and the SDK loaded.
    package var spares = 1
    /// A process that was not used for so long is ended.
    package var idleTime: Duration = .seconds(600)
    package var limits = Limits()

    /// Put in force in the worker, before a line of user code runs.
    package struct Limits: Hashable, Sendable {
        package var addressSpaceBytes: Int64 = 768 << 20
        package var openFiles: Int64 = 256
        /// Processes and threads. Has no effect on a process that the system takes for root's.
        package var processes: Int64 = 64
        package var fileSizeBytes: Int64 = 64 << 20

        package init() {}
    }

    package init() {}

    /// Handlers mostly wait for somebody else, so that a processor has room for several of them.
    private static let perProcessor = 8
    private static let sizeMax = 16

    /// - Parameter workers: how many processes; `nil`: as befits the machine.
    package init(workers: Int?, processors: Int) {
        size = workers ?? min(Self.sizeMax, max(1, processors) * Self.perProcessor)
    }
}

extension PoolSettings.Limits {
    /// - Parameter time: of one question: no more than that, and a bit, of the processor's.
    func document(cpuFor time: Duration) -> JSONValue {
        [
            "address_space_bytes": .int(addressSpaceBytes), "cpu_seconds": .int(time.components.seconds + 2),
            "open_files": .int(openFiles), "processes": .int(processes), "file_size_bytes": .int(fileSizeBytes),
        ]
    }
}
