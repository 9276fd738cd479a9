import HTTPModel
import Support
import Testing

@Suite struct `The server starts and stops` {
    @Test func `A configuration with problems: all of them are said, and it does not start`() async throws {
        let folder = try TestFolder()
        try folder.write(
            """
            {
              "organization": {"slug": "acme", "colour": "red"},
              "environments": [{"name": "main", "integrations": {"slack": "nobody"}}],
              "flows": [
                {"name": "a", "label": "A", "environment": "main", "params": {"strategy": "nothing"}, "answer_by": "soon",
                 "notify": [{"channel": "general"}]}
              ]
            }
            """, to: "site/a.json"
        )
        let environment = Installation.environment(slack: "http://127.0.0.1:1", folder: folder)
        for command in [["serve"], ["check", folder.file("site")]] {
            let finished = try await Installation.symflow(command, environment: environment, folder: folder)
            #expect(finished.code == 1)
            for part in ["colour", "nobody", "nothing", "soon", "general"] {
                #expect(finished.text.contains(part), "\(command[0]) does not complain about \(part)")
            }
            #expect(finished.text.contains("a.json"))
            #expect(!finished.text.contains("listening on"))
        }
    }

    @Test func `A missing environment: every variable is named, and it does not start`() async throws {
        let folder = try TestFolder()
        let finished = try await Installation.symflow(
            ["serve", "--config", folder.path], environment: ["PATH": "/usr/bin", "SYM_LOG": "loud"], folder: folder
        )
        #expect(finished.code == 1)
        for name in ["SYM_SECRET_KEY", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "SLACK_APP_ID", "SYM_LOG"] {
            #expect(finished.text.contains(name), "\(name)")
        }
    }

    @Test func `Secrets come from files, too`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            try await here.stop()
            try here.folder.write(EmulatedSlack.botToken + "\n", to: "token")
            var environment = here.environment
            environment["SLACK_BOT_TOKEN"] = nil
            environment["SLACK_BOT_TOKEN_FILE"] = here.folder.file("token")
            try await here.start(with: environment)
            try await here.person("bob").asks()
            try await here.person("dana").sees("asks for", in: "#db-access")
        }
    }

    @Test func `Health, readiness and metrics are told`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let health = try await here.call("/healthz")
            let ready = try await here.call("/readyz")
            let metrics = try await here.call("/metrics")
            let nothing = try await here.call("/nothing")
            #expect([health.status, ready.status, metrics.status, nothing.status] == [200, 200, 200, 404])
            #expect(
                String(decoding: metrics.bytes, as: UTF8.self).contains("symflow_outbox_entries{lane=\"removals\"}"))
            #expect(health.headers["X-Request-Id"]?.isEmpty == false)
        }
    }

    @Test func `SIGTERM: what was begun is finished, and the exit code is 0`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(.escalate, with: .performedLate)
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            _ = try await here.target.waits(for: 1, .escalate)
            let slow = try SlowRequest(to: here.url)
            try slow.sendHalf()
            here.send(signal: 15)
            let isDraining = await here.waits(forLog: "stopping")
            #expect(isDraining)
            here.target.release()
            let answer = try slow.sendRest()
            #expect(answer.hasPrefix("HTTP/1.1 401"), "\(answer)")
            let ended = try await here.hasEnded()
            #expect(ended == Child.Ended(code: 0, signal: 0))
            try await here.start()
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.orders(.escalate).count == 1, "the order in flight was finished, not repeated")
        }
    }

    @Test func `A second SIGTERM ends it at once, and nothing is lost`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            here.target.answers(.escalate, with: .performedLate)
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.approve, on: card)
            _ = try await here.target.waits(for: 1, .escalate)
            here.send(signal: 15)
            let isDraining = await here.waits(forLog: "stopping")
            #expect(isDraining)
            here.send(signal: 15)
            let ended = try await here.hasEnded()
            #expect(ended == Child.Ended(code: 1, signal: 0))
            here.target.release()
            try await here.start()
            try await dana.sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).count == 1)
        }
    }

    @Test func `A database that was changed afterwards is found out`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            try await here.person("bob").asks()
            try await here.person("dana").sees("asks for", in: "#db-access")
            let intact = try await here.symflow("audit", "verify")
            #expect(intact.code == 0)
            let wrongHead = try await here.symflow("audit", "verify", "--expect-head", "0000")
            #expect(wrongHead.code == 1)
        }
    }
}

@Suite struct `Who may talk to the server` {
    @Test func `Requests that are not Slack's change nothing`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            let click = try Delivery.click(.approve, on: card, by: "U0DANA")

