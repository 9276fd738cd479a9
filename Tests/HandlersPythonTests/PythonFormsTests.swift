import ApprovalCore
import ApprovalEngine
import FlowConfig
import FoundationEssentials
import Glibc
import Support
import TestSupport
import Testing

@testable import HandlersPython

/// What flows' Python is told, and may answer, while a form is being filled in.
@Suite(.serialized) struct `Forms in Python` {
    private static let okta = ServiceKey(type: "okta", externalID: "acme")
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    private static func withForms<Answer>(_ body: (PythonForms) async throws -> Answer) async throws -> Answer {
        let python = getenv("SYM_PYTHON").map { String(cString: $0) } ?? "/usr/bin/python3"
        let command = try await Sandbox(python: python, folder: root + "/Sources/HandlersPython/Python")
            .command(.none, log: .silent)
        let pool = WorkerPool(log: .silent) { command }
        let directory = FakeDirectory(people: EngineFixture.people)
        let fixture = try EngineFixture()
        let forms = PythonForms(
            pool: pool,
            calls: SDKCalls(
                directory: directory,
                slack: SDKCalls.Slack(
                    userInfo: { _ in [:] }, list: { _ in [] }, members: { _, _ in [] }, send: { _, _, _, _ in }
                ),
                secrets: SecretReader { name throws(SecretError) in
                    guard name == "filter-token" || name == "flow-token" else { throw .unknown(name: name) }
                    return Secret("value of \(name)")
                },
                engine: { fixture.engine }
            ), organization: { "acme" },
            person: { account in [Sample.bob, Sample.dana].first { $0.account == account } },
            identities: { person in
                person == Sample.bob ? [ServiceIdentity(service: okta, matcher: ["user_id": "bobby"])] : []
            }, ids: .random, log: .silent
        )
        do {
            let answer = try await body(forms)
            await pool.stop()
            return answer
        } catch {
            await pool.stop()
            throw error
        }
    }

    private static let asking = PersonQuestion(
        person: Sample.bob, now: Sample.start, limit: .seconds(20), idempotencyKey: "key"
    )

    private static func flow(_ implementation: String? = nil, _ fields: [PromptField] = []) -> Flow {
        var flow = Sample.flow(fields: fields)
        flow.implementation = implementation
        flow.vars = ["team": "db"]
        flow.environment.integrations["own"] = Integration(
            type: "custom", name: "own", externalID: "own", settings: ["api_secret": "flow-token"]
        )
        return flow
    }

    // MARK: Prefetch

    private func options(_ lines: String, kind: PromptField.Kind = .string, target: String? = "prod_main") async throws
        -> [FieldOption]
    {
        let source = """
            from sym.sdk import FieldOption, prefetch
            from sym.sdk.runtime import current_call
            @prefetch("a")
            def anything(event):
            \(lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
            """
        let field = PromptField(name: "a", kind: kind, isPrefetched: true)
        return try await Self.withForms { forms in
            try await forms.options(
                of: field, FormQuestion(flow: Self.flow(source, [field]), target: target, asking: Self.asking)
            )
        }
    }

