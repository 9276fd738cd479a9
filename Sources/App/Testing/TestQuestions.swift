import ApprovalCore
import ApprovalEngine
import AuditTrail
import FlowConfig
import HandlersPython
import Support

/// What a test asks the installation that it runs in.
struct TestQuestions {
    let site: TestSite

    private var engine: ApprovalEngine { site.wiring.engine }

    func answer(_ question: JSONValue) async throws -> JSONValue {
        switch question["ask"]?.text {
        case "settle":
            return .bool(
                try await TestTime(site: site).settle(
                    interactions: question["interactions"]?.flag ?? false
                )
            )
        case "advance":
            try await TestTime(site: site).advance(by: .seconds(question["seconds"]?.integer ?? 0))
            return nil
        case "now": return .string(engine.clock.now().description)
        case "flows": return .array(engine.configuration().flows.map(Self.flow))
        case "runs": return .array(try await runs().map { .string($0) })
        case "run": return try await run(RunID(question["run"]?.text ?? ""))
        case "grants": return site.target.listing
        case "user": return site.wiring.pythonHandlers.user(try await person(question["user"]?.text, flow(question)))
        case "event": return try await event(question)
        case "call": return try await call(question)
        case "sdk": return try await sdk(question)
        case let name: throw CommandError("There is no question \"\(name ?? "")\".")
        }
    }

    // MARK: Runs

    private static let page = 1000

    /// The ids of all runs, oldest first.
    private func runs() async throws -> [String] {
        var ids: [String] = []
        var position: Int64 = 0
        while true {
            let records = try await engine.store.records(after: position, limit: Self.page)
            for (place, record) in records {
                position = place
                if record.kind == "requested", record.aggregate.hasPrefix("run/") {
                    ids.append(String(record.aggregate.dropFirst("run/".count)))
                }
            }
            if records.count < Self.page { return ids }
        }
    }

