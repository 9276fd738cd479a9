import ApprovalEngine
import Dispatch
import Synchronization

/// The one connection that writes, and the commits that callers share.
///
/// Syncing the log is what a commit costs, so all writes that arrive while one commit runs go into the next together.
/// That needs no timer: alone, a write is committed at once. A caller goes on only after the commit that holds its
/// write has returned.
final class Writer: Sendable {
    /// What a caller waits for.
    private struct Write: Sendable {
        /// Does the caller's part within an open transaction; again, where that was undone.
        ///
        /// - Returns: what lets the caller go on once the transaction is committed.
        var perform: @Sendable (inout Connection) throws -> @Sendable () -> Void
        /// Lets the caller go on without it.
        var fail: @Sendable (StoreError) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        /// Whether the queue has been told to work and has not found everything done since.
        var isDraining = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Never contended: only the queue uses it.
    private let connection: Mutex<Connection?>
    private let checkpointer: Checkpointer
    private let queue = DispatchQueue(label: "symflow.store.writer")
    private let failing = Atomic(false)

    /// How many writes one transaction holds at most.
    static let batchMax = 256

    init(_ connection: consuming Connection, checkpointer: Checkpointer) {
        self.connection = Mutex(connection)
        self.checkpointer = checkpointer
    }

    /// Opens the database that `path` names, with a file where there is none.
    ///
    /// - Parameters:
    ///   - checkpointer: copies the write-ahead log by a connection of its own.
    ///   - prepare: what happens to the connection that writes before anything else does.
    convenience init(
        path: String, checkpointer: (consuming Connection) -> Checkpointer = { Checkpointer($0) },
        preparing prepare: (inout Connection) throws -> Void
    ) throws {
        var connection = try Connection.open(path, as: .writer)
        try prepare(&connection)
        self.init(connection, checkpointer: checkpointer(try Connection.open(path, as: .checkpointer)))
    }

    /// Runs `body` in a transaction, together with what others have to write, and returns when it is durable.
    ///
    /// When `body` throws, what it did is undone, and the others' part is not. It must not wait for anything, and may
    /// be called a second time after what it did was undone: what counts is the last time.
    @discardableResult
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (inout Connection) throws -> Result
    ) async throws(StoreError) -> Result {
        let outcome = await withCheckedContinuation { continuation in
            enqueue(
                Write { connection in
                    let result = try body(&connection)
                    return { continuation.resume(returning: Swift.Result<Result, StoreError>.success(result)) }
                } fail: { error in
                    continuation.resume(returning: .failure(error))
                }
            )
        }
        return try outcome.get()
    }

    /// Whether the last transaction could not be committed.
    var isFailing: Bool { failing.load(ordering: .relaxed) }

    /// Whether the disk did not take what was copied out of the log, so that the log is kept for the next start.
    var keepsLog: Bool { checkpointer.hasFailed }

    /// Commits what waits, then closes the connection. Later writes are refused.
    func close() {
        state.withLock { $0.isClosed = true }
        checkpointer.close()
        queue.sync {
            connection.withLock { connection in
                if keepsLog {
                    connection?.keepLog()
                } else {
                    // A checkpoint that fails loses nothing: the log is read at the next start.
                    try? connection?.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                }
                connection = nil
            }
        }
    }

    // MARK: The queue

    private func enqueue(_ write: Write) {
        enum Next { case refuse, start, wait }
        let next: Next = state.withLock { state in
            guard !state.isClosed else { return .refuse }
            state.waiting.append(write)
            defer { state.isDraining = true }
            return state.isDraining ? .wait : .start
        }
        switch next {
        case .refuse: write.fail(.storeClosed)
        case .start: queue.async { self.drain() }
        case .wait: break
        }
    }

