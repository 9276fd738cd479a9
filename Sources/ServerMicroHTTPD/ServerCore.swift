import CMicroHTTPD
import Glibc
import HTTPModel
import Support
import Synchronization

/// What libmicrohttpd's threads, the watchdog and the handlers' tasks share.
final class ServerCore: Sendable {
    typealias Arrival = (exchange: Exchange, request: HTTPRequest)

    struct State {
        var connections: [ObjectIdentifier: ClientConnection] = [:]
        var perAddress: [PeerAddress: Int] = [:]
        /// Sockets that libmicrohttpd has closed and whose clients are still sending: read until they stop.
        var lingering: [Lingering] = []
        var isStopped = false
        var whenStopped: [CheckedContinuation<Void, Never>] = []
    }

    let settings: ServerSettings
    let handler: any HTTPHandler
    let log: Log
    let ids: IDGenerator
    let tally = Tally()
    let arrivals: AsyncStream<Arrival>.Continuation
    let early = EarlyHandlers()
    let state = Mutex(State())
    private let draining = Atomic(false)
    /// An `eventfd` that wakes the watchdog.
    let wakeDescriptor: Int32

    var limits: ServerLimits { settings.limits }
    var isDraining: Bool { draining.load(ordering: .acquiring) }

    init(
        settings: ServerSettings, handler: any HTTPHandler, log: Log, ids: IDGenerator,
        arrivals: AsyncStream<Arrival>.Continuation
    ) {
        self.settings = settings
        self.handler = handler
        self.log = log
        self.ids = ids
        self.arrivals = arrivals
        wakeDescriptor = mhd_door_wake_descriptor()
        precondition(wakeDescriptor >= 0, "the system gives no eventfd")
    }

    deinit { close(wakeDescriptor) }

    func wakeWatchdog() { mhd_door_wake(wakeDescriptor) }

    func beginDrain() {
        draining.store(true, ordering: .releasing)
        wakeWatchdog()
    }

    /// Returns when the daemon has stopped; does not care about cancellation.
    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.whenStopped.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume() }
        }
    }

    // MARK: Connections

    func admits(_ peer: PeerAddress?) -> Bool {
        guard let peer else { return true }
        guard !peer.isLoopback, !settings.trustedProxies.contain(peer) else { return true }
        let count = state.withLock { $0.perAddress[peer, default: 0] }
        guard count >= limits.connectionsPerAddressMax else { return true }
        tally.connectionsRefused.up()
        return false
    }

    func opened(_ connection: ClientConnection) {
        let open = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            state.perAddress[connection.peer, default: 0] += 1
            return state.connections.count
        }
        tally.connectionsAccepted.up()
        tally.connectionsOpen.up()
        // The first one wakes the watchdog from its long sleep, a crowd makes it look at once.
        if open == 1 || open >= limits.crowdedFrom { wakeWatchdog() }
    }

    func closed(_ connection: ClientConnection) {
        let lingering = connection.release()
        let (overflow, open) = state.withLock { state -> (Int32?, Int) in
            state.connections[ObjectIdentifier(connection)] = nil
            if let count = state.perAddress[connection.peer], count > 1 {
                state.perAddress[connection.peer] = count - 1
            } else {
                state.perAddress[connection.peer] = nil
            }
            let open = state.connections.count
            guard let lingering else { return (nil, open) }
            state.lingering.append(Lingering(descriptor: lingering, until: .now() + Lingering.deadline))
            return (state.lingering.count > Lingering.socketsMax ? state.lingering.removeFirst().descriptor : nil, open)
        }
        if let overflow { close(overflow) }
        tally.connectionsOpen.down()
        if lingering != nil || open == 0 && isDraining { wakeWatchdog() }
    }
}

/// A socket that is read, and what comes dropped, so that the client gets to see an answer that was given early.
struct Lingering {
    var descriptor: Int32
    var until: MonotonicInstant
    var bytesLeft = Self.bytesMax

    static let bytesMax = 8 << 20
    static let deadline: Duration = .seconds(2)
    static let socketsMax = 64
    static let interval: Duration = .milliseconds(20)
}

extension PeerAddress {
    /// Stands for a peer that has no Internet address.
    static let unknown = PeerAddress(bits: 0)

    private init(bits: UInt128) { self.bits = bits }
}
