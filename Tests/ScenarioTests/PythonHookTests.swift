import HTTPModel
import ServerMicroHTTPD
import Support
import Testing

/// Handlers around the life of a request, each with a real worker.
@Suite struct `Hooks in Python` {
    @Test func `every step is told of, with who took it and what came of it`() async throws {
        let source =
            Site.asksTeam + """
                @hook
                def after_request(event):
                    slack.send_message(slack.channel("#sym-errors"), "1 asked by " + event.get_actor("request").email)
                @hook
                def after_approve(event):
                    slack.send_message(slack.channel("#sym-errors"), "2 approved by " + event.user.email)
                @hook
                def after_escalate(event):
                    slack.send_message(slack.channel("#sym-errors"), "3 on: " + get_step_output()["grant"][:8])
                @hook
                def on_deescalate(event):
                    slack.send_message(
                        slack.channel("#sym-errors"),
                        "4 ends for " + event.user.email + ", " + event.payload.fields["deescalate_type"])
                @hook
                def after_deescalate(event):
                    slack.send_message(slack.channel("#sym-errors"), "5 off: " + get_step_output("deescalate")["grant"][:8])
                """
        try await Installation.run(Site.python(source: source)) { here in
            let ada = here.person("ada")
            try await here.person("bob").asks()
            try await ada.sees("1 asked by bob@acme.test", in: "#sym-errors")
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            try await ada.sees("2 approved by dana@acme.test", in: "#sym-errors")
            try await ada.sees("3 on: grant of", in: "#sym-errors")
            let told = try await here.person("bob").sees("*Access is on*", in: "@app")
            try await here.person("bob").clicks(.done, on: told)
            try await ada.sees("4 ends for bob@acme.test, manual", in: "#sym-errors")
            try await ada.sees("5 off: grant of", in: "#sym-errors")
            #expect(here.target.performed(.deescalate).count == 1)
        }
    }

    @Test func `nothing that goes wrong in a hook keeps access on`() async throws {
        let source =
            Site.asksTeam + """
                import time
                @hook
                def on_deescalate(event):
                    if event.payload.fields["deescalate_type"] == "scheduled":
                        return ApprovalTemplate.ignore(message="not yet")
                    time.sleep(60)
                """
        var site = Site.python(source: source, durations: "\"3s\", \"1h\"")
        site.settings = #"{"handlers": {"timeout": "1s"}}"#
        try await Installation.run(site) { here in
            for (target, duration) in [("orders-db", "3 seconds"), ("billing-db", "1 hour")] {
                try await here.person("bob").asks(
                    "/sym req prod_db \(target)", ["Why?": "INC-1", "How long?": .string(duration)]
                )
                let card = try await here.person("dana").sees("asks for", in: "#db-access", lacks: "*Access")
                try await here.person("dana").clicks(.approve, on: card)
                let on = try await here.person("dana").sees("*Access", on: card)
                if target == "billing-db" { try await here.person("dana").clicks(.revoke, on: on) }
                try await here.person("dana").sees("*Access ended*", on: card)
            }
            #expect(here.target.performed(.deescalate).count == 2)
            try await here.person("ada").sees("ignored, but access ends all the same: not yet", in: "#sym-errors")
            try await here.person("ada").sees("did not answer within", in: "#sym-errors")
        }
    }

    @Test func `a way back is refused with an error, and nothing happens`() async throws {
        let source =
            Site.asksTeam + """
                @hook
                def on_escalate(event):
                    return ApprovalTemplate.deny(reason="too late")
                """
        try await Installation.run(Site.python(source: source)) { here in
            try await here.person("bob").asks()
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            let failed = try await here.person("dana").sees("may not lead to deny", on: card)
            #expect(failed.buttons == ["Retry"])
            try await here.person("ada").sees("on_escalate may not lead to deny", in: "#sym-errors")
            #expect(here.target.allOrders.isEmpty)
        }
    }

    @Test func `on_request may ask for less, and that is what people see and get`() async throws {
        let source =
            Site.asksTeam + """
                @hook
                def on_request(event):
                    return ApprovalTemplate.request(duration=600)
                @hook
                def on_approve(event):
                    if event.user.email == "ada@acme.test":
                        return ApprovalTemplate.approve(duration=86400)
                    return ApprovalTemplate.approve(duration=300)
                """
        try await Installation.run(Site.python(source: source)) { here in
            try await here.person("bob").asks()
            let card = try await here.person("dana").sees("10 minutes", in: "#db-access")
            try await here.person("ada").clicks(.approve, on: card)
            try await here.person("ada").isTold("The flow's own code failed", in: "#db-access")
            #expect(here.target.allOrders.isEmpty)
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("*Access is on*", on: card)
            #expect(here.target.performed(.escalate).first?.body["duration_seconds"]?.integer == 300)
        }
    }

