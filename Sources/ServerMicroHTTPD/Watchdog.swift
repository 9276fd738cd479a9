import CMicroHTTPD
import Glibc
import HTTPModel
import Support
import Synchronization

/// Enforces what libmicrohttpd cannot: absolute deadlines, room for newcomers, and an end in which nothing is lost.
/// Runs on a thread of its own and owns the daemon.
struct Watchdog: ~Copyable {
    private let core: ServerCore
    private let daemon: Daemon
    private let listener: Listener
    private var drainStart: MonotonicInstant?

    init(core: ServerCore, daemon: Daemon, listener: consuming Listener) {
        self.core = core
        self.daemon = daemon
        self.listener = listener
    }

    /// Works until a drain has come to its end and the daemon has stopped.
    mutating func run() {
        while true {
            sleep()
            let now = MonotonicInstant.now()
            if drainStart == nil, core.isDraining {
                drainStart = now
                stopAccepting()
            }
            enforce(at: now)
            makeRoom()
            readLingering(at: now)
            if let drainStart, isDone(since: drainStart, at: now) { break }
        }
        daemon.stop()
        let (lingering, waiting) = core.state.withLock { state in
            defer {
                state.isStopped = true
                state.lingering = []
                state.whenStopped = []
            }
            return (state.lingering, state.whenStopped)
        }
        for entry in lingering { close(entry.descriptor) }
        core.arrivals.finish()
        for continuation in waiting { continuation.resume() }
    }

    private func sleep() {
        let (isEmpty, isLingering) = core.state.withLock { ($0.connections.isEmpty, !$0.lingering.isEmpty) }
        let interval = isLingering ? min(core.limits.watchInterval, Lingering.interval) : core.limits.watchInterval
        // With nobody connected there is nothing to watch.
        let milliseconds = isEmpty && !isLingering && drainStart == nil ? -1 : Int32(max(1, interval.milliseconds))
        var waiting = pollfd(fd: core.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, milliseconds)
        mhd_door_slept(core.wakeDescriptor)
    }

    // MARK: Deadlines

    private func enforce(at now: MonotonicInstant) {
        let overdue = drainStart.map { now >= $0 + core.limits.drainDeadline } ?? false
        for connection in core.state.withLock({ Array($0.connections.values) }) {
            switch connection.enforce(core.limits, drainingSince: drainStart, at: now) {
            case .nothing: break
            case .cut: core.tally.connectionsCut.up()
            case .answerIsLate(let exchange): giveUp(exchange)
            case .clientHasGone(let buffer): buffer.breakOff()
            }
            if overdue { breakOff(connection, at: now) }
            if drainStart != nil { connection.streaming?.finish() }
        }
    }

    private func giveUp(_ exchange: Exchange) {
        guard exchange.answer(.text("no answer in time\n", status: 503)) else { return }
        core.tally.answersLate.up()
        core.log.warning("No answer came within the deadline.", ["request": exchange.id])
    }

    /// The drain has taken long enough. A suspended connection must be resumed before it can end.
    private func breakOff(_ connection: ClientConnection, at now: MonotonicInstant) {
        connection.streaming?.breakOff()
        if let exchange = connection.answering { return giveUp(exchange) }
        // What it was just answered is on its way.
        if let since = connection.sendingSince, now < since + core.limits.drainIdleDeadline { return }
        _ = connection.cut()
    }

    // MARK: Room

    /// Closes idle connections, the longest idle first, until the server is no longer crowded.
    private func makeRoom() {
        let connections = core.state.withLock { state in
            state.connections.count >= core.limits.crowdedFrom ? Array(state.connections.values) : []
        }
        guard !connections.isEmpty else { return }
        let idle = connections.compactMap { one in one.idleSince.map { (since: $0, connection: one) } }
            .sorted { $0.since < $1.since }
        for entry in idle.prefix(connections.count - core.limits.crowdedFrom + 1) where entry.connection.cut() {
            core.tally.connectionsEvicted.up()
        }
    }

    /// Reads and drops what clients still send on connections that were answered early, until they have seen the end.
    private func readLingering(at now: MonotonicInstant) {
        let entries = core.state.withLock { state in
            defer { state.lingering = [] }
            return state.lingering
        }
        guard !entries.isEmpty else { return }
        var scratch = [UInt8](repeating: 0, count: 64 << 10)
        let open = entries.compactMap { entry -> Lingering? in
            var entry = entry
            var isWaiting = false
            while now < entry.until, entry.bytesLeft > 0 {
                let count = recv(entry.descriptor, &scratch, scratch.count, Int32(MSG_DONTWAIT))
                isWaiting = count < 0 && (errno == EAGAIN || errno == EINTR)
                guard count > 0 else { break }
                entry.bytesLeft -= count
            }
            if isWaiting { return entry }
            close(entry.descriptor)
            return nil
        }
        core.state.withLock { $0.lingering.insert(contentsOf: open, at: 0) }
    }

    // MARK: The end

    /// Takes the connections that the kernel has accepted already, which would be reset otherwise, then closes the door.
    private func stopAccepting() {
        core.log.info("The server drains.")
        daemon.quiesce()
        while daemon.takeQueuedConnection(from: listener.descriptor) {}
        // Not closed yet: a thread of the daemon may still hold the descriptor's number.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
    }

    private func isDone(since start: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        // Stopping the daemon with a suspended connection aborts the process: wait for the last exchange, however long.
        guard core.tally.exchangesOpen.load(ordering: .acquiring) == 0 else { return false }
        if core.state.withLock({ $0.connections.isEmpty && $0.lingering.isEmpty }) { return true }
        return now >= start + core.limits.drainDeadline + .seconds(1)
    }
}
