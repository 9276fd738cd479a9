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
            #expect(card.contains("Asked because of rule *ask the database team*"))
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
            #expect(lasted >= .seconds(3) && lasted < .seconds(30), "\(lasted)")
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

    @Test func `An approver with one click lets somebody in, and sees what became of it`() async throws {
        let flow = Site.access(
            Site.ask(Site.users("dana"), Site.user("dana"))
                + #", "risk_tags": ["prod", "write"], "constraints": {"max_runtime_sec": 900}, "answer_by": "24h""#
        )
        try await Installation.run(Site(flow)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "@app")
            #expect(card.notification == "bob asks for Production database (Orders database) for 1 hour")
            #expect(card.contains("Scope: Main `prod` `write`"))
            #expect(card.contains("If approved: runs at most 15 minutes"))
            #expect(card.contains("Answer by <!date^"))
            let pressed = try await dana.clicks(.approve, on: card)
            #expect(pressed["deliveries"]?[0]?["status"]?.integer == 200)
            let active = try await dana.sees("*Access is on*", on: card)
            #expect(active.buttons == ["Revoke"])
            #expect(!active.contains("Answer by"))
            let order = try #require(here.target.performed(.escalate).first)
            #expect(order.body["constraints"]?["max_runtime_sec"]?.integer == 900)
            #expect(order.body["duration_seconds"]?.integer == 3600)
            let run = try await here.runID()
            #expect(order.run == run)
            // The hashes on the card are those of the audit trail.
            let approved = try #require(try await here.audit().first { $0["kind"]?.text == "approved" })
            let hash = try #require(approved["details"]?["job_hash"]?.text)
            #expect(active.contains("job `\(hash.prefix(12))`"))
        }
    }

    @Test(arguments: [true, false])
    func `A customer's guest consents in the shared channel, and no admin of ours can`(
        payloadNamesTheirTeam: Bool
    ) async throws {
        let flow = Site.access(
            Site.ask(
                #""level": "guest", "workspace": "T0CUST", "channel_members": "C0SHARED""#, Site.channel("C0SHARED")
            ) + #", "admin_override": false, "risk_tags": ["customer-data"]"#,
            name: "customer_data", params: #", "allow_guest_interaction": true"#
        )
        try await Installation.run(Site(flow)) { here in
            let gwen = here.person("gwen")
            let ada = here.person("ada")
            if !payloadNamesTheirTeam {
                try await here.slack.goesWrong(["delivery": "block_actions", "kind": "omit_user_team"])
            }
            try await here.person("bob").asks("/sym req customer_data orders-db", ["Why?": "Ticket 9"])
            let card = try await gwen.sees("Ticket 9", in: "C0SHARED")
            #expect(card.buttons == ["Approve", "Deny"])
            // Less for a guest than for a member.
            for inner in ["Asked because", "Scope", "customer-data", "policy `", "@acme.test"] {
                #expect(!card.contains(inner), "\(inner)")
            }
            try await ada.clicks(.approve, on: card)
            let refused = try await ada.isTold("You cannot decide on this request.", in: "C0SHARED")
            #expect(!refused.contains("so can admins"))
            #expect(here.target.allOrders.isEmpty)
            try await here.person("dana").clicks(.deny, on: card)
            try await here.person("dana").isTold("You cannot decide on this request.", in: "C0SHARED")

            try await gwen.clicks(.approve, on: card)
            let decided = try await gwen.sees("*Access is on*", on: card)
            #expect(decided.contains("*Approved* by gwen"))
            #expect(!decided.contains("gwen@globex.test"))
            try await here.person("bob").sees("*Approved* by gwen", in: "@app")
            let order = try #require(here.target.performed(.escalate).first)
            #expect(order.body["decided_by"]?[0]?["slack"]?["workspace"]?.text == "T0CUST")
            let records = try await here.audit()
            let approved = try #require(records.first { $0["kind"]?.text == "approved" })
            #expect(approved.compact.contains("T0CUST"))
            let story = try await here.story()
            #expect(
                story.filter { $0 != "receipt_refused" } == [
                    "requested", "routed", "voted", "approved", "escalation_started", "access_granted",
                ]
            )
        }
    }
}
