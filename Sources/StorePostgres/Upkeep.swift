package import Support

/// What a replica does for itself and the others while it runs: it keeps the database's time, and takes over what
/// processes that died had in hand.
package final class Upkeep: Service {
    package let name = "upkeep"
    private let store: PostgresStore
    private let log: Log

    static let every: Duration = .seconds(2)

    package init(_ store: PostgresStore, log: Log) {
        self.store = store
        self.log = log
    }

    package func run() async throws {
        var isWell = true
        while !Task.isCancelled {
            do {
                try await runOnce()
                if !isWell { log.info("the database answers again") }
                isWell = true
            } catch {
                if isWell { log.error("the database does not answer", ["error": "\(error)"]) }
                isWell = false
            }
            try? await Task.sleep(for: Self.every)
        }
    }

    package func runOnce() async throws {
        try await store.measureTime()
        try await store.releaseLeases()
        try await store.forgetPauses(before: store.clock.now())
    }
}
