import ApprovalCore
import ApprovalEngine
import AuditTrail
import Crypto
import Support
import TestSupport
import Testing

@Suite struct `Requests through the API` {
    @Test func `a bot asks, and its request is durable when it is accepted`() async throws {
        let here = try EventsFixture()
        let answer = try await here.ask()
        #expect(answer.status == 200)
        #expect(answer["request_body"] == EventsFixture.goAhead)
        let run = try await here.engine.run(answer.run)
        #expect(run.submission.requester.isBot && run.submission.requester.name == "deploy")
        #expect(run.submission.source == .api && run.submission.onBehalfBy == nil)
        #expect(run.cards.isEmpty, "nobody in Slack made this request")
        #expect(try await here.event(answer.event)["status"] == "processing")

        try await here.engine.settle()
        let event = try await here.event(answer.event)
        #expect(event["status"] == "success" && event["name"] == "request")
        #expect(event["run_id"]?.text == answer.run.text && event["error"] == nil)
        #expect(event["timestamp"]?.text == "2026-03-02 09:00:00.000000+00:00")
        #expect(try await here.status(answer.run) == "requested")
    }

    @Test func `on behalf of a human it is theirs, and says who made it`() async throws {
        let here = try EventsFixture()
        let answer = try await here.asked(EventsFixture.access)
        let run = try await here.engine.run(answer.run)
        #expect(run.submission.requester.account == Sample.bob.account)
        #expect(run.submission.onBehalfBy?.id == EventsFixture.bot.id)
        #expect(run.submission.target == "orders" && run.submission.durationSeconds == 3600)
        #expect(run.submission.context == #"{"diff.txt":"+1"}"#)
        #expect(run.cards.contains { $0.audience == .requester })
        let record = try #require(try await here.engine.engine.store.records(of: "run/\(answer.run)").first)
        #expect(record.actor == EventsFixture.bot.id.text)
        #expect(record.details["source"] == "api" && record.details["on_behalf_by"]?["name"] == "deploy")
        #expect(record.details["requester"]?.text == run.submission.requester.id.text)
    }

    @Test func `the context is part of what is approved`() async throws {
        let here = try EventsFixture()
        let first = try await here.engine.run(try await here.ask().run)
        var other = EventsFixture.goAhead.object ?? [:]
        other["context"] = ["diff.txt": "-1"]
        let second = try await here.engine.run(try await here.ask(.object(other)).run)
        #expect(first.binding.jobHash != second.binding.jobHash)
        #expect(first.binding.policySnapshot == second.binding.policySnapshot)
    }

