import HTTPModel
import Synchronization

/// Handlers that begin on libmicrohttpd's threads, and work on elsewhere from their first wait.
///
/// An answer that needs no wait is sent before the thread looks at another connection, and costs neither a hand-over to
/// the handler nor one back.
final class EarlyHandlers: Sendable {
    /// Those that have let go of the thread they began on.
    private let working = Mutex<[ObjectIdentifier: Task<Void, Never>]>([:])
    private let opened = Atomic(false)

    /// Whether the server is being run: what comes before waits.
    var isOpen: Bool { opened.load(ordering: .acquiring) }

    func open() { opened.store(true, ordering: .releasing) }

    /// Works on `request` on this thread until the handler waits for something or has answered.
    func begin(_ exchange: Exchange, _ request: HTTPRequest, _ core: ServerCore) {
        let id = ObjectIdentifier(exchange)
        // Detached: nothing of the thread's is inherited. Medium, as everything that the global executor runs here.
        let task = Task.immediateDetached(priority: .medium) {
            await MicroHTTPServer.answer(request, exchange, core)
            self.working.withLock { working in
                exchange.isHandled.store(true, ordering: .relaxed)
                working[id] = nil
            }
        }
        working.withLock { working in
            if !exchange.isHandled.load(ordering: .relaxed) { working[id] = task }
        }
    }

    /// Cancels those that still work, and returns when they have ended. To be called when no more can begin.
    func end() async {
        let tasks = working.withLock { Array($0.values) }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