    private func drain() {
        while true {
            let batch: [Write] = state.withLock { state in
                let batch = Array(state.waiting.prefix(Writer.batchMax))
                state.waiting.removeFirst(batch.count)
                state.isDraining = !batch.isEmpty
                return batch
            }
            guard !batch.isEmpty else { return }
            connection.withLock { connection in
                switch connection.take() {
                case .some(var open):
                    let (resumptions, isFailing) = Writer.commit(batch, in: &open)
                    if let isFailing { failing.store(isFailing, ordering: .relaxed) }
                    for resume in resumptions { resume() }
                    if checkpointer.logGrew(to: open.logPages) { checkpointer.finish(in: open) }
                    connection = .some(open)
                case .none: for write in batch { write.fail(.storeClosed) }
                }
            }
        }
    }

    /// - `resumptions`: what lets the callers go on.
    /// - `isFailing`: whether the database took no transaction; `nil` where it was not asked.
    private typealias Outcome = (resumptions: [@Sendable () -> Void], isFailing: Bool?)

    /// One transaction.
    private static func commit(_ batch: [Write], in connection: inout Connection) -> Outcome {
        if batch.count > 1, let outcome = commitTogether(batch, in: &connection) { return outcome }
        return commitApart(batch, in: &connection)
    }

    /// Nearly always all writes of a batch succeed, and then none has to be undone alone. That saves SQLite a copy of
    /// every page that a write changes.
    ///
    /// - Returns: `nil` when one of them failed; then nothing has happened.
    private static func commitTogether(_ batch: [Write], in connection: inout Connection) -> Outcome? {
        var resumptions: [@Sendable () -> Void] = []
        let changesBefore = connection.changesCount
        do {
            try connection.run("BEGIN IMMEDIATE")
            for write in batch { resumptions.append(try write.perform(&connection)) }
        } catch {
            connection.rollBack()
            return nil
        }
        do {
            try connection.run("COMMIT")
            // Where nothing was changed, nothing was written.
            return (resumptions, connection.changesCount > changesBefore ? false : nil)
        } catch {
            return (failures(of: batch, toCommit: error, in: &connection), true)
        }
    }

    /// Each write can be undone without the others.
    private static func commitApart(_ batch: [Write], in connection: inout Connection) -> Outcome {
        var committing: [(write: Write, succeed: @Sendable () -> Void)] = []
        var resumptions: [@Sendable () -> Void] = []
        var isFailing: Bool?
        let changesBefore = connection.changesCount
        do {
            try connection.run("BEGIN IMMEDIATE")
            for write in batch {
                do {
                    // Undone alone, where there are others. A single write is undone with its transaction.
                    if batch.count > 1 { try connection.run("SAVEPOINT item") }
                    let succeed = try write.perform(&connection)
                    if batch.count > 1 { try connection.run("RELEASE item") }
                    committing.append((write, succeed))
                } catch {
                    // After some errors, a full disk for one, SQLite has undone the whole transaction.
                    if connection.isOutsideTransaction { throw error }
                    if batch.count > 1 {
                        try connection.run("ROLLBACK TO item")
                        try connection.run("RELEASE item")
                    }
                    if error is SQLiteError { isFailing = true }
                    let error = StoreError(error)
                    resumptions.append { write.fail(error) }
                }
            }
        } catch {
            connection.rollBack()
            let error = StoreError(error)
            let unperformed = batch[(committing.count + resumptions.count)...]
            for write in committing.map(\.write) + unperformed { resumptions.append { write.fail(error) } }
            return (resumptions, true)
        }
        guard !committing.isEmpty else {
            connection.rollBack()
            return (resumptions, isFailing)
        }
        do {
            try connection.run("COMMIT")
            for (_, succeed) in committing { resumptions.append(succeed) }
            // Where nothing was changed, nothing was written.
            if isFailing == nil, connection.changesCount > changesBefore { isFailing = false }
            return (resumptions, isFailing)
        } catch {
            resumptions += failures(of: committing.map(\.write), toCommit: error, in: &connection)
            return (resumptions, true)
        }
    }

    private static func failures(
        of writes: [Write], toCommit error: any Error, in connection: inout Connection
    ) -> [@Sendable () -> Void] {
        connection.rollBack()
        let error = (error as? SQLiteError)?.asCommitError ?? StoreError(error)
        return writes.map { write in { write.fail(error) } }
    }
}

extension StoreError {
    static let storeClosed = StoreError.unavailable("the store is closed")
}
