import ApprovalEngine
import FoundationEssentials
import StorePostgres
import StoreSQLite
import Support
import Synchronization
import TestSupport
import Testing

typealias AnyStore = any EngineStore

/// A kind of store that must keep the ports' promises. A new adapter is one line in `all`.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether several programs may use it at once.
    var isShared = false
    /// Lends an empty store.
    let lend: @Sendable (_ body: (AnyStore) async throws -> Void) async throws -> Void

    var testDescription: String { name }

    static let all = [
        StoreUnderTest(name: "memory") { body in try await body(InMemoryStore()) },
        StoreUnderTest(name: "SQLite") { body in
            try await withFolder { folder in
                let store = try SQLiteStore(path: folder + "/symflow.db", monotonic: leapingClock())
                defer { store.close() }
                try await body(store)
            }
        },
        StoreUnderTest(name: "PostgreSQL", isShared: true) { body in
            try await withDatabase { url in
                let store = try PostgresStore(url: url)
                defer { store.close() }
                try await body(store)
            }
        },
    ]
}

/// A clock by which every lease is over at the next look: when leases end is what the test says.
func leapingClock() -> @Sendable () -> MonotonicInstant {
    let last = Mutex(MonotonicInstant.now())
    return {
        last.withLock { last in
            last = last + .hours(24)
            return last
        }
    }
}

/// Lends a folder that is gone afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "symflow-store-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}

/// Lends the URL of an empty PostgreSQL database that is gone afterwards.
func withDatabase(_ body: (String) async throws -> Void) async throws {
    await places.enter()
    defer { places.leave() }
    let cluster = try TestCluster.shared
    let url = try cluster.makeDatabase()
    try await body(url)
}

/// Each store opens some connections, and a server takes only so many.
private let places = WaitingLine(places: 12)

/// Expects an error of the store's, and no other.
func expectError(
    _ expected: StoreError, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    await #expect(throws: expected, sourceLocation: location) { try await body() }
}
