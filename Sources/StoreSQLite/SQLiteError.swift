import ApprovalEngine
import CSQLite

/// A call of SQLite's that failed. Holds no content of rows: SQLite's words name tables and columns at most.
struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What we were doing: `commit`, `step`.
    var call: String
    /// The extended result code.
    var code: Int32
    var message: String

    init(_ call: String, code: Int32, database: OpaquePointer?) {
        self.call = call
        self.code = code
        message = String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
    }

    var primaryCode: Int32 { code & 0xff }

    var description: String { "SQLite, \(call): \(message) (\(code))" }

    /// For everything but a commit: the statement failed, so nothing happened.
    var asStoreError: StoreError {
        switch primaryCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, SQLITE_MISMATCH, SQLITE_ERROR: .corrupt(description)
        default: .unavailable(description)
        }
    }

    /// For a commit. Frames of the write-ahead log are written in order and the one that commits comes last: when a
    /// write failed or was never begun, nothing happened. After anything else, a failed sync above all, a restart may
    /// find the transaction or not.
    var asCommitError: StoreError {
        switch code {
        case SQLITE_FULL, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_READONLY, CommitCode.writeFailed:
            .unavailable(description)
        default: primaryCode == SQLITE_BUSY ? .unavailable(description) : .unknownOutcome(description)
        }
    }

    private enum CommitCode {
        /// `SQLITE_IOERR_WRITE`, a macro with an expression in it.
        static let writeFailed: Int32 = SQLITE_IOERR | (3 << 8)
    }
}

extension StoreError {
    /// What a failure within the store means to the engine.
    init(_ error: any Error) {
        self = (error as? SQLiteError)?.asStoreError ?? StoreError(document: error)
    }
}
