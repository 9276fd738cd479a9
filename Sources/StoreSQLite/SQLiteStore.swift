package import ApprovalEngine
import Glibc
package import Support

/// Everything that must not be forgotten, in one SQLite file: runs, outbox, people, deliveries and audit trail.
///
/// One connection writes, in commits that callers share; a few others read. What a call has returned is on disk.
package final class SQLiteStore: Sendable {
    let writer: Writer
    let readers: Readers
    let recentRuns = RunCache()
    let unreturned = Unreturned()
    let grips: Grips
    let path: String

    /// Opens the database, creates it where there is none, and brings it to this release's schema.
    ///
    /// The file can be read by its owner only, and so can a folder that has to be made for it.
    ///
    /// - Parameter monotonic: a clock that nobody sets.
    /// - Throws: `.unavailable` when the file cannot be opened, `.corrupt` when it is not a database that this release
    ///   can work with.
    package convenience init(
        path: String, monotonic: @escaping @Sendable () -> MonotonicInstant = { .now() }
    ) throws(StoreError) {
        try self.init(path: path, monotonic: monotonic) { Checkpointer($0) }
    }

    /// - Parameter checkpointer: copies the write-ahead log by a connection of its own.
    init(
        path: String, monotonic: @escaping @Sendable () -> MonotonicInstant = { .now() },
        checkpointer: (consuming Connection) -> Checkpointer
    ) throws(StoreError) {
        self.path = path
        grips = Grips(monotonic: monotonic)
        try PrivateFile.create(at: path)
        do {
            writer = try Writer(path: path, checkpointer: checkpointer) { connection in
                try Migrations.run(on: &connection)
            }
            readers = try Readers(path: path)
        } catch {
            throw StoreError(error)
        }
    }

    /// Commits what is under way, copies the write-ahead log into the database file, and closes it. Calls that come
    /// later fail as `.unavailable`.
    package func close() {
        readers.close()
        writer.close()
    }

    /// Copies the database, as it is at this moment and while it is being used, into a new file beside which nothing
    /// else is needed. A file of that name is replaced once the copy is complete.
    package func backup(to target: String) throws(StoreError) {
        let unfinished = target + ".unfinished"
        unlink(unfinished)
        try PrivateFile.create(at: unfinished)
        do {
            let source = try Connection.open(path, as: .reader)
            try source.copy(to: unfinished)
        } catch {
            unlink(unfinished)
            throw StoreError(error)
        }
        guard rename(unfinished, target) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(unfinished)
            throw .unavailable("\(target): \(reason)")
        }
    }
}

/// Files and folders that only their owner can read.
private enum PrivateFile {
    static func create(at path: String) throws(StoreError) {
        try createFolder(of: path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        Glibc.close(descriptor)
    }

    private static func createFolder(of path: String) throws(StoreError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        guard access(folder, F_OK) != 0 else { return }
        try createFolder(of: folder)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> StoreError {
        .unavailable("\(path): \(String(cString: strerror(errno)))")
    }
}
