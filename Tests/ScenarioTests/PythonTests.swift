import Support
import Testing

/// Flows whose `impl.py` decides, with the SDK that comes with the program and the system's Python.
@Suite struct `Flows in Python` {
    private static let urgency = """
        , {"name": "urgency", "type": "string", "label": "Urgency", "allowed_values": ["Normal", "Emergency"],
           "default": "Normal"}
        """

    @Test func `everything is approved at once, and everybody sees why`() async throws {
        try await Installation.run(try Site.python("fast_track_all")) { here in
            try await here.person("bob").asks()
            let card = try await here.person("dana").sees("*Access is on*", in: "#db-access")
            #expect(card.contains("Everything here is fast-tracked."))
            try await here.person("bob").sees("Everything here is fast-tracked.", in: "@app")
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test func `an emergency passes at once and is announced; anything else waits for people`() async throws {
        try await Installation.run(try Site.python("fast_track_urgency", fields: Self.urgency)) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": "INC-1", "Urgency": "Emergency"])
            try await here.person("ada")
                .sees("<@U0BOB> was given access to Orders database without waiting.", in: "#sym-errors")
            try await dana.sees("*Access is on*", in: "#db-access")
            #expect(here.target.performed(.escalate).count == 1)

            try await here.person("bob").asks("/sym req prod_db billing-db", ["Why?": "INC-2", "Urgency": "Normal"])
            let card = try await dana.sees("INC-2", in: "#db-access")
            #expect(card.buttons == ["Approve", "Deny"])
            #expect(here.target.performed(.escalate).count == 1)
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).count == 2)
        }
    }

    @Test func `a hook refuses an approver who is not on its list`() async throws {
        let site = try Site.python("allow_list", more: #", "vars": {"approvers": "dana@acme.test"}"#)
        try await Installation.run(site) { here in
            try await here.person("bob").asks()
            let card = try await here.person("ada").sees("asks for", in: "#db-access")
            try await here.person("ada").clicks(.approve, on: card)
            try await here.person("ada").isTold("You are not on the list of approvers.", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("*Access is on*", on: card)
        }
    }

    @Test func `rules come first, and what they leave open goes to Python`() async throws {
        let rules = """
            , "rules": [{"name": "never billing", "when": {"target": ["billing-db"]},
              "then": {"deny": {"reason": "Not this one"}}}]
            """
        try await Installation.run(try Site.python("fast_track_all", more: rules)) { here in
            try await here.person("bob").asks("/sym req prod_db billing-db")
            try await here.person("bob").sees("Not this one", in: "@app")
            try await here.person("bob").asks()
            try await here.person("dana").sees("*Access is on*", in: "#db-access")
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test(arguments: [("while True: pass", "did not answer within"), ("import os; os._exit(3)", "exit status 3")])
    func `a handler that goes wrong is reported, and other flows go on`(line: String, said: String) async throws {
        var site = try Site.python("fast_track_all")
        site.flows.append(Site.access(name: "other_db"))
        site.settings = #"{"handlers": {"timeout": "1s"}}"#
        site.files["impl.py"] = "from sym.sdk.annotations import hook\n@hook\ndef on_request(event):\n  \(line)\n"
        try await Installation.run(site) { here in
            try await here.person("bob").asks()
            try await here.person("ada").sees("on_request", in: "#sym-errors")
            let card = try await here.person("ada").sees(said, in: "#sym-errors")
            #expect(card.contains("something went wrong"))
            try await here.person("bob").asks("/sym req other_db orders-db")
            try await here.person("dana").sees("asks for", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
        }
    }
}
