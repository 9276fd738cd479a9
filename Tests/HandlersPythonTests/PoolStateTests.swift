import Support
import Synchronization
import Testing

@testable import HandlersPython

@Suite struct `Who gets a process` {
    private typealias State = PoolState<String>

    private func key(_ flow: String) -> Implementation.Key { Implementation.sample("pass", flow: flow).key }
    private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

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
        #expect(words(state.take(key("a"))) == "started")
        #expect(words(state.take(key("a"))) == "started")
        state.giveBack("A1", key("a"), at: at(1))
        state.giveBack("A2", key("a"), at: at(2))
        #expect(words(state.take(key("a"))) == "reused A2")
        #expect(words(state.take(key("b"))) == "started")
        #expect(state.count == 3)
    }

    @Test func `the least recently used makes room`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 0)
        _ = state.take(key("a"))
        _ = state.take(key("b"))
        state.giveBack("B", key("b"), at: at(1))
        state.giveBack("A", key("a"), at: at(2))
        #expect(words(state.take(key("c"))) == "instead of B")
        #expect(words(state.take(key("a"))) == "reused A")
        #expect(words(state.take(key("b"))) == "waits")
        #expect(state.count == 2)
    }

    @Test func `a new source of a flow is another implementation`() {
        var state = State(size: 4, keptForOthers: 0, sparesMax: 0)
        _ = state.take(Implementation.sample("old").key)
        state.giveBack("O", Implementation.sample("old").key, at: at(1))
        #expect(words(state.take(Implementation.sample("new").key)) == "started")
        #expect(words(state.take(Implementation.sample("old", flow: "other").key)) == "started")
        #expect(words(state.take(Implementation.sample("old").key)) == "reused O")
    }

    @Test func `a flow that has one leaves some to those that have none`() {
        var state = State(size: 4, keptForOthers: 2, sparesMax: 0)
        #expect(words(state.take(key("slow"))) == "started")
        #expect(words(state.take(key("slow"))) == "started")
        #expect(words(state.take(key("slow"))) == "waits")
        #expect(words(state.take(key("b"))) == "started")
        #expect(words(state.take(key("c"))) == "started")
        #expect(words(state.take(key("d"))) == "waits")
    }

    @Test func `who has fewest is served first, then who waits longest`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 0)
        _ = state.take(key("slow"))
        _ = state.take(key("slow"))
        let served = Mutex<[String]>([])
        for name in ["slow", "b", "c"] {
            #expect(state.take(key(name)) == nil)
            _ = state.wait(key(name)) { take in served.withLock { $0.append("\(name): \(take != nil)") } }
        }
        let left = state.wait(key("b")) { take in served.withLock { $0.append("left: \(take != nil)") } }
        state.leave(key("b"), left)?(nil)
        state.giveBack("S1", key("slow"), at: at(1))
        state.serve()?()
        #expect(state.serve() == nil)
        state.lose(key("slow"))
        state.serve()?()
        state.lose(key("b"))
        state.serve()?()
        #expect(served.withLock { $0 } == ["left: false", "b: true", "c: true", "slow: true"])
        #expect(state.waitingCount == 0)
    }

    @Test func `a spare counts, and is used before another one is started`() {
        var state = State(size: 2, keptForOthers: 0, sparesMax: 1)
        #expect(state.beginsSpare())
        state.add(spare: "S")
        #expect(!state.beginsSpare())
        #expect(words(state.take(key("a"))) == "loaded S")
        #expect(words(state.take(key("b"))) == "started")
        #expect(!state.beginsSpare())
        #expect(state.count == 2)
    }

    @Test func `what nobody uses is taken out`() {
        var state = State(size: 4, keptForOthers: 0, sparesMax: 0)
        for name in ["a", "b"] { _ = state.take(key(name)) }
        state.giveBack("A", key("a"), at: at(1))
        state.giveBack("B", key("b"), at: at(100))
        #expect(state.takeIdle(since: at(50)) == ["A"])
        #expect(state.count == 1)
        #expect(state.takeAll() == ["B"])
        #expect(state.count == 0)
    }
}
