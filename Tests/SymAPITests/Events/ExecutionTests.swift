import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `Commands behind the gate` {
    private static let command: JSONValue = [
        "argv": ["terraform", "apply"], "directory": "/srv/app", "host": "ci-1", "commit": "4f2a", "changes": nil,
    ]

    private func asked(_ here: EventsFixture) async throws -> EventsFixture.Answer {
        var body = EventsFixture.goAhead.object ?? [:]
        body["command"] = Self.command
        return try await here.asked(.object(body))
    }

    private func begin(
        _ run: RunID, _ here: EventsFixture, as caller: String = "bot", attempt: String = "a1",
        _ command: JSONValue = command
    ) async throws -> EventsFixture.Answer {
        try await here.call(
            "POST", "runs/\(run)/execution", as: caller,
            ["state": "started", "attempt": .string(attempt), "command": command]
        )
    }

    private func end(_ run: RunID, _ here: EventsFixture, _ end: JSONObject) async throws -> EventsFixture.Answer {
        var body = end
        body["state"] = "ended"
        return try await here.call("POST", "runs/\(run)/execution", as: "bot", .object(body))
    }

    @Test func `a command is part of the job, runs once it is approved, and its end is on record`() async throws {
        let here = try EventsFixture()
        let plain = try await here.engine.run(try await here.asked().run)
        let asked = try await asked(here)
        #expect(try await here.engine.run(asked.run).binding.jobHash != plain.binding.jobHash)
        let early = try await begin(asked.run, here)
        #expect(early.status == 409 && early.code == "ExecutionAPI:NOT_RUNNABLE")

        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        #expect(try await begin(asked.run, here).status == 200)
        #expect(try await begin(asked.run, here).status == 200, "a lost answer is asked for again")
        #expect(try await begin(asked.run, here, attempt: "a2").status == 409, "it runs once")
        #expect(try await end(asked.run, here, ["exit_code": 3]).status == 200)
        #expect(try await end(asked.run, here, ["exit_code": 3]).status == 200)
        #expect(try await end(asked.run, here, ["exit_code": 0]).status == 409)
        #expect(try await begin(asked.run, here).status == 409, "it has ended")
        let run = try await here.call("GET", "runs/\(asked.run)", as: "bot")
        #expect(run["execution"]?["exit_code"] == 3)
        #expect(try await here.engine.kinds(asked.run).suffix(2) == ["command_started", "command_ended"])
    }

    @Test func `nothing runs but what was approved, and nobody else runs it`() async throws {
        let here = try EventsFixture()
        let asked = try await asked(here)
        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        var other = Self.command.object ?? [:]
        other["commit"] = "5b3c"
        #expect(try await begin(asked.run, here, .object(other)).status == 409)
        #expect(try await begin(asked.run, here, as: "other").status == 403)
        #expect(try await begin(asked.run, here, as: "ada").status == 403)
        here.engine.clock.advance(.hours(1) + .seconds(1))
        #expect(try await begin(asked.run, here).status == 409, "the approval is too old")
        let never = try await here.asked()
        _ = try await here.call("POST", "runs/\(never.run)/approve", as: "dana")
        #expect(try await begin(never.run, here).status == 409, "there is no command")
        #expect(try await end(never.run, here, ["exit_code": 0]).status == 409)
    }

    @Test func `a command that is no longer the same is recorded as not run, and never runs`() async throws {
        let here = try EventsFixture()
        let asked = try await asked(here)
        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        #expect(try await end(asked.run, here, ["not_run": "the commit changed"]).status == 200)
        #expect(try await begin(asked.run, here).status == 409)
        let run = try await here.call("GET", "runs/\(asked.run)", as: "bot")
        #expect(run["execution"]?["not_run"] == "the commit changed")
    }

    @Test(arguments: [
        (["ls", "-l"], "ls -l"), (["sh", "-c", "rm -rf /"], "sh -c 'rm -rf /'"), (["echo", ""], "echo ''"),
        (["echo", "it's"], #"echo 'it'\''s'"#), (["echo", "a\nb"], #"echo $'a\nb'"#),
        (["echo", "\u{202e}gnp"], #"echo $'\U0000202egnp'"#), (["echo", "`id`"], #"echo $'\U00000060id\U00000060'"#),
    ])
    func `a command is shown as a shell takes it, with nothing that hides`(_ words: [String], _ text: String) {
        #expect(GateCommand(arguments: words, directory: "/").text == text)
    }

    @Test(
        arguments: [
            #"{}"#, #"{"argv": [], "directory": "/"}"#, #"{"argv": ["ls"], "directory": "here"}"#,
            #"{"argv": ["ls", 1], "directory": "/"}"#, #"{"argv": [""], "directory": "/"}"#,
            #"{"argv": ["ls"], "directory": "/", "more": 1}"#, #"{"argv": ["ls"], "directory": "/", "commit": ""}"#,
            #"{"argv": ["a\u0000b"], "directory": "/"}"#, #"[]"#,
        ])
    func `what is no command is refused`(_ text: String) throws {
        #expect(throws: FieldProblem.self) { try GateCommand(JSONValue(parsing: text)) }
    }

    @Test func `a command that would not fit on the card is refused`() throws {
        func command(_ count: Int, _ sign: String) -> JSONValue {
            ["argv": ["x", .string(String(repeating: sign, count: count))], "directory": "/"]
        }
        _ = try GateCommand(command(1900, "y"))
        #expect(throws: FieldProblem.self) { try GateCommand(command(2100, "y")) }
        #expect(throws: FieldProblem.self) { try GateCommand(command(500, "&")) }
    }
}
