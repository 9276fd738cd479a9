import FoundationEssentials
import Support
import Testing

/// `symflow request` and `symflow run` as a pipeline runs them.
@Suite struct `The gate for CI` {
    private static let site = Site(Site.question("\"notify\": [\(Site.channel("#db-access"))]"))
    private static let flow = "acme:flow:go_ahead:latest"

    private func gate(_ here: Installation, _ script: String, ci: Bool = true) async throws -> Child {
        let bot = try await here.admin.bot("ci-\(IDGenerator.random.next().prefix(8))", role: "member")
        var environment = here.environment.filter { !$0.key.hasPrefix("SLACK") }
        environment["SYM_API_URL"] = here.url + "/api/v1"
        environment["SYM_JWT"] = bot.token
        environment["SYMFLOW"] = try Executable.path()
        environment["HOME"] = here.folder.path
        environment["CI"] = ci ? "true" : nil
        environment["PATH"] = "/usr/bin:/bin"
        return try Child("/bin/sh", ["-c", script], environment: environment, folder: here.folder)
    }

    @Test(arguments: [Person.Button.approve, .deny])
    func `a request waits for its answer, and says who gave it`(button: Person.Button) async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let asking = try await gate(
                here,
                "echo '{\"diff.txt\": \"+1\"}' | $SYMFLOW request --flow \(Self.flow) --input what='Release 7' "
                    + "--context - --wait --json"
            )
            let card = try await here.person("dana").sees("Release 7", in: "#db-access")
            try await here.person("dana").clicks(button, on: card)
            let ended = await asking.end(within: .seconds(30))
            #expect(ended?.code == (button == .approve ? 0 : 1))
            let verb = button == .approve ? "Approved" : "Denied"
            let text = asking.errorLines.joined(separator: "\n")
            #expect(text.contains("\(verb) by dana <dana@acme.test>"), "\(text)")
            #expect(!text.contains("\r"), "plain lines in CI")
            let document = try JSONValue(parsing: asking.outputLines.joined(separator: "\n"))
            #expect(document["status"]?.text == (button == .approve ? "approved" : "denied"))
        }
    }

