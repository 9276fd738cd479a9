import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT drain the program; a second one ends it at once. SIGHUP loads the configuration again.
final class Signals: Sendable {
    /// Yields once for the first request to stop.
    let stops: AsyncStream<Void>
    let hangUps: AsyncStream<Void>
    private let sources: Mutex<[any DispatchSourceSignal]>

    init() {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let (hangUps, hangUp) = AsyncStream<Void>.makeStream()
        self.stops = stops
        self.hangUps = hangUps
        let isStopping = Atomic(false)
        let box = Box(isStopping)
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGTERM, SIGINT] {
            sources.append(
                Self.source(number) {
                    if box.value.exchange(true, ordering: .relaxed) { _exit(1) }
                    stop.yield()
                    stop.finish()
                }
            )
        }
        sources.append(Self.source(SIGHUP) { hangUp.yield() })
        self.sources = Mutex(sources)
    }

    private static func source(_ number: Int32, _ handler: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: handler)
        source.resume()
        return source
    }
}

/// Shares an atomic between handlers.
private final class Box: Sendable {
    let value: Atomic<Bool>
    init(_ value: consuming Atomic<Bool>) { self.value = value }
}
