import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import TestSupport
import Testing

@testable import StorePostgres

@Suite struct `Addresses of a database` {
    @Test(arguments: [
        "postgresql://ada:s3/cr3t@127.0.0.1:1/db", "postgresql://ada:s3%cr3t@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?s3cr3t",
    ])
    func `that cannot be read are not repeated: what is wrong may be part of a password`(url: String) {
        do throws(PostgresError) {
            _ = try Session.open(url)
            Issue.record("it opened")
        } catch {
            #expect(error.call == "connect" && !error.wasSent)
            #expect(error.description.contains("%40"))
            #expect(!error.description.contains("s3") && !error.description.contains("cr3t"), "\(error)")
        }
    }
}

@Suite struct `Connections that are lost` {
    private func withStore(_ body: (PostgresStore, String) async throws -> Void) async throws {
        try await withDatabase { url in
            let store = try PostgresStore(url: url)
            defer { store.close() }
            try await body(store, url)
        }
    }

    /// Ends every connection to the database.
    private func cut(_ url: String) throws {
        try TestCluster.shared.query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
                + "AND pid <> pg_backend_pid()", url: url
        )
    }

    @Test func `are made anew, before anything is sent over them`() async throws {
        try await withStore { store, url in
            try await store.commit(.new(.waiting("run-1")))
            for round in 0..<3 {
                try cut(url)
                try await store.commit(.new(.waiting(RunID("after-\(round)"))))
                try cut(url)
                #expect(try await store.load("run-1") != nil)
            }
        }
    }

    @Test func `leave a commit either done or not, and its caller with the truth or a doubt`() async throws {
        try await withStore { store, url in
            let outcomes = await withTaskGroup(of: (RunID, StoreError?).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let id = RunID("run-\(number)")
                        do throws(StoreError) {
                            try await store.commit(.new(.waiting(id), asking: [.card("a", of: id)]))
                        } catch { return (id, error) }
                        return (id, nil)
                    }
                }
                group.addTask {
                    for _ in 0..<4 { try? self.cut(url) }
                    return ("", nil)
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let stored = Set(try await store.records(after: 0, limit: 1000).map { $0.record.aggregate })
            for (id, error) in outcomes where !id.text.isEmpty {
                let isThere = try await store.load(id) != nil
                #expect(stored.contains("run/\(id)") == isThere)
                switch error {
                case nil: #expect(isThere, "acknowledged and lost: \(id)")
                case .unavailable?: #expect(!isThere, "refused and done: \(id)")
                case .unknownOutcome?: break
                case let other?: Issue.record("\(other)")
                }
            }
        }
    }

    @Test func `whose commit is held up do not make anybody wait for ever`() async throws {
        try await withStore { store, url in
            try await store.commit(.new(.waiting("run-1")))
            let seen = try #require(try await store.load("run-1"))
            var blocker = try Session.open(url)
            try blocker.execute("BEGIN; SELECT 1 FROM runs WHERE id = 'run-1' FOR UPDATE")
            let start = MonotonicInstant.now()
            await #expect {
                try await store.commit(seen.change(recording: ["denied"]) { $0.state = .denied })
            } throws: {
                if case .unavailable = $0 as? StoreError { true } else { false }
            }
            #expect(MonotonicInstant.now() - start < .seconds(60))
            try blocker.execute("ROLLBACK")
            #expect(try await store.load("run-1") == seen)
            try await store.commit(seen.change(recording: ["denied"]) { $0.state = .denied })
        }
    }

    @Test func `do not keep work from being done: what could not be given back is, once the database answers`()
        async throws
    {
        let cluster = try TestCluster()
        let store = try PostgresStore(url: try cluster.makeDatabase())
        defer { store.close() }
        try await store.ask(.card("a"), .card("b"))
        let entries = try await store.claimAll()
        try await store.complete(entries[1].claim)
        try cluster.stop(.immediate)
        await #expect(throws: StoreError.self) {
            try await store.retry(entries[0].claim, due: noon + .seconds(3), attempt: 1, because: "no database")
        }
        await #expect(throws: StoreError.self) { try await store.releaseLeases() }
        try cluster.start()
        try await Task.sleep(for: Pool.outagePause)
        #expect(try await store.nextDue(.cards) == noon + .seconds(60))
        try await store.releaseLeases()
        #expect(try await store.nextDue(.cards) == noon + .seconds(3))
        let again = try await store.claimAll(at: noon + .seconds(3))
        #expect(again.map(\.slot) == ["a"])
        #expect(again.first?.attempt == 1)
        // Given back once, and not again.
        try await store.releaseLeases()
        #expect(try await store.nextDue(.cards) == noon + .seconds(63))
    }

    @Test func `whose claim was never answered lose what they claimed to whoever asks next`() async throws {
        try await withStore { store, url in
            try await store.ask(.card("a"))
            _ = try await store.claimAll()
            let token = try TestCluster.shared.query("SELECT holder FROM outbox", url: url)
            try await store.releaseLeases()
            #expect(try await store.claimAll() == [])
            store.unreturned.add(claim: token)
            try await store.releaseLeases()
            #expect(try await store.claimAll().map(\.slot) == ["a"])
            try await store.releaseLeases()
            #expect(try await store.claimAll() == [])
        }
    }

    @Test func `are refused at once where there is no server`() async throws {
        await withFolderOfNothing { url in
            #expect {
                _ = try PostgresStore(url: url)
            } throws: {
                guard case .unavailable(let words) = $0 as? StoreError else { return false }
                return words.hasPrefix("PostgreSQL, connect:")
            }
        }
    }

    private func withFolderOfNothing(_ body: (String) -> Void) async {
        try? await withFolder { folder in body("postgresql:///none?host=\(folder)&user=nobody") }
    }

    @Test func `a server that stops and starts again is found again, and what was acknowledged is there`() async throws
    {
        let cluster = try TestCluster()
        let store = try PostgresStore(url: try cluster.makeDatabase())
        defer { store.close() }
        try await store.commit(.new(.waiting("run-1")))
        try cluster.stop()
        await #expect {
            try await store.commit(.new(.waiting("run-2")))
        } throws: {
            if case .unavailable = $0 as? StoreError { true } else { false }
        }
        await #expect(throws: StoreError.self) { _ = try await store.load("run-1") }
        try cluster.start()
        // Whoever asked a moment ago has made everybody wait a little.
        try await Task.sleep(for: Pool.outagePause)
        #expect(try await store.load("run-1")?.version == 1)
        #expect(try await store.load("run-2") == nil)
        try await store.commit(.new(.waiting("run-2")))
    }

    @Test func `go to the standby that takes over from the primary, and nothing that was acknowledged is lost`()
        async throws
    {
        let primary = try TestCluster()
        let first = try primary.makeDatabase()
        let standby = try TestCluster(standbyOf: primary)
        try primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        try primary.query("SELECT pg_reload_conf()")
        // libpq's way to name both: hosts in a list.
        let name = first.dropFirst("postgresql:///".count).prefix { $0 != "?" }
        let url =
            "postgresql:///\(name)?host=\(primary.folder),\(standby.folder)&port=5432,5432&user=symflow"
        let store = try PostgresStore(url: url)
        defer { store.close() }
        var acknowledged: [RunID] = []
        for number in 0..<20 {
            try await store.commit(.new(.waiting(RunID("run-\(number)"))))
            acknowledged.append(RunID("run-\(number)"))
        }
        try primary.stop(.immediate)
        await #expect(throws: StoreError.self) { try await store.commit(.new(.waiting("meanwhile"))) }
        try standby.promote()
        try await Task.sleep(for: Pool.outagePause)
        for id in acknowledged { #expect(try await store.load(id) != nil, "\(id)") }
        try await store.commit(.new(.waiting("after")))
        #expect(try standby.query("SELECT count(*) FROM runs", url: standby.url(database: String(name))) == "21")
    }
}
