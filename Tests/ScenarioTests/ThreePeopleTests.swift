import Support
import Testing

/// The three people of this product, each from beginning to end.
@Suite struct `The three people of the product` {
    @Test func `A requester in chat gets access for a time, and it ends by itself`() async throws {
        let site = Site(Site.access(durations: ["3s", "1h"]))
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.types("/sym req prod_db orders-db")
            let form = try await bob.seesForm()
            #expect(form["title"]?["text"]?.text == "Production database")
            try await bob.submits(["Why?": "INC-7 <!channel>", "How long?": "3 seconds"])
            try await bob.seesForm("was sent to the people who can approve it", callback: nil)

            let card = try await dana.sees("asks for *Production database*", in: "#db-access")
            #expect(card.contains("<@U0BOB> asks for *Production database* (Orders database) for 3 seconds"))
            #expect(card.contains("*Why?*\nINC-7 &lt;!channel&gt;"))
            #expect(card.contains("Why you: rule *ask the database team*"))
            #expect(card.buttons == ["Approve", "Deny"])
            let message = try await bob.sees("Waiting for #db-access", in: "@app")
            #expect(message.contains("Your request for *Production database* (Orders database) for 3 seconds"))
            #expect(message.buttons.isEmpty)
            #expect(here.target.allOrders.isEmpty)

            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on* until", on: card)
            let told = try await bob.sees("*Access is on* until", on: message)
            #expect(told.contains(":white_check_mark: *Approved* by <@U0DANA>"))
            #expect(told.buttons == ["I'm done"])

            let ended = try await dana.sees("*Access ended*", on: card)
            #expect(ended.contains("Its time is over."))
            #expect(ended.buttons.isEmpty)
            try await bob.sees("Ask again with `/sym`", on: message)
            let orders = here.target.allOrders
            #expect(orders.map(\.step) == ["escalate", "deescalate"])
            #expect(orders.map(\.isSigned) == [true, true])
            #expect(orders[0].identity == "bob@acme.test")
            #expect(orders[0].target == "orders-db")
            #expect(orders[0].body["decided_by"]?[0]?["email"]?.text == "dana@acme.test")
            #expect(orders[1].body["output"]?["grant"]?.text == "grant of " + orders[0].run)
            let lasted = orders[1].at - orders[0].at
            #expect(lasted >= .seconds(3) && lasted < .seconds(10), "\(lasted)")
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1)
            let story = try await here.story()
            #expect(
                story == [
                    "requested", "routed", "voted", "approved", "escalation_started", "access_granted",
                    "removal_started", "removed",
                ]
            )
        }
    }
}
