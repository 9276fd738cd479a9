import CSQLite

/// One open database. Whoever holds the value is its only user, and it closes when the value goes.
struct Connection: ~Copyable, @unchecked Sendable {
    // Invariant: SQLite lets any thread use a connection, one at a time; there is no second copy of this value, and
    // its pointers do not leave it.

    enum Role { case writer, reader, checkpointer }

    private let handle: OpaquePointer
    private let watchedLogPages: UnsafeMutablePointer<Int32>
    /// Prepared statements: as many as there are places in our sources that make one.
    private var statements: [SQL.Shape: OpaquePointer] = [:]

    /// How long a statement waits for a lock that another process holds.
    static let busyMilliseconds: Int32 = 5000
    /// Page caches. Small, because idle memory counts and the system caches the file as well.
    static let writerCacheKiB = 8192
    static let readerCacheKiB = 512
    /// What may be left of the write-ahead log's file after that.
    static let logBytesMax = 64 << 20

    private init(_ handle: OpaquePointer) {
        self.handle = handle
        watchedLogPages = .allocate(capacity: 1)
        watchedLogPages.initialize(to: 0)
    }

    static func open(_ path: String, as role: Role) throws(SQLiteError) -> Connection {
        let connection = Connection(try openHandle(path, as: role))
        try connection.configure(as: role)
        return connection
    }

