import ApprovalEngine
import Support
import Synchronization
import TestSupport
import Testing

@testable import StorePostgres

/// Bells that remember every ring.
private final class HeardBells: Waiting {
    private let heard = Mutex<[Bell: Int]>([:])

    func wait(for bell: Bell, until: Timestamp?) async {}
    func ring(_ bell: Bell) { heard.withLock { $0[bell, default: 0] += 1 } }

    func count(_ bell: Bell) -> Int { heard.withLock { $0[bell] ?? 0 } }

    /// Waits until the bell has rung more often than `count`.
    func hears(_ bell: Bell, moreThan count: Int = 0) async -> Bool {
        for _ in 0..<1000 {
            if self.count(bell) > count { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

@Suite struct `Bells between replicas` {
    private func withTwo(
        _ body: (_ one: SharedBells, _ heardByOne: HeardBells, _ other: HeardBells, _ url: String) async throws -> Void
    ) async throws {
        try await withDatabase { url in
            let heard = [HeardBells(), HeardBells()]
            let bells = heard.map { SharedBells(url: url, local: $0, log: .silent) }
            let running = bells.map { bells in Task { try await bells.run() } }
            // Whoever begins to listen rings for everything that was missed.
            for heard in heard { #expect(await heard.hears(.lane(.notices))) }
            try await body(bells[0], heard[0], heard[1], url)
            for running in running { running.cancel() }
            for running in running { try await running.value }
        }
    }

    @Test func `are heard here at once and there soon`() async throws {
        try await withTwo { bells, here, there, _ in
            let before = there.count(.lane(.cards))
            let own = here.count(.lane(.cards))
            bells.ring(.lane(.cards))
            bells.ring(.run("run-7"))
            bells.ring(.roster)
            #expect(here.count(.lane(.cards)) == own + 1)
            #expect(here.count(.run("run-7")) == 1)
            #expect(await there.hears(.lane(.cards), moreThan: before))
            #expect(await there.hears(.run("run-7")))
            #expect(await there.hears(.roster))
            // Nobody hears an echo of their own.
            #expect(here.count(.lane(.cards)) == own + 1)
            #expect(here.count(.run("run-7")) == 1)
        }
    }

    @Test func `are heard again after the connection was lost, and what was missed is looked for`() async throws {
        try await withTwo { bells, here, there, url in
            let before = there.count(.lane(.removals))
            try TestCluster.shared.query(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                    + "AND datname = current_database()", url: url
            )
            #expect(await there.hears(.lane(.removals), moreThan: before))
            #expect(await here.hears(.lane(.removals), moreThan: before))
            bells.ring(.run("afterwards"))
            #expect(await there.hears(.run("afterwards")))
        }
    }

    @Test func `travel as words that fit into notifications`() {
        let runs = (0..<400).map { Bell.run("run-\($0)-\(String(repeating: "x", count: 30))") }
        let bells = Set(runs + [.lane(.grants), .roster, .deadlines, .audit, .run("a,b")])
        let payloads = SharedBells.payloads(of: bells)
        #expect(payloads.count > 1)
        #expect(payloads.allSatisfy { $0.utf8.count <= SharedBells.payloadBytesMax })
        let heard = payloads.flatMap { $0.split(separator: ",") }.compactMap { Bell(word: $0) }
        #expect(Set(heard) == bells.subtracting([.deadlines, .audit, .run("a,b")]))
        #expect(SharedBells.payloads(of: []).isEmpty)
    }

    @Test(arguments: ["", "lane", "lane/elsewhere", "door/1", "/"])
    func `are not made of other people's words`(word: String) { #expect(Bell(word: word[...]) == nil) }
}

@Suite struct `Waits that Slack asked for` {
    @Test func `are known to every replica until they are over, the longest of each kind`() async throws {
        try await withDatabase { url in
            let one = try PostgresStore(url: url)
            let other = try PostgresStore(url: url)
            defer {
                one.close()
                other.close()
            }
            func pause(_ seconds: Int64, _ method: String?, _ channel: String?) -> SharedPause {
                SharedPause(method: method, workspace: "T1", channel: channel, until: noon + .seconds(seconds))
            }
            let all = [pause(30, "chat.postMessage", "C1"), pause(40, "users.info", nil), pause(50, nil, nil)]
            for pause in all { try await one.share(pause) }
            try await other.share(pause(5, "users.info", nil))
            #expect(Set(try await other.pauses(at: noon)) == Set(all))
            #expect(try await other.pauses(at: noon + .seconds(40)) == [all[2]])
            try await other.forgetPauses(before: noon + .seconds(41))
            #expect(try await one.pauses(at: noon) == [all[2]])
        }
    }
}
