import Support
import Testing

@Suite struct `An approval is bound to what was approved` {
    @Test func `Another target setting voids the votes and asks anew`() async throws {
        let site = Site(Site.access())
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let old = try await dana.sees("asks for", in: "#db-access")
            var changed = site
            changed.target = #""tier": "platinum""#
            try await here.rereads(changed)
            try await dana.clicks(.approve, on: old)
            let replaced = try await dana.sees("*Replaced.*", on: old)
            #expect(replaced.buttons.isEmpty)
            let new = try await dana.sees("Asked anew", in: "#db-access")
            #expect(new.ts != old.ts)
            #expect(new.contains("Changed: `"))
            #expect(new.buttons == ["Approve", "Deny"])
            #expect(here.target.allOrders.isEmpty)
            try await bob.sees("Asked anew", in: "@app")

            try await here.receives(.click(.approve, on: old, by: "U0DANA"))
            try await dana.isTold("This card was replaced", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)

            try await dana.clicks(.approve, on: new)
            try await dana.sees("*Access is on*", on: new)
            let order = try #require(here.target.performed(.escalate).first)
            #expect(order.body["target"]?["settings"]?["tier"]?.text == "platinum")
            let story = try await here.story()
            #expect(
                story.filter { $0 != "receipt_refused" } == [
                    "requested", "routed", "voted", "approved", "escalation_started", "binding_broken", "routed",
                    "voted", "approved", "escalation_started", "access_granted",
                ]
            )
        }
    }

    @Test func `Another label or text leaves the approval as it is`() async throws {
        let site = Site(Site.access())
        try await Installation.run(site) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await here.rereads(
                Site(Site.access(params: #", "additional_header_text": "Read the runbook first.""#))
            )
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test func `A configuration with problems changes nothing`() async throws {
        let site = Site(Site.access())
        try await Installation.run(site) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            var broken = site
            broken.target = #""tier": 1, "url": "ftp://nowhere""#
            try await here.rereads(broken)
            #expect(here.log.contains { $0.contains("the configuration was not changed") })
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
        }
    }
}
