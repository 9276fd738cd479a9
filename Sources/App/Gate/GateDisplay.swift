import Glibc
import Support
import Synchronization

/// What somebody sees who waits: one line that changes on a terminal, plain lines elsewhere.
final class GateDisplay: Sendable {
    private struct State {
        var text = ""
        var since = MonotonicInstant.now()
        var ticking: Task<Void, Never>?
    }

    private let isTerminal: Bool
    private let state = Mutex(State())

    /// Where nobody looks at a terminal, a sign of life this often: some CI systems end what says nothing.
    private static let signOfLife: Duration = .seconds(60)
    private static let tick: Duration = .seconds(1)

    init() {
        var reader = EnvironmentReader()
        isTerminal = isatty(2) == 1 && reader.value("CI") == nil && reader.value("TERM") != "dumb"
    }

    /// A line that stays.
    func say(_ text: String) {
        clear()
        Terminal.complain(text)
    }

    /// How it stands.
    func show(_ text: String) {
        let isNews = state.withLock { state in
            defer { state.text = text }
            return state.text != text
        }
        if isTerminal { draw() } else if isNews { Terminal.complain(text + ".") }
    }

    /// Waiting begins: the time it takes is shown until `end`.
    func begin() {
        let every = isTerminal ? Self.tick : Self.signOfLife
        let task = Task {
            while (try? await Task.sleep(for: every)) != nil { remind() }
        }
        state.withLock { state in
            state.since = .now()
            state.ticking = task
        }
    }

    func end() {
        state.withLock { $0.ticking }?.cancel()
        clear()
    }

    func clear() { if isTerminal { write("\r\u{1b}[K") } }

    private func remind() {
        if isTerminal { return draw() }
        Terminal.complain("\(state.withLock { $0.text }); for \(waited) now.")
    }

    private func draw() {
        let text = state.withLock { $0.text }
        write("\r\u{1b}[K\(text) (\(waited))")
    }

    private var waited: String {
        let seconds = (MonotonicInstant.now() - state.withLock { $0.since }).components.seconds
        return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
    }
}
