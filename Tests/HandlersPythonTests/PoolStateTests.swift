import Support
import Synchronization
import Testing

@testable import HandlersPython

@Suite struct `Who gets a process` {
    private typealias State = PoolState<String>

    private func key(_ flow: String) -> Implementation.Key { Implementation.sample("pass", flow: flow).key }
    private let origin = MonotonicInstant.now()
    private func at(_ seconds: Int64) -> MonotonicInstant { origin + .seconds(seconds) }

    private func expect(_ take: State.Take?, _ said: String, _ place: SourceLocation = #_sourceLocation) {
        #expect(words(take) == said, sourceLocation: place)
    }

    /// `started`, `reused A`, `loaded A`, `instead of A`, or `waits`.
    private func words(_ take: State.Take?) -> String {
        switch take {
        case .start: "started"
        case .reuse(let worker): "reused \(worker)"
        case .load(let worker): "loaded \(worker)"
        case .startInstead(let worker): "instead of \(worker)"
        case nil: "waits"
        }
    }

    @Test func `an idle one of the same implementation is used again, the last one first`() {
        var state = State(size: 4, keptForOthers: 0, sparesMax: 0)
        expect(state.take(key("a")), "started")
        expect(state.take(key("a")), "started")
        state.giveBack("A1", key("a"), at: at(1))
        state.giveBack("A2", key("a"), at: at(2))
        expect(state.take(key("a")), "reused A2")
        expect(state.take(key("b")), "started")
        #expect(state.count == 3)
    }

    @Test func `the least recently used makes room`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 0)
        _ = state.take(key("a"))
        _ = state.take(key("b"))
        state.giveBack("B", key("b"), at: at(1))
        state.giveBack("A", key("a"), at: at(2))
        expect(state.take(key("c")), "instead of B")
        expect(state.take(key("a")), "reused A")
        expect(state.take(key("b")), "waits")
        #expect(state.count == 2)
    }

    @Test func `a new source of a flow is another implementation`() {
        var state = State(size: 4, keptForOthers: 0, sparesMax: 0)
        _ = state.take(Implementation.sample("old").key)
        state.giveBack("O", Implementation.sample("old").key, at: at(1))
        expect(state.take(Implementation.sample("new").key), "started")
        expect(state.take(Implementation.sample("old", flow: "other").key), "started")
        expect(state.take(Implementation.sample("old").key), "reused O")
    }

    @Test func `a flow that has one leaves some to those that have none`() {
        var state = State(size: 4, keptForOthers: 2, sparesMax: 0)
        expect(state.take(key("slow")), "started")
        expect(state.take(key("slow")), "started")
        expect(state.take(key("slow")), "waits")
        expect(state.take(key("b")), "started")
        expect(state.take(key("c")), "started")
        expect(state.take(key("d")), "waits")
    }

    @Test func `who has fewest is served first, then who waits longest`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 0)
        _ = state.take(key("slow"))
        _ = state.take(key("slow"))
        let served = Mutex<[String]>([])
        for name in ["slow", "b", "c"] {
            expect(state.take(key(name)), "waits")
            _ = state.wait(key(name)) { take in served.withLock { $0.append("\(name): \(take != nil)") } }
        }
        let left = state.wait(key("b")) { take in served.withLock { $0.append("left: \(take != nil)") } }
        state.leave(key("b"), left)?(nil)
        state.giveBack("S1", key("slow"), at: at(1))
        state.serve()?()
        let nobody = state.serve()
        #expect(nobody == nil)
        state.lose(key("slow"))
        state.serve()?()
        state.lose(key("b"))
        state.serve()?()
        #expect(served.withLock { $0 } == ["left: false", "b: true", "slow: true", "c: true"])
        #expect(state.waitingCount == 0)
    }

    @Test func `a spare counts, and is used before another one is started`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 1)
        let first = state.beginsSpare()
        #expect(first)
        state.add(spare: "S")
        let more1 = state.beginsSpare()
        #expect(!more1)
        expect(state.take(key("a")), "loaded S")
        expect(state.take(key("b")), "started")
        let more2 = state.beginsSpare()
        #expect(!more2)
        #expect(state.count == 2)
    }

    @Test func `what nobody uses is taken out`() {
        var state = State(size: 4, keptForOthers: 0, sparesMax: 0)
        for name in ["a", "b"] { _ = state.take(key(name)) }
        state.giveBack("A", key("a"), at: at(1))
        state.giveBack("B", key("b"), at: at(100))
        let idle = state.takeIdle(since: at(50))
        #expect(idle == ["A"])
        #expect(state.count == 1)
        let rest = state.takeAll()
        #expect(rest == ["B"])
        #expect(state.count == 0)
    }

    @Test(arguments: [(nil, 1, 8), (nil, 2, 16), (nil, 64, 16), (3, 64, 3), (40, 1, 40)] as [(Int?, Int, Int)])
    func `a pool is as large as the settings say, or as befits the machine`(
        workers: Int?, processors: Int, size: Int
    ) {
        #expect(PoolSettings(workers: workers, processors: processors).size == size)
    }
}
