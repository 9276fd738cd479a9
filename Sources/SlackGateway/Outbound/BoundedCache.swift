import Support
import Synchronization

/// Answers that are good for a while, not more than a number of them.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var since: Timestamp
    }

    private let life: Duration
    private let countMax: Int
    private let clock: WallClock
    private let entries = Mutex<[Key: Entry]>([:])

    init(life: Duration, countMax: Int, clock: WallClock) {
        self.life = life
        self.countMax = countMax
        self.clock = clock
    }

    subscript(key: Key) -> Value? {
        let now = clock.now()
        return entries.withLock { entries in entries[key].flatMap { isGood($0, now) ? $0.value : nil } }
    }

    func keep(_ value: Value, for key: Key) {
        let now = clock.now()
        entries.withLock { entries in
            if entries[key] == nil, entries.count >= countMax {
                entries = entries.filter { isGood($0.value, now) }
                // Half of them go at once, so that a full cache is not sorted for every new answer.
                if entries.count >= countMax {
                    let newest = entries.sorted { $0.value.since > $1.value.since }.prefix(countMax / 2)
                    entries = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
                }
            }
            entries[key] = Entry(value: value, since: now)
        }
    }

    func forget(_ key: Key) { entries.withLock { $0[key] = nil } }

    private func isGood(_ entry: Entry, _ now: Timestamp) -> Bool {
        entry.since <= now && now - entry.since < life
    }
}
