import CMicroHTTPD
import Glibc
import Support
import Synchronization

/// One TCP connection: what its client is doing now, and until when it may.
final class ClientConnection: Sendable {
    enum Phase {
        /// A request is arriving, or the connection is new and nothing has come yet.
        case receivingHeader(since: MonotonicInstant)
        case receivingBody(since: MonotonicInstant)
        /// The handler is at work, and the connection suspended.
        case answering(Exchange, until: MonotonicInstant)
        case sending(since: MonotonicInstant)
        case streaming(StreamBuffer)
        /// Between two requests. The first byte beyond `bytesReceived` begins the next one.
        case idle(since: MonotonicInstant, bytesReceived: UInt64)
    }

    /// What `enforce` found.
    enum Finding {
        case nothing
        /// Past a deadline, or no longer wanted; the socket has been shut down.
        case cut
        case answerIsLate(Exchange)
        case clientHasGone(StreamBuffer)
    }

    fileprivate struct State {
        var descriptor: Int32
        var phase: Phase
        /// The last request was answered, or given up, before all of it had arrived.
        var isUnfinished = false
        var isCut = false
    }

    let peer: PeerAddress
    private let state: Mutex<State>

    init(descriptor: Int32, peer: PeerAddress, at now: MonotonicInstant) {
        self.peer = peer
        state = Mutex(State(descriptor: descriptor, phase: .receivingHeader(since: now)))
    }

    func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

    /// A request on this connection is over.
    func becomeIdle(whole: Bool, at now: MonotonicInstant) {
        state.withLock { state in
            let received = TCPState(state.descriptor)?.bytesReceived ?? 0
            state.phase = .idle(since: now, bytesReceived: received)
            state.isUnfinished = !whole
        }
    }

    /// The exchange that waits for its answer, where one does.
    var answering: Exchange? {
        state.withLock { state in if case .answering(let exchange, _) = state.phase { exchange } else { nil } }
    }

    /// The stream that is being sent, where one is.
    var streaming: StreamBuffer? {
        state.withLock { state in if case .streaming(let buffer) = state.phase { buffer } else { nil } }
    }

    /// Since when its answer is being sent, where one is.
    var sendingSince: MonotonicInstant? {
        state.withLock { state in if case .sending(let since) = state.phase { since } else { nil } }
    }

    /// When nothing has come since the last request, or since connecting: since when.
    var idleSince: MonotonicInstant? {
        state.withLock { state in
            switch state.phase {
            case .idle(let since, let bytes): TCPState(state.descriptor)?.bytesReceived == bytes ? since : nil
            case .receivingHeader(let since): TCPState(state.descriptor)?.bytesReceived == 0 ? since : nil
            case .receivingBody, .answering, .sending, .streaming: nil
            }
        }
    }

    /// Shuts the socket down if its time has come. libmicrohttpd notices, and closes it.
    func enforce(_ limits: ServerLimits, drainingSince drain: MonotonicInstant?, at now: MonotonicInstant) -> Finding {
        state.withLock { state in
            guard !state.isCut, state.descriptor >= 0 else { return .nothing }
            let isOver: Bool
            switch state.phase {
            case .receivingHeader(let since):
                let end = since + limits.headerDeadline
                let isSilent = drain != nil && TCPState(state.descriptor)?.bytesReceived == 0
                isOver = now >= end || isSilent && now >= max(since, drain ?? since) + limits.drainIdleDeadline
            case .receivingBody(let since):
                isOver = now >= since + limits.bodyDeadline
            case .answering(let exchange, let end):
                if now >= end { return .answerIsLate(exchange) }
                isOver = false
            case .sending(let since):
                isOver = now >= since + limits.sendDeadline
            case .streaming(let buffer):
                // A suspended connection is not polled: its end shows only here.
                if TCPState(state.descriptor)?.isEstablished != true { return .clientHasGone(buffer) }
                isOver = false
            case .idle(let since, let bytes):
                guard TCPState(state.descriptor)?.bytesReceived == bytes else {
                    state.phase = .receivingHeader(since: now)
                    return .nothing
                }
                let end = since + limits.idleDeadline
                isOver = now >= (drain.map { min(end, max(since, $0) + limits.drainIdleDeadline) } ?? end)
            }
            return isOver && state.cut() ? .cut : .nothing
        }
    }

    /// Shuts the socket down now.
    func cut() -> Bool { state.withLock { $0.cut() } }

    /// The socket is about to be closed. Returns another descriptor for it when the client may still be sending: closing
    /// a socket with unread bytes resets the connection, and the client would lose the answer it was just sent.
    func release() -> Int32? {
        state.withLock { state in
            defer { state.descriptor = -1 }
            if case .receivingHeader = state.phase { state.isUnfinished = true }
            guard state.isUnfinished, !state.isCut, TCPState(state.descriptor)?.clientIsOpen == true else { return nil }
            let copy = fcntl(state.descriptor, F_DUPFD_CLOEXEC, 0)
            return copy >= 0 ? copy : nil
        }
    }
}

extension ClientConnection.State {
    // Under the lock although it calls the system: only so does the descriptor surely belong to this connection still.
    fileprivate mutating func cut() -> Bool {
        guard !isCut, descriptor >= 0 else { return false }
        isCut = true
        return shutdown(descriptor, Int32(SHUT_RDWR)) == 0
    }
}

/// What the kernel knows about a TCP connection.
private struct TCPState {
    var bytesReceived: UInt64
    private var state: UInt8

    init?(_ descriptor: Int32) {
        var state: UInt8 = 0
        var bytes: UInt64 = 0
        guard mhd_door_tcp_info(descriptor, &state, &bytes) == 0 else { return nil }
        self.state = state
        bytesReceived = bytes
    }

    /// Neither side has closed.
    var isEstablished: Bool { state == 1 }
    /// We have closed our half, the client has not closed its own (`FIN_WAIT1`, `FIN_WAIT2`).
    var clientIsOpen: Bool { state == 4 || state == 5 }
}
