import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Decisions through the API` {
    @Test func `somebody who may decide approves, on the path that clicks take`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked(EventsFixture.access)
        let answer = try await here.call(
            "POST", "runs/\(asked.run)/approve", as: "dana", ["comment": "Go ahead"]
        )
        #expect(answer.status == 200 && answer["status"] == "approved" && answer["approval_status"] == "processing")
        #expect(try await here.event(answer.event)["status"] == "success")
        try await here.engine.settle()
        let run = try await here.call("GET", "runs/\(asked.run)", as: "bot")
        #expect(run["status"] == "escalated")
        #expect(run["decision"]?["people"]?[0]?["email"] == "dana@acme.test")
        #expect(run["decision"]?["reason"] == "Go ahead")
        #expect(run["votes"]?[0]?["source"] == "api")
        let kinds = try await here.engine.kinds(asked.run)
        #expect(kinds.contains("voted") && kinds.contains("approved"))
    }

    @Test func `it needs no Slack`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked()
        let before = here.engine.directory.asked
        #expect(try await here.call("POST", "runs/\(asked.run)/deny", as: "dana").status == 200)
        #expect(here.engine.directory.asked == before)
        #expect(try await here.status(asked.run) == "denied")
    }

    @Test func `nobody decides on a request of their own, nor on one that they made for somebody else`() async throws {
        let here = try EventsFixture()
        let own = try await here.asked(as: "dana")
        let answer = try await here.call("POST", "runs/\(own.run)/approve", as: "dana")
        #expect(answer.status == 403 && answer.code == "DecisionAPI:OWN_REQUEST")

        let forBob = try await here.asked(EventsFixture.access, as: "ada")
        #expect(try await here.call("POST", "runs/\(forBob.run)/approve", as: "ada").code == "DecisionAPI:OWN_REQUEST")
        #expect(try await here.call("POST", "runs/\(forBob.run)/approve", as: "bob").code == "DecisionAPI:OWN_REQUEST")
        #expect(try await here.call("POST", "runs/\(forBob.run)/approve", as: "dana").status == 200)
    }

    @Test(arguments: [
        ("bot", 403, "DecisionAPI:BOTS_MAY_NOT"), ("adminbot", 403, "DecisionAPI:BOTS_MAY_NOT"),
        ("other", 403, "DecisionAPI:BOTS_MAY_NOT"), ("gus", 404, "RunAPI:NOT_FOUND"),
    ])
    func `bots and guests decide nothing here`(_ caller: String, _ status: Int, _ code: String) async throws {
        let here = try EventsFixture()
        let asked = try await here.asked(EventsFixture.access)
        for action in ["approve", "deny"] {
            let answer = try await here.call("POST", "runs/\(asked.run)/\(action)", as: caller)
            #expect(answer.status == status && answer.code == code)
        }
        #expect(try await here.status(asked.run) == "requested")
    }

    @Test func `whoever is not named does not decide`() async throws {
        let here = try EventsFixture()
        var body = EventsFixture.access.object ?? [:]
        body["user_email"] = "dana@acme.test"
        let asked = try await here.asked(.object(body))
        let answer = try await here.call("POST", "runs/\(asked.run)/approve", as: "bob")
        #expect(answer.status == 403 && answer.code == "DecisionAPI:NOT_A_DECIDER")
    }

    @Test func `a second decision is told of the first`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked()
        let first = try await here.call("POST", "runs/\(asked.run)/deny", as: "dana", key: "k1")
        #expect(first.status == 200)
        #expect(try await here.call("POST", "runs/\(asked.run)/deny", as: "dana", key: "k1").body == first.body)
        #expect(try await here.call("POST", "runs/\(asked.run)/deny", as: "dana").status == 200, "already so")
        let late = try await here.call("POST", "runs/\(asked.run)/approve", as: "bob")
        #expect(late.status == 409 && late.code == "DecisionAPI:ALREADY_DECIDED")
        #expect(late["message"]?.text?.contains("dana@acme.test") == true)
    }

    @Test func `what was looked at must still be so`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked()
        let stale = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana", ["job_hash": "abc"])
        #expect(stale.status == 409 && stale.code == "DecisionAPI:JOB_CHANGED")
        let hash = try await here.engine.run(asked.run).binding.jobHash
        let fresh = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana", ["job_hash": .string(hash)])
        #expect(fresh.status == 200)
    }

    @Test func `two must agree where the flow says so, whatever way they come`() async throws {
        let here = try EventsFixture()
        var body = EventsFixture.access.object ?? [:]
        body["flow_srn"] = "acme:flow:two:latest"
        let asked = try await here.asked(.object(body))
        let first = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        #expect(first["status"] == "requested")
        try await here.engine.know(Sample.eli)
        #expect(try await here.engine.click(.approve, by: Sample.eli, on: asked.run) == .done)
        #expect(try await here.status(asked.run) == "approved")
    }

    @Test func `a hook that refuses a vote makes its event an error`() async throws {
        let here = try EventsFixture()
        here.engine.handlers.has(.onApprove)
        here.engine.handlers.answer(.onApprove, .success(.ignore(message: "Not you")))
        let asked = try await here.asked()
        let answer = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        #expect(answer.status == 200 && answer["status"] == "requested")
        #expect(try await here.event(answer.event)["status"] == "processing")
        try await here.engine.settle()
        let event = try await here.event(answer.event)
        #expect(event["status"] == "error" && event["error"] == "Not you")
        #expect(try await here.status(asked.run) == "requested")
    }

    // MARK: Ending access

    @Test func `the bot that asked ends access, and its event follows the removal`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked(EventsFixture.access)
        let body: JSONValue = ["run_id": .string(asked.run.text)]
        let early = try await here.call("POST", "events/deescalate", as: "bot", body)
        #expect(early.status == 400 && early.code == "DeescalateAPI:INVALID_RUN")
        #expect(
            early["message"] == "Cannot de-escalate a run with status 'requested'. Status must be 'escalated'."
        )
        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        try await here.engine.settle()
        #expect(try await here.call("POST", "events/deescalate", as: "other", body).status == 403)

        let answer = try await here.call("POST", "events/deescalate", as: "bot", body)
        #expect(answer.status == 200 && answer["request_body"] == body)
        #expect(try await here.event(answer.event)["status"] == "processing")
        let again = try await here.call("POST", "events/deescalate", as: "bot", body)
        #expect(again.status == 200, "it is ending already")
        try await here.engine.settle()
        for event in [answer.event, again.event] {
            #expect(try await here.event(event)["status"] == "success")
        }
        #expect(try await here.status(asked.run) == "deescalated")
        #expect(try await here.call("POST", "events/deescalate", as: "bot", body).status == 400)
    }

    @Test func `a run that is not there cannot be ended`() async throws {
        let here = try EventsFixture()
        #expect(try await here.call("POST", "events/deescalate", as: "ada", ["run_id": "nowhere"]).status == 404)
        #expect(try await here.call("POST", "events/deescalate", as: "ada", [:]).status == 400)
        #expect(try await here.call("GET", "events/deescalate", as: "ada").status == 405, "it is no event's name")
    }
}
