import Support
import Testing

@Suite struct `Access ends` {
    /// A request of Bob's that Dana has approved.
    private func approved(_ here: Installation) async throws -> (card: CardText, message: CardText) {
        let dana = here.person("dana")
        try await here.person("bob").asks()
        let card = try await dana.sees("asks for", in: "#db-access")
        try await dana.clicks(.approve, on: card)
        let shown = try await dana.sees("*Access is on*", on: card)
        return (shown, try await here.person("bob").sees("*Access is on*", in: "@app"))
    }

    @Test func `The requester is done early`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            let (card, message) = try await approved(here)
            #expect(message.buttons == ["I'm done"])
            try await bob.clicks(.done, on: message)
            let ended = try await bob.sees("*Access ended*", on: message)
            #expect(ended.contains("Ended early by <@U0BOB>."))
            #expect(ended.buttons.isEmpty)
            try await here.person("dana").sees("*Access ended*", on: card)
            #expect(here.target.allOrders.map(\.step) == ["escalate", "deescalate"])
            #expect(here.target.holders.isEmpty)
            let story = try await here.story()
            #expect(story.suffix(3) == ["access_granted", "removal_started", "removed"])
        }
    }

    @Test func `An approver revokes early; a bystander cannot`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            let omar = here.person("omar")
            let (card, message) = try await approved(here)
            #expect(card.buttons == ["Revoke"])
            try await omar.clicks(.revoke, on: card)
            try await omar.isTold("Only <@U0BOB>, the people who may decide", in: "#db-access")
            #expect(here.target.orders(.deescalate).isEmpty)
            let cancelled = try await dana.presses(.revoke, on: card, confirm: false)
            #expect(cancelled["error"]?.text == "not_confirmed")
            try await dana.clicks(.revoke, on: card)
            let ended = try await dana.sees("*Access ended*", on: card)
            #expect(ended.contains("Ended early by <@U0DANA>."))
            try await here.person("bob").sees("*Access ended*", on: message)
            // Again, from a window that still shows the button.
            try await here.receives(.click(.revoke, on: card, by: "U0ADA"))
            try await here.person("ada").isTold("Access has ended already", in: "#db-access")
            #expect(here.target.orders(.deescalate).count == 1)
        }
    }

    @Test func `Where revoking is not allowed, time alone ends it`() async throws {
        let site = Site(Site.access(durations: ["5s"], params: #", "allow_revoke": false"#))
        try await Installation.run(site) { here in
            let (card, message) = try await approved(here)
            #expect(card.buttons.isEmpty)
            #expect(message.buttons.isEmpty)
            #expect(!message.contains("I'm done"))
            // A forged click changes nothing.
            let forged = CardText(
                message.json.withButton("Revoke", action: "sym_revoke", value: "\(try await here.runID()):1")
            )
            try await here.receives(.click(.revoke, on: forged, by: "U0BOB"))
            try await here.person("bob").sees("does not let access be ended early", in: "@app")
            #expect(here.target.orders(.deescalate).isEmpty)
            try await here.person("bob").sees("*Access ended*", on: message)
            #expect(here.target.orders(.deescalate).count == 1)
        }
    }

    @Test func `Without a scheduled end, access is on until somebody ends it`() async throws {
        let flow = Site.access(durations: ["1s"], params: #", "schedule_deescalation": false"#)
        try await Installation.run(Site(flow)) { here in
            let (card, message) = try await approved(here)
            #expect(card.contains("*Access is on* until somebody ends it"))
            let granted = here.target.orders(.escalate)[0]
            #expect(granted.body["access_until"] == .null)
            try await here.waits(until: granted.at + .seconds(3))
            #expect(here.target.orders(.deescalate).isEmpty)
            try await here.person("bob").clicks(.done, on: message)
            try await here.person("dana").sees("*Access ended*", on: card)
            #expect(here.target.holders.isEmpty)
        }
    }

    @Test func `Removal is tried until it works, and people see that it fails`() async throws {
        try await Installation.run(Site(Site.access(durations: ["1s"]))) { here in
            here.target.answers(
                .deescalate, with: .status(500, error: "broken"), .status(403, error: "not now"),
                .status(500, error: "still broken")
            )
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access may still be on*", on: card)
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.holders.isEmpty)
            let orders = here.target.orders(.deescalate)
            #expect(orders.count == 4)
            #expect(Set(orders.map(\.key)).count == 1, "the same order each time")
            try await here.person("ada").sees("could not be taken back 3 times", in: "#sym-errors")
        }
    }

    @Test func `Overlapping access to one membership ends with the last holder`() async throws {
        var site = Site(Site.access(durations: ["1h"]))
        site.target = #""shared": true"#
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            var messages: [CardText] = []
            for reason in ["the first", "the second"] {
                try await bob.asks("/sym req prod_db orders-db", ["Why?": .string(reason)])
                try await dana.clicks(.approve, on: try await dana.sees(reason, in: "#db-access"))
                messages.append(
                    try await bob.sees("*Access is on*", in: "@app", lacks: messages.isEmpty ? nil : "the first"))
            }
            #expect(here.target.orders(.escalate).count == 1)
            try await bob.clicks(.done, on: messages[0])
            try await bob.sees("*Access ended*", on: messages[0])
            #expect(here.target.orders(.deescalate).isEmpty)
            try await bob.clicks(.done, on: messages[1])
            try await bob.sees("*Access ended*", on: messages[1])
            let orders = here.target.orders(.deescalate)
            #expect(orders.count == 1)
            #expect(orders.first?.body["output"]?["grant"]?.text?.hasPrefix("grant of ") == true)
        }
    }
}
