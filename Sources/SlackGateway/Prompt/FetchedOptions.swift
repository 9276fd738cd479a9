import ApprovalCore
import ApprovalEngine
import Support
import Synchronization

/// The options of prefetched fields, per person, flow and target: asked for when a form opens, found when its menus do.
final class FetchedOptions: Sendable {
    struct Key: Hashable, Sendable {
        var account: Account
        var flow: String
        /// New code, new options.
        var revision: String
        var target: String?
        var field: String
    }

    private struct Entry {
        var state: FieldBlock.Prefetched
        var since: MonotonicInstant
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var optionCount = 0
    }

    private let state = Mutex(State())

    /// A form that opens later asks again.
    static let freshFor: Duration = .seconds(60)
    /// A form that is open goes on with what it has.
    static let keptFor: Duration = .seconds(3600)
    /// A menu that is opened later after a failure asks again.
    static let failedFor: Duration = .seconds(5)
    /// Longer than any handler may take.
    static let loadingFor: Duration = .seconds(120)
    static let entriesMax = 2000
    /// Of all entries together: some tens of megabytes.
    static let optionsMax = 300_000

    /// What is known of an open form's field.
    func state(of key: Key) -> FieldBlock.Prefetched? {
        state.withLock { state in
            guard let entry = state.entries[key], isKept(entry) else { return nil }
            return entry.state
        }
    }

    /// Whether somebody has to ask now; who gets `true` must, and say with `finish` what came of it.
    ///
    /// - Parameter opening: whether a form opens, rather than a menu in one.
    func begin(_ key: Key, opening: Bool) -> Bool {
        state.withLock { state in
            if let entry = state.entries[key], isGood(entry, opening: opening) { return false }
            state.optionCount -= state.entries[key]?.state.options?.count ?? 0
            let waiting = state.entries[key]?.waiting ?? []
            state.entries[key] = Entry(state: .loading, since: .now(), waiting: waiting)
            Self.makeRoom(&state)
            return true
        }
    }

    func finish(_ key: Key, _ result: Result<[FieldOption], HandlerError>) {
        let waiting = state.withLock { state in
            let waiting = state.entries[key]?.waiting ?? []
            // Somebody who was asked before may have answered meanwhile.
            state.optionCount -= state.entries[key]?.state.options?.count ?? 0
            switch result {
            case .success(let options):
                state.entries[key] = Entry(state: .ready(options), since: .now())
                state.optionCount += options.count
            case .failure(.unavailable(let reason)), .failure(.failed(let reason)):
                state.entries[key] = Entry(state: .failed(reason), since: .now())
            }
            Self.makeRoom(&state)
            return waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Waits until there is an answer, at most so long.
    func wait(for key: Key, upTo limit: Duration) async -> FieldBlock.Prefetched? {
        let stream = state.withLock { state -> AsyncStream<Void>? in
            guard case .loading = state.entries[key]?.state else { return nil }
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            state.entries[key]?.waiting.append(continuation)
            return stream
        }
        if let stream, limit > .zero {
            await withTaskGroup { group in
                group.addTask { for await _ in stream {} }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }
        return state(of: key)
    }

    private func isKept(_ entry: Entry) -> Bool {
        if case .loading = entry.state { return true }
        return MonotonicInstant.now() - entry.since < Self.keptFor
    }

    private func isGood(_ entry: Entry, opening: Bool) -> Bool {
        let age = MonotonicInstant.now() - entry.since
        return switch entry.state {
        case .loading: age < Self.loadingFor
        case .ready: age < (opening ? Self.freshFor : Self.keptFor)
        case .failed: age < (opening ? .zero : Self.failedFor)
        }
    }

    /// The oldest answers go first. Questions that are open stay.
    private static func makeRoom(_ state: inout State) {
        while state.entries.count > entriesMax || state.optionCount > optionsMax {
            let answered = state.entries.filter { if case .loading = $0.value.state { false } else { true } }
            let oldest = answered.sorted { $0.value.since < $1.value.since }.prefix(max(1, answered.count / 2))
            guard !oldest.isEmpty else { return }
            for (key, entry) in oldest {
                state.optionCount -= entry.state.options?.count ?? 0
                state.entries[key] = nil
            }
        }
    }
}
