import HTTPModel
import Support
import Testing

@Suite struct `Switching access on fails` {
    private func approve(_ here: Installation) async throws -> CardText {
        let dana = here.person("dana")
        try await here.person("bob").asks()
        let card = try await dana.sees("asks for", in: "#db-access")
        try await dana.clicks(.approve, on: card)
        return card
    }

    @Test func `The target refuses; a retry is a new order, and needs no new approval`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(.escalate, with: .status(422, error: "no seats left"))
            let dana = here.person("dana")
            let card = try await approve(here)
            let failed = try await dana.sees("*Access could not be switched on*: the target refused.", on: card)
            #expect(failed.contains("no seats left"))
            #expect(failed.buttons == ["Retry"])
            let told = try await here.person("bob").sees("could not be switched on", in: "@app")
            #expect(told.contains("nobody has to approve it again"))
            #expect(told.buttons == ["Retry"])
            try await here.person("ada").sees("no seats left", in: "#sym-errors")
            #expect(here.target.holders.isEmpty)

            try await here.person("omar").clicks(.retry, on: failed)
            try await here.person("omar").isTold("Only <@U0BOB>", in: "#db-access")
            try await dana.clicks(.retry, on: failed)
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.orders(.escalate).map(\.epoch) == [1, 2])
            let story = try await here.story()
            #expect(
                story.filter { $0 != "receipt_refused" } == [
                    "requested", "routed", "voted", "approved", "escalation_started", "execution_failed",
                    "retry_requested", "escalation_started", "access_granted",
                ]
            )
        }
    }

    @Test func `A target that is not ready is asked again under the same key`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(
                .escalate, with: .status(503, error: "starting", headers: ["Retry-After": "1"]),
                .status(429, error: "busy")
            )
            let card = try await approve(here)
            try await here.person("dana").sees("*Access is on*", on: card)
            let orders = here.target.orders(.escalate)
            #expect(orders.count == 3)
            #expect(Set(orders.map(\.key)).count == 1)
            #expect(Set(orders.map { $0.body.without("access_until") }).count == 1)
            let story = try await here.story()
            #expect(!story.contains("execution_failed"))
        }
    }

    @Test func `A target that cannot be reached leaves a request that can be retried`() async throws {
        var site = Site(Site.access())
        site.settings = #"{"http": {"attempts": 2}}"#
        // Nothing listens there.
        site.targetURL = "http://127.0.0.1:1"
        try await Installation.run(site) { here in
            let dana = here.person("dana")
            let card = try await approve(here)
            let failed = try await dana.sees("the target was not reached", on: card)
            #expect(failed.buttons == ["Retry"])
            #expect(!failed.contains("may be on"))
            try await here.person("bob").clicks(
                .retry, on: try await here.person("bob").sees("was not reached", in: "@app")
            )
            _ = try await here.slack.wait([
                "message": ["user": "dana", "channel": "#db-access", "contains": "Switching access on"]
            ])
            try await dana.sees("the target was not reached", on: card)
            let records = try await here.audit()
            let started = records.filter { $0["kind"]?.text == "escalation_started" }
            #expect(started.map { $0["details"]?["epoch"]?.integer } == [1, 1])
        }
    }

    @Test func `An answer that does not come leaves the removal in place, and the same key finds the access`()
        async throws
    {
        var site = Site(Site.access())
        site.settings = #"{"http": {"attempts": 1}}"#
        site.strategy = #""timeout": "1s""#
        try await Installation.run(site) { here in
            here.target.answers(.escalate, with: .performedButSilent)
            let dana = here.person("dana")
            let card = try await approve(here)
            let failed = try await dana.sees("*Nobody knows whether access is on*", on: card)
            #expect(failed.contains("Whatever may be on is taken back <!date^"))
            #expect(failed.buttons == ["Retry", "Revoke"])
            try await dana.clicks(.retry, on: failed)
            try await dana.sees("*Access is on*", on: card)
            let orders = here.target.orders(.escalate)
            #expect(orders.count == 2)
            #expect(Set(orders.map(\.key)).count == 1)
            #expect(here.target.performed(.escalate).count == 1)
            try await here.person("bob").clicks(.done, on: try await here.person("bob").sees("is on", in: "@app"))
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.holders.isEmpty)
        }
    }

    @Test func `What may be on after an attempt without an answer can be taken back`() async throws {
        var site = Site(Site.access())
        site.settings = #"{"http": {"attempts": 1}}"#
        site.strategy = #""timeout": "1s""#
        try await Installation.run(site) { here in
            here.target.answers(.escalate, with: .performedButSilent)
            let dana = here.person("dana")
            let card = try await approve(here)
            let failed = try await dana.sees("*Nobody knows whether access is on*", on: card)
            try await dana.clicks(.revoke, on: failed)
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.orders(.deescalate).count == 1)
            #expect(here.target.holders.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `A target that must not be asked twice waits for an admin's word`(isOn: Bool) async throws {
        var site = Site(Site.access())
        site.target = #""retry_ambiguous": false"#
        site.strategy = #""timeout": "1s""#
        try await Installation.run(site) { here in
            here.target.answers(.escalate, with: isOn ? .performedButSilent : .status(500, error: "crashed"))
            let dana = here.person("dana")
            let ada = here.person("ada")
            let card = try await approve(here)
            let failed = try await dana.sees("An admin must look at the target", on: card)
            #expect(failed.buttons == ["Access is on", "Access is not on", "Revoke"])
            #expect(here.target.orders(.escalate).count == 1, "not asked twice")
            try await dana.clicks(isOn ? .accessIsOn : .accessIsNotOn, on: failed)
            try await dana.isTold("Only admins can say what happened at the target.", in: "#db-access")
            if isOn {
                try await ada.clicks(.accessIsOn, on: failed)
                try await dana.sees("*Access is on*", on: card)
                #expect(here.target.orders(.escalate).count == 1)
            } else {
                try await ada.clicks(.accessIsNotOn, on: failed)
                let retryable = try await dana.sees("*Access could not be switched on*", on: card)
                #expect(retryable.buttons == ["Retry"])
                try await dana.clicks(.retry, on: retryable)
                try await dana.sees("*Access is on*", on: card)
                #expect(here.target.orders(.escalate).map(\.epoch) == [1, 2])
            }
            let story = try await here.story()
            #expect(story.contains("outcome_confirmed"))
        }
    }
}

extension JSONValue {
    /// An object without one member.
    fileprivate func without(_ name: String) -> JSONValue {
        guard let object else { return self }
        return .object(JSONObject(object.filter { $0.name != name }.map { ($0.name, $0.value) }))
    }
}
