import CMicroHTTPD
import Synchronization

/// What lies between a streamed answer and its client: pieces that the handler has yielded and the client has not taken.
///
/// While there are none, libmicrohttpd's side of the connection is suspended (parked), and the next piece resumes it.
final class StreamBuffer: Sendable {
    fileprivate struct State {
        var pending: [UInt8] = []
        var taken = 0
        /// The stream has ended; what is pending is still sent.
        var isFinished = false
        /// Nothing more is sent: the client has gone.
        var isBroken = false
        var isParked = false
        var room: CheckedContinuation<Void, Never>?

        var waiting: Int { pending.count - taken }
    }

    private let state = Mutex(State())
    private let handle: ConnectionHandle
    private let bytesMax: Int
    private let over: AsyncStream<Never>
    private let overContinuation: AsyncStream<Never>.Continuation

    init(handle: ConnectionHandle, bytesMax: Int) {
        self.handle = handle
        self.bytesMax = bytesMax
        (over, overContinuation) = AsyncStream.makeStream()
    }

    /// Sends what `stream` yields until it ends, the client goes away, or the server drains. When the client goes away
    /// the iteration is cancelled, which calls the stream's `onTermination`.
    func pump(_ stream: AsyncStream<[UInt8]>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await piece in stream where !piece.isEmpty { await self.push(piece) }
                self.finish()
            }
            group.addTask { for await _ in self.over {} }
            await group.next()
            group.cancelAll()
        }
    }

    /// Adds a piece, then waits while the client is behind by more than `bytesMax`.
    private func push(_ piece: [UInt8]) async {
        let wakes = state.withLock { state in
            guard !state.isFinished, !state.isBroken else { return false }
            if state.taken > 0 {
                state.pending.removeFirst(state.taken)
                state.taken = 0
            }
            state.pending += piece
            return state.unpark()
        }
        if wakes { handle.resume() }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isFinished || state.isBroken || state.waiting <= bytesMax { return true }
                state.room = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Ends the stream in order: the client gets what is pending, then the end.
    func finish() { end { $0.isFinished = true } }

    /// Ends the stream because nobody reads it any more.
    func breakOff() { end { $0.isBroken = true } }

    private func end(_ change: (inout sending State) -> Void) {
        let (wakes, room) = state.withLock { state in
            change(&state)
            let room = state.room
            state.room = nil
            return (state.unpark(), room)
        }
        room?.resume()
        overContinuation.finish()
        if wakes { handle.resume() }
    }

    /// Called by libmicrohttpd's thread when it can send: copies what there is, or suspends the connection.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let result = take(into: buffer) { return result }
        // Suspend first, look again, then park: a piece that arrives in between finds nothing parked and does not wake
        // us, so we have to.
        handle.suspend()
        let wakes = state.withLock { state in
            if state.waiting > 0 || state.isFinished || state.isBroken { return true }
            state.isParked = true
            return false
        }
        if wakes { handle.resume() }
        return 0
    }

    private func take(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let (result, room) = state.withLock { state -> (Int?, CheckedContinuation<Void, Never>?) in
            if state.isBroken { return (mhdEndWithError, nil) }
            guard state.waiting > 0 else { return (state.isFinished ? mhdEndOfStream : nil, nil) }
            let count = min(state.waiting, buffer.count)
            state.pending[state.taken..<state.taken + count].withUnsafeBytes { buffer.copyMemory(from: $0) }
            state.taken += count
            guard state.waiting <= bytesMax else { return (count, nil) }
            let room = state.room
            state.room = nil
            return (count, room)
        }
        room?.resume()
        return result
    }
}

extension StreamBuffer.State {
    fileprivate mutating func unpark() -> Bool {
        defer { isParked = false }
        return isParked
    }
}

/// `MHD_CONTENT_READER_END_OF_STREAM` and `MHD_CONTENT_READER_END_WITH_ERROR`: cast macros, which Swift does not import.
private let mhdEndOfStream = -1
private let mhdEndWithError = -2
