import Support
import Testing

/// Which flows a person is offered, where the organisation's own code decides that.
@Suite struct `The flows filter` {
    private static func site(_ filter: String) -> Site {
        var site = Site(
            Site.access(), Site.access(name: "secret_db"),
            Site.question(Site.ask(Site.users("dana"), Site.channel("#approvals")))
        )
        site.files["filter.py"] = filter
        site.files["filter.json"] = """
            {"flows_filter": {"implementation": "filter.py", "vars": {"hidden": "secret_db"}}}
            """
        return site
    }

    @Test func `people see the flows that are meant for them, and get no others by any way`() async throws {
        try await Installation.run(Self.site(try LiveForm.fixture("flows_filter"))) { here in
            let bob = here.person("bob")
            try await bob.types("/sym")
            let choice = try await bob.seesForm("What do you want to request?", callback: "sym_choose_flow")
            #expect(choice.options(labelled: "Flow") == ["Production database", "Ask for a go-ahead"])
            // Hidden or unknown: nobody can tell one from the other.
            for name in ["secret_db", "nosuch_db"] {
                try await bob.types("/sym req \(name)")
                let refusal = try await bob.seesForm("There is no flow `\(name)`", callback: nil)
                #expect(refusal.texts.joined().contains("There are: prod_db, go_ahead."))
            }
            try await bob.types("/sym req prod_db orders-db")
            let form = try await bob.seesForm()
            let values: JSONObject = [
                "field.target_id": LiveForm.chosen("static_select", "orders-db"),
                "field.duration": LiveForm.chosen("static_select", "3600"),
                "field.reason": ["value": ["type": "plain_text_input", "value": "INC-7"]],
            ]
            let forged = try await here.receives(LiveForm.submission(of: form, values, flow: "secret_db"))
            #expect(forged.text.contains("no longer offered"))
            #expect(try await here.isWithoutRuns())

            let ada = here.person("ada")
            try await ada.asks("/sym req secret_db orders-db")
            try await here.person("dana").sees("asks for", in: "#db-access")
        }
    }

    @Test(arguments: ["raise ValueError('broken')", "return ['prod_db']", "import time; time.sleep(9)"])
    func `while it fails nothing is offered, and an admin is told`(line: String) async throws {
        var site = Self.site(
            "from sym.sdk.annotations import reducer\n@reducer\ndef get_flows(user, flows, vars):\n    \(line)\n"
        )
        site.settings = #"{"handlers": {"form_timeout": "2s"}}"#
        try await Installation.run(site) { here in
            let bob = here.person("bob")
            for command in ["/sym", "/sym req prod_db"] {
                try await bob.types(command)
                try await bob.seesForm("What you can ask for could not be found out just now.", callback: nil)
            }
            let report = try await here.person("ada").sees("*Flows filter*: something went wrong.", in: "#sym-errors")
            #expect(report.contains("get_flows"))
        }
    }
}
