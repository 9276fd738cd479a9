import ApprovalCore
import ApprovalEngine
import FoundationEssentials
import Glibc
import Support
import Synchronization
import TestSupport
import Testing

@testable import HandlersPython

/// The flows of `Fixtures/python`, with the SDK and its worker: `SYM_PYTHON`, or the system's Python.
@Suite struct `Flows in Python` {
    private let directory = FakeDirectory(people: EngineFixture.people)
    private let sent = Sent()
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private final class Sent: Sendable {
        let messages = Mutex<[String]>([])
    }

    private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    private static func fixture(_ name: String) throws -> String {
        let data = try Data(contentsOf: URL(filePath: root + "/Fixtures/python/" + name + ".py"))
        return String(decoding: data, as: UTF8.self)
    }

    /// Handlers with a pool of their own, which ends with the test.
    private func withHandlers(_ body: (PythonHandlers) async throws -> Void) async throws {
        let python = getenv("SYM_PYTHON").map { String(cString: $0) } ?? "/usr/bin/python3"
        let command = try await Sandbox(
            python: python, folder: Self.root + "/Sources/HandlersPython/Python"
        ).command(.none, log: .silent)
        let pool = WorkerPool(log: .silent) { command }
        let sent = sent
        let fixture = fixture
        for person in [Sample.bob, Sample.dana, Sample.eli, Sample.ada] { try await fixture.know(person) }
        let engine: @Sendable () -> ApprovalEngine = { fixture.engine }
        let handlers = PythonHandlers(
            pool: pool,
            calls: SDKCalls(
                directory: directory,
                slack: SDKCalls.Slack(
                    userInfo: { account in ["id": .string(account.user)] }, list: { _ in [] }, members: { _, _ in [] },
                    send: { text, place, _, _ in sent.messages.withLock { $0.append("\(place): \(text)") } }
                ),
                secrets: SecretReader { name throws(SecretError) in
                    guard name == "build-token" else { throw .unknown(name: name) }
                    return Secret("t0ken")
                },
                engine: engine
            ),
            places: PlaceFinder(directory: directory, remember: { _ in }, log: .silent), organization: { "acme" },
            callTime: { .seconds(20) }, engine: engine, log: .silent
        )
        do { try await body(handlers) } catch {
            await pool.stop()
            throw error
        }
        await pool.stop()
    }

    private func question(
        _ source: String, urgency: String = "Normal", vars: [String: String] = [:], context: String? = nil
    ) -> FlowQuestion {
        var flow = Sample.flow()
        flow.implementation = source
        flow.vars = vars
        flow.environment.integrations["pipeline"] = Integration(
            type: "custom", name: "pipeline", externalID: "ci", settings: ["secret_ids_json": #"["build-token"]"#]
        )
        let run = AccessRequest.sample(
            of: flow, fields: ["reason": .string("May"), "urgency": .string(urgency)])
        return FlowQuestion(run: run, flow: flow, now: Sample.start, idempotencyKey: "key")
    }

    private func route(_ source: String, urgency: String = "Normal", vars: [String: String] = [:]) async throws
        -> RoutingAnswer
    {
        var answer: RoutingAnswer?
        let question = question(source, urgency: urgency, vars: vars)
        try await withHandlers { answer = try await $0.route(question) }
        return try #require(answer)
    }

    @Test func `everything is approved at once, and people see why`() async throws {
        let answer = try await route(Self.fixture("fast_track_all"))
        let routing = Routing(
            mayDecide: DeciderRule(level: .member), stages: [Routing.Stage(places: [.channel("#approvals")])]
        )
        #expect(answer == .approve(reason: "Everything here is fast-tracked.", rule: nil, routing: routing))
    }

    @Test func `an emergency passes, and a message made of requester and target is sent`() async throws {
        let answer = try await route(Self.fixture("fast_track_urgency"), urgency: "Emergency")
        guard case .approve("An emergency", nil, .some) = answer else {
            Issue.record("\(answer)")
            return
        }
        let messages = sent.messages.withLock { $0 }
        #expect(messages.count == 1)
        #expect(messages[0].contains("#security"))
        #expect(messages[0].contains("<@U0BOB> was given access to prod without waiting."), "\(messages)")
    }

    @Test func `anything else is asked`() async throws {
        let answer = try await route(Self.fixture("fast_track_urgency"))
        #expect(
            answer
                == .ask(
                    Routing(
                        mayDecide: DeciderRule(level: .member),
                        stages: [Routing.Stage(places: [.channel("#db-access")])])))
        #expect(sent.messages.withLock { $0 }.isEmpty)
    }

