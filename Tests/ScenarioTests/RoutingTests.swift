import Support
import Testing

@Suite struct `Rules decide or say whom to ask` {
    private static let ruled = """
        "rules": [
          {"name": "on call", "when": {"requester": {"in_group": "S0ONCALL"}},
           "then": {"approve": {"reason": "On call, \\u003c!channel\\u003e"}}},
          {"name": "no secrets", "when": {"field": "reason", "contains": "secret"},
           "then": {"deny": {"reason": "Not with that word"}}},
          {"name": "everybody else", "then": {"ask": {"may_decide": {"users": ["dana@acme.test"]}}}}
        ],
        "notify": [{"channel": "#db-access"}]
        """

    @Test func `A user group gets access at once, with the rule's reason`() async throws {
        try await Installation.run(Site(Site.access(Self.ruled))) { here in
            let omar = here.person("omar")
            try await omar.asks()
            try await omar.seesForm("is approved", callback: nil)
            let told = try await omar.sees("*Access is on*", in: "@app")
            #expect(told.contains("*Approved* automatically, by rule *on call*"))
            #expect(told.contains("On call, &lt;!channel&gt;"))
            let card = try await here.person("dana").sees("*Access is on*", in: "#db-access")
            #expect(card.contains("*Approved* automatically, by rule *on call*"))
            #expect(card.buttons == ["Revoke"])
            #expect(here.target.performed(.escalate).first?.body["decided_by"]?[0]?["policy"]?.text == "on call")
            let story = try await here.story()
            #expect(story == ["requested", "routed", "approved", "escalation_started", "access_granted"])
            let records = try await here.audit()
            #expect(records.first { $0["kind"]?.text == "approved" }?["actor"]?.text == "policy")
        }
    }

    @Test func `A rule denies with its reason, and nothing is switched on`() async throws {
        try await Installation.run(Site(Site.access(Self.ruled))) { here in
            let bob = here.person("bob")
            try await bob.asks("/sym req prod_db", ["Why?": "a secret reason", "Target": "orders-db"])
            try await bob.seesForm("was denied. Reason: Not with that word", callback: nil)
            let told = try await bob.sees("*Denied* automatically, by rule *no secrets*", in: "@app")
            #expect(told.contains("Not with that word"))
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "denied"])
        }
    }

    @Test func `Whoever matches no automatic rule is asked about`() async throws {
        try await Installation.run(Site(Site.access(Self.ruled))) { here in
            try await here.person("bob").asks()
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            #expect(card.contains("Asked because of rule *everybody else*"))
            #expect(here.target.allOrders.isEmpty)
        }
    }

    @Test func `A request that nobody could decide is refused with the reason`() async throws {
        let flow = Site.access(Site.ask(Site.users("bob"), Site.channel("#approvals")))
        try await Installation.run(Site(flow)) { here in
            let bob = here.person("bob")
            try await bob.asks()
            let told = try await bob.sees("*Denied* because nobody could decide", in: "@app")
            #expect(told.contains("Nobody could decide on this request"))
            let messages = try await here.slack.messages(in: "#approvals")
            #expect(messages.isEmpty)
        }
    }
}

@Suite struct `Backup chains and time limits` {
    @Test func `When nobody answers, the next is asked, and at the end the request expires`() async throws {
        let flow = Site.access(
            Site.ask(
                Site.users("dana", "ada"),
                [
                    Site.channel("#db-access", forwardAfter: "2s"), Site.user("ada", forwardAfter: "2s"),
                ].joined(separator: ", ")
            )
        )
        try await Installation.run(Site(flow)) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            let ada = here.person("ada")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            let early = try await ada.messages(in: "@app")
            #expect(early.isEmpty)
            let backup = try await ada.sees("asks for", in: "@app")
            #expect(backup.buttons == ["Approve", "Deny"])
            let expired = try await dana.sees("*Expired* without an answer", on: card)
            #expect(expired.buttons.isEmpty)
            try await ada.sees("*Expired* without an answer", on: backup)
            try await bob.sees("*Expired* without an answer", in: "@app")
            try await here.receives(.click(.approve, on: card, by: "U0DANA"))
            try await dana.isTold("decided already", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "forwarded", "expired"])
        }
    }

    @Test func `Whoever was asked first can still decide after the backup was asked`() async throws {
        let flow = Site.access(
            Site.ask(
                Site.users("dana", "ada"),
                [Site.channel("#db-access", forwardAfter: "1s"), Site.user("ada")].joined(separator: ", ")
            )
        )
        try await Installation.run(Site(flow)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            let backup = try await here.person("ada").sees("asks for", in: "@app")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await here.person("ada").sees("*Approved* by <@U0DANA>", on: backup)
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test(arguments: ["archived", "never invited"])
    func `Where a channel cannot be reached, the next is asked at once`(why: String) async throws {
        let first = why == "archived" ? "#db-access" : "C0VAULT"
        let flow = Site.access(
            Site.ask(
                Site.users("dana", "ada"),
                [Site.channel(first, forwardAfter: "1h"), Site.user("dana")].joined(separator: ", ")
            )
        )
        try await Installation.run(Site(flow)) { here in
            let dana = here.person("dana")
            if why == "archived" { _ = try await here.slack.post("channel/archive", ["channel": "#db-access"]) }
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "@app")
            try await here.person("ada").sees("A card could not be delivered", in: "#sym-errors")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            let story = try await here.story()
            #expect(
                story == [
                    "requested", "routed", "undeliverable", "forwarded", "voted", "approved", "escalation_started",
                    "access_granted",
                ]
            )
            let records = try await here.audit()
            let forwarded = records.first { $0["kind"]?.text == "forwarded" }
            #expect(forwarded?["details"]?["cause"]?.text == "delivery_failure")
        }
    }

    @Test func `Where nobody at all can be reached, the request is refused with the reason`() async throws {
        let flow = Site.access(Site.ask(Site.users("dana"), Site.channel("C0VAULT")))
        try await Installation.run(Site(flow)) { here in
            let told = here.person("bob")
            try await told.asks()
            let message = try await told.sees("*Denied* because nobody could decide", in: "@app")
            #expect(message.contains("Nobody could be reached"))
            #expect(here.target.allOrders.isEmpty)
        }
    }

    @Test func `A request is void when its answer-by time is over`() async throws {
        let flow = Site.access(Site.askDatabaseTeam + #", "answer_by": "2s""#)
        try await Installation.run(Site(flow)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("Answer by", in: "#db-access")
            let expired = try await dana.sees("*Expired* without an answer", on: card)
            #expect(expired.buttons.isEmpty)
            let told = try await here.person("bob").sees("*Expired* without an answer", in: "@app")
            #expect(told.contains("You can ask again with `/sym`."))
            let story = try await here.story()
            #expect(story == ["requested", "routed", "expired"])
            #expect(here.target.allOrders.isEmpty)
        }
    }
}
