import AdminClient
import ApprovalCore
import HTTPModel
import Support
import Synchronization
import TestSupport
import Testing

/// A gate in front of a scripted server, whose time passes only while it pauses.
private final class Setting: Sendable {
    let transport = ScriptedTransport()
    private let start = MonotonicInstant.now()
    private let time = Mutex<Duration>(.zero)
    private let heard = Mutex<[String]>([])

    var gate: Gate {
        let pause: @Sendable (Duration) async throws -> Void = { duration in self.time.withLock { $0 += duration } }
        return Gate(
            client: GateClient(
                transport: transport, address: APIAddress("http://sym.test/api/v1/") ?? APIAddress("http://x")!,
                token: Secret("the-token"), wait: pause, trouble: { text in self.heard.withLock { $0.append(text) } }
            ), now: { self.start + self.passed }, pause: pause,
            progress: { run in self.heard.withLock { $0.append(run.progress) } }
        )
    }

    var passed: Duration { time.withLock { $0 } }
    var said: [String] { heard.withLock { $0 } }
    func passes(_ duration: Duration) { time.withLock { $0 += duration } }
}

@Suite struct `The gate` {
    private let here = Setting()

    private func run(_ status: String, _ approval: String, version: String, _ more: JSONObject = [:]) -> JSONValue {
        var run: JSONObject = [
            "run_id": "r1", "status": .string(status), "approval_status": .string(approval),
            "version": .string(version),
        ]
        for (name, value) in more { run[name] = value }
        return .object(run)
    }