            var forged = click
            forged.secret = "another-secret"
            var stale = click
            stale.timestampOffset = .seconds(-301)
            var early = click
            early.timestampOffset = .seconds(302)
            for (delivery, signed) in [(forged, true), (stale, true), (early, true), (click, false)] {
                let response = try await here.receives(delivery, signed: signed)
                #expect(response.status == 401)
            }
            var other = try #require(click.payload?.object)
            other["api_app_id"] = "A0OTHER"
            let otherApp = try await here.receives(Delivery(payload: .object(other)))
            #expect(otherApp.status == 403)
            let otherCommand = try await here.receives(.command("help", app: "A0OTHER"))
            #expect(otherCommand.status == 403)
            let otherTeam = try await here.receives(.command("help", team: "T0STRANGE"))
            #expect(otherTeam.status == 403)
            let fine = try await here.receives(.command("help"))
            #expect(fine.status == 200)

            let unchanged = try await dana.messages(in: "#db-access")
            #expect(unchanged.first?.buttons == ["Approve", "Deny"])
            #expect(here.target.allOrders.isEmpty)
            let story = try await here.story()
            #expect(story == ["requested", "routed"])
        }
    }

    @Test func `Bodies that are too large or make no sense are turned away`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let form = "application/x-www-form-urlencoded"
            let large = Delivery(body: [UInt8](repeating: 0x61, count: 3 << 20), contentType: form)
            let tooLarge = try await here.receives(large)
            #expect(tooLarge.status == 413)
            for (body, type) in [
                ("payload=%7Bbroken", form), ("{broken", "application/json"), ("nothing=here", form),
                ("payload=[]", form), ("", form),
            ] {
                let response = try await here.receives(Delivery(body: Array(body.utf8), contentType: type))
                #expect(response.status == 400, "\(body)")
            }
            let unknown = try await here.receives(
                Delivery(payload: ["type": "from_the_future", "api_app_id": "A0SYM", "team": ["id": "T0ACME"]])
            )
            #expect(unknown.status == 200)
            let got = try await here.call("/slack/events")
            #expect(got.status == 405)
        }
    }

    @Test func `Slack's own checks are answered`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let challenge = try await here.receives(
                Delivery(
                    body: JSONValue.object(["type": "url_verification", "challenge": "abc123", "token": "x"]).bytes,
                    contentType: "application/json"
                )
            )
            #expect(challenge.status == 200)
            #expect(String(decoding: challenge.bytes, as: UTF8.self).contains("abc123"))
            let check = try await here.receives(Delivery(form: [("ssl_check", "1"), ("token", "x")]), signed: false)
            #expect(check.status == 200)
        }
    }

    @Test func `An event counts once, however often it is delivered`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            func event(_ id: String, deleted: Bool) async throws {
                let answer = try await here.slack.post(
                    "event",
                    [
                        "event_id": .string(id),
                        "event": [
                            "type": "user_change",
                            "user": [
                                "id": "U0BOB", "team_id": "T0ACME", "name": "bob", "deleted": .bool(deleted),
                                "is_bot": false, "profile": ["email": "bob@acme.test", "display_name": "bob"],
                            ],
                        ],
                    ]
                )
                #expect(answer["ok"]?.flag == true)
            }
            try await event("Ev1", deleted: true)
            try await bob.types("/sym")
            try await bob.seesForm("Your account is deactivated.", callback: nil)
            try await event("Ev1", deleted: false)
            try await bob.types("/sym")
            _ = try await here.slack.wait(["call": ["method": "views.update", "ok": true, "count": 2]])
            try await bob.seesForm("Your account is deactivated.", callback: nil)
            try await event("Ev2", deleted: false)
            try await bob.asks("/sym", ["Target": "orders-db", "Why?": "INC-7"])
            try await here.person("dana").sees("asks for", in: "#db-access")
        }
    }

    @Test func `A submission that Slack delivers twice is one request`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            try await here.slack.goesWrong(["delivery": "view_submission", "kind": "duplicate"])
            try await bob.types("/sym req prod_db orders-db")
            _ = try await bob.seesForm()
            _ = try await bob.presses(submit: ["Why?": "INC-7"])
            let dana = here.person("dana")
            let card = try await dana.sees("asks for", in: "#db-access")
            try await dana.clicks(.deny, on: card)
            try await dana.sees("*Denied*", on: card)
            let cards = try await here.slack.messages(in: "#db-access")
            #expect(cards.count == 1)
            let story = try await here.story()
            #expect(story == ["requested", "routed", "denied"])
        }
    }
}
