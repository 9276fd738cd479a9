import ApprovalEngine
import Synchronization

/// Connections that only read, each used by one task at a time. What they read is short, and runs where the caller
/// runs; thanks to the write-ahead log nobody waits for the writer, and a read sees every commit that has returned.
final class Readers: Sendable {
    private final class Reader: Sendable {
        let connection: Mutex<Connection?>

        init(_ connection: consuming Connection) { self.connection = Mutex(connection) }
    }

    private let readers: [Reader]
    private let next = Atomic<Int>(0)

    static let count = 4

    init(path: String) throws(SQLiteError) {
        var readers: [Reader] = []
        for _ in 0..<Readers.count { readers.append(Reader(try Connection.open(path, as: .reader))) }
        self.readers = readers
    }

    func read<Result: Sendable>(_ body: (inout Connection) throws -> Result) throws(StoreError) -> Result {
        do {
            let first = next.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max
            for offset in 0..<readers.count {
                let reader = readers[(first + offset) % readers.count]
                let found = try reader.connection.withLockIfAvailable { try Readers.use(&$0, body) }
                if let found { return found }
            }
            return try readers[first % readers.count].connection.withLock { try Readers.use(&$0, body) }
        } catch {
            throw StoreError(error)
        }
    }

    /// Waits for the reads under way and closes the connections. Later reads are refused.
    func close() {
        for reader in readers { reader.connection.withLock { $0 = nil } }
    }

    private static func use<Result: Sendable>(
        _ connection: inout Connection?, _ body: (inout Connection) throws -> Result
    ) throws -> Result {
        guard var open = connection.take() else { throw StoreError.storeClosed }
        let result = Swift.Result { try body(&open) }
        connection = .some(open)
        return try result.get()
    }
}