    @Test func `a request is what the Events API takes`() async throws {
        var request = GateRequest(flow: "acme:flow:deploy:latest", target: "acme:access_target:http:orders:latest")
        try request.add(input: "reason=INC-1=2")
        try request.add(input: "urgency=")
        try request.set(duration: "30m")
        try request.set(context: Array(#"{"diff.txt": "+1"}"#.utf8), from: "x.json")
        request.onBehalfOf = "bob@acme.test"
        here.transport.expect("request", .json(["run_id": "r1", "event_id": "e1", "request_body": [:]]))
        let asked = try await here.gate.ask(request, key: "k")
        #expect(asked.run == "r1" && asked.event == "e1")
        let sent = try #require(here.transport.sent.first)
        #expect(sent.request.target == "http://sym.test/api/v1/events/request")
        #expect(sent.request.headers["Authorization"] == "Bearer the-token")
        #expect(sent.request.headers["Idempotency-Key"] == "k")
        #expect(
            sent.body == [
                "flow_srn": "acme:flow:deploy:latest",
                "flow_inputs": [
                    "reason": "INC-1=2", "urgency": "", "target_srn": "acme:access_target:http:orders:latest",
                    "duration": 1800,
                ], "context": ["diff.txt": "+1"], "user_email": "bob@acme.test",
            ]
        )
    }

    @Test(arguments: ["reason", "=x", ""])
    func `an input is a name and a value`(_ text: String) {
        var request = GateRequest(flow: "f")
        #expect(throws: GateError.self) { try request.add(input: text) }
    }

    @Test func `what is wrong with a file or a time is said`() throws {
        var request = GateRequest(flow: "f")
        try request.add(input: "a=1")
        #expect(throws: GateError.self) { try request.add(input: "a=2") }
        #expect(throws: GateError.self) { try request.set(context: Array("[]".utf8), from: "x") }
        #expect(throws: GateError.self) { try request.set(context: Array("{".utf8), from: "x") }
        #expect(throws: GateError.self) { try request.set(duration: "soon") }
    }

    @Test func `it waits through restarts, under one key, and hears the answer`() async throws {
        here.transport.expect(
            "request", .failure(.unreachable(reason: "refused")), .status(503),
            .failure(.timedOut(after: .seconds(20))),
            .json(["run_id": "r1", "event_id": "e1"])
        )
        let asked = try await here.gate.ask(GateRequest(flow: "f"), key: "k")
        #expect(asked.run == "r1")
        #expect(Set(here.transport.sent.map { $0.request.headers["Idempotency-Key"] }) == ["k"])
        #expect(here.said.count == 3 && here.passed == .milliseconds(3500))

        here.transport.expect(
            "r1", .json(run("requested", "pending", version: "1", ["quorum": 2, "votes": []])),
            .failure(.interrupted(reason: "reset")),
            .json(run("requested", "pending", version: "2", ["quorum": 2, "votes": [[:]]])),
            .json(
                run(
                    "approved", "approved", version: "3",
                    [
                        "decision": [
                            "outcome": "approved", "decided_by": "people",
                            "people": [["name": "Dana", "email": "dana@acme.test"], ["name": "Eli", "email": nil]],
                            "reason": "Fine",
                        ]
                    ]
                )
            )
        )
        let answer = try await here.gate.answer(to: "r1", event: "e1", within: nil)
        #expect(answer.answer == .yes)
        #expect(answer.sentence == "Approved by Dana <dana@acme.test> and Eli: Fine.")
        let targets = here.transport.sent.filter { $0.name == "r1" }.map(\.request.target)
        #expect(targets.first == "http://sym.test/api/v1/runs/r1")
        #expect(targets.last == "http://sym.test/api/v1/runs/r1?wait=30&version=2")
        #expect(here.said.contains("Waiting for an answer (1 of 2 approvals)"))
    }

    @Test(arguments: [
        ("denied", "denied", "denied", GateRun.Answer.no), ("expired", "expired", "expired", .no),
        ("errored", "approved_execution_failed", "approved", .no), ("deescalated", "approved", "approved", .no),
        ("escalated", "approved", "approved", .yes), ("approved", "approved", "approved", .yes),
        ("approved", "processing", "approved", .waiting), ("requested", "pending", "", .waiting),
        ("something_new", "", "", .no),
    ])
    func `only what is approved, and on, is a yes`(
        _ status: String, _ approval: String, _ outcome: String, _ answer: GateRun.Answer
    ) {
        var more: JSONObject = [:]
        if !outcome.isEmpty { more["decision"] = ["outcome": .string(outcome), "decided_by": "system"] }
        let seen = GateRun(run(status, approval, version: "1", more).object ?? [:])
        #expect(seen.answer == answer)
        if answer == .no { #expect(!seen.sentence.isEmpty) }
    }

    @Test func `what people wrote stays on the line it is quoted in, and moves no cursor`() {
        let seen = GateRun([
            "status": "denied", "approval_status": "denied",
            "decision": [
                "outcome": "denied", "decided_by": "people", "people": [["name": "Da\u{1b}[2Jna", "email": nil]],
                "reason": "No\n::add-mask::yes\r\u{202e}",
            ],
        ])
        #expect(seen.sentence == "Denied by Da\u{fffd}[2Jna: No ::add-mask::yes \u{fffd}.")
    }

    @Test func `a refusal ends it at once, with the server's words`() async throws {
        here.transport.expect(
            "request",
            .json(["error": true, "message": "There is no flow f.", "code": "RequestAPI:UNKNOWN_FLOW"], status: 404)
        )
        await #expect(throws: GateError("There is no flow f. (RequestAPI:UNKNOWN_FLOW)", isRefusal: true)) {
            _ = try await here.gate.ask(GateRequest(flow: "f"), key: "k")
        }
        #expect(here.transport.sent.count == 1)
    }

    @Test func `what is no answer of the API's is not taken for one`() async throws {
        here.transport.expect("request", .status(200, text: "<html>Welcome</html>"))
        await #expect(throws: GateError.self) { _ = try await here.gate.ask(GateRequest(flow: "f"), key: "k") }
        here.transport.expect("request", .status(404, text: "nginx"))
        await #expect(throws: GateError.self) { _ = try await here.gate.ask(GateRequest(flow: "f"), key: "k") }
    }

    @Test func `a server that stays away is given up`() async throws {
        here.transport.always("request", .failure(.unreachable(reason: "refused")))
        await #expect(throws: GateError.self) { _ = try await here.gate.ask(GateRequest(flow: "f"), key: "k") }
        #expect(here.passed >= GateClient.patience && here.passed < GateClient.patience * 2)
    }

    @Test func `code of the flow that fails ends the waiting, and a wait has its limit`() async throws {
        here.transport.always(
            "r1", .json(run("requested", "pending", version: "1", ["errors": [["message": "NameError"]]]))
        )
        here.transport.expect("e1", .json(["status": "error", "error": "NameError"]))
        await #expect(throws: GateError("The flow's own code failed: NameError")) {
            _ = try await here.gate.answer(to: "r1", event: "e1", within: nil)
        }
        here.transport.always("r1", .json(run("requested", "pending", version: "1")))
        await #expect(throws: GateError.self) {
            _ = try await here.gate.answer(to: "r1", event: nil, within: .seconds(30))
        }
        #expect(here.passed >= .seconds(30))
    }

    @Test func `what changed in a command is named`() {
        let asked = GateCommand(arguments: ["ls"], directory: "/a", host: "h", commit: "1", changes: nil)
        #expect(asked.differences(from: asked).isEmpty)
        let now = GateCommand(arguments: ["ls"], directory: "/a", host: "h", commit: "2", changes: "x")
        #expect(
            now.differences(from: asked) == ["the commit that is checked out", "the files of the working tree"]
        )
    }
}
