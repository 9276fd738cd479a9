import HTTPModel
import Support
import TestSupport
import Testing

@Suite struct `Three replicas on one database` {
    private static let rounds = 8

    @Test func `Two approvers click at once on different replicas: one decides, the other is told who did`()
        async throws
    {
        let flow = Site.access(Site.ask(Site.users("dana", "ada"), Site.channel("#db-access")))
        try await Replicas.run(3, Site(flow)) { here in
            let dana = here.person("dana")
            for round in 0..<Self.rounds {
                try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": .string("round \(round).")])
                let card = try await dana.sees("round \(round).", in: "#db-access")
                let clicks = [
                    (try Delivery.click(.approve, on: card, by: "U0DANA"), round % 3),
                    (try Delivery.click(.deny, on: card, by: "U0ADA"), (round + 1) % 3),
                    (try Delivery.click(.approve, on: card, by: "U0ADA"), (round + 2) % 3),
                ]
                try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                    for (click, replica) in clicks { group.addTask { try await here.receives(click, at: replica) } }
                    for try await answer in group { #expect(answer.status == 200) }
                }
            }
            let records = try await here.audit()
            let kinds = Dictionary(grouping: records) { $0["aggregate"]?.text ?? "" }.filter {
                $0.key.hasPrefix("run/")
            }
            #expect(kinds.count == Self.rounds)
            for (run, records) in kinds {
                let decisions = records.compactMap { $0["kind"]?.text }.filter { ["approved", "denied"].contains($0) }
                #expect(decisions.count == 1, "\(run): \(decisions)")
            }
            let approved = records.count { $0["kind"]?.text == "approved" }
            _ = try await here.target.waits(for: approved, .escalate)
            #expect(here.target.orders(.escalate).count == approved)
        }
    }

    @Test func `One is killed while it switches access on: another goes on, and access is on once`() async throws {
        try await Replicas.run(3, Site(Site.access())) { here in
            here.target.answers(.escalate, with: .performedLate)
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            _ = try await here.target.waits(for: 1, .escalate)
            let holder = try here.query("SELECT holder FROM outbox WHERE lane = 'grants' AND lease_until IS NOT NULL")
            let process = try #require(holder.split(separator: "/").dropFirst().first.flatMap { Int32($0) })
            let number = try #require(here.number(of: process))
            try await here.isKilled(number)
            here.target.release()
            try await dana.sees("*Access is on*", on: card)
            #expect(Set(here.target.orders(.escalate).map(\.key)).count == 1)
            #expect(here.target.performed(.escalate).count == 1)
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1)
        }
    }

    @Test func `Killed and cut off while people click: what was acknowledged happens once`() async throws {
        var site = Site()
        site.flows = (0..<6).map { number in
            Site.access(
                Site.ask(Site.users("dana"), Site.channel(["#db-access", "#approvals", "#security"][number % 3])),
                name: "flow_\(number)"
            )
        }
        try await Replicas.run(3, site) { here in
            let dana = here.person("dana")
            var cards: [CardText] = []
            for number in 0..<12 {
                let reason = "reason \(number)."
                try await here.person("bob").asks("/sym req flow_\(number % 6) orders-db", ["Why?": .string(reason)])
                cards.append(try await dana.sees(reason, in: ["#db-access", "#approvals", "#security"][number % 3]))
            }
            let acknowledged = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
                for (number, card) in cards.enumerated() {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(Int64(number * 15)))
                        return (number, try await dana.presses(.approve, on: card)["ok"]?.flag == true)
                    }
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(40))
                    try await here.isKilled(1)
                    try here.cutConnections()
                    return (-1, true)
                }
                return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            try await here.start(1)
            for (number, card) in cards.enumerated() {
                if acknowledged[number] != true { _ = try await dana.presses(.approve, on: card) }
                try await dana.sees("*Access is on*", on: card)
            }
            #expect(here.target.performed(.escalate).count == cards.count)
            let records = try await here.audit()
            #expect(records.count { $0["kind"]?.text == "approved" } == cards.count)
            for channel in ["#db-access", "#approvals", "#security"] {
                let copies = try await here.slack.messages(in: channel).filter { $0.contains("reason ") }
                #expect(copies.count == cards.count / 3, "no card twice in \(channel)")
            }
        }
    }

    @Test func `Access ends on time when whoever switched it on is gone`() async throws {
        try await Replicas.run(2, Site(Site.access(durations: ["3s"]))) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await here.isKilled(0)
            let removals = try await here.target.waits(for: 1, .deescalate)
            let lasted = removals[0].at - here.target.orders(.escalate)[0].at
            #expect(lasted >= .seconds(3) && lasted < .seconds(30), "\(lasted)")
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.orders(.deescalate).count == 1)
        }
    }
}

@Suite struct `A database that is gone for a while` {
    @Test func `Clicks are refused with a message, the server says that it is not ready, and all goes on afterwards`()
        async throws
    {
        let cluster = try TestCluster()
        try await Replicas.run(2, Site(Site.access()), cluster: cluster) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await here.waits(for: 0, ready: true)
            try cluster.stop(.immediate)
            try await here.waits(for: 0, ready: false)
            let health = try await here.call("/healthz", at: 0)
            #expect(health.status == 200)
            let refused = try await dana.presses(.approve, on: card)
            #expect(refused["ok"]?.flag == false)
            try await dana.isTold("Your click could not be recorded", in: "#db-access")
            try cluster.start()
            for replica in 0..<2 { try await here.waits(for: replica, ready: true) }
            #expect(here.target.allOrders.isEmpty)
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.orders(.escalate).count == 1)
        }
    }

    @Test func `A standby that takes over has everything that was acknowledged`() async throws {
        let primary = try TestCluster()
        let first = try primary.makeDatabase()
        let standby = try TestCluster(standbyOf: primary)
        try primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        try primary.query("SELECT pg_reload_conf()")
        let name = first.dropFirst("postgresql:///".count).prefix { $0 != "?" }
        let url = "postgresql:///\(name)?host=\(primary.folder),\(standby.folder)&port=5432,5432&user=symflow"
        try await Replicas.run(2, Site(Site.access()), cluster: primary, database: url) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try primary.stop(.immediate)
            try standby.promote()
            try await dana.sees("*Access is on*", on: card)
            for replica in 0..<2 { try await here.waits(for: replica, ready: true) }
            #expect(here.target.performed(.escalate).count == 1)
            let bob = here.person("bob")
            try await bob.clicks(.done, on: try await bob.sees("*Access is on*", in: "@app"))
            try await dana.sees("*Access ended*", on: card)
        }
    }
}
