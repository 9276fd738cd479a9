import ApprovalEngine
import CPostgres

/// A call of libpq's that failed. Holds no content of rows: PostgreSQL's primary message names tables and columns at
/// most, and its details are left out.
struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What we were doing: `connect`, `execute`.
    var call: String
    /// The five characters of the server's; empty when the failure is the connection's.
    var state: String
    var message: String
    /// Whether the server said that the statement failed, and goes on: then nothing of it happened. Otherwise the
    /// connection is lost, and with it the answer.
    var isDefinite: Bool
    /// Whether anything was sent at all.
    var wasSent: Bool

    init(_ call: String, state: String = "", message: String, isDefinite: Bool, wasSent: Bool = true) {
        self.call = call
        self.state = state
        self.message = String(message.prefix { $0 != "\n" })
        self.isDefinite = isDefinite
        self.wasSent = wasSent
    }

    var description: String { "PostgreSQL, \(call): \(message)" + (state.isEmpty ? "" : " (\(state))") }

    /// Our own functions' word for "somebody else was first".
    static let conflictState = "SY001"
    /// Somebody else's transaction stood in the way of ours, which was undone: the same again may succeed at once.
    var isTransient: Bool { ["40001", "40P01"].contains(state) }
    /// The statement came to a server that only reads: another one is the primary now.
    var isFromStandby: Bool { state == "25006" }

    /// For what changes nothing, and for what failed before it was sent.
    var asStoreError: StoreError {
        if state == Self.conflictState { return .conflict }
        switch state {
        // Tables, columns or functions that are not there.
        case "42P01", "42703", "42883": return .corrupt(description)
        default: break
        }
        switch state.prefix(2) {
        // Data exceptions; damaged files; what this server cannot do at all.
        case "22", "XX", "0A": return .corrupt(description)
        default: return .unavailable(description)
        }
    }

    /// For a statement that writes, which is a transaction of its own.
    var asWriteError: StoreError {
        isDefinite || !wasSent ? asStoreError : .unknownOutcome(description)
    }
}

extension StoreError {
    static let storeClosed = StoreError.unavailable("the store is closed")

    /// What a failure within a read means to the engine.
    init(reading error: any Error) {
        self = (error as? PostgresError)?.asStoreError ?? StoreError(document: error)
    }

    /// What a failure within a write means to the engine.
    init(writing error: any Error) {
        self = (error as? PostgresError)?.asWriteError ?? StoreError(document: error)
    }
}