    private func run(_ id: RunID) async throws -> JSONValue {
        guard let run = try await engine.store.load(id)?.run else { throw CommandError("There is no run \(id.text).") }
        let records = try await engine.store.records(of: "run/" + id.text)
        var until: Timestamp?
        if case .active(let access) = run.state { until = access.until }
        return [
            "id": .string(id.text), "flow": .string(run.submission.flow),
            "status": .string(run.status.run.rawValue), "approval_status": .string(run.status.approval.rawValue),
            "requester": .string(run.submission.requester.account.user),
            "target": run.submission.target.map { .string($0) } ?? .null,
            "duration": run.submission.durationSeconds.map { .int(Int64($0)) } ?? .null,
            "fields": .object(
                JSONObject(run.submission.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
            "reason": run.verdict?.reason.map { .string($0) } ?? .null,
            "decided_by": run.verdict.map { Self.decider($0.by) } ?? .null,
            "routing": run.routing.map(Self.routing) ?? .null, "until": until.map { .string($0.description) } ?? .null,
            "errors": .array(run.errors.map { .string($0.message) }),
            "facts": .array(
                records.map { record in
                    [
                        "at": .string(record.at.description), "kind": .string(record.kind),
                        "details": .object(record.details),
                    ]
                }),
        ]
    }

    private static func decider(_ decider: Decider) -> JSONValue {
        switch decider {
        case .people(let votes): .array(votes.map { .string($0.person.account.user) })
        case .policy, .system: []
        }
    }

    private static func routing(_ routing: Routing) -> JSONValue {
        [
            "level": .string(routing.mayDecide.level.rawValue),
            "people": routing.mayDecide.people.map { .array($0.map { .string($0) }) } ?? .null,
            "self_approval": .bool(routing.selfApproval), "quorum": .int(Int64(routing.quorum)),
            "stages": .array(
                routing.stages.map { stage in
                    [
                        "places": .array(stage.places.map(place)),
                        "forward_after": stage.forwardAfterSeconds.map { .int(Int64($0)) } ?? .null,
                    ]
                }),
        ]
    }

    private static func place(_ place: Routing.Place) -> JSONValue {
        switch place {
        case .channel(let channel): ["channel": .string(channel)]
        case .people(let accounts): ["people": .array(accounts.map { .string($0.user) })]
        case .unknown(let name, let reason): ["unknown": .string(name), "reason": .string(reason)]
        }
    }

    // MARK: Single handlers

    private static func flow(_ flow: Flow) -> JSONValue {
        [
            "name": .string(flow.name), "label": .string(flow.label),
            "source": flow.implementation.map { .string($0) } ?? .null,
            "fields": .array(
                flow.fields.map { field in
                    [
                        "name": .string(field.name), "type": .string(field.kind.rawValue),
                        "has_menu": .bool(!field.allowedValues.isEmpty || field.isPrefetched),
                    ]
                }),
            "targets": .array((flow.strategy?.targets ?? []).map { .string($0.name) }),
        ]
    }

    private func flow(_ question: JSONValue) throws -> Flow {
        let name = question["flow"]?.text ?? ""
        guard let flow = engine.configuration().flow(named: name) else {
            throw CommandError("There is no flow \(name).")
        }
        return flow
    }

    private func person(_ user: String?, _ flow: Flow) async throws -> Person {
        let workspace = flow.environment.workspace
        return try await engine.person(Account(workspace: workspace, user: user ?? ""), from: workspace)
    }

    /// A question about a request that nobody made.
    private func made(_ question: JSONValue) async throws -> FlowQuestion {
        let flow = try flow(question)
        let requester = try await person(question["by"]?.text, flow)
        var fields: [String: FieldInput] = [:]
        for (name, value) in question["fields"]?.object?.members ?? [] {
            fields[name] = Self.input(value, of: flow.field(named: name), in: flow.environment.workspace)
        }
        let now = engine.clock.now()
        let target: String?
        let values: [String: FieldValue]
        switch flow.check(target: question["target"]?.text, fields: fields) {
        case .values(let chosen, let checked): (target, values) = (chosen, checked)
        case .problems(let problems):
            let lines = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.sentence)" }
            throw CommandError("The flow \(flow.name) does not take this form. " + lines.joined(separator: " "))
        }
        var duration: Int?
        if case .duration(let seconds) = values[PromptField.durationName] { duration = Int(seconds) }
        let context = question["context"].flatMap { $0.isNull ? nil : $0.compact }
        let (run, _) = AccessRequest.submit(
            Submission(
                flow: flow.name, requester: requester, target: target, fields: values, durationSeconds: duration,
                source: context == nil ? .slack : .api, at: now, context: context
            ), as: RunID("made"), revision: "made", terms: Terms(hasStrategy: flow.strategy != nil),
            binding: Binding(jobHash: "", policySnapshot: "", parts: [:])
        )
        return FlowQuestion(run: run, flow: flow, now: now, idempotencyKey: "made")
    }

    private static func input(_ value: JSONValue, of field: PromptField?, in workspace: String) -> FieldInput {
        if field?.kind == .slackUser || field?.kind == .slackUserList {
            let users = value.elements ?? [value]
            return .users(users.compactMap(\.text).map { Account(workspace: workspace, user: $0) })
        }
        switch value {
        case .string(let text): return .text(text)
        case .int(let number): return .number(number)
        case .bool(let flag): return .flag(flag)
        case .array(let elements):
            let numbers = elements.compactMap(\.integer)
            return numbers.count == elements.count && !numbers.isEmpty
                ? .numbers(numbers) : .texts(elements.compactMap(\.text))
        case .null, .double, .object: return .none
        }
    }

    private func event(_ question: JSONValue) async throws -> JSONValue {
        let made = try await made(question)
        let actor = try await person(question["actor"]?.text ?? question["by"]?.text, made.flow)
        return await site.wiring.pythonHandlers.madeEvent(
            question["step"]?.text ?? "request", of: made, by: actor, channel: question["channel"]?.text ?? "slack",
            extras: question["extras"]?.object ?? [:]
        )
    }

    private func call(_ question: JSONValue) async throws -> JSONValue {
        let made = try await made(question)
        do throws(HandlerError) {
            return try await site.wiring.pythonHandlers.callDirectly(
                question["handler"]?.text ?? "", question["arguments"]?.object ?? [:], of: made
            )
        } catch {
            switch error {
            case .failed(let reason), .unavailable(let reason): throw CommandError(reason)
            }
        }
    }

    private func sdk(_ question: JSONValue) async throws -> JSONValue {
        let answer = await site.wiring.pythonHandlers.serveDirectly(
            question["name"]?.text ?? "", question["arguments"]?.object ?? [:], of: try await made(question)
        )
        switch answer {
        case .value(let value): return ["value": value]
        case .error(let code, let message): return ["code": .string(code), "message": .string(message)]
        }
    }
}
