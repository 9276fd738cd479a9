import ApprovalEngine
import StoreSQLite
import Support
import TestSupport
import Testing

@Suite struct `Any order of outbox calls` {
    /// SplitMix64.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((mixed ^ (mixed >> 31)) % UInt64(sides))
        }
    }

    @Test(arguments: 1...12) func `has the same outcome in SQLite as in memory`(seed: UInt64) async throws {
        try await withFolder { folder in
            let sqlite = try SQLiteStore(path: folder + "/symflow.db", monotonic: leapingClock())
            defer { sqlite.close() }
            let memory = InMemoryStore()
            var dice = Dice(state: seed)
            var now = noon
            var inHand: [(sqlite: Claim, memory: Claim)] = []
            for _ in 0..<150 {
                switch dice.roll(6) {
                case 0, 1:
                    let entry = NewEntry.card(
                        "\(dice.roll(8))", lane: dice.roll(2) == 0 ? .cards : .decidedCards,
                        serialKey: "key-\(dice.roll(4))", due: now + .seconds(Int64(dice.roll(5) - 2))
                    )
                    try await sqlite.ask(entry)
                    try await memory.ask(entry)
                case 2, 3:
                    let lane: Lane = dice.roll(2) == 0 ? .cards : .decidedCards
                    let limit = 1 + dice.roll(3)
                    let lease = now + .seconds(Int64(5 + dice.roll(5)))
                    let claimed = try await sqlite.claim(lane, limit: limit, at: now, leaseUntil: lease)
                    let expected = try await memory.claim(lane, limit: limit, at: now, leaseUntil: lease)
                    try #require(claimed.map(content) == expected.map(content))
                    inHand += zip(claimed, expected).map { ($0.claim, $1.claim) }
                case 4:
                    guard !inHand.isEmpty else { continue }
                    let claim = inHand.remove(at: dice.roll(inHand.count))
                    let isRetried = dice.roll(3) == 0
                    let due = now + .seconds(Int64(dice.roll(4)))
                    let outcomes = await [
                        outcome(of: claim.sqlite, isRetried, due, in: sqlite),
                        outcome(of: claim.memory, isRetried, due, in: memory),
                    ]
                    try #require(outcomes[0] == outcomes[1])
                default: now = now + .seconds(Int64(dice.roll(4)))
                }
                for lane in [Lane.cards, .decidedCards] {
                    try #require(try await sqlite.nextDue(lane) == memory.nextDue(lane))
                }
                try #require(try await sqlite.backlog(at: now) == memory.backlog(at: now))
            }
        }
    }

    /// An entry without the number that its store gave it.
    private func content(_ entry: OutboxEntry) -> OutboxEntry {
        var entry = entry
        entry.claim.entry = 0
        return entry
    }

    private func outcome(
        of claim: Claim, _ isRetried: Bool, _ due: Timestamp, in outbox: any Outbox
    ) async -> StoreError? {
        do throws(StoreError) {
            if isRetried {
                try await outbox.retry(claim, due: due, attempt: 1, because: "busy")
            } else {
                try await outbox.complete(claim)
            }
            return nil
        } catch { return error }
    }
}
