import HTTPModel
import Support
import Testing

@Suite struct `Asking in Slack` {
    private static let two = Site(
        Site.access(params: #", "additional_header_text": "Read the <https://wiki.acme.test|runbook> first.""#),
        Site.question(Site.ask(Site.users("dana"), Site.channel("#approvals")))
    )

    @Test func `With several flows one is chosen, and its form opens`() async throws {
        try await Installation.run(Self.two) { here in
            let bob = here.person("bob")
            try await bob.types("/sym")
            let choice = try await bob.seesForm("What do you want to request?", callback: "sym_choose_flow")
            #expect(choice.options(labelled: "Flow") == ["Production database", "Ask for a go-ahead"])
            try await bob.submits(["Flow": "Production database"])
            let form = try await bob.seesForm()
            #expect(form.texts.contains("Read the <https://wiki.acme.test|runbook> first."))
            #expect(form.options(labelled: "Target") == ["Orders database", "Billing database"])
            try await bob.submits(["Target": "Billing database", "Why?": "INC-7"])
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            #expect(card.contains("(Billing database) for 1 hour"))
        }
    }

    @Test func `A named flow and target open the form with the target chosen`() async throws {
        try await Installation.run(Self.two) { here in
            let bob = here.person("bob")
            try await bob.types("/sym request PROD_DB billing-db")
            let form = try await bob.seesForm()
            #expect(form.input(labelled: "Target")?["initial_option"]?["value"]?.text == "billing-db")
            try await bob.submits(["Why?": "INC-7"])
            try await here.person("dana").sees("(Billing database)", in: "#db-access")
        }
    }

    @Test func `The shortcut opens the same form`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let answer = try await here.slack.post("shortcut", ["user": "bob", "callback_id": "sym_request"])
            #expect(answer["ok"]?.flag == true)
            let form = try await here.person("bob").seesForm()
            #expect(form["title"]?["text"]?.text == "Production database")
        }
    }

    @Test func `Commands answer the caller alone`() async throws {
        try await Installation.run(Self.two) { here in
            let bob = here.person("bob")
            func answer(to text: String) async throws -> String {
                try await bob.types(text)["deliveries"]?[0]?["body"]?.text ?? ""
            }
            let help = try await answer(to: "/sym help")
            #expect(help.contains("/sym req [flow] [target]") && help.contains("ephemeral"))
            let wat = try await answer(to: "/sym wat")
            #expect(wat.contains("I do not know") && wat.contains("/sym wat"))
            let near = try await answer(to: "/sym hlep")
            #expect(near.contains("Did you mean `/sym help`?"))
            let unknown = try await answer(to: "/sym req prod_bd")
            #expect(unknown.contains("There is no flow `prod_bd`") && unknown.contains("prod_db"))
            let views = try await here.slack.get("views?user=bob")["views"]?.elements
            #expect(views?.isEmpty == true)

            try await bob.types("/sym whoami")
            let who = try await bob.isTold("*Role*: member", in: "#general")
            for line in ["Acme", "acme", "`T0ACME`", "`U0BOB`", "bob@acme.test"] {
                #expect(who.contains(line), "\(line)")
            }
            try await here.person("ada").types("/sym whoami")
            try await here.person("ada").isTold("*Role*: admin", in: "#general")
            // The app need not be in the channel to answer there.
            try await here.person("dana").types("/sym whoami", in: "C0VAULT")
            try await here.person("dana").isTold("`U0DANA`", in: "C0VAULT")
            let others = try await here.person("dana").messages(in: "#general")
            #expect(others.isEmpty)
        }
    }

    @Test func `The list shows what is open and on, and revokes`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let bob = here.person("bob")
            let dana = here.person("dana")
            try await bob.types("/sym list")
            try await bob.isTold("You have no open requests and no active access.", in: "#general")
            try await bob.asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            try await bob.types("/sym list")
            let open = try await bob.isTold("waiting for an answer until", in: "#general")
            #expect(open.buttons.isEmpty)
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)
            try await bob.types("/sym list")
            let list = try await bob.isTold("access is on until", in: "#general")
            #expect(list.buttons == ["Revoke"])
            try await bob.clicks(.revoke, on: list)
            try await dana.sees("*Access ended*", on: card)
            #expect(here.target.holders.isEmpty)
            // Somebody else's list is somebody else's.
            try await dana.types("/sym list", in: "#db-access")
            try await dana.isTold("You have no open requests", in: "#db-access")
        }
    }

    @Test func `Guests cannot ask`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            let eve = here.person("eve")
            try await eve.types("/sym")
            try await eve.seesForm("Guests can approve and deny, but not make requests.", callback: nil)
            let records = try await here.audit()
            #expect(!records.contains { $0["aggregate"]?.text?.hasPrefix("run/") == true })
        }
    }

    @Test func `A trigger that Slack gave up on is explained`() async throws {
        try await Installation.run(Site(Site.access())) { here in
            try await here.slack.goesWrong(["method": "views.open", "kind": "delay", "ms": 8000, "times": 1])
            let bob = here.person("bob")
            try await bob.types("/sym")
            #expect(try await here.slack.calls("views.open").isEmpty, "the command does not wait for Slack")
            try await bob.isTold("The form could not be opened in time. Please type `/sym` again.", in: "#general")
            try await bob.asks("/sym", ["Target": "orders-db", "Why?": "INC-7"])
            try await bob.sees("Your request", in: "@app")
        }
    }

    @Test func `Long menus are searched`() async throws {
        let values = (1...150).map { "\"host-\($0).acme.test\"" }.joined(separator: ", ")
        let flow = """
            {
              "name": "hosts", "label": "Hosts", "environment": "main",
              "params": {"prompt_fields": [
                {"name": "host", "type": "string", "label": "Which host?", "allowed_values": [\(values)]}
              ]},
              "notify": [{"channel": "#approvals"}]
            }
            """
        try await Installation.run(Site(flow)) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req hosts")
            let form = try await bob.seesForm()
            #expect(form.input(labelled: "Which host?")?["type"]?.text == "external_select")
            func search(_ query: String) async throws -> [String] {
                let answer = try await here.slack.post(
                    "options", ["user": "bob", "action_id": "value", "query": .string(query)]
                )
                #expect(answer["ok"]?.flag == true)
                return (answer["options"]?.elements ?? []).compactMap { $0["text"]?["text"]?.text }
            }
            let all = try await search("")
            #expect(all.count == 100)
            let found = try await search("HOST-14")
            #expect(found == ["host-14.acme.test"] + (140...149).map { "host-\($0).acme.test" })
            let none = try await search("nowhere")
            #expect(none.isEmpty)
            try await bob.submits(["Which host?": "host-147.acme.test"])
            try await here.person("dana").sees("host-147.acme.test", in: "#approvals")
        }
    }

    @Test func `Mistakes are shown beside the fields, and nothing is requested`() async throws {
        try await Installation.run(try .demo) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req every_field orders-db")
            _ = try await bob.seesForm()
            let empty = try await bob.presses(submit: [:])
            #expect(empty["error"]?.text == "invalid_input")
            let wrong = try await bob.presses(
                submit: ["How long?": "1 hour", "Tables": ["orders"], "Tickets": "7\nseven"]
            )
            #expect(wrong["error"]?.text == "invalid_input")
            #expect(wrong["errors"]?["field.tickets"]?.text == "This must be a whole number.")
            #expect(wrong["errors"]?.object?.count == 1)
            let records = try await here.audit()
            #expect(!records.contains { $0["aggregate"]?.text?.hasPrefix("run/") == true })
            try await bob.submits(["Tickets": "7\n8"])
            try await bob.sees("Access is on", in: "@app")
        }
    }

    @Test func `Every type of field reaches the card and the target`() async throws {
        try await Installation.run(try .demo) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req every_field billing-db")
            let form = try await bob.seesForm()
            #expect(form.input(labelled: "Which database?")?["initial_option"]?["value"]?.text == "billing-db")
            #expect(!form.texts.contains { $0.contains("origin") }, "invisible fields are not shown")
            try await bob.submits([
                "How long?": "4 hours", "Title": "Cleaning up", "Notes": "first\nsecond", "Urgency": "High",
                "About how many rows?": "250", "Shards": "4", "Dry run": "No", "Maintenance window": "45 seconds",
                "Who helps you?": "dana", "Who wants to know?": ["ada", "omar"], "Tables": ["orders", "invoices"],
                "Tickets": "12, 34",
            ])
            let card = try await here.person("dana").sees("asks for", in: "#approvals")
            #expect(card.contains("(Billing database) for 4 hours"))
            for text in [
                "*Title*\nCleaning up", "*Urgency*\nHigh", "*About how many rows?*\n250", "*Shards*\n4",
                "*Dry run*\nNo", "*Maintenance window*\n45 seconds", "*Who helps you?*\n<@U0DANA>",
                "*Who wants to know?*\n<@U0ADA>, <@U0OMAR>", "*Tables*\norders, invoices", "*Tickets*\n12, 34",
                "first\nsecond",
            ] {
                #expect(card.contains(text), "\(text)")
            }
            #expect(!card.contains("demo"), "invisible fields are not shown")
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("*Access is on*", on: card)
            let fields = try #require(here.target.performed(.escalate).first?.body["fields"])
            #expect(fields["rows"]?.integer == 250)
            #expect(fields["shards"]?.integer == 4)
            #expect(fields["dry_run"]?.flag == false)
            #expect(fields["window"]?.integer == 45)
            #expect(fields["tables"] == ["orders", "invoices"])
            #expect(fields["tickets"] == [12, 34])
            #expect(fields["origin"]?.text == "demo")
            #expect(fields["urgency"]?.text == "High")
        }
    }
}
