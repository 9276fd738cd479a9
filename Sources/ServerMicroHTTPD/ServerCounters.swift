import Synchronization

/// What the server has counted since it started: for metrics.
package struct ServerCounters: Hashable, Sendable {
    package var connectionsOpen = 0
    package var connectionsAccepted = 0
    /// Connections that were refused because their address had too many.
    package var connectionsRefused = 0
    /// Connections that were cut at a deadline.
    package var connectionsCut = 0
    /// Idle connections that had to make room.
    package var connectionsEvicted = 0
    /// Requests that a handler was asked.
    package var requests = 0
    /// Requests that no handler saw: malformed, too large, or one too many. What libmicrohttpd itself refuses (an
    /// unreadable request line or header) is not among them.
    package var requestsRejected = 0
    /// Requests that have not been answered to their end.
    package var requestsOpen = 0
    /// Answers that came after their deadline.
    package var answersLate = 0
    package var streamsOpen = 0
    /// Handlers at work, those included whose client has long got a 503.
    package var handlersRunning = 0

    package init() {}
}

/// The living counters. Each is exact; a snapshot of several is not one moment.
final class Tally: Sendable {
    let connectionsOpen = Atomic(0)
    let connectionsAccepted = Atomic(0)
    let connectionsRefused = Atomic(0)
    let connectionsCut = Atomic(0)
    let connectionsEvicted = Atomic(0)
    let requests = Atomic(0)
    let requestsRejected = Atomic(0)
    let exchangesOpen = Atomic(0)
    let answersLate = Atomic(0)
    let streamsOpen = Atomic(0)
    let handlersRunning = Atomic(0)

    var snapshot: ServerCounters {
        var counters = ServerCounters()
        counters.connectionsOpen = connectionsOpen.load(ordering: .relaxed)
        counters.connectionsAccepted = connectionsAccepted.load(ordering: .relaxed)
        counters.connectionsRefused = connectionsRefused.load(ordering: .relaxed)
        counters.connectionsCut = connectionsCut.load(ordering: .relaxed)
        counters.connectionsEvicted = connectionsEvicted.load(ordering: .relaxed)
        counters.requests = requests.load(ordering: .relaxed)
        counters.requestsRejected = requestsRejected.load(ordering: .relaxed)
        counters.requestsOpen = exchangesOpen.load(ordering: .relaxed)
        counters.answersLate = answersLate.load(ordering: .relaxed)
        counters.streamsOpen = streamsOpen.load(ordering: .relaxed)
        counters.handlersRunning = handlersRunning.load(ordering: .relaxed)
        return counters
    }
}

extension Atomic where Value == Int {
    /// Adds 1 and returns the new value.
    @discardableResult borrowing func up() -> Int { add(1, ordering: .acquiringAndReleasing).newValue }
    /// Takes 1 off and returns the new value.
    @discardableResult borrowing func down() -> Int { subtract(1, ordering: .acquiringAndReleasing).newValue }
}