    @Test func `what is wrong is said at once, and nothing is approved by mistake`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            for (options, code, said) in [
                ("--flow acme:flow:nowhere:latest --wait", 1, "UNKNOWN_FLOW"),
                ("--flow \(Self.flow) --wait", 1, "flow_inputs.what"), ("--wait", 2, "--flow is missing"),
                ("--flow \(Self.flow) --input what --wait", 1, "NAME=VALUE"),
                ("--flow \(Self.flow) --input what=x --wait --timeout 1s", 1, "symflow request --run"),
            ] as [(String, Int32, String)] {
                let asking = try await gate(here, "$SYMFLOW request \(options)")
                let ended = await asking.end(within: .seconds(60))
                #expect(ended?.code == code, "\(options)")
                #expect(asking.errorLines.joined(separator: "\n").contains(said), "\(asking.errorLines)")
            }
        }
    }

    @Test func `a request outlives the server that it waits for`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let port = here.url.split(separator: ":").last ?? ""
            let asking = try await gate(here, "$SYMFLOW request --flow \(Self.flow) --input what=Restart --wait")
            let card = try await here.person("dana").sees("Restart", in: "#db-access")
            try await here.isKilled()
            _ = await asking.hasErrorLines(with: "trying again", count: 1, within: .seconds(20))
            var environment = here.environment
            environment["SYM_LISTEN"] = "127.0.0.1:\(port)"
            try await here.start(with: environment)
            try await here.person("dana").clicks(.approve, on: card)
            #expect(await asking.end(within: .seconds(60))?.code == 0)
        }
    }

    @Test func `Ctrl-C ends the waiting, not the request`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let asking = try await gate(here, "exec $SYMFLOW request --flow \(Self.flow) --input what=Patience --wait")
            try await here.person("dana").sees("Patience", in: "#db-access")
            #expect(await asking.hasErrorLines(with: "Waiting for an answer", count: 1, within: .seconds(20)))
            asking.send(signal: 2)
            #expect(await asking.end(within: .seconds(20))?.code == 130)
            let hint = try #require(asking.errorLines.first { $0.contains("symflow request --run") })
            let card = try await here.person("dana").sees("Patience", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            let again = try await gate(here, hint.trimmed.replacing("symflow", with: "$SYMFLOW"))
            #expect(await again.end(within: .seconds(20))?.code == 0, "\(again.errorLines)")
        }
    }

    // MARK: Commands

    private static let repository = """
        mkdir -p tree && cd tree && git init -q . && git config user.email ci@acme.test && git config user.name CI
        echo one > file && git add . && git commit -qm first
        """

    @Test func `a command runs once it is approved, as it was shown, and its exit status is on record`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let running = try await gate(
                here,
                """
                cd \(here.folder.path); \(Self.repository)
                exec $SYMFLOW run --flow \(Self.flow) --input what=Deploy -- sh -c 'echo ran in $(pwd); exit 7'
                """
            )
            let card = try await here.person("dana").sees("Deploy", in: "#db-access")
            #expect(card.contains("sh -c 'echo ran in $(pwd); exit 7'"), "\(card)")
            #expect(card.contains("\(here.folder.path)/tree") && card.contains("at commit"))
            #expect(!card.contains("not committed") && running.outputLines.isEmpty)
            try await here.person("dana").clicks(.approve, on: card)
            #expect(await running.end(within: .seconds(30))?.code == 7)
            #expect(running.outputLines == ["ran in \(here.folder.path)/tree"])
            try await here.person("dana").sees("exit status 7", on: card)
            let run = try #require(try await here.admin.get("runs")["runs"]?[0])
            #expect(run["execution"]?["exit_code"] == 7 && run["command"]?["changes"] == .null)
        }
    }

    @Test func `nothing runs that is no longer what was approved, or that was denied`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let script = """
                cd \(here.folder.path); \(Self.repository)
                echo two > untracked
                exec $SYMFLOW run --flow \(Self.flow) --input what=Deploy -- touch ran
                """
            let running = try await gate(here, script)
            let card = try await here.person("dana").sees("Deploy", in: "#db-access")
            #expect(card.contains("with changes that are not committed"))
            try here.folder.write("three", to: "tree/untracked")
            try await here.person("dana").clicks(.approve, on: card)
            #expect(await running.end(within: .seconds(30))?.code == 1)
            #expect(running.errorLines.contains { $0.contains("the files of the working tree changed") })
            try await here.person("dana").sees("Not run", on: card)

            let denied = try await gate(
                here,
                "cd \(here.folder.path)/tree; exec $SYMFLOW run --flow \(Self.flow) --input what=Again -- touch ran"
            )
            let second = try await here.person("dana").sees("Again", in: "#db-access")
            try await here.person("dana").clicks(.deny, on: second)
            #expect(await denied.end(within: .seconds(30))?.code == 1)
            #expect(!FileManager.default.fileExists(atPath: here.folder.file("tree/ran")))
        }
    }

    @Test func `a command gets the signals that its gate gets`() async throws {
        try await Installation.run(Self.site, withAPI: true) { here in
            let running = try await gate(
                here,
                "exec $SYMFLOW run --flow \(Self.flow) --input what=Long -- "
                    + "sh -c 'trap \"echo heard; exit 9\" TERM; echo began; while :; do sleep 0.1; done'"
            )
            let card = try await here.person("dana").sees("Long", in: "#db-access")
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("Runs since", on: card)
            for _ in 0..<200 where !running.outputLines.contains("began") {
                try await Task.sleep(for: .milliseconds(50))
            }
            running.send(signal: 15)
            #expect(await running.end(within: .seconds(30))?.code == 9)
            #expect(running.outputLines.contains("heard"))
            try await here.person("dana").sees("exit status 9", on: card)
        }
    }
}
