import Support
import Synchronization
import Testing

@testable import HandlersPython

@Suite struct `The pool of workers` {
    private static let counting = "import os\nn = 0\ndef f():\n  global n\n  n += 1\n  return [n, os.getpid()]"

    @Test func `flows with the same source share no memory`() async throws {
        let pool = try await TestWorker.pool()
        let first = try await pool.call("f", of: .sample(Self.counting, flow: "a"))
        let second = try await pool.call("f", of: .sample(Self.counting, flow: "b"))
        let third = try await pool.call("f", of: .sample(Self.counting, flow: "a"))
        #expect([first[0], second[0], third[0]] == [1, 1, 2])
        #expect(first[1] != second[1] && first[1] == third[1])
        await pool.stop()
    }

    @Test func `new code needs no restart, and old runs keep the old`() async throws {
        let pool = try await TestWorker.pool()
        #expect(try await pool.call("f", of: .sample("def f(): return 'old'")) == "old")
        #expect(try await pool.call("f", of: .sample("def f(): return 'new'")) == "new")
        #expect(try await pool.call("f", of: .sample("def f(): return 'old'")) == "old")
        #expect(pool.count == 2)
        await pool.stop()
    }

    @Test func `the least recently used process is ended when there are too many`() async throws {
        var settings = PoolSettings()
        settings.size = 2
        let pool = try await TestWorker.pool(settings)
        for flow in ["a", "b", "a", "c", "a"] { _ = try await pool.call("f", of: .sample(Self.counting, flow: flow)) }
        #expect(pool.count == 2)
        #expect(try await pool.call("f", of: .sample(Self.counting, flow: "a"))[0] == 4)
        #expect(try await pool.call("f", of: .sample(Self.counting, flow: "b"))[0] == 1)
        await pool.stop()
    }

    @Test func `a flow that is stuck delays nobody else`() async throws {
        var settings = PoolSettings()
        settings.size = 3
        settings.keptForOthers = 1
        let pool = try await TestWorker.pool(settings)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let stuck = WorkerProcess.Company(
            serve: { _, _ in
                for await _ in gate {}
                return .value("done")
            }, print: { _, _ in }
        )
        let answers = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let slow = Implementation.sample("def f(): return request('wait')", flow: "slow")
                    let value = try await pool.call(
                        "f", of: slow, within: .seconds(60), waiting: .seconds(60), company: stuck)
                    #expect(value == "done")
                    answers.value.withLock { $0 += 1 }
                }
            }
            #expect(
                try await pool.call("f", of: .sample("def f(): return 1", flow: "quick"), waiting: .seconds(60)) == 1)
            #expect(answers.value.withLock { $0 } == 0)
            open.finish()
            try await group.waitForAll()
        }
        #expect(answers.value.withLock { $0 } == 6)
        await pool.stop()
    }

    @Test func `whoever waits too long is told so`() async throws {
        var settings = PoolSettings()
        settings.size = 1
        let pool = try await TestWorker.pool(settings)
        try await pool.withWorker(
            for: .sample("pass", flow: "a"), waitingUntil: .now() + .seconds(10), loadTime: .seconds(10),
            company: .silent
        ) { _ throws(WorkerError) in
            do throws(WorkerError) {
                _ = try await pool.call("f", of: .sample("def f(): return 1", flow: "b"), waiting: .milliseconds(50))
                Issue.record("there was a second process")
            } catch {
                guard case .busy(let reason) = error else { throw error }
                #expect(reason.contains("flow b"))
            }
        }
        #expect(try await pool.call("f", of: .sample("def f(): return 1", flow: "b")) == 1)
        await pool.stop()
    }

    @Test func `calls of one flow run side by side`() async throws {
        var settings = PoolSettings()
        settings.size = 8
        let pool = try await TestWorker.pool(settings)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (inside, most) = (Count(), Count())
        let together = WorkerProcess.Company(
            serve: { _, _ in
                let count = inside.value.withLock { value in
                    value += 1
                    return value
                }
                most.value.withLock { $0 = max($0, count) }
                // Nobody goes on before four are inside.
                if count == 4 { open.finish() }
                for await _ in gate {}
                inside.value.withLock { $0 -= 1 }
                return .value(1)
            }, print: { _, _ in }
        )
        let source = Implementation.sample("def f(): return request('enter')")
        try await repeated(60) { _ = try await pool.call("f", of: source, company: together) }
        #expect(most.value.withLock { $0 } >= 4)
        #expect(pool.count <= 8)
        await pool.stop()
    }

    @Test func `a spare waits for the next implementation, and is replaced`() async throws {
        var settings = PoolSettings()
        settings.size = 3
        let pool = try await TestWorker.pool(settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            #expect(pool.count == 0)
            pool.warmUp()
            try await until { pool.count == 1 }
            #expect(try await pool.call("f", of: .sample(Self.counting))[0] == 1)
            try await until { pool.count == 2 }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(pool.count == 0)
    }

    private func repeated(_ count: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { try await body() } }
            try await group.waitForAll()
        }
    }

    private func until(_ condition: () -> Bool) async throws {
        for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }
}

private final class Count: Sendable {
    let value = Mutex(0)
}
