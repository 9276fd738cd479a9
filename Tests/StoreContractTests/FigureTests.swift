import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@testable import StorePostgres
@testable import StoreSQLite

/// What an operator watches, on every database.
@Suite struct `Figures of a store` {
    private typealias Store = any EngineStore & FigureStore

    private enum Kind: String, CaseIterable, Sendable {
        case sqlite, postgres

        func lend(_ body: (Store) async throws -> Void) async throws {
            switch self {
            case .sqlite:
                try await withFolder { folder in
                    let store = try SQLiteStore(path: folder + "/symflow.db")
                    defer { store.close() }
                    try await body(store)
                }
            case .postgres:
                try await withDatabase { url in
                    let store = try PostgresStore(url: url)
                    defer { store.close() }
                    try await body(store)
                }
            }
        }
    }

    private static let key = [UInt8](repeating: 7, count: 32)

    @Test(arguments: Kind.allCases)
    private func `of an empty one are nothing`(kind: Kind) async throws {
        try await kind.lend { store in
            #expect(try await store.figures(at: noon) == StoredFigures())
            #expect(try await store.schemaProblem() == nil)
            try await store.checkWrites()
        }
    }

    @Test(arguments: Kind.allCases)
    private func `count what is open and what holds access`(kind: Kind) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("pending")))
            try await store.commit(.new(try .active("on", grantKey: "key")))
            try await store.commit(.new(.waiting("over", state: .denied)))
            let figures = try await store.figures(at: noon)
            #expect(figures.openRuns == 2)
            #expect(figures.liveGrants == 1)
            let pending = try #require(AccessRequest.waiting("pending").wakeAt)
            let end = try #require(try AccessRequest.active("on", grantKey: "key").wakeAt)
            #expect(figures.nextDeadline == min(pending, end))
        }
    }

    @Test(arguments: Kind.allCases)
    private func `tell access that nobody takes back from access whose time has not come`(kind: Kind) async throws {
        try await kind.lend { store in
            let run = try AccessRequest.active("on", grantKey: "key")
            let end = try #require(run.wakeAt)
            try await store.commit(.new(run))
            let inTime = try await store.figures(at: end + .milliseconds(4999))
            #expect(inTime.lateRemovals == 0 && inTime.lateSince == nil)
            let late = try await store.figures(at: end + .seconds(5))
            #expect(late.lateRemovals == 1 && late.lateSince == end)
            // A removal that was begun counts from then on, also while it is in hand or waits for its turn.
            try await store.ask(
                .card("first", lane: .removals, serialKey: "key"), .card("second", lane: .removals, serialKey: "key")
            )
            _ = try await store.claimAll(.removals)
            let begun = try await store.figures(at: noon + .seconds(5))
            #expect(begun.lateRemovals == 2 && begun.lateSince == noon)
        }
    }

    @Test(arguments: Kind.allCases)
    private func `tell how far the audit chain is sealed`(kind: Kind) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("first")))
            let before = try await store.figures(at: noon)
            #expect(before.seal == nil)
            #expect(before.unsealedSince == noon)
            _ = try await store.seal(limit: 100, at: noon + .seconds(1), key: Self.key)
            let sealed = try await store.figures(at: noon + .seconds(2))
            #expect(sealed.seal == StoredFigures.Seal(number: 1, at: noon + .seconds(1)))
            #expect(sealed.unsealedSince == nil)
            try await store.commit(.new(.waiting("second")))
            #expect(try await store.figures(at: noon + .seconds(3)).unsealedSince == noon)
        }
    }

    // MARK: What they cost

    @Test func `SQLite answers from indexes, and for runs from those that hold only what is open`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            defer { store.close() }
            func plan(_ query: StoreSQLite.SQL) throws -> String {
                let explained = StoreSQLite.SQL("EXPLAIN QUERY PLAN " + query.text, query.values)
                return try store.readers.read { try $0.rows(explained) { $0.text(3) } }.joined(separator: "; ")
            }
            let open: [(StoreSQLite.SQL, String)] = [
                (StoreSQLite.Figures.openRuns, "runs_by_requester"),
                (StoreSQLite.Figures.liveGrants, "runs_by_grant"),
                (StoreSQLite.Figures.nextDeadline, "runs_by_wake"),
                (StoreSQLite.Figures.access(dueBy: noon), "runs_by_wake"),
                (StoreSQLite.Figures.removals(askedBy: noon), "outbox_by_lane"),
                (StoreSQLite.Figures.seal, "PRIMARY KEY"), (StoreSQLite.Figures.unsealed(after: 7), "PRIMARY KEY"),
            ]
            for (query, index) in open {
                let plan = try plan(query)
                #expect(
                    plan.contains(index) || index == "PRIMARY KEY" && plan.contains("audit_"), "\(query.text): \(plan)")
                #expect(!plan.contains("SCAN runs") || plan.contains("INDEX \(index)"), "\(query.text): \(plan)")
            }
        }
    }

    @Test func `PostgreSQL answers from indexes, and for runs from those that hold only what is open`() async throws {
        try await withDatabase { url in
            let store = try PostgresStore(url: url)
            defer { store.close() }
            func plan(_ query: StorePostgres.SQL) async throws -> String {
                let explained = StorePostgres.SQL("EXPLAIN " + query.text, query.values)
                return try await store.pool.read { session in
                    try session.rows(explained) { $0.text(0) }.joined(separator: "; ")
                }
            }
            let open: [(StorePostgres.SQL, String)] = [
                (StorePostgres.Figures.openRuns, "runs_by_requester"),
                (StorePostgres.Figures.liveGrants, "runs_by_grant"),
                (StorePostgres.Figures.nextDeadline, "runs_by_wake"),
                (StorePostgres.Figures.access(dueBy: noon), "runs_by_"),
                (StorePostgres.Figures.seal, "audit_seals_pkey"),
                (StorePostgres.Figures.unnumbered, "audit_records_without_position"),
                (StorePostgres.Figures.unsealed(after: 7), "audit_records_by_position"),
            ]
            for (query, index) in open {
                let plan = try await plan(query)
                #expect(plan.contains(index) && !plan.contains("Seq Scan"), "\(query.text): \(plan)")
            }
        }
    }

    // MARK: Who is there

    @Test func `Replicas count each other, and no longer when one is gone`() async throws {
        try await withDatabase { url in
            let store = try PostgresStore(url: url)
            defer { store.close() }
            func become(_ count: Int) async throws -> Bool {
                for _ in 0..<3000 {
                    if try await store.figures(at: noon).replicas == count { return true }
                    try await Task.sleep(for: .milliseconds(20))
                }
                return false
            }
            let others = (0..<2).map { _ in SharedBells(url: url, local: ManualWaiting(), log: .silent) }
            let running = others.map { bells in Task { try await bells.run() } }
            #expect(try await become(2))
            running[0].cancel()
            try await running[0].value
            #expect(try await become(1))
            running[1].cancel()
            try await running[1].value
            // Whoever asks is there.
            #expect(try await store.figures(at: noon).replicas == 1)
        }
    }

    // MARK: What a release needs

    @Test func `A database that was restored from before a migration, or is too new, is said to be so`() async throws {
        try await withDatabase { url in
            let store = try PostgresStore(url: url)
            defer { store.close() }
            let cluster = try TestCluster.shared
            let newest = StorePostgres.Migrations.current
            try cluster.query("DELETE FROM schema_version WHERE version = \(newest)", url: url)
            #expect(try await store.schemaProblem()?.contains("start it again") == true)
            try cluster.query("INSERT INTO schema_version VALUES (\(newest + 1), 0)", url: url)
            #expect(try await store.schemaProblem() == nil)
            try cluster.query("INSERT INTO schema_version VALUES (\(newest + 2), 0, \(newest + 1))", url: url)
            #expect(try await store.schemaProblem()?.contains("newer release") == true)
        }
    }
}