    @Test func `backups follow when their predecessors' time is over, and the last one ends it`() async throws {
        let source =
            Site.imports + """
                @reducer
                def get_approvers(event):
                    return slack.fallback(
                        slack.user("dana@acme.test", timeout=1), slack.channel("#db-access", timeout=2),
                        continue_on_timeout=True)
                @hook
                def on_request_forward(event, context):
                    store.put("left." + event.run.srn.identifier, context.current_destination_index)
                @hook
                def after_request_forward(event, context):
                    slack.send_thread_message("Place {} of {}, after {}".format(
                        context.next_destination_index + 1, len(context.all_request_destinations),
                        store.fetch("left." + event.run.srn.identifier)))
                @hook
                def on_request_expire(event):
                    slack.send_message(slack.channel("#sym-errors"), "nobody answered " + event.user.email)
                """
        try await Installation.run(Site.python(source: source)) { here in
            try await here.person("bob").asks()
            try await here.person("dana").sees("asks for", in: "@app")
            try await here.person("ada").sees("asks for", in: "#db-access")
            try await here.person("ada").sees("nobody answered bob@acme.test", in: "#sym-errors")
            try await here.person("bob").sees("*Expired* without an answer", in: "@app")
            try await here.person("dana").sees("Place 2 of 2, after 0", in: "@app")
        }
    }

    @Test func `a form is shown to whom on_prompt lets see it`() async throws {
        let source =
            Site.asksTeam + """
                @hook
                def on_prompt(event):
                    if event.user.email == "bob@acme.test":
                        return ApprovalTemplate.ignore(message="Not for you, Bob.")
                    if event.user.email == "ada@acme.test":
                        raise KeyError("no such thing")
                @hook
                def after_prompt(event):
                    slack.send_message(slack.channel("#sym-errors"), "shown to " + event.user.email)
                """
        try await Installation.run(Site.python(source: source)) { here in
            try await here.person("bob").types("/sym req prod_db")
            try await here.person("bob").seesForm("Not for you, Bob.", callback: nil)
            try await here.person("ada").types("/sym req prod_db")
            try await here.person("ada").seesForm("The flow's own code failed", callback: nil)
            try await here.person("ada").sees("KeyError: 'no such thing'", in: "#sym-errors")
            try await here.person("dana").types("/sym req prod_db")
            try await here.person("dana").seesForm("Why?")
            try await here.person("ada").sees("shown to dana@acme.test", in: "#sym-errors")
        }
    }

    @Test func `on_prompt makes the request in the person's name, and the form's rules hold for it`() async throws {
        let source =
            Site.asksTeam + """
                from sym.sdk.resource import SRN
                billing = SRN.parse("acme:access_target:http:billing-db:latest")
                @hook
                def on_prompt(event):
                    if event.user.email == "bob@acme.test":
                        return ApprovalTemplate.request(target_srn=billing, duration=7200, reason="On call.")
                    if event.user.email == "omar@acme.test":
                        return ApprovalTemplate.approve(target_srn=billing, duration=3600, reason="He is on call.")
                    if event.user.email == "ada@acme.test":
                        return ApprovalTemplate.request(target_srn=billing, duration=60)
                @hook
                def on_request(event):
                    if event.user.email == "omar@acme.test":
                        return ApprovalTemplate.deny(reason="This is behind him.")
                @hook
                def on_approve(event):
                    slack.send_message(slack.channel("#sym-errors"), "on_approve for " + event.user.email)
                """
        try await Installation.run(Site.python(source: source, durations: "\"1h\", \"2h\"")) { here in
            let dana = here.person("dana")
            try await here.person("bob").types("/sym req prod_db orders-db")
            try await here.person("bob").seesForm("was sent to the people who can approve it", callback: nil)
            let card = try await dana.sees("On call.", in: "#db-access")
            #expect(card.contains("Billing database") && card.contains("2 hours"))
            try await dana.clicks(.approve, on: card)
            try await dana.sees("*Access is on*", on: card)

            try await here.person("omar").types("/sym req prod_db")
            try await here.person("omar").seesForm("Reason: He is on call.", callback: nil)
            try await here.person("ada").sees("on_approve for omar@acme.test", in: "#sym-errors")
            let orders = try await here.target.waits(for: 2, .escalate)
            #expect(orders.map(\.target) == ["billing-db", "billing-db"])

            try await here.person("ada").types("/sym req prod_db")
            try await here.person("ada").seesForm("The flow's own code failed", callback: nil)
            let report = try await here.person("ada").sees("is no request of this flow", in: "#sym-errors")
            #expect(report.contains("reason: Fill this in."))
            #expect(report.contains("duration: Choose one of the values that are offered."))
            try await dana.types("/sym req prod_db")
            try await dana.seesForm("Why?")
        }
    }