    @Test func `backups follow one another, and people who were looked up may decide`() async throws {
        let answer = try await route(
            Self.fixture("backups"), vars: ["approvers": "dana@acme.test,eli@acme.test", "first": "dana@acme.test"])
        #expect(
            answer
                == .ask(
                    Routing(
                        mayDecide: DeciderRule(level: .guest, people: ["dana@acme.test", "eli@acme.test"]),
                        stages: [
                            Routing.Stage(places: [.people([Sample.dana.account])], forwardAfterSeconds: 600),
                            Routing.Stage(places: [.channel("#approvals")], forwardAfterSeconds: 1800),
                        ])))
    }

    @Test func `a list of approvers refuses those who are not on it`() async throws {
        let question = question(try Self.fixture("allow_list"), vars: ["approvers": "dana@acme.test, ada@acme.test"])
        try await withHandlers { (handlers: PythonHandlers) async throws -> Void in
            let listed = try await handlers.answer(.onApprove, question, person: PersonReference(Sample.dana))
            let other = try await handlers.answer(.onApprove, question, person: PersonReference(Sample.eli))
            let denial = try await handlers.answer(.onDeny, question, person: PersonReference(Sample.eli))
            #expect(handlers.hooks(of: question.flow) == [.onApprove])
            #expect(listed == .proceed)
            #expect(other == .ignore(message: "You are not on the list of approvers."))
            #expect(denial == .proceed)
        }
    }

    @Test func `who may decide is named by address, and people of other companies by their account`() async throws {
        let fixture = fixture
        try await withHandlers { (handlers: PythonHandlers) async throws -> Void in
            try await fixture.know(Sample.carla)
            let question = self.question("")
            #expect(await handlers.name(ofPerson: Sample.dana.id.text, in: question) == "dana@acme.test")
            #expect(await handlers.name(ofPerson: Sample.carla.id.text, in: question) == "U0CARLA")
        }
    }

    @Test func `of several buttons that one person pressed, a hook is told what stands beside its own`() async throws {
        let source = """
            from sym.sdk.annotations import hook
            from sym.sdk.templates import ApprovalTemplate
            @hook
            def on_deny(event):
                return ApprovalTemplate.ignore(message=event.payload.fields["decision_message"])
            """
        var question = question(source)
        var run = try question.run.asked()
        for (id, action, message) in [("r1", Receipt.Action.approve, "fine"), ("r2", .deny, "on second thoughts")] {
            run.openReceipts.append(
                OpenReceipt(
                    receipt: Receipt(
                        id: ReceiptID(id), account: Sample.dana.account, action: action, at: Sample.start, round: 1,
                        message: message
                    ), person: PersonReference(Sample.dana)
                )
            )
        }
        question.run = run
        let asked = question
        try await withHandlers { (handlers: PythonHandlers) async throws -> Void in
            let answer = try await handlers.answer(.onDeny, asked, person: PersonReference(Sample.dana))
            #expect(answer == .ignore(message: "on second thoughts"))
        }
    }

    @Test(arguments: [
        ("return ApprovalTemplate.deny(reason='no')", "deny(reason: Optional(\"no\")"),
        ("return ApprovalTemplate.ignore(message='not today')", "ignore(message: \"not today\")"),
        ("return ApprovalTemplate.prompt()", "may not lead back to prompt"),
        ("return ApprovalTemplate.approve(duration=5)", "durationSeconds: Optional(5)"),
        ("return ApprovalTemplate.approve(duration=3600)", "approve("),
        ("return None", "ask("),
    ])
    func `what on_request returns`(line: String, said: String) async throws {
        let answer = try await route(
            "from sym.sdk.annotations import hook\nfrom sym.sdk.templates import ApprovalTemplate\n@hook\n"
                + "def on_request(event):\n  \(line)\n")
        #expect("\(answer)".contains(said), "\(answer)")
    }

    @Test(arguments: [
        ("  return event.nonsense", "impl.py, line 4, in on_request: AttributeError"),
        ("  return 5", "on_request"),
        (
            "  from sym.sdk.templates import ApprovalTemplate as T\n"
                + "  return T.request(target_srn='acme:access_target:http:other:latest')",
            "on_request: wants the target other, which this flow does not have"
        ),
        (
            "  from sym.sdk.templates import ApprovalTemplate as T\n  return T.approve(duration=2 ** 62)",
            "on_request: wants a duration of 4611686018427387904 seconds, expected 1 to 315360000"
        ),
        ("  import os; os._exit(4)", "on_request: its process ended in the middle: exit status 4"),
    ])
    func `a handler that fails is named`(line: String, said: String) async throws {
        do {
            _ = try await route("from sym.sdk.annotations import hook\n@hook\ndef on_request(event):\n\(line)\n")
            Issue.record("it answered")
        } catch let error as HandlerError {
            guard case .failed(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains(said), "\(reason)")
        }
    }

    @Test func `secrets come from the server, and only those of the flow`() async throws {
        let source = """
            from sym.sdk.annotations import hook
            from sym.sdk.templates import ApprovalTemplate
            from sym.sdk.integrations import okta
            from sym.sdk.exceptions import OktaError
            @hook
            def on_request(event):
                token = event.flow.environment.integrations["pipeline"].settings["secrets"][0].retrieve_value()
                try: okta.users_in_group(group_id="g")
                except OktaError as error: said = error.error_code
                return ApprovalTemplate.deny(reason=token + " " + said)
            """
        #expect(try await route(source) == .deny(reason: "t0ken Okta:NOT_AVAILABLE", rule: nil, routing: deniedRouting))
    }

    @Test func `a flow says who people are elsewhere, and not which account in Slack or name with us is whose`()
        async throws
    {
        let fixture = fixture
        func arguments(_ service: String, _ id: String) -> JSONObject {
            [
                "email": "bob@acme.test", "service": .string(service), "service_id": .string(id), "user_id": "U0EVIL",
            ]
        }
        try await withHandlers { (handlers: PythonHandlers) async throws -> Void in
            let question = self.question("")
            for (service, id) in [("slack", Sample.workspace), ("sym", "cloud")] {
                let answer = await handlers.serveDirectly(
                    "utils.persist_user_identity", arguments(service, id), of: question)
                guard case .error("Identity:COULD_NOT_SAVE", let message) = answer else {
                    Issue.record("\(service): \(answer)")
                    continue
                }
                #expect(message.contains("symflow users update-identity"))
            }
            #expect(try await fixture.engine.user(behind: Sample.bob) == nil)
            let answer = await handlers.serveDirectly(
                "utils.persist_user_identity", arguments("okta", "acme"), of: question)
            guard case .value = answer else {
                Issue.record("\(answer)")
                return
            }
        }
        let kept = try await fixture.engine.user(behind: Sample.bob)
        #expect(kept?.identity(in: ServiceKey(type: "okta", externalID: "acme"))?.key == "U0EVIL")
        #expect(kept?.email == "bob@acme.test")
    }

    /// Without reducers admins decide, and nobody is told.
    private var deniedRouting: Routing { Routing(mayDecide: DeciderRule(level: .admin), stages: []) }

    @Test func `hooks are known from the text`() {
        let source = "@hook\ndef on_approve(e): pass\n# def on_deny(e): pass\n@hook\ndef on_expire(e): pass\n"
        #expect(HookNames.mentioned(in: source) == [.onApprove, .onRequestExpire])
    }
}