    private static func openHandle(_ path: String, as role: Role) throws(SQLiteError) -> OpaquePointer {
        var handle: OpaquePointer?
        // Without SQLite's own locks: a connection has one user at a time, which the compiler sees to.
        let access =
            switch role {
            case .writer: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .checkpointer: SQLITE_OPEN_READWRITE
            case .reader: SQLITE_OPEN_READONLY
            }
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError("open", code: code, database: handle)
            sqlite3_close_v2(handle)
            throw error
        }
        return handle
    }

    private func configure(as role: Role) throws(SQLiteError) {
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Connection.busyMilliseconds)
        try execute("PRAGMA cache_size = -\(role == .writer ? Connection.writerCacheKiB : Connection.readerCacheKiB)")
        // Pages that become free are used again; moving others into their place would only cost writes.
        if role == .writer { try execute("PRAGMA auto_vacuum = NONE") }
        // Both, and on every connection: `synchronous` belongs to the connection, and commits are durable with FULL.
        try execute("PRAGMA journal_mode = WAL")
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA foreign_keys = ON")
        // What is deleted is overwritten where that takes no further page.
        try execute("PRAGMA secure_delete = FAST")
        // Copying the log back is the checkpointer's.
        try execute("PRAGMA wal_autocheckpoint = 0")
        csqlite_watch_log(handle, watchedLogPages)
        try execute("PRAGMA journal_size_limit = \(Connection.logBytesMax)")
        if role == .reader { try execute("PRAGMA query_only = ON") }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
        watchedLogPages.deallocate()
    }

    // MARK: The write-ahead log

    /// How many pages the log had after the last commit of this connection.
    var logPages: Int { Int(watchedLogPages.pointee) }

    /// Copies as much of the log into the database as can be, without keeping anybody waiting.
    ///
    /// - Returns: how many pages of the log are in the database now.
    @discardableResult
    func checkpoint() throws(SQLiteError) -> Int {
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nil, &copied)
        guard code == SQLITE_OK else { throw SQLiteError("checkpoint", code: code, database: handle) }
        return Int(copied)
    }

    /// Leaves the log for the next start when this connection is closed.
    func keepLog() { _ = csqlite_keep_log(handle) }

    /// Makes what was copied into the database file durable.
    func syncDatabase() throws(SQLiteError) {
        let code = csqlite_sync_database(handle)
        guard code == SQLITE_OK else { throw SQLiteError("sync", code: code, database: handle) }
    }

    /// Whether no transaction is open: SQLite ends one by itself after some errors.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Undoes the open transaction, if there is one. Should that fail, the next `BEGIN` says so.
    func rollBack() {
        if !isOutsideTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Runs SQL of our own that has no parameters, perhaps several statements.
    func execute(_ text: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError("exec", code: code, database: handle) }
    }

    /// Runs a statement to its end.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    mutating func run(_ sql: SQL) throws -> Int {
        try withStatement(sql) { handle, statement in
            while try Connection.step(statement, of: handle) {}
            return Int(sqlite3_changes(handle))
        }
    }

    /// Reads all rows of a query.
    mutating func rows<Result>(_ sql: SQL, _ read: (borrowing Row) throws -> Result) throws -> [Result] {
        try withStatement(sql) { handle, statement in
            var results: [Result] = []
            while try Connection.step(statement, of: handle) { results.append(try read(Row(statement))) }
            return results
        }
    }

    /// Reads the rows of a query one by one, so that there may be any number of them.
    mutating func forEachRow(_ sql: SQL, _ take: (borrowing Row) throws -> Void) throws {
        try withStatement(sql) { handle, statement in
            while try Connection.step(statement, of: handle) { try take(Row(statement)) }
        }
    }

    /// Reads the first row of a query; `nil` when there is none.
    mutating func row<Result>(_ sql: SQL, _ read: (borrowing Row) throws -> Result) throws -> Result? {
        try withStatement(sql) { handle, statement in
            try Connection.step(statement, of: handle) ? try read(Row(statement)) : nil
        }
    }

    mutating func hasRow(_ sql: SQL) throws -> Bool { try row(sql) { _ in true } ?? false }

    /// How many rows were changed since the connection was opened.
    var changesCount: Int64 { Int64(sqlite3_total_changes(handle)) }

    /// The key that the last insert made.
    var lastInsertedKey: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Copies the whole database, as it is now, into a new file.
    func copy(to path: String) throws(SQLiteError) {
        var target: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil
        )
        defer { sqlite3_close_v2(target) }
        guard code == SQLITE_OK, let target else { throw SQLiteError("open", code: code, database: target) }
        guard let backup = sqlite3_backup_init(target, "main", handle, "main") else {
            throw SQLiteError("backup", code: sqlite3_errcode(target), database: target)
        }
        // In one step: a copy in several would start again whenever the writer commits between two of them.
        let copied = sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        guard copied == SQLITE_DONE else { throw SQLiteError("backup", code: copied, database: nil) }
        guard finished == SQLITE_OK else { throw SQLiteError("backup", code: finished, database: target) }
    }

    // MARK: Statements

    private static func step(_ statement: OpaquePointer, of handle: OpaquePointer) throws(SQLiteError) -> Bool {
        let code = sqlite3_step(statement)
        guard code == SQLITE_ROW || code == SQLITE_DONE else {
            throw SQLiteError("step", code: code, database: handle)
        }
        return code == SQLITE_ROW
    }

    /// Lends a prepared statement with its parameters bound. It is reset afterwards, so that it keeps nothing locked
    /// and holds none of our memory.
    private mutating func withStatement<Result>(
        _ sql: SQL, _ body: (_ handle: OpaquePointer, _ statement: OpaquePointer) throws -> Result
    ) throws -> Result {
        let statement = try prepared(sql.shape)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        let handle = handle
        return try Connection.bind(sql.values[...], to: statement, of: handle) { try body(handle, statement) }
    }

    private mutating func prepared(_ shape: SQL.Shape) throws(SQLiteError) -> OpaquePointer {
        if let statement = statements[shape] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(
            handle, shape.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil
        )
        guard code == SQLITE_OK, let statement else { throw SQLiteError("prepare", code: code, database: handle) }
        statements[shape] = statement
        return statement
    }

    /// Binds the values and calls `body` while their memory stays in place: blobs are not copied.
    private static func bind<Result>(
        _ values: ArraySlice<SQL.Value>, to statement: OpaquePointer, of handle: OpaquePointer,
        _ body: () throws -> Result
    ) throws -> Result {
        for index in values.indices {
            let place = Int32(index + 1)
            let code: Int32
            switch values[index] {
            case .null: code = sqlite3_bind_null(statement, place)
            case .integer(let number): code = sqlite3_bind_int64(statement, place, number)
            case .text(var text):
                code = text.withUTF8 { csqlite_bind_text(statement, place, $0.baseAddress, Int32($0.count)) }
            case .blob(let bytes):
                return try bytes.withUnsafeBytes { bytes in
                    let code = csqlite_bind_blob_in_place(statement, place, bytes.baseAddress, Int32(bytes.count))
                    guard code == SQLITE_OK else { throw SQLiteError("bind", code: code, database: handle) }
                    return try bind(values[(index + 1)...], to: statement, of: handle, body)
                }
            }
            guard code == SQLITE_OK else { throw SQLiteError("bind", code: code, database: handle) }
        }
        return try body()
    }
}