    @Test func `a rule that denies comes before what on_prompt approves`() async throws {
        let source =
            Site.asksTeam + """
                @hook
                def on_prompt(event):
                    return ApprovalTemplate.approve(reason="INC-7")
                """
        let rule = #", "rules": [{"name": "frozen", "then": {"deny": {"reason": "Frozen."}}}]"#
        try await Installation.run(Site.python(source: source, more: rule)) { here in
            try await here.person("bob").types("/sym req prod_db orders-db")
            try await here.person("bob").seesForm("was denied. Reason: Frozen.", callback: nil)
            #expect(here.target.allOrders.isEmpty)
        }
    }

    @Test func `a place whose time leads nowhere is the end`() async throws {
        let source =
            Site.imports + """
                @reducer
                def get_approvers(event):
                    return slack.fallback(slack.user("dana@acme.test", timeout=1), slack.channel("#db-access"))
                """
        try await Installation.run(Site.python(source: source)) { here in
            try await here.person("bob").asks()
            try await here.person("bob").sees("*Expired* without an answer", in: "@app")
            let messages = try await here.person("dana").messages(in: "#db-access")
            #expect(!messages.contains { $0.contains("asks for") })
        }
    }
}

@Suite struct `Python and other systems` {
    @Test func `a build goes on when somebody has read its diff, by an API that wants a secret`() async throws {
        let pipeline = BuildServer()
        let server = MicroHTTPServer(settings: .forTests, handler: pipeline, log: .silent)
        let url = "http://127.0.0.1:\(try server.start())"
        let serving = Task { try? await server.run() }
        var site = try Site.python(
            "pipeline_approval", more: ##", "vars": {"channel": "#db-access", "url": "\##(url)"}"##,
            fields: #", {"name": "build", "type": "int", "label": "Build"}"#
                + #", {"name": "diff", "type": "string", "label": "Diff", "required": false}"#
        )
        // A diff comes with a request by API; here it is typed in.
        site.files["impl.py"] = site.files["impl.py"]?.replacing(
            ".get(\"diff.txt\", \"\")", with: ".get(\"diff.txt\") or event.payload.fields.get(\"diff\") or \"\""
        )
        site.flows = site.flows.map { $0.replacing("\"environment\": \"main\"", with: "\"environment\": \"ci\"") }
        site.files["ci.json"] = """
            {
              "integrations": [{
                "type": "custom", "name": "pipeline", "external_id": "pipeline",
                "settings": {"secret_ids_json": "[\\"build-token\\"]"}
              }],
              "secrets": [{"name": "build-token", "path": "BUILD_TOKEN"}],
              "environments": [{
                "name": "ci", "integrations": {"slack": "acme-slack", "pipeline": "pipeline"}, "error_logger": "errors"
              }]
            }
            """
        try await Installation.run(site, environment: ["BUILD_TOKEN": "hunter2-9b3c"]) { here in
            try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": "-", "Build": "7", "Diff": "+1"])
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            #expect(pipeline.calls.isEmpty)
            try await here.person("dana").clicks(.approve, on: card)
            let call = try await pipeline.waits(for: 1)
            #expect(call == ["/builds/7/continue Bearer hunter2-9b3c dana@acme.test"])
            try await here.person("bob").asks("/sym req prod_db billing-db", ["Why?": "-", "Build": "8"])
            try await here.person("bob").sees("Nothing changes.", in: "@app")
            #expect(try await pipeline.waits(for: 2).last == "/builds/8/continue Bearer hunter2-9b3c bob@acme.test")
            #expect(!here.log.contains { $0.contains("hunter2") })
        }
        serving.cancel()
        await serving.value
    }

    private static let custom = """
        {
          "integrations": [{"type": "custom", "name": "directory", "external_id": "directory"}],
          "strategies": [{
            "type": "custom", "name": "groups", "integration": "directory", "implementation": "strategy.py",
            "targets": ["writers", "closed"]
          }],
          "targets": [
            {"type": "custom", "name": "writers", "label": "Writers", "settings": {"identifier": "writers"}},
            {"type": "custom", "name": "closed", "label": "Closed", "settings": {"identifier": "closed"}}
          ]
        }
        """

    private static func site(hooks: String = "") throws -> Site {
        let source =
            Site.asksTeam + """
                @hook
                def on_request(event):
                    store.put("people", {"bob@acme.test": "bobby"})
                    store.put("calls", None)

                """ + hooks
        var site = Site.python(source: source, strategy: "groups")
        site.files["custom.json"] = custom
        return site
    }

