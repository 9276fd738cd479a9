import Synchronization

/// How far one reader of the event stream has come.
final class EventCursor: Sendable {
    private let state: Mutex<State>

    private struct State {
        var seen: Int64
        /// What the stream begins with, once.
        var greeting: String?
    }

    init(seen: Int64, isLost: Bool) {
        // The comment tells a client that it is connected before anything has happened.
        let greeting = isLost ? "id: \(seen)\nevent: reset\ndata: {}\n\n" : ": connected\n\n"
        state = Mutex(State(seen: seen, greeting: greeting))
    }

    func begin() -> (seen: Int64, greeting: String?) {
        state.withLock { state in
            defer { state.greeting = nil }
            return (state.seen, state.greeting)
        }
    }

    func move(to id: Int64) { state.withLock { $0.seen = id } }
}
