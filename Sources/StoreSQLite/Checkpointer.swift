import Dispatch
import Synchronization

/// Copies the write-ahead log back into the database beside the commits, so that no commit waits for it.
///
/// SQLite begins the log anew only where all of it was copied and the database file was synced. So most of it is copied
/// and synced here, on a thread and a connection of its own, while commits go on; and when little is left, the writer
/// copies that between two commits (`finish`).
final class Checkpointer: Sendable {
    private enum Stage {
        /// Nothing to do before the log has this many pages.
        case idle(until: Int)
        case copying
        /// What is left is the writer's.
        case nearlyDone
        /// The disk did not take what was copied, and may not say so a second time. SQLite counts it as copied: so the
        /// log must not be begun anew before it has been read from its beginning, at the next start.
        case failed
    }

    private let stage: Mutex<Stage>
    /// Only the queue uses it.
    private let connection: Mutex<Connection?>
    private let queue = DispatchQueue(label: "symflow.store.checkpoint")
    /// The log's length after the last commit, in pages.
    private let logPages = Atomic(0)
    private let logPagesMax: Int
    private let sync: @Sendable (borrowing Connection) throws -> Void

    /// Pages in the log before they are copied: 4 MiB. The log's own syncs wait behind the database's: at four times as
    /// many, one click in a thousand waits twice as long; at a quarter, all of them cost a tenth more.
    static let logPagesMax = 1000
    /// As many pages are left to the writer at most, where so few are left at all after `passesMax`.
    static let pagesLeftMax = 100
    /// How often what came in meanwhile is copied here too, before the writer does the rest.
    static let passesMax = 4
    /// So much longer the log becomes before it is tried again, where somebody was reading in it.
    static let pagesBetweenTries = 200

    /// - Parameters:
    ///   - connection: one of its own to the writer's database.
    ///   - sync: makes what was copied durable.
    init(
        _ connection: consuming Connection, logPagesMax: Int = logPagesMax,
        sync: @escaping @Sendable (borrowing Connection) throws -> Void = { try $0.syncDatabase() }
    ) {
        self.connection = Mutex(connection)
        self.sync = sync
        self.logPagesMax = logPagesMax
        stage = Mutex(.idle(until: logPagesMax))
    }

    /// The writer has committed.
    ///
    /// - Parameter pages: the log's length now.
    /// - Returns: whether it is the writer's turn: then it calls `finish`.
    func logGrew(to pages: Int) -> Bool {
        let before = logPages.exchange(pages, ordering: .relaxed)
        return stage.withLock { stage in
            switch stage {
            case .idle(let until):
                // The log was begun anew.
                let until = pages < before ? logPagesMax : until
                stage = .idle(until: until)
                guard pages >= until else { return false }
                stage = .copying
                queue.async { self.copy() }
                return false
            case .copying, .failed: return false
            case .nearlyDone: return true
            }
        }
    }

    /// Copies what is left, between two commits of the writer.
    func finish(in writer: borrowing Connection) {
        // A checkpoint that fails loses nothing: the log is read instead.
        _ = try? writer.checkpoint()
        let pages = logPages.load(ordering: .relaxed)
        stage.withLock { $0 = .idle(until: max(logPagesMax, pages + Self.pagesBetweenTries)) }
    }

    /// Whether what is in the log may be nowhere else, though SQLite takes it for copied.
    var hasFailed: Bool {
        stage.withLock { if case .failed = $0 { true } else { false } }
    }

    /// Waits for what is under way, and closes the connection.
    func close() {
        queue.sync { connection.withLock { $0 = nil } }
    }

    private func copy() {
        let next = connection.withLock { connection -> Stage in
            switch connection.take() {
            case .some(let open):
                let next = copyMost(with: open)
                connection = .some(open)
                return next
            case .none: return .idle(until: logPagesMax)
            }
        }
        stage.withLock { $0 = next }
    }

    private func copyMost(with connection: borrowing Connection) -> Stage {
        for _ in 0..<Self.passesMax {
            // Where that fails, the writer's own try is what SQLite would have done without us.
            guard let copied = try? connection.checkpoint() else { return .nearlyDone }
            // SQLite syncs the file only after a checkpoint that nothing was committed beside.
            do { try sync(connection) } catch { return .failed }
            if logPages.load(ordering: .relaxed) - copied <= Self.pagesLeftMax { break }
        }
        return .nearlyDone
    }
}
