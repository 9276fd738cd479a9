import HTTPModel
import Support
import Testing

@Suite struct `Who decides, and how often` {
    @Test func `An approval-only flow ends with the decision and what was said with it`() async throws {
        let flow = Site.question(
            Site.ask(Site.users("dana"), Site.channel("#approvals")),
            params: #", "include_decision_message": true"#
        )
        try await Installation.run(Site(flow)) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            // The only flow there is: its form at once.
            try await bob.asks("/sym", ["What do you want to do?": "Release 7"])
            let card = try await dana.sees("Release 7", in: "#approvals")
            #expect(card.contains("<@U0BOB> asks for *Ask for a go-ahead*"))
            try await dana.writes("Not before noon <!here>", on: card)
            try await dana.clicks(.approve, on: card)
            let decided = try await dana.sees("*Approved* by <@U0DANA>", on: card)
            #expect(decided.contains("Not before noon &lt;!here&gt;"))
            #expect(decided.buttons.isEmpty)
            let told = try await bob.sees("*Approved* by <@U0DANA>", in: "@app")
            #expect(told.contains("Not before noon &lt;!here&gt;"))
            #expect(told.buttons.isEmpty)
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "voted", "approved"])
        }
    }

    @Test func `A denial ends the request, and nothing is switched on`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.deny, on: card)
            let decided = try await dana.sees(":no_entry: *Denied* by <@U0DANA>", on: card)
            #expect(decided.buttons.isEmpty)
            try await bob.sees("You can ask again with `/sym`.", in: "@app")
            // A click from a window that still shows the buttons.
            try await here.receives(.click(.approve, on: card, by: "U0ADA"))
            try await here.person("ada").isTold("this was decided already", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "denied"])
        }
    }

    @Test func `Requesters do not decide on their own requests, not even admins`() async throws {
        let flow = Site.access(Site.ask(Site.users("bob", "ada", "dana"), Site.channel("#approvals")))
        try await Installation.run(Site(flow)) { here in
            for name in ["bob", "ada"] {
                let requester = here.person(name)
                try await requester.asks("/sym req prod_db orders-db", ["Why?": .string("Because of \(name)")])
                let card = try await requester.sees("Because of \(name)", in: "#approvals")
                try await requester.clicks(.approve, on: card)
                let told = try await requester.isTold("You cannot decide on your own request", in: "#approvals")
                #expect(told.contains("can, and so can admins: ask one of them."))
                let unchanged = try await requester.sees("Because of \(name)", on: card)
                #expect(unchanged.buttons == ["Approve", "Deny"])
            }
            let others = try await here.person("dana").messages(in: "#approvals")
            #expect(!others.contains { $0.isEphemeral })
            #expect(here.target.allOrders.isEmpty)
        }
    }

    @Test func `Where the flow says so, requesters may approve their own`() async throws {
        let flow = Site.access(
            Site.ask(Site.users("bob", "dana"), Site.channel("#approvals"), more: #", "self_approval": true"#)
        )
        try await Installation.run(Site(flow)) { here in
            let bob = here.person("bob")
            try await bob.asks()
            try await bob.clicks(.approve, on: try await bob.sees("INC-7", in: "#approvals"))
            try await bob.sees("*Access is on*", in: "@app")
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test func `Whoever is not named cannot decide, and hears who can`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let omar = here.person("omar")
            try await here.person("bob").asks()
            let card = try await omar.sees("asks for", in: "#db-access")
            for button in [Person.Button.approve, .deny] {
                try await omar.clicks(button, on: card)
                let told = try await omar.isTold("You cannot decide on this request.", in: "#db-access")
                #expect(told.contains("dana@acme.test"))
                #expect(told.contains("and so can admins"))
            }
            let seen = try await here.person("dana").messages(in: "#db-access")
            #expect(seen.count == 1)
            #expect(seen[0].buttons == ["Approve", "Deny"])
            // An admin may always, unless the flow says otherwise.
            try await here.person("ada").clicks(.approve, on: card)
            try await omar.sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test func `A guest's click counts only where the flow lets guests act`() async throws {
        let flow = Site.access(Site.ask(#""level": "member""#, Site.channel("#general")))
        try await Installation.run(Site(flow)) { here in
            let eve = here.person("eve")
            try await here.person("bob").asks()
            let card = try await eve.sees("INC-7", in: "#general")
            try await eve.clicks(.approve, on: card)
            let told = try await eve.isTold(
                "This flow takes no decisions from people outside the team.", in: "#general")
            #expect(!told.contains("@acme.test"))
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(!story.contains("voted"))
        }
    }

    @Test func `A deactivated person's click has no effect`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            let answer = try await here.slack.post("user/deactivate", ["user": "dana"])
            #expect(answer["ok"]?.flag == true)
            // Slack lets nobody click after that; a click that was under way arrives all the same.
            let response = try await here.receives(.click(.approve, on: card, by: "U0DANA"))
            #expect(response.status == 200)
            try await here.person("ada").clicks(.deny, on: card)
            try await here.person("ada").sees("*Denied* by <@U0ADA>", on: card)
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(!story.contains("voted"))
            #expect(here.log.contains { $0.contains("inactive") })
        }
    }

    @Test(arguments: [true, false])
    func `Of two approvers at once one decides, and the other hears who did`(areKnown: Bool) async throws {
        let flow = Site.access(Site.ask(Site.users("dana", "omar"), Site.channel("#db-access")))
        try await Installation.run(Site(flow)) { here in
            let dana = here.person("dana")
            let omar = here.person("omar")
            if areKnown {
                for person in [dana, omar] {
                    try await person.types("/sym whoami", in: "#db-access")
                    try await person.isTold("*Role*", in: "#db-access")
                }
            }
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            async let first = dana.presses(.approve, on: card)
            // What is still being looked into decides nothing: there a denial could come first after all.
            async let second = omar.presses(areKnown ? .deny : .approve, on: card)
            let answers = try await [first, second]
            #expect(answers.map { $0["ok"]?.flag } == [true, true])
            let decided = try await dana.sees("by <@U0", on: card)
            let winner = decided.contains("by <@U0DANA>") ? dana : omar
            let loser = winner.name == "dana" ? omar : dana
            let told = try await loser.isTold("decided already", in: "#db-access")
            let isApproved = decided.contains("*Approved*")
            #expect(told.contains(isApproved ? "*Approved* by <@U0" : "*Denied* by <@U0OMAR>"))
            #expect(!told.contains("<@U0\(loser.name.uppercased())>"))
            if isApproved {
                try await dana.sees("*Access is on*", on: card)
                #expect(here.target.performed(.escalate).count == 1)
            } else {
                #expect(here.target.allOrders.isEmpty)
            }
            let messages = try await winner.messages(in: "#db-access")
            #expect(!messages.contains { $0.contains("decided already") })
        }
    }

    @Test func `Pressing twice is pressing once`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            async let first = here.receives(.click(.approve, on: card, by: "U0DANA"))
            async let second = here.receives(.click(.approve, on: card, by: "U0DANA"))
            async let third = dana.presses(.approve, on: card)
            #expect(try await [first.status, second.status] == [200, 200])
            _ = try await third
            try await dana.sees("*Access is on*", on: card)
            try await here.receives(.click(.approve, on: card, by: "U0DANA"))
            #expect(here.target.orders(.escalate).count == 1)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "voted", "approved", "escalation_started", "access_granted"])
            let messages = try await dana.messages(in: "#db-access")
            #expect(messages.count == 1, "a second click by the same person needs no answer")
        }
    }
}