    @Test func `a strategy in Python gives access and takes it back, under the name it found`() async throws {
        var site = try Self.site(
            hooks: """
                @hook
                def after_escalate(event):
                    output = get_step_output()
                    slack.send_message(slack.channel("#sym-errors"), "on: {name} in {group}".format(**output))
                @hook
                def after_deescalate(event):
                    slack.send_message(slack.channel("#sym-errors"), "off: " + get_step_output()["removed"])
                """
        )
        site.files["strategy.py"] = try Site.python("group_strategy").files["impl.py"]
        try await Installation.run(site) { here in
            try await here.person("bob").asks("/sym req prod_db writers")
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("ada").sees("on: bobby in writers", in: "#sym-errors")
            let on = try await here.person("dana").sees("*Access is on*", on: card)
            try await here.person("dana").clicks(.revoke, on: on)
            try await here.person("ada").sees("off: bobby", in: "#sym-errors")
            let kept = try await here.audit().filter { $0["kind"]?.text == "identityKept" }
            #expect(kept.compactMap { $0["details"]?["service"]?.text } == ["custom:directory"])
            // Whoever is known already is bound to the approval under that name.
            try await here.person("bob").asks("/sym req prod_db writers", ["Why?": "INC-8"])
            let again = try await here.person("dana").sees("INC-8", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: again)
            try await here.person("dana").sees("*Access is on*", on: again)
        }
    }

    @Test func `a strategy that raises leaves open what happened, and whatever may be on is taken back`() async throws {
        var site = try Self.site()
        site.settings = #"{"http": {"attempts": 1}}"#
        site.files["strategy.py"] = """
            from sym.sdk.strategies import AccessStrategy
            class Strategy(AccessStrategy):
                def fetch_remote_identity(self, user):
                    return user.email
                def escalate(self, target_id, event):
                    print("switched on")
                    raise RuntimeError("the connection broke")
                def deescalate(self, target_id, event):
                    print("switched off")
            """
        try await Installation.run(site) { here in
            try await here.person("bob").asks("/sym req prod_db writers")
            let card = try await here.person("dana").sees("asks for", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            let failed = try await here.person("dana").sees("*Nobody knows whether access is on*", on: card)
            #expect(failed.contains("strategy.py, line 7, in escalate: RuntimeError: the connection broke"))
            #expect(failed.buttons == ["Retry", "Revoke"])
            try await here.person("dana").clicks(.revoke, on: failed)
            try await here.person("dana").sees("*Access ended*", on: card)
            #expect(here.log.contains { $0.contains("switched off") })
        }
    }

    @Test func `the flow says what people are called, and is asked once`() async throws {
        let source =
            Site.asksTeam + """
                @reducer
                def get_identity(event, service_type, external_id, user):
                    slack.send_message(slack.channel("#sym-errors"), "who is " + user.email + " in " + service_type)
                    return user.email.partition("@")[0]
                """
        try await Installation.run(Site.python(source: source)) { here in
            for reason in ["INC-1", "INC-2"] {
                try await here.person("bob").asks("/sym req prod_db orders-db", ["Why?": .string(reason)])
                let card = try await here.person("dana").sees(reason, in: "#db-access")
                try await here.person("dana").clicks(.approve, on: card)
                let on = try await here.person("dana").sees("*Access is on*", on: card)
                try await here.person("dana").clicks(.revoke, on: on)
                try await here.person("dana").sees("*Access ended*", on: card)
            }
            #expect(here.target.performed(.escalate).map(\.identity) == ["bob", "bob"])
            #expect(here.target.performed(.deescalate).map(\.identity) == ["bob", "bob"])
            let asked = try await here.person("ada").messages(in: "#sym-errors").filter { $0.contains("who is bob") }
            #expect(asked.count == 1)
        }
    }
}

/// An API by which builds go on.
private final class BuildServer: HTTPHandler {
    private let seen = Watched<[String]>([])

    var calls: [String] { seen.read { $0 } }

    func waits(for count: Int) async throws -> [String] {
        let found = await seen.wait(upTo: .seconds(30)) { $0.count >= count ? $0 : nil }
        guard let found else { throw HarnessError("the build server was called \(calls.count) times") }
        return found
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let by = (try? JSONValue(parsing: request.body))?["approved_by"]?.text ?? "nobody"
        seen.change { $0.append("\(request.path) \(request.headers["Authorization"] ?? "") \(by)") }
        return HTTPResponse(
            status: 200, headers: ["Content-Type": "application/json"], body: Array(#"{"state": "running"}"#.utf8)
        )
    }

    func answerDeadline(for request: HTTPRequest) -> Duration? { .seconds(20) }
}
