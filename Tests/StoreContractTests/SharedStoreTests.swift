import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import TestSupport
import Testing

@testable import StorePostgres

/// Two replicas' stores on one database.
@Suite struct `A database that replicas share` {
    private func withTwo(_ body: (PostgresStore, PostgresStore, String) async throws -> Void) async throws {
        try await withDatabase { url in
            let one = try PostgresStore(url: url)
            let other = try PostgresStore(url: url)
            defer {
                one.close()
                other.close()
            }
            try await body(one, other, url)
        }
    }

    @Test func `takes one of two decisions on a run that are made at once`() async throws {
        try await withTwo { one, other, _ in
            for number in 0..<30 {
                let id = RunID("run-\(number)")
                try await one.commit(.new(.waiting(id)))
                let outcomes = await withTaskGroup(of: Bool.self) { group in
                    for (store, state, kind) in [
                        (one, AccessRequest.State.approved, "approved"), (other, .denied, "denied"),
                    ] {
                        group.addTask {
                            do throws(StoreError) {
                                guard let stored = try await store.load(id) else { throw .corrupt("it is gone") }
                                try await store.commit(
                                    stored.change(recording: [kind], asking: [.card("a", of: id)]) { $0.state = state }
                                )
                                return true
                            } catch {
                                #expect(error == .conflict)
                                return false
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                // One may have come so late that it saw the other's decision and decided anew.
                #expect(outcomes.contains(true))
                let seen = try #require(try await one.load(id))
                #expect(seen.version == Int64(1 + outcomes.count { $0 }))
                #expect(try await other.load(id) == seen)
                #expect(try await one.records(of: "run/\(id)").count == Int(seen.version))
            }
        }
    }

    @Test func `hands each entry to one replica, and the entries of one key one after the other`() async throws {
        try await withTwo { one, other, _ in
            let cards = (0..<200).map { NewEntry.card("\($0)", serialKey: "key-\($0 % 40)") }
            try await one.ask(cards)
            let done = await withTaskGroup(of: [String].self) { group in
                for store in [one, other, one, other] {
                    group.addTask {
                        var slots: [String] = []
                        do {
                            while slots.count < 200 {
                                let entries = try await store.claim(
                                    .cards, limit: 7, at: noon, leaseUntil: noon + .seconds(60)
                                )
                                for entry in entries {
                                    try await store.complete(entry.claim)
                                    slots.append(entry.slot ?? "")
                                }
                                if try await store.nextDue(.cards) == nil { break }
                            }
                        } catch {
                            Issue.record("\(error)")
                        }
                        return slots
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(done.count == 200)
            #expect(Set(done).count == 200)
        }
    }

    @Test func `keeps one head for each key, however many replicas ask, finish and put back at once`() async throws {
        try await withTwo { one, other, url in
            for store in 0..<8 { try await one.commit(.new(.waiting(RunID("run-\(store)")))) }
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    let store = worker % 2 == 0 ? one : other
                    group.addTask {
                        var dice = SeededGenerator(seed: UInt64(worker))
                        do {
                            for _ in 0..<40 {
                                // Entries that everybody asks for, under keys that change.
                                let name = Int.random(in: 0..<6, using: &dice)
                                let key = Int.random(in: 0..<4, using: &dice)
                                let id = RunID("run-\(worker)")
                                let stored = try #require(try await store.load(id))
                                try await store.commit(
                                    stored.change(asking: [
                                        .card("\(name)", serialKey: "key-\(key)"),
                                        .card(
                                            "\(name + 6)", lane: key == 0 ? .removals : .cards, serialKey: "key-\(key)"),
                                    ])
                                )
                                for lane in [Lane.cards, .removals] {
                                    for entry in try await store.claim(
                                        lane, limit: 2, at: noon, leaseUntil: noon + .seconds(60)
                                    ) {
                                        if Bool.random(using: &dice) {
                                            try await store.complete(entry.claim)
                                        } else {
                                            try await store.retry(entry.claim, due: noon, attempt: 1, because: "\0")
                                        }
                                    }
                                }
                            }
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
            }
            let wrong = try TestCluster.shared.query(
                "SELECT serial_key FROM outbox GROUP BY serial_key HAVING count(*) FILTER (WHERE is_head) <> 1",
                url: url
            )
            #expect(wrong.isEmpty)
            // Nothing is stuck: everything that waits can be done.
            var left = 100
            while left > 0 {
                var claimed = 0
                for lane in [Lane.cards, .removals] {
                    for entry in try await one.claimAll(lane) {
                        try await one.complete(entry.claim)
                        claimed += 1
                    }
                }
                if claimed == 0 { break }
                left -= 1
            }
            #expect(try TestCluster.shared.query("SELECT count(*) FROM outbox", url: url) == "0")
        }
    }

    @Test func `takes over soon from a process on this machine that died, and not from one that lives`() async throws {
        try await withTwo { one, other, url in
            try await one.ask(.card("a"), .card("b"))
            let entries = try await one.claimAll()
            try await other.releaseLeases()
            #expect(try await other.claimAll() == [])
            let dead = Holder(machine: Holder.machine, process: Holder.current.process, startedAt: 1)
            let elsewhere = Holder(machine: "elsewhere", process: 1, startedAt: 1)
            #expect(dead.hasEnded)
            #expect(!elsewhere.hasEnded)
            for (entry, holder) in zip(entries, [dead, elsewhere]) {
                try TestCluster.shared.query(
                    "UPDATE outbox SET holder = '\(holder)' WHERE id = \(entry.claim.entry)", url: url
                )
            }
            // What the dead process has sent may still be on its way: not at the first look.
            try await other.releaseLeases()
            #expect(try await other.claimAll() == [])
            try await other.releaseLeases()
            let taken = try await other.claim(.cards, limit: 9, at: noon, leaseUntil: noon + .seconds(70))
            #expect(taken.map(\.claim.entry) == [entries[0].claim.entry])
            #expect(taken.first?.firstTriedAt == noon)
            await expectError(.conflict) { try await one.complete(entries[0].claim) }
            try await one.complete(entries[1].claim)
        }
    }

    @Test func `finds one person in two accounts that two replicas see at once`() async throws {
        try await withTwo { one, other, _ in
            for number in 0..<20 {
                let people = try await withThrowingTaskGroup(of: Person.self) { group in
                    for (store, workspace) in [(one, "T1"), (other, "T2")] {
                        group.addTask {
                            try await store.save(
                                .named("U\(number)\(workspace)", workspace: workspace, email: "p\(number)@acme.test")
                            )
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(people.map(\.id)).count == 1)
            }
        }
    }

    @Test func `seals a trail that nobody has sealed for long, piece by piece, while others do the same`() async throws
    {
        try await withTwo { one, other, url in
            // What is left when all have sealed their part is more than one statement gives places to.
            let (rounds, limit) = (2, 1000)
            let count = 2 * rounds * limit + AuditRow.numberedMax + 500
            try TestCluster.shared.query(
                """
                INSERT INTO audit_records (aggregate, sequence, at, kind, actor, details, previous, hash)
                SELECT 'thing/' || n, 1, 0, 'made', 'ada', '{}', '', md5(n::text) FROM generate_series(1, \(count)) n
                """, url: url
            )
            let sealed = try await withThrowingTaskGroup(of: Int.self) { group in
                for store in [one, other] {
                    group.addTask {
                        var sealed = 0
                        for _ in 0..<rounds { sealed += try await store.seal(limit: limit, at: noon, key: [1]) }
                        return sealed
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sealed >= limit && sealed % limit == 0)
            let unnumbered = "SELECT count(*) FROM audit_records WHERE position IS NULL"
            #expect(try TestCluster.shared.query(unnumbered, url: url) == "\(count - sealed)")
            #expect(try await one.records(after: Int64(count - 1), limit: 10).map(\.position) == [Int64(count)])
            #expect(try TestCluster.shared.query(unnumbered, url: url) == "0")
            let seals = try await one.seals(after: 0, limit: 100)
            #expect(seals.map(\.number) == (1...sealed / limit).map { Int64($0) })
            #expect(zip(seals, seals.dropFirst()).allSatisfy { $0.last + 1 == $1.first && $0.code == $1.previous })
        }
    }

    @Test func `goes by the database's time on machines whose clocks differ`() async throws {
        try await withDatabase { url in
            var session = try Session.open(url)
            let times = try [Duration.zero, .hours(30), .seconds(-100_000)].map { wrong in
                let clock: @Sendable () -> MonotonicInstant = { .now() + wrong }
                let time = DatabaseTime(monotonic: clock)
                time.learn(try DatabaseTime.measure(&session, monotonic: clock))
                return time
            }
            let text = try TestCluster.shared.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
            let database = Timestamp(milliseconds: try #require(Int64(text)))
            for time in times {
                let ahead = time.now() - database
                #expect(ahead > .seconds(-30) && ahead < .seconds(30), "\(ahead)")
            }
            let readings = times.map { $0.now() }
            #expect(readings.max()! - readings.min()! < .seconds(30))
        }
    }

    @Test func `a slow answer does not replace a time that was measured better`() {
        let at = MonotonicInstant.now()
        let time = DatabaseTime { at + .seconds(1) }
        time.learn(DatabaseTime.Reading(time: noon, at: at, took: .milliseconds(2)))
        #expect(time.now() == noon + .seconds(1))
        time.learn(DatabaseTime.Reading(time: noon + .hours(1), at: at, took: .seconds(2)))
        #expect(time.now() == noon + .seconds(1))
        time.learn(DatabaseTime.Reading(time: noon + .minutes(1), at: at, took: .milliseconds(20)))
        #expect(time.now() == noon + .seconds(61))
    }

    @Test func `is made by one of several replicas that start at once`() async throws {
        try await withDatabase { url in
            let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
                for _ in 0..<4 { group.addTask { @concurrent in try PostgresStore(url: url) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for store in stores { store.close() }
            let versions = try TestCluster.shared.query("SELECT count(*) FROM schema_version", url: url)
            #expect(versions == "\(Migrations.current)")
        }
    }

    @Test func `is used by this release and newer ones that add, and refused where one took something away`()
        async throws
    {
        try await withTwo { one, _, url in
            // What the next release does: it adds, and what it adds has defaults.
            try TestCluster.shared.query(
                """
                ALTER TABLE runs ADD COLUMN novelty text NOT NULL DEFAULT '';
                INSERT INTO schema_version VALUES (\(Migrations.current + 1), 0), (\(Migrations.current + 2), 0);
                """, url: url
            )
            let late = try PostgresStore(url: url)
            defer { late.close() }
            for store in [one, late] {
                let id = RunID("run-\(ObjectIdentifier(store).hashValue)")
                try await store.commit(.new(.waiting(id)))
                let stored = try #require(try await store.load(id))
                try await store.commit(stored.change { $0.state = .approved })
            }
            try TestCluster.shared.query(
                "UPDATE schema_version SET oldest_reader = \(Migrations.current + 1)", url: url
            )
            #expect {
                _ = try PostgresStore(url: url)
            } throws: {
                guard case .corrupt(let words) = $0 as? StoreError else { return false }
                return words.contains("newer release")
            }
        }
    }
}