@Suite struct `More than one approval` {
    private static let flow = Site.access(
        Site.ask(Site.users("ada", "dana", "omar"), Site.channel("#approvals"), more: #", "quorum": 2"#)
    )

    @Test func `Two people approve; the same one twice is one`() async throws {
        try await Installation.run(Site(Self.flow)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#approvals")
            #expect(card.contains("0 of 2 approvals"))
            try await dana.clicks(.approve, on: card)
            let half = try await dana.sees("1 of 2 approvals: <@U0DANA>", on: card)
            #expect(half.buttons == ["Approve", "Deny"])
            try await dana.clicks(.approve, on: card)
            #expect(here.target.allOrders.isEmpty)
            try await here.person("omar").clicks(.approve, on: card)
            try await dana.sees("*Approved* by <@U0DANA> and <@U0OMAR>", on: card)
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).count == 1)
            let story = try await here.story()
            #expect(
                story == [
                    "requested", "routed", "voted", "voted", "approved", "escalation_started", "access_granted",
                ]
            )
        }
    }

    @Test func `One denial beats an approval`() async throws {
        try await Installation.run(Site(Self.flow)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#approvals")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("1 of 2 approvals", on: card)
            try await here.person("omar").clicks(.deny, on: card)
            try await dana.sees("*Denied* by <@U0OMAR>", on: card)
            try await here.receives(.click(.approve, on: card, by: "U0ADA"))
            try await here.person("ada").isTold("decided already", in: "#approvals")
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "voted", "denied"])
        }
    }
}
