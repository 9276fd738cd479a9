import FoundationEssentials
import Support
import Testing

/// What flows' Python does while a form is being filled in: options that are fetched, and forms that change.
@Suite struct `Forms that flows' code fills` {
    // MARK: Prefetch

    @Test func `fetched options are searched, more of them than Slack shows at once`() async throws {
        var site = LiveForm.site(LiveForm.field("ticket", "Ticket", #""prefetch": true"#))
        site.files["impl.py"] = try LiveForm.fixture("prefetch_pages")
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            let form = try await bob.seesForm("Type to search")
            #expect(form.input(labelled: "Ticket")?["type"]?.text == "external_select")
            let all = try await bob.searches("Ticket", "")
            #expect(all.count == 100 && all.first == "Ticket T-1")
            let some = try await bob.searches("Ticket", "t-24")
            #expect(some == ["Ticket T-24"] + (240...249).map { "Ticket T-\($0)" })
            try await bob.submits(["Ticket": "T-247", "Why?": "INC-7"])
            try await here.person("dana").sees("*Ticket*\nT-247", in: "#db-access")
        }
    }

    @Test func `a slow prefetch shows that it is loading, and the form is complete once it is done`() async throws {
        try await HeldAnswer.run { answer, url in
            var site = LiveForm.site(LiveForm.field("ticket", "Ticket", #""prefetch": true"#))
            site.settings = #"{"handlers": {"timeout": "60s"}}"#
            site.files["impl.py"] = LiveForm.prefetch(
                "import urllib.request; urllib.request.urlopen('\(url)').read()",
                "return [FieldOption(value='T-1', label='First')]"
            )
            try await Installation.run(site) { here in
                let bob = here.person("bob")
                try await bob.types("/sym req prod_db orders-db")
                try await bob.seesForm("The options are being loaded.")
                // Slack waits for 3 s, and the handler is held for as long as we like.
                #expect(try await bob.searches("Ticket", "") == ["Still loading. Open this again in a moment."])
                // Whoever takes that for an option has chosen nothing; the other fields keep what was entered.
                try await bob.fills(["Why?": "INC-7", "Ticket": "symflow.no-option"])
                let early = try await bob.presses(submit: [:])
                #expect(early["errors"]?["field.ticket"]?.text == "Fill this in.")
                answer.release()
                try await bob.seesForm(lacking: "being loaded")
                #expect(try await bob.searches("Ticket", "") == ["First"])
                try await bob.submits(["Ticket": "First"])
                let card = try await here.person("dana").sees("*Ticket*\nT-1", in: "#db-access")
                #expect(card.contains("INC-7"))
            }
        }
    }

    @Test func `a prefetch that fails is explained in its place and reported, and the rest of the form works`()
        async throws
    {
        var site = LiveForm.site(
            LiveForm.field("ticket", "Ticket", #""prefetch": true, "required": false"#),
            LiveForm.field("host", "Host", #""prefetch": true"#)
        )
        site.files["impl.py"] =
            LiveForm.prefetch("raise KeyError('no tickets')")
            + "@prefetch('host')\ndef hosts(event):\n"
            + "  print(event.name, event.user.email, event.payload.fields['target'].name, sorted(event.run.actors))\n"
            + "  return [FieldOption(value='h1', label='Host 1')]\n"
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            try await bob.seesForm(
                "The options could not be loaded: impl.py, line 6, in options: KeyError: 'no tickets'")
            try await here.person("ada").sees("Production database, options of Ticket", in: "#sym-errors")
            #expect(
                try await bob.searches("Ticket", "") == [
                    "The options could not be loaded. Open this again to retry."
                ])
            #expect(try await bob.searches("Host", "") == ["Host 1"])
            #expect(here.log.contains { $0.contains("prompt bob@acme.test orders-db ['prompt']") })
            try await bob.submits(["Why?": "INC-7", "Host": "h1"])
            try await here.person("dana").sees("*Host*\nh1", in: "#db-access")
        }
    }

    @Test func `what no prefetch offers is not submitted either`() async throws {
        var site = LiveForm.site(LiveForm.field("ticket", "Ticket", #""prefetch": true"#))
        site.files["impl.py"] = LiveForm.prefetch("return [FieldOption(value=1, label='First')]")
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            let form = try await bob.seesForm("Ticket")
            let values: JSONObject = [
                "field.target_id": LiveForm.chosen("static_select", "orders-db"),
                "field.ticket": LiveForm.chosen("external_select", "99"),
                "field.reason": ["value": ["type": "plain_text_input", "value": "INC-7"]],
            ]
            let answer = try await here.receives(LiveForm.submission(of: form, values))
            #expect(answer.text.contains(#""field.ticket":"Choose one of the values that are offered.""#))
            #expect(try await here.isWithoutRuns())
        }
    }

    @Test func `a form that was opened before a restart still works`() async throws {
        var site = LiveForm.site(
            LiveForm.field("ticket", "Ticket", #""prefetch": true"#),
            LiveForm.field("host", "Host", #""visible": false"#),
            LiveForm.field("size", "Size", #""on_change": "size.py""#)
        )
        site.files["impl.py"] = LiveForm.prefetch("return [FieldOption(value='T-1', label='First')]")
        // More options than a form can carry along, for a field that it does not show yet.
        site.files["size.py"] = """
            from sym.sdk.forms import FieldOption
            def on_change_size(username, form):
                host = form.fields["host"]
                if form.fields["size"].value == "some":
                    host.current_allowed_values = [
                        FieldOption(value="host-%d.acme.test" % n, label="The host number %d" % n) for n in range(150)
                    ]
                host.visible = form.fields["size"].value == "all"
                return form
            """
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            try await bob.seesForm("Size")
            try await bob.changes("Size", to: "some")
            try await bob.seesForm("\"form\":\"")
            try await here.isKilled()
            try await here.start()
            #expect(try await bob.searches("Ticket", "") == ["First"])
            try await bob.changes("Size", to: "all")
            try await bob.seesForm("Host")
            #expect(try await bob.searches("Host", "number 149") == ["The host number 149"])
            try await bob.submits(["Why?": "INC-7", "Ticket": "T-1", "Host": "host-149.acme.test"])
            try await here.person("dana").sees("*Host*\nhost-149.acme.test", in: "#db-access")
        }
    }

    // MARK: Change

    @Test func `a form follows what is chosen in it, and its rules are those that are shown`() async throws {
        var site = LiveForm.site(
            LiveForm.field(
                "urgency", "Urgency", #""allowed_values": ["Normal", "Emergency"], "on_change": "urgency.py""#
            ),
            LiveForm.field("incident-id", "Incident", #""visible": false, "required": false"#)
        )
        site.files["urgency.py"] = try LiveForm.fixture("on_change_urgency")
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            let before = try await bob.seesForm("Urgency")
            #expect(before.input(labelled: "Incident") == nil)
            #expect(before.options(labelled: "How long?") == ["1 hour", "2 hours"])
            try await bob.fills(["Why?": "INC-7"])
            try await bob.changes("Urgency", to: "Emergency")
            let during = try await bob.seesForm("Security reads along, bob@acme.test.")
            #expect(during.options(labelled: "How long?") == ["15 minutes"])
            #expect(during.input(labelled: "How long?")?["initial_option"]?["value"]?.text == "900")
            let incomplete = try await bob.presses(submit: [:])
            #expect(incomplete["error"]?.text == "invalid_input")
            try await bob.fills(["Incident": "typed and taken back"])
            try await bob.changes("Urgency", to: "Normal")
            let after = try await bob.seesForm(lacking: "Incident")
            #expect(after.options(labelled: "How long?") == ["1 hour", "2 hours"])
            try await bob.changes("Urgency", to: "Emergency")
            try await bob.seesForm("Incident")
            try await bob.submits(["Incident": "I-1"])
            let card = try await here.person("dana").sees("for 15 minutes", in: "#db-access")
            #expect(card.contains("*Incident*\nI-1") && card.contains("INC-7"))
        }
    }

    @Test func `what a field no longer offers is refused, from whoever sends it`() async throws {
        var site = LiveForm.site(LiveForm.field("urgency", "Urgency", #""on_change": "urgency.py""#))
        site.files["urgency.py"] = """
            def on_change_urgency(username, form):
                targets = form.fields["target_id"]
                targets.current_allowed_values = [t for t in targets.original_allowed_values if "Billing" in t.label]
                form.fields["reason"].required = False
                return form
            """
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db")
            try await bob.seesForm("Urgency")
            try await bob.fills(["Target": "orders-db"])
            try await bob.changes("Urgency", to: "high")
            let form = try await bob.seesForm("\"form\":")
            #expect(form.options(labelled: "Target") == ["Billing database"])
            let wrong = try await here.receives(
                LiveForm.submission(
                    of: form, ["field.target_id~1": LiveForm.chosen("static_select", "orders-db")]
                )
            )
            #expect(wrong.text.contains(#""field.target_id~1":"Choose one of the targets that are offered.""#))
            #expect(try await here.isWithoutRuns())
            try await bob.submits(["Target": "billing-db"])
            try await here.person("dana").sees("(Billing database)", in: "#db-access")
        }
    }

    @Test func `quick typing is answered once it pauses, for what stands there then`() async throws {
        try await HeldAnswer.run { answer, url in
            var site = LiveForm.site(LiveForm.field("name", "Name", #""on_change": "name.py""#))
            site.settings = #"{"handlers": {"form_timeout": "30s"}}"#
            site.files["name.py"] = """
                import urllib.request
                def on_change_name(username, form):
                    print("asked about", form.fields["name"].value)
                    urllib.request.urlopen("\(url)").read()
                    form.fields["reason"].label = "Why for " + form.fields["name"].value + "?"
                    return form
                """
            try await Installation.run(site) { here in
                let bob = here.person("bob")
                try await bob.types("/sym req prod_db orders-db")
                try await bob.seesForm("Name")
                // A form is there a moment before the call that showed it is on the list.
                _ = try await here.slack.wait(["call": ["method": "views.update", "ok": true, "count": 1]])
                try await bob.changes("Name", to: "a")
                #expect(await here.waits(forLog: "asked about a"))
                for text in ["ab", "abc", "abcd", "abcde"] { try await bob.changes("Name", to: .string(text)) }
                answer.release()
                try await bob.seesForm("Why for abcde?")
                #expect(here.log.count { $0.contains("asked about") } == 2)
                // What was asked about an older state is not shown.
                _ = try await here.slack.wait(["call": ["method": "views.update", "ok": true, "count": 2]])
                #expect(try await here.slack.calls("views.update").count == 2)
                try await bob.submits(["Why for abcde?": "INC-7"])
                try await here.person("dana").sees("*Name*\nabcde", in: "#db-access")
            }
        }
    }

    @Test func `an answer for a form that has changed since is dropped`() async throws {
        var site = LiveForm.site(LiveForm.field("name", "Name", #""on_change": "name.py""#))
        site.files["name.py"] = """
            def on_change_name(username, form):
                form.fields["reason"].label = "Why for " + form.fields["name"].value + "?"
                return form
            """
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            try await bob.seesForm("Name")
            try await here.slack.goesWrong([
                "method": "views.update", "kind": "error", "error": "hash_conflict", "times": 1,
            ])
            try await bob.changes("Name", to: "first")
            #expect(await here.waits(forLog: "the answer to a change of a form came too late"))
            try await bob.changes("Name", to: "second")
            try await bob.seesForm("Why for second?")
        }
    }

    @Test(arguments: [
        ("form.fields['nope'].value", "on_change_name.py, line 2, in on_change_name: KeyError: 'nope'"),
        ("while True: pass", "on_change_name: did not answer in time"), ("return None", "on_change_name returned None"),
        ("form.fields['hours'].value = 'x'; return form", "as the value of hours"),
    ])
    func `a change that goes wrong is shown, reported, and stops nobody`(line: String, said: String) async throws {
        var site = LiveForm.site(
            LiveForm.field("name", "Name", #""on_change": "name.py""#),
            #"{"name": "hours", "type": "int", "label": "Hours", "required": false}"#
        )
        site.settings = #"{"handlers": {"form_timeout": "2s"}}"#
        site.files["name.py"] = "def on_change_name(username, form):\n    \(line)\n"
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            try await bob.seesForm("Name")
            try await bob.changes("Name", to: "x")
            try await bob.seesForm("The form could not follow the change of Name:")
            let report = try await here.person("ada").sees("Production database, change of Name", in: "#sym-errors")
            #expect(report.contains(said))
            try await bob.submits(["Why?": "INC-7"])
            try await here.person("dana").sees("*Name*\nx", in: "#db-access")
        }
    }

    @Test func `a form whose flow has changed since says so, and keeps what was typed`() async throws {
        let site = LiveForm.site()
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            try await bob.types("/sym req prod_db orders-db")
            try await bob.seesForm()
            try await here.rereads(LiveForm.site(LiveForm.field("more", "More", #""required": true"#)))
            let answer = try await bob.presses(submit: ["Why?": "INC-7"])
            #expect(answer["errors"]?["field.target_id"]?.text?.contains("has changed since you opened it") == true)
            #expect(try await here.isWithoutRuns())
        }
    }
}
