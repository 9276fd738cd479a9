import CPosix
import Dispatch
import Glibc
import Support
import Synchronization

/// Starts child processes, all from one thread that lives as long as this value.
///
/// bubblewrap asks the kernel to be killed when its parent dies (`--die-with-parent`), and to the kernel the parent is
/// the thread: a child that was started from a thread of a pool would die when that thread is no longer needed.
final class Spawner: Sendable {
    struct Spawned: Sendable {
        var process: Int32
        var connection: Int32
        var output: Int32
    }

    private let state = State()

    init() {
        let state = state
        PosixThread.start { state.work() }
    }

    deinit { state.add(nil) }

    /// - Throws: `.cannotStart` with what the system says.
    func spawn(_ command: WorkerCommand) async throws(WorkerError) -> Spawned {
        let state = state
        let result: Result<Spawned, WorkerError> = await withCheckedContinuation { continuation in
            state.add { continuation.resume(returning: Self.start(command)) }
        }
        return try result.get()
    }

    /// `nil` ends the thread.
    private typealias Order = (@Sendable () -> Void)?

    private final class State: Sendable {
        private let orders = Mutex<[Order]>([])
        private let bell = DispatchSemaphore(value: 0)

        func add(_ order: Order) {
            orders.withLock { $0.append(order) }
            bell.signal()
        }

        func work() {
            while true {
                bell.wait()
                guard let order = orders.withLock({ $0.removeFirst() }) else { return }
                order()
            }
        }
    }

    private static func start(_ command: WorkerCommand) -> Result<Spawned, WorkerError> {
        var sockets: [Int32] = [-1, -1]
        var pipe: [Int32] = [-1, -1]
        var failure = cposix_socket_pair(&sockets)
        if failure != 0 { return .failure(.cannotStart(reason(failure))) }
        failure = cposix_pipe(&pipe)
        if failure != 0 {
            for descriptor in sockets { close(descriptor) }
            return .failure(.cannotStart(reason(failure)))
        }
        var process: Int32 = 0
        failure = withCStrings([command.program] + command.arguments) { arguments in
            withCStrings(command.environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }) {
                cposix_spawn(
                    command.program, arguments, $0, command.directory, sockets[1], pipe[1], &process
                )
            }
        }
        close(sockets[1])
        close(pipe[1])
        guard failure == 0 else {
            close(sockets[0])
            close(pipe[0])
            return .failure(.cannotStart("\(command.program): \(reason(failure))"))
        }
        return .success(Spawned(process: process, connection: sockets[0], output: pipe[0]))
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// Lends the texts as C wants them: an array of pointers that ends with a null.
    private static func withCStrings<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("an array with a null in it is not empty") }
            return body(UnsafePointer(start))
        }
    }
}
