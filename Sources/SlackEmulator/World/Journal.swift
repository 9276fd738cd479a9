import Support

/// What happened, for those who watch: changes with running numbers, and the calls in both directions. Both lists are
/// bounded, the oldest go first.
struct Journal: Sendable {
    static let changesMax = 2000
    static let callsMax = 2000

    struct Change: Sendable {
        var id: Int64
        var kind: String
        var body: JSONObject
    }

    private(set) var changes: [Change] = []
    private(set) var calls: [(id: Int64, record: JSONObject)] = []
    /// The number of the newest change.
    private(set) var last: Int64 = 0
    private var waiters: [Int64: AsyncStream<Void>.Continuation] = [:]
    private var waiterCounter: Int64 = 0

    mutating func record(_ kind: String, _ body: JSONObject) {
        last += 1
        changes.append(Change(id: last, kind: kind, body: body))
        if changes.count > Self.changesMax { changes.removeFirst(changes.count - Self.changesMax) }
    }

    /// Adds a call of the Web API or a delivery to the app, secrets struck out already.
    mutating func record(call: JSONObject) {
        let id = (calls.last?.id ?? 0) + 1
        var call = call
        call["id"] = .int(id)
        calls.append((id, call))
        if calls.count > Self.callsMax { calls.removeFirst(calls.count - Self.callsMax) }
        record("call", call)
    }

    // MARK: Waiting

    mutating func addWaiter(_ continuation: AsyncStream<Void>.Continuation) -> Int64 {
        waiterCounter += 1
        waiters[waiterCounter] = continuation
        return waiterCounter
    }

    mutating func removeWaiter(_ id: Int64) { waiters[id] = nil }

    /// Those who want to hear of a change. They stay on the list.
    var allWaiters: [AsyncStream<Void>.Continuation] { Array(waiters.values) }
}
