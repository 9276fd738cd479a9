import FoundationEssentials
import HTTPModel
import ServerMicroHTTPD
import Support
import Testing

/// The Events API as pipelines use it: with a bot's token, over HTTP, against the program.
@Suite struct `The Events API` {
    private static let target: JSONValue = "acme:access_target:http:orders-db:latest"

    /// Waits as a caller does who misses nothing: it says which version it has seen. Gives up where nothing happens any
    /// more: the run came to something else.
    private static func follow(_ run: String, until status: String, by bot: APIClient) async throws -> JSONValue {
        var seen = try await bot.get("runs/\(run)")
        var waitedInVain = 0
        while seen["status"]?.text != status {
            try #require(waitedInVain < 6, "the run stayed at \(seen["status"]?.text ?? "nothing")")
            let version = seen["version"]?.text ?? ""
            seen = try await bot.get("runs/\(run)?wait=20&version=\(version)")
            if seen["version"]?.text == version { waitedInVain += 1 }
        }
        return seen
    }

    @Test func `a bot asks for Bob, Dana approves in Slack, and the bot ends the access`() async throws {
        try await Installation.run(Site(Site.access(params: #", "allowed_sources": ["api"]"#)), withAPI: true) { here in
            let bot = try await here.admin.bot("deploy", role: "member")
            let asked = try await bot.post(
                "events/request",
                [
                    "flow_srn": "acme:flow:prod_db:latest",
                    "flow_inputs": ["reason": "INC-1", "duration": 3600, "target_srn": Self.target], "context": [:],
                    "user_email": "bob@acme.test",
                ]
            )
            let run = try #require(asked["run_id"]?.text)
            let card = try await here.person("dana").sees("INC-1", in: "#db-access")
            #expect(card.contains("<@U0BOB> asks for") && card.contains("on the requester's behalf by deploy"))
            try await here.person("bob").sees("Waiting for", in: "@app")
            try await here.person("dana").clicks(.approve, on: card)
            let seen = try await Self.follow(run, until: "escalated", by: bot)
            #expect(seen["decision"]?["people"]?[0]?["email"] == "dana@acme.test")
            #expect(here.target.performed(.escalate).map(\.identity) == ["bob@acme.test"])

            let ending = try await bot.post("events/deescalate", ["run_id": .string(run)])
            let event = try #require(ending["event_id"]?.text)
            _ = try await Self.follow(run, until: "deescalated", by: bot)
            #expect(try await bot.get("events/\(event)")["status"] == "success")
            #expect(here.target.performed(.deescalate).count == 1)
            let story = try await bot.get("runs/\(run)/events")["events"]?.elements ?? []
            #expect(story.first?["actor"]?["username"] == "bob@acme.test")
            #expect(story.contains { $0["event"]?["channel"] == "slack" && $0["event"]?["type"] == "approve" })

            let stranger = try await here.admin.bot("stranger", role: "guest")
            #expect(try await stranger.call("GET", "runs/\(run)").status == 404)
            #expect(try await stranger.call("POST", "events/request", ["flow_srn": "x"]).status == 403)
        }
    }

    @Test func `what only the API may use is not offered in Slack, and the other way round`() async throws {
        var site = Site(Site.question("\"notify\": [\(Site.channel("#db-access"))]"))
        site.flows.append(
            Site.question(
                "\"notify\": [\(Site.channel("#db-access"))]", name: "slack_only",
                params: #", "allowed_sources": ["slack"]"#
            )
        )
        try await Installation.run(site, withAPI: true) { here in
            let refused = try await here.admin.call(
                "POST", "events/request", ["flow_srn": "acme:flow:slack_only:latest", "flow_inputs": ["what": "x"]]
            )
            #expect(refused.status == 403 && refused.body?["code"] == "RequestAPI:SOURCE_NOT_ALLOWED")
            let asked = try await here.admin.post(
                "events/request", ["flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": ["what": "Release 7"]]
            )
            let card = try await here.person("dana").sees("Release 7", in: "#db-access")
            #expect(card.contains("Asked through the API"))
            #expect(try await here.admin.get("runs?status=requested")["runs"]?[0]?["id"] == asked["run_id"])
        }
    }

    // MARK: The orb's scripts

    /// As the orb's scripts call, byte for byte: `curl` follows redirects and fails with the body.
    private func curl(
        _ here: Installation, _ method: String, _ path: String, token: String, data: String? = nil
    ) async throws -> (code: Int32?, body: JSONValue?) {
        var words = [
            "-L", "--silent", "--fail-with-body", "--request", method, "\(here.url)/api/v1/\(path)", "--header",
            "Authorization: Bearer \(token)", "--header", "Content-Type: application/json",
        ]
        if let data { words += ["--data", data] }
        let child = try Child("/usr/bin/curl", words, environment: [:], folder: here.folder)
        let ended = await child.end(within: .seconds(30))
        return (ended?.code, try? JSONValue(parsing: child.outputLines.joined(separator: "\n")))
    }

    @Test func `the orb's five calls do what its jobs rely on`() async throws {
        let site = Site(Site.access(Site.askDatabaseTeam))
        try await Installation.run(site, withAPI: true) { here in
            let bot = try await here.admin.bot("circleci", role: "admin")
            let token = try #require(bot.token)
            let asked = try await curl(
                here, "POST", "events/request", token: token,
                data: """
                    {"flow_srn": "acme:flow:prod_db:latest", "flow_inputs": {"reason": "Deploy", "duration": 3600,
                     "target_srn": "acme:access_target:http:orders-db:latest"},
                     "context": {"diff.txt": "+1\\n-1"}, "user_email": "bob@acme.test"}
                    """
            )
            #expect(asked.code == 0)
            let run = try #require(asked.body?["run_id"]?.text)
            let request = try #require(asked.body?["event_id"]?.text)
            let card = try await here.person("dana").sees("Deploy", in: "#db-access")
            let event = try await curl(here, "GET", "events/\(request)", token: token)
            #expect(event.code == 0 && event.body?["status"] == "success")
            let early = try await curl(here, "GET", "runs/\(run)", token: token)
            #expect(early.code == 0 && early.body?["status"] == "requested")
            try await here.person("dana").clicks(.approve, on: card)
            try await here.person("dana").sees("*Access is on*", on: card)
            #expect(try await curl(here, "GET", "runs/\(run)", token: token).body?["status"] == "escalated")
            let ending = try await curl(
                here, "POST", "events/deescalate", token: token, data: "{\"run_id\": \"\(run)\"}"
            )
            #expect(ending.code == 0 && ending.body?["request_body"] == ["run_id": .string(run)])
            try await here.person("dana").sees("Access ended", on: card)
            let end = try #require(ending.body?["event_id"]?.text)
            #expect(try await curl(here, "GET", "events/\(end)", token: token).body?["status"] == "success")
            // --fail-with-body: the job fails, and prints why.
            let late = try await curl(
                here, "POST", "events/deescalate", token: token, data: "{\"run_id\": \"\(run)\"}"
            )
            #expect(late.code == 22 && late.body?["code"] == "DeescalateAPI:INVALID_RUN")
            #expect(
                late.body?["message"]
                    == "Cannot de-escalate a run with status 'deescalated'. Status must be 'escalated'."
            )
            #expect(try await curl(here, "GET", "runs/\(run)", token: "wrong").code == 22)
        }
    }

    // MARK: Python

    /// The API of a pipeline: judges a diff, and remembers who asked.
    private final class Pipeline: HTTPHandler {
        let asked = Watched([JSONValue]())

        func respond(to request: HTTPRequest) async -> HTTPResponse {
            let body = (try? JSONValue(parsing: request.body)) ?? .null
            asked.change { $0.append(body) }
            let diff = body["diff"]?.text ?? ""
            let verdict: JSONValue =
                diff.contains("README") ? "harmless" : diff.contains("freeze") ? "forbidden" : "ask"
            return HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"],
                body: JSONValue.object(["verdict": verdict]).bytes
            )
        }
    }

    @Test func `a flow in Python reads what the pipeline sent and asks its API`() async throws {
        let pipeline = Pipeline()
        let server = MicroHTTPServer(settings: .forTests, handler: pipeline, log: .silent)
        let port = try server.start()
        let serving = Task { try? await server.run() }
        defer { serving.cancel() }
        var site = Site(
            """
            {
              "name": "deploy", "label": "Deployment", "environment": "main", "implementation": "impl.py",
              "vars": {"pipeline": "http://127.0.0.1:\(port)"},
              "params": {"prompt_fields": [{"name": "build", "type": "string", "label": "Build"}]}
            }
            """
        )
        site.files["impl.py"] = try String(
            contentsOf: URL(filePath: Executable.checkout + "Fixtures/python/pipeline_context.py"), encoding: .utf8
        )
        try await Installation.run(site, withAPI: true) { here in
            let bot = try await here.admin.bot("circleci", role: "member")
            func ask(_ diff: String) async throws -> (run: String, event: String) {
                let asked = try await bot.post(
                    "events/request",
                    [
                        "flow_srn": "acme:flow:deploy:latest", "flow_inputs": ["build": "7"],
                        "context": ["diff.txt": .string(diff)],
                    ]
                )
                return (asked["run_id"]?.text ?? "", asked["event_id"]?.text ?? "")
            }
            let harmless = try await ask("README.md +1")
            let decided = try await Self.follow(harmless.run, until: "approved", by: bot)
            #expect(decided["decision"]?["decided_by"] == "policy")
            #expect(decided["decision"]?["reason"] == "Only documentation changes.")
            #expect(pipeline.asked.read { $0.first?["asked_by"] } == "circleci")

            let forbidden = try await ask("freeze")
            while try await bot.get("events/\(forbidden.event)")["status"] == "processing" {
                _ = try await bot.get("runs/\(forbidden.run)?wait=1")
            }
            let event = try await bot.get("events/\(forbidden.event)")
            #expect(event["status"] == "error" && event["error"] == "Nobody deploys during the freeze.")

            let open = try await ask("main.tf +1")
            let card = try await here.person("dana").sees("circleci asks for", in: "#db-access")
            try await here.person("dana").clicks(.deny, on: card)
            _ = try await Self.follow(open.run, until: "denied", by: bot)
        }
    }
}
