import Support
import Testing

@Suite struct `The process is killed` {
    @Test func `Between request and approval: buttons work after the restart`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await bob.sees("Waiting for", in: "@app")
            try await here.isKilled()
            let dead = try await dana.presses(.approve, on: card)
            #expect(dead["ok"]?.flag == false, "Slack shows that it did not work")
            try await here.start()
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await bob.sees("*Access is on*", in: "@app")
            #expect(here.target.orders(.escalate).count == 1)
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1, "no second card")
            let story = try await here.story()
            #expect(story == ["requested", "routed", "voted", "approved", "escalation_started", "access_granted"])
        }
    }

    @Test func `While access is being switched on: it is on once, and the card says so`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(.escalate, with: .performedLate)
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            _ = try await here.target.waits(for: 1, .escalate)
            try await here.isKilled()
            here.target.release()
            try await here.start()
            try await dana.sees("*Access is on*", on: card)
            try await here.person("bob").sees("*Access is on*", in: "@app")
            let orders = here.target.orders(.escalate)
            #expect(orders.count == 2)
            #expect(Set(orders.map(\.key)).count == 1)
            #expect(here.target.performed(.escalate).count == 1)
            // Again, from a window that still shows the buttons of before.
            try await here.receives(.click(.approve, on: card, by: "U0ADA"))
            try await here.person("ada").isTold("*Approved* by <@U0DANA>", in: "#db-access")
            #expect(here.target.orders(.escalate).count == 2)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "voted", "approved", "escalation_started", "access_granted"])
        }
    }

    @Test func `While access is on: it ends on time`() async throws {
        try await Installation.run(Site(Site.access(durations: ["6s"]))) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await here.isKilled()
            try await here.start()
            let removals = try await here.target.waits(for: 1, .deescalate)
            let lasted = removals[0].at - here.target.orders(.escalate)[0].at
            #expect(lasted >= .seconds(6) && lasted < .seconds(36), "\(lasted)")
            try await dana.sees("*Access ended*", on: card)
            try await here.person("bob").sees("*Access ended*", in: "@app")
            #expect(here.target.orders(.deescalate).count == 1)
        }
    }

    @Test func `While access should have ended: it ends at the start`() async throws {
        try await Installation.run(Site(Site.access(durations: ["2s"]))) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await here.isKilled()
            try await here.waits(until: here.target.orders(.escalate)[0].at + .seconds(3))
            #expect(here.target.holders.count == 1)
            let started = WallClock.system.now()
            try await here.start()
            let removals = try await here.target.waits(for: 1, .deescalate)
            #expect(removals[0].at - started < .seconds(30))
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.orders(.deescalate).count == 1)
        }
    }

    @Test func `While access is being taken back: it is taken back at the start`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(.deescalate, with: .performedLate)
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await bob.clicks(.done, on: try await bob.sees("*Access is on*", in: "@app"))
            _ = try await here.target.waits(for: 1, .deescalate)
            try await here.isKilled()
            here.target.release()
            try await here.start()
            try await dana.sees("*Access ended*", on: card)
            #expect(Set(here.target.orders(.deescalate).map(\.key)).count == 1)
            #expect(here.target.holders.isEmpty)
            let story = try await here.story()
            #expect(story.suffix(2) == ["removal_started", "removed"])
        }
    }

    @Test func `Before the card was posted: it is posted once`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            try await here.slack.goesWrong(["method": "chat.postMessage", "kind": "outage"])
            try await bob.asks()
            _ = try await here.slack.wait(["call": ["method": "chat.postMessage", "ok": false]])
            try await here.isKilled()
            try await here.slack.works()
            try await here.start()
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.deny, on: card)
            try await bob.sees("*Denied*", in: "@app")
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1)
        }
    }
}