    @Test(arguments: [
        ("acme:flow:nowhere:latest", 404), ("other:flow:go_ahead:latest", 404), ("acme:flow:go_ahead:9.0.0", 404),
        ("go_ahead", 404), ("acme:run:go_ahead:latest", 404), ("acme:flow:GO_AHEAD:LATEST", 200),
        ("acme:flow:go_ahead:1.0.0", 200),
    ])
    func `flows are found by their names`(_ srn: String, _ status: Int) async throws {
        let here = try EventsFixture()
        let answer = try await here.ask(["flow_srn": .string(srn), "flow_inputs": ["reason": "x"]])
        #expect(answer.status == status)
        if status == 404 { #expect(answer.code == "RequestAPI:UNKNOWN_FLOW") }
    }

    @Test(
        arguments: [
            ("{}", "flow_srn"), (#"{"flow_srn": "acme:flow:go_ahead:latest"}"#, "flow_inputs"),
            (#"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": []}"#, "flow_inputs"),
            (#"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {}}"#, "flow_inputs.reason"),
            (#"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": 1}}"#, "flow_inputs.reason"),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x", "more": 1}}"#,
                "flow_inputs.more"
            ),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x", "target_srn": "orders"}}"#,
                "flow_inputs.target_srn"
            ),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x"}, "context": 1}"#, "context"
            ),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x"}, "user_email": 1}"#,
                "user_email"
            ),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x"}, "user_email": "a@b", "user_id": "c"}"#,
                "user_id"
            ),
            (
                #"{"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "x"}, "command": {"argv": []}}"#,
                "command"
            ),
            (#"{"flow_srn": "acme:flow:prod:latest", "flow_inputs": {"reason": "x"}}"#, "flow_inputs.target_srn"),
            (
                #"{"flow_srn": "acme:flow:prod:latest", "flow_inputs": {"reason": "x", "target_srn": "nowhere"}}"#,
                "flow_inputs.target_srn"
            ),
            (
                #"{"flow_srn": "acme:flow:prod:latest", "flow_inputs": {"reason": "x", "target_srn": "acme:access_target:okta_group:orders:latest"}}"#,
                "flow_inputs.target_srn"
            ),
            (
                #"{"flow_srn": "acme:flow:prod:latest", "flow_inputs": {"reason": "x", "target_srn": "orders", "duration": 0}}"#,
                "flow_inputs.duration"
            ),
            (
                #"{"flow_srn": "acme:flow:prod:latest", "flow_inputs": {"reason": "x", "target_srn": "orders", "duration": 99999999}}"#,
                "flow_inputs.duration"
            ),
        ])
    func `what is wrong is named`(_ body: String, _ field: String) async throws {
        let here = try EventsFixture()
        let answer = try await here.ask(try JSONValue(parsing: body))
        #expect(answer.status == 400 && answer.code == "RequestAPI:INVALID_INPUT")
        #expect(answer["errors"]?[0]?["field"]?.text == field)
        #expect(answer["message"]?.text?.isEmpty == false)
        #expect(here.engine.memory.storedRuns.isEmpty)
    }

    @Test func `guests cannot ask, nor can anybody ask for a guest or where only Slack may`() async throws {
        let here = try EventsFixture()
        #expect(try await here.ask(as: "gus").status == 403)
        var body = EventsFixture.goAhead.object ?? [:]
        body["user_email"] = "carla@customer.test"
        #expect(try await here.ask(.object(body)).status == 404)
        let slackOnly = try await here.ask(["flow_srn": "acme:flow:slack_only:latest", "flow_inputs": ["reason": "x"]])
        #expect(slackOnly.status == 403 && slackOnly.code == "RequestAPI:SOURCE_NOT_ALLOWED")
        #expect(here.engine.memory.storedRuns.isEmpty)
    }

    @Test func `only bots and administrators ask for others`() async throws {
        let here = try EventsFixture()
        var body = EventsFixture.goAhead.object ?? [:]
        body["user_email"] = "DANA@acme.test"
        #expect(try await here.ask(.object(body), as: "bob").status == 403)
        #expect(try await here.ask(.object(body), as: "dana").status == 200)
        #expect(try await here.ask(.object(body), as: "ada").status == 200)
        body["user_email"] = "nobody@acme.test"
        let unknown = try await here.ask(.object(body))
        #expect(unknown.status == 404 && unknown.code == "RequestAPI:UNKNOWN_USER")
    }

    @Test func `a request that the flow's code ignores is an error with its message`() async throws {
        let here = try EventsFixture()
        here.engine.handlers.route(.success(.ignore(message: "Not on Fridays")))
        let answer = try await here.asked()
        let event = try await here.event(answer.event)
        #expect(event["status"] == "error" && event["error"] == "Not on Fridays")
        #expect(try await here.status(answer.run) == "denied")
    }

    @Test func `a handler that fails before the decision makes the event an error, not the run`() async throws {
        let here = try EventsFixture()
        here.engine.handlers.route(.failure(.failed("NameError")))
        let answer = try await here.asked()
        let event = try await here.event(answer.event)
        #expect(event["status"] == "error" && event["error"] == "NameError")
        #expect(try await here.status(answer.run) == "requested")
    }

    // MARK: The same call again

    @Test func `the same key with the same call is one request`() async throws {
        let here = try EventsFixture()
        let first = try await here.ask(key: "build-7")
        let again = try await here.ask(key: "build-7")
        #expect(first.body == again.body && first.status == 200)
        #expect(here.engine.memory.storedRuns.count == 1)
        #expect(try await here.ask(as: "other", key: "build-7").run != first.run, "keys are their caller's own")
    }

    @Test func `the same key with another call is refused, and free again after a day`() async throws {
        let here = try EventsFixture()
        let first = try await here.ask(key: "build-7")
        let other: JSONValue = ["flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": ["reason": "Release 8"]]
        let refused = try await here.ask(other, key: "build-7")
        #expect(refused.status == 409 && refused.code == "Request:IDEMPOTENCY_CONFLICT")
        let elsewhere = try await here.call(
            "POST", "events/deescalate", as: "bot", ["run_id": .string(first.run.text)], key: "build-7"
        )
        #expect(elsewhere.status == 409)
        here.engine.clock.advance(.hours(24) + .seconds(1))
        let later = try await here.ask(other, key: "build-7")
        #expect(later.status == 200 && later.run != first.run)
    }

    @Test func `two calls at once under one key are one request`() async throws {
        let here = try EventsFixture()
        let runs = try await withThrowingTaskGroup(of: RunID.self) { group in
            for _ in 0..<8 { group.addTask { try await here.ask(key: "once").run } }
            return try await group.reduce(into: Set<RunID>()) { $0.insert($1) }
        }
        #expect(runs.count == 1 && here.engine.memory.storedRuns.count == 1)
    }

    @Test(arguments: ["", "has a space", String(repeating: "k", count: 256), "ü"])
    func `a key is short and plain`(_ key: String) async throws {
        let here = try EventsFixture()
        let answer = try await here.ask(key: key)
        #expect(answer.status == 400 && answer.code == "Request:INVALID_IDEMPOTENCY_KEY")
    }

    @Test func `a context that is too large is refused`() async throws {
        let here = try EventsFixture()
        var body = EventsFixture.goAhead.object ?? [:]
        body["context"] = ["diff.txt": .string(String(repeating: "x", count: 256 << 10))]
        #expect(try await here.ask(.object(body)).status == 400)
    }
}
