import ApprovalCore
import ApprovalEngine
import StoreSQLite
import Support
import Synchronization
import TestSupport
import Testing

/// A monotonic clock that the test moves.
private final class Stopwatch: Sendable {
    private let time = Mutex(MonotonicInstant.now())
    var now: @Sendable () -> MonotonicInstant { { self.time.withLock { $0 } } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

@Suite struct `A clock that is set ahead` {
    @Test func `does not end the lease of what this process has in hand`() async throws {
        try await withFolder { folder in
            let stopwatch = Stopwatch()
            let store = try SQLiteStore(path: folder + "/symflow.db", monotonic: stopwatch.now)
            defer { store.close() }
            try await store.ask(.card("a"), .card("behind", serialKey: "card/run-1/a"))
            let first = try #require(try await store.claimAll().first)
            stopwatch.advance(.seconds(10))
            let later = noon + .hours(3)
            #expect(try await store.claimAll(at: later) == [])
            // Looked at again when the lease is really over, and not all the time until then.
            #expect(try await store.nextDue(.cards) == later + .seconds(50))
            // Who has it in hand still finishes it.
            try await store.complete(first.claim)
            #expect(try await store.claimAll(at: later).map(\.slot) == ["behind"])
        }
    }

    @Test func `hands out what was in hand for as long as its lease was given`() async throws {
        try await withFolder { folder in
            let stopwatch = Stopwatch()
            let store = try SQLiteStore(path: folder + "/symflow.db", monotonic: stopwatch.now)
            defer { store.close() }
            try await store.ask(.card("a"))
            let first = try #require(try await store.claimAll().first)
            stopwatch.advance(.seconds(60))
            let second = try #require(try await store.claimAll(at: noon + .hours(3)).first)
            #expect(second.slot == "a")
            await expectError(.conflict) { try await store.complete(first.claim) }
            try await store.complete(second.claim)
        }
    }

    @Test func `leaves what another process had in hand to its lease`() async throws {
        try await withFolder { folder in
            let before = try SQLiteStore(path: folder + "/symflow.db", monotonic: Stopwatch().now)
            try await before.ask(.card("a"))
            _ = try await before.claimAll()
            before.close()
            let store = try SQLiteStore(path: folder + "/symflow.db", monotonic: Stopwatch().now)
            defer { store.close() }
            #expect(try await store.claimAll(at: noon + .seconds(59)) == [])
            #expect(try await store.claimAll(at: noon + .seconds(60)).map(\.slot) == ["a"])
        }
    }
}
