import Dispatch
import Glibc
import Synchronization

/// Signals, for somebody who waits, and then for the command that runs in their place.
final class GateSignals: Sendable {
    private enum Meaning {
        case nothing
        case interruption(@Sendable () -> Void)
        case forwarding(@Sendable (Int32) -> Void)
    }

    private let shared = Shared()
    private let sources: Mutex<[any DispatchSourceSignal]>

    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    init() {
        let shared = shared
        sources = Mutex(
            Self.signals.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { shared.receive(number) }
                source.resume()
                return source
            }
        )
    }

    /// From now on a signal ends this program, after these words.
    func interrupted(_ words: @escaping @Sendable () -> Void) { shared.means(.interruption(words)) }

    func nothingIsInterrupted() { shared.means(.nothing) }

    /// From now on signals are for the command.
    func forward(_ receive: @escaping @Sendable (Int32) -> Void) { shared.means(.forwarding(receive)) }

    private final class Shared: Sendable {
        private let meaning = Mutex(Meaning.nothing)

        func means(_ new: Meaning) { meaning.withLock { $0 = new } }

        func receive(_ number: Int32) {
            switch meaning.withLock({ $0 }) {
            case .nothing: _exit(128 + number)
            case .interruption(let words):
                words()
                _exit(128 + number)
            case .forwarding(let receive): receive(number)
            }
        }
    }
}
