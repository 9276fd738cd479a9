import FoundationEssentials
import Support
import TestSupport
import Testing

@Suite struct `An installation that moves to another database` {
    @Test func `Goes on there with everything, and can move back`() async throws {
        let database = try TestCluster.shared.makeDatabase()
        let back = try TestFolder()
        try await Installation.run(Site(Site.access(durations: ["1h"]))) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks("/sym req prod_db orders-db", ["Why?": "first reason"])
            let active = try await dana.sees("first reason", in: "#db-access")
            try await dana.clicks(.approve, on: active)
            try await dana.sees("*Access is on*", on: active)
            try await bob.asks("/sym req prod_db billing-db", ["Why?": "second reason"])
            let waiting = try await dana.sees("second reason", in: "#db-access")
            try await here.stop()
            let before = try await here.symflow("audit", "verify")
            let sqlite = try #require(here.environment["SYM_DATABASE_URL"])

            let there = try await here.symflow("database", "copy", "--from", sqlite, "--to", database)
            #expect(there.code == 0, "\(there.text)")
            #expect(there.text.contains("runs: 2"))
            let again = try await here.symflow("database", "copy", "--from", sqlite, "--to", database)
            #expect(again.code == 1)
            #expect(again.text.contains("not empty"))
            let after = try await here.symflow("audit", "verify", "--database", database)
            #expect(after.output == before.output)

            // On PostgreSQL, as if nothing had happened.
            var environment = here.environment
            environment["SYM_DATABASE_URL"] = database
            try await here.start(with: environment)
            try await dana.clicks(.approve, on: waiting)
            try await dana.sees("*Access is on*", on: waiting)
            let busy = try await here.symflow(
                "database", "copy", "--from", database, "--to", "sqlite:\(back.file("a.db"))")
            #expect(busy.code == 1)
            #expect(busy.text.contains("in use"))
            try await here.stop()

            let returned = try await here.symflow(
                "database", "copy", "--from", database, "--to", "sqlite:\(back.file("b.db"))"
            )
            #expect(returned.code == 0, "\(returned.text)")
            environment["SYM_DATABASE_URL"] = "sqlite:" + back.file("b.db")
            try await here.start(with: environment)
            try await bob.clicks(.done, on: try await bob.sees("*Access is on*", in: "@app"))
            try await dana.sees("*Access ended*", on: waiting)
            #expect(here.target.holders.count == 1)
            try await here.stop()
            let end = try await here.symflow("audit", "verify", "--database", "sqlite:" + back.file("b.db"))
            #expect(end.code == 0, "\(end.text)")
        }
    }

    @Test func `Is not copied when its trail was changed, and nothing is written then`() async throws {
        let database = try TestCluster.shared.makeDatabase()
        let folder = try TestFolder()
        try await Replicas.run(1, Site(Site.access())) { here in
            try await here.person("bob").asks()
            try await here.person("dana").sees("asks for", in: "#db-access")
            let genuine = try here.query(
                "SELECT details FROM audit_records WHERE aggregate LIKE 'run/%' AND sequence = 1")
            _ = try here.query("UPDATE audit_records SET details = '{}' WHERE aggregate LIKE 'run/%' AND sequence = 1")
            let target = folder.file("copy.db")
            let copied = try await here.symflow("database", "copy", "--from", here.database, "--to", "sqlite:\(target)")
            #expect(copied.code == 1)
            #expect(copied.text.contains("broken at run/"), "\(copied.text)")
            #expect(!FileManager.default.fileExists(atPath: target))
            _ = try here.query(
                "UPDATE audit_records SET details = '\(genuine)' WHERE aggregate LIKE 'run/%' AND sequence = 1")
            // Nor is one that holds what this release does not know.
            let missing = try await here.symflow("database", "copy", "--from", "sqlite:\(target)", "--to", database)
            #expect(missing.code == 1)
            #expect(missing.text.contains("There is no database"))
        }
    }
}
