import HTTPModel
import Support
import TestSupport
import Testing

/// Two releases on one database, one of them newer. There is one release here to try it with, so the database is made
/// what the other one would have made of it.
@Suite struct `An upgrade while servers run` {
    /// What a newer release does in three steps: it adds tables, columns, indexes and functions.
    private static let added = """
        ALTER TABLE runs ADD COLUMN novelty text NOT NULL DEFAULT '';
        ALTER TABLE outbox ADD COLUMN novelty bigint NOT NULL DEFAULT 0;
        ALTER TABLE audit_records ADD COLUMN novelty bigint;
        CREATE TABLE novelties (id text PRIMARY KEY, run text NOT NULL);
        CREATE INDEX runs_by_novelty ON runs (novelty, number);
        CREATE FUNCTION commit_novelty() RETURNS void LANGUAGE sql AS 'SELECT';
        INSERT INTO schema_version (version, applied_at) SELECT max(version) + 1, 0 FROM schema_version;
        INSERT INTO schema_version (version, applied_at) SELECT max(version) + 1, 0 FROM schema_version;
        INSERT INTO schema_version (version, applied_at) SELECT max(version) + 1, 0 FROM schema_version;
        """
    /// What only the newest step of this release brought, taken back.
    private static let previous = """
        ALTER TABLE schema_version DROP COLUMN oldest_reader;
        DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version);
        """

    @Test func `An older server goes on, and starts, where a newer one has only added something`() async throws {
        try await Replicas.run(2, Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": "before."])
            let before = try await dana.sees("before.", in: "#db-access")
            _ = try here.query(Self.added)
            // One has run all the time, the other one starts on what the newer release has made.
            try await here.isKilled(1)
            try await here.start(1)
            for number in 0..<2 { try await here.waits(for: number, ready: true) }
            try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": "after."])
            let after = try await dana.sees("after.", in: "#db-access")
            for (number, card) in [before, after].enumerated() {
                let answer = try await here.receives(.click(.approve, on: card, by: "U0DANA"), at: number)
                #expect(answer.status == 200)
                try await dana.sees("*Access is on*", on: card)
            }
            #expect(here.target.performed(.escalate).count == 2)
        }
    }

    @Test func `An older server says why not where a newer one has taken something away, and does not start`()
        async throws
    {
        try await Replicas.run(1, Site(Site.access())) { here in
            let newest = try here.query("SELECT max(version) FROM schema_version")
            _ = try here.query(Self.added)
            _ = try here.query("UPDATE schema_version SET oldest_reader = (SELECT max(version) FROM schema_version)")
            // The one that runs asks to be taken out of service.
            try await here.waits(for: 0, ready: false)
            let answer = try await here.call("/readyz", at: 0)
            #expect(String(decoding: answer.bytes, as: UTF8.self).contains("newer release"))
            let started = try await here.symflow("serve")
            #expect(started.code != 0)
            #expect(started.text.contains("newer release"), "\(started.text)")
            #expect(started.text.contains("is \(newest). Start the newer release"), "\(started.text)")
            // Nothing was changed by trying.
            _ = try here.query("UPDATE schema_version SET oldest_reader = 1")
            try await here.waits(for: 0, ready: true)
        }
    }

    @Test func `Newer servers that start together bring the database up once`() async throws {
        try await Replicas.run(2, Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.isKilled(0)
            try await here.isKilled(1)
            let versions = "SELECT count(*) FROM schema_version"
            let all = try here.query(versions)
            _ = try here.query(Self.previous)
            // Both find the older schema, and one of them is first.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<2 { group.addTask { try await here.start(number) } }
                try await group.waitForAll()
            }
            #expect(try here.query(versions) == all)
            #expect(try here.query("SELECT max(oldest_reader) FROM schema_version") == "1")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
        }
    }
}