    @Test func `prefetch is told who opens which form, and what was chosen for it`() async throws {
        let told = try await options(
            """
            fields = event.payload.fields
            texts = [
                event.name, event.user.email, event.channel.type, event.flow.vars["team"], fields["target"].label,
                fields["target_id"], str(event.get_actor("request")), event.get_actor("prompt").username,
                str(event.payload.timestamp.year), event.flow.fields["a"].name, current_call().idempotency_key,
                event.flow.environment.integrations["own"].settings["api_secret"].retrieve_value(),
                event.run.source_channel.type, event.user.identity("okta", "acme").user_id,
            ]
            return [FieldOption(value=i, label=text) for i, text in enumerate(texts)]
            """
        ).map(\.label)
        let target = EventDocument.targetID("prod_main", of: Sample.strategy())
        #expect(
            told == [
                "prompt", "bob@acme.test", "slack", "db", "prod", target, "None", "bob@acme.test", "2026", "a", "key",
                "value of flow-token", "slack", "bobby",
            ]
        )
        let without = try await options(
            "return [FieldOption(value=1, label=str(sorted(event.payload.fields)))]", target: nil
        )
        #expect(without.map(\.label) == ["[]"])
    }

    @Test(arguments: [
        (PromptField.Kind.string, "5", FieldValue.string("5")), (.intList, "'7'", .int(7)),
    ])
    func `options are of the field's kind`(kind: PromptField.Kind, text: String, value: FieldValue) async throws {
        let found = try await options("return [FieldOption(value=\(text), label='L')]", kind: kind)
        #expect(found == [FieldOption(value: value, label: "L")])
    }

    @Test(arguments: [
        (
            "return [FieldOption(value='x', label='L')]", PromptField.Kind.int,
            "none for a field that holds a whole number"
        ),
        ("return ['x']", .string, "a list of FieldOption objects"),
        ("import os; os._exit(4)", .string, "exit status 4"),
        ("return [FieldOption(value='x' * 56, label='L')]", .string, "55 characters"),
    ])
    func `options that cannot be used say why`(line: String, kind: PromptField.Kind, said: String) async throws {
        let error = await #expect(throws: HandlerError.self) { try await options(line, kind: kind) }
        #expect(String(describing: error).contains(said), "\(String(describing: error))")
    }

    @Test func `a field without a function is named`() async throws {
        let field = PromptField(name: "b", kind: .string, isPrefetched: true)
        try await Self.withForms { forms in
            for (source, said) in [("x = 1", "there is no prefetch of b"), (nil, "no implementation")] {
                let error = await #expect(throws: HandlerError.self) {
                    try await forms.options(
                        of: field, FormQuestion(flow: Self.flow(source, [field]), target: nil, asking: Self.asking)
                    )
                }
                #expect(String(describing: error).contains(said))
            }
        }
    }

    // MARK: Change

    private static let fields = [
        PromptField(name: "how-many", kind: .int, onChange: "x"),
        PromptField(name: "who", kind: .slackUser, isRequired: false),
        PromptField(name: "size", kind: .string, allowedValues: [.string("s"), .string("l")]),
        PromptField(name: "ticket", kind: .string, isPrefetched: true),
    ]

    private func changes(_ lines: String) async throws -> FormChanges {
        let source = """
            from sym.sdk.forms import *
            def on_change_how_many(anyone, prompt_form):
                f = prompt_form.fields
            \(lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
                return prompt_form
            """
        var fields = Self.fields
        fields[0].onChange = source
        let flow = Self.flow(nil, fields)
        var form = PromptForm(flow)
        form["how-many"]?.value = .int(3)
        form["who"]?.value = .user(Sample.dana.account)
        return try await Self.withForms { forms in
            try await forms.changes(
                of: fields[0], in: form, prefetched: ["ticket": [FieldOption(value: .string("T-1"), label: "First")]],
                FormQuestion(flow: flow, target: nil, asking: Self.asking)
            )
        }
    }

    @Test func `on_change is told who fills in which form, as it stands`() async throws {
        let target = EventDocument.targetID("prod_main", of: Sample.strategy())
        let changes = try await changes(
            """
            prompt_form.additional_header_text = "|".join(map(str, [
                anyone, list(f), f["how-many"].value, f["how-many"].type == FieldType.INT, f["who"].value.user_id,
                f["who"].value.username, [o.value for o in f["size"].original_allowed_values],
                [o.label for o in f["ticket"].current_allowed_values], f["target_id"].value,
                [o.label for o in f["target_id"].original_allowed_values], prompt_form.flow_vars["team"],
                f["who"].required, f["size"].visible,
            ]))
            """
        )
        #expect(
            changes
                == FormChanges(
                    headerText: .to(
                        "bob@acme.test|['target_id', 'how-many', 'who', 'size', 'ticket']|3|True|U0DANA|dana@acme.test|"
                            + "['s', 'l']|['First']|\(target)|['prod']|db|False|True"
                    )
                )
        )
    }

    @Test func `everything that may be changed comes back`() async throws {
        let changes = try await changes(
            """
            f["how-many"].value = None
            f["who"].value = SlackUserSelection(user_id="U0ELI", username=None)
            f["who"].label, f["who"].required, f["who"].visible = "Who?", True, False
            f["size"].current_allowed_values = f["size"].original_allowed_values[:1]
            f["target_id"].current_allowed_values = []
            prompt_form.additional_header_text = None
            """
        )
        #expect(
            changes
                == FormChanges(fields: [
                    "how-many": .init(value: .cleared),
                    "who": .init(
                        label: .to("Who?"), isRequired: true, isVisible: false, value: .to(.user(Sample.eli.account))
                    ),
                    "size": .init(options: [FieldOption(.string("s"))]), "target_id": .init(options: []),
                ])
        )
    }

    @Test(arguments: [
        ("f['target_id'].value = 'elsewhere'", "no target of this flow has the id"),
        ("f['how-many'].current_allowed_values = [FieldOption(value='x', label='x')]", "none for how-many"),
        ("f['how-many'].name = 'x'", "cannot be assigned"),
    ])
    func `what may not be changed is said`(line: String, said: String) async throws {
        let error = await #expect(throws: HandlerError.self) { try await changes(line) }
        #expect(String(describing: error).contains(said), "\(String(describing: error))")
    }

    // MARK: Flows

    private static func filter(_ lines: String) -> FlowsFilter {
        FlowsFilter(
            implementation: """
                from sym.sdk.annotations import reducer
                @reducer
                def get_flows(user, flows, flows_filter_vars):
                    \(lines)
                """,
            vars: ["keep": "prod_db"],
            integrations: [
                "own": Integration(
                    type: "custom", name: "own", externalID: "own", settings: ["api_secret": "filter-token"]
                )
            ]
        )
    }

    private func offered(_ lines: String) async throws -> [String] {
        var other = Self.flow()
        other.name = "Other_DB"
        let flows = [Self.flow(), other]
        return try await Self.withForms { forms in
            try await forms.offered(
                flows, by: Self.filter(lines), workspace: Sample.workspace, Self.asking
            ).map(\.name)
        }
    }

    @Test(arguments: [
        ("return [f for f in flows if f.name == flows_filter_vars['keep']]", ["prod_db"]),
        (
            "return [f for f in flows if f.name.endswith('_db') and user.email == 'bob@acme.test']",
            ["prod_db", "Other_DB"]
        ),
        ("return []", []),
    ])
    func `the filter leaves some of the flows`(line: String, names: [String]) async throws {
        #expect(try await offered(line) == names)
    }

    @Test(arguments: [
        ("return ['prod_db']", "some of the flows"),
        (
            "return flows[0].environment.integrations['own'].settings['api_secret'].retrieve_value()",
            "names this secret"
        ),
    ])
    func `a filter that fails says why, and cannot read the flows' secrets`(line: String, said: String) async throws {
        let error = await #expect(throws: HandlerError.self) { try await offered(line) }
        #expect(String(describing: error).contains(said), "\(String(describing: error))")
    }

    @Test func `an implementation without get_flows filters nothing by accident`() async throws {
        let error = await #expect(throws: HandlerError.self) {
            try await Self.withForms { forms in
                try await forms.offered(
                    [Self.flow()], by: FlowsFilter(implementation: "x = 1"), workspace: Sample.workspace, Self.asking
                )
            }
        }
        #expect(String(describing: error).contains("there is no get_flows"))
    }
}
