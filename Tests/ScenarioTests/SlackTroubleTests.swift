import Support
import Testing

@Suite struct `Slack is in trouble` {
    @Test func `Access ends on time while Slack is down, and the cards follow with the newest truth only`() async throws
    {
        try await Installation.run(Site(Site.access(durations: ["3s"]))) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            let message = try await bob.sees("Waiting for", in: "@app")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await bob.sees("*Access is on*", on: message)
            try await here.slack.goesWrong(["method": "*", "kind": "outage"])
            let removals = try await here.target.waits(for: 1, .deescalate)
            let lasted = removals[0].at - here.target.orders(.escalate)[0].at
            #expect(lasted >= .seconds(3) && lasted < .seconds(30), "\(lasted)")
            _ = try await here.slack.wait(["call": ["method": "chat.update", "ok": false, "count": 2]])
            let stale = try await dana.messages(in: "#db-access")
            #expect(stale[0].contains("*Access is on*"))
            let before = try await here.slack.calls("chat.update", ok: true).count
            try await here.slack.works()
            try await dana.sees("*Access ended*", on: card)
            try await bob.sees("*Access ended*", on: message)
            // A message is changed a moment before the call that did it is on the list.
            _ = try await here.slack.wait([
                "call": ["method": "chat.update", "ok": true, "count": .int(Int64(before + 2))]
            ])
            let after = try await here.slack.calls("chat.update", ok: true)
            #expect(after.count == before + 2, "one edit for each card, not one for each thing that happened")
        }
    }

    @Test func `A decision while Slack is down takes effect, and is shown later`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            // Known for a minute from here on.
            try await dana.types("/sym whoami", in: "#db-access")
            try await dana.isTold("*Role*", in: "#db-access")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await here.slack.goesWrong(["method": "*", "kind": "outage"])
            try await dana.clicks(.approve, on: card)
            let orders = try await here.target.waits(for: 1, .escalate)
            #expect(orders[0].identity == "bob@acme.test")
            try await here.slack.works()
            try await dana.sees("*Access is on*", on: card)
        }
    }

    @Test func `Somebody whom Slack does not describe just now has not decided`() async throws {
        try await Installation.run(Site(Site.access(Site.ask(Site.users("omar"), Site.channel("#db-access"))))) {
            here in
            let omar = here.person("omar")
            try await here.person("bob").asks()
            let card = try await omar.sees("asks for", in: "#db-access")
            try await here.slack.goesWrong(["method": "users.info", "kind": "error", "error": "user_not_found"])
            try await omar.clicks(.approve, on: card)
            try await omar.isTold("We could not find out who you are", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            try await here.slack.works()
            let open = try await omar.sees("asks for", on: card, lacks: "Checking")
            #expect(open.buttons == ["Approve", "Deny"])
            try await omar.clicks(.approve, on: card)
            try await omar.sees("*Access is on*", on: card)
        }
    }

    private func moment(of call: JSONValue) -> Timestamp? {
        guard let text = call["at"]?.text else { return nil }
        return Timestamp(iso8601: text)
    }

    @Test func `After 429 nothing is posted before Retry-After is over`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            try await here.slack.goesWrong(
                ["method": "chat.postMessage", "kind": "429", "retry_after": 3, "times": 1]
            )
            try await here.person("bob").asks()
            try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("bob").sees("Waiting for", in: "@app")
            // A message is there a moment before the call that made it is on the list.
            _ = try await here.slack.wait(["call": ["method": "chat.postMessage", "ok": true, "count": 2]])
            let calls = try await here.slack.calls("chat.postMessage")
            let posts = calls.map {
                (ok: $0["ok"]?.flag == true, channel: $0["request"]?["channel"]?.text, at: moment(of: $0))
            }
            guard let first = posts.firstIndex(where: { !$0.ok }) else { throw HarnessError("Slack refused nothing") }
            let later = posts.filter { $0.ok && $0.channel == posts[first].channel }
            #expect(later.count == 1, "\(posts)")
            guard let time = posts[first].at, let again = later.first?.at else { throw HarnessError("no times") }
            #expect(again - time >= .seconds(3), "\(again - time)")
            #expect(again - time < .seconds(40), "\(again - time)")
        }
    }

    @Test(arguments: ["500", "truncated", "never"])
    func `A post whose answer was lost is not made twice`(answer: String) async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await here.slack.goesWrong(
                ["method": "chat.postMessage", "kind": "lost_answer", "answer": .string(answer), "times": 2]
            )
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            // Known to the program from its own look at the history.
            _ = try await here.slack.wait(["call": ["method": "chat.update", "ok": true, "count": 2]])
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await bob.sees("*Access is on*", in: "@app")
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1)
            let messages = try await bob.messages(in: "@app")
            #expect(messages.count == 1)
        }
    }

    @Test func `A card that is pressed before we know that it was posted stays one card`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.slack.goesWrong([
                "method": "chat.postMessage", "channel": "#db-access", "kind": "lost_answer", "answer": "never",
                "ms": 3000, "times": 1,
            ])
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            // The program finds out what became of its post, and goes on with the same message.
            _ = try await here.slack.wait(["call": ["method": "conversations.history", "ok": true]])
            try await here.person("bob").clicks(.done, on: try await here.person("bob").sees("is on", in: "@app"))
            try await dana.sees("*Access ended*", on: card)
            try await here.stop()
            let copies = try await here.slack.messages(in: "#db-access")
            #expect(copies.count == 1)
            let edits = try await here.slack.calls("chat.update", channel: "C0DB", ok: true)
            #expect(edits.count { $0.compact.contains("*Access ended*") } == 1, "one edit, not one for each slot")
            let records = try await here.audit()
            #expect(records.contains { $0["kind"]?.text == "adopted" })
        }
    }

    @Test func `A card that somebody deleted is posted anew`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await here.slack.goesWrong(
                ["method": "chat.update", "kind": "error", "error": "message_not_found", "times": 1, "channel": "C0DB"]
            )
            try await dana.clicks(.approve, on: card)
            _ = try await here.slack.wait([
                "message": [
                    "user": "dana", "channel": "#db-access", "contains": "*Access is on*", "after": .string(card.ts),
                ]
            ])
            #expect(here.target.performed(.escalate).count == 1)
        }
    }
}
