import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import HTTPModel
import Support

/// `POST events/request` (sym-api.md 10.1).
extension EventRoutes {
    /// Largest context, as compact JSON: a plan or a diff. It is kept with the run.
    static let contextBytesMax = 256 << 10

    func request(_ call: APICall) async throws -> HTTPResponse {
        let caller = try person(call)
        let body = try call.object()
        let key = try IdempotencyHeader.key(of: call, by: caller)
        if let earlier = try await earlier(key) { return accepted(earlier, body) }
        let flow = try await flow(body)
        let requester = try await requester(body, of: flow, asked: caller)
        let (target, fields) = try values(body, of: flow)
        let event = EventID(engine.ids.next())
        do {
            let id = try await engine.submit(
                NewRequest(
                    flow: flow, requester: requester, target: target, fields: fields, source: .api,
                    submissionKey: nil, context: try context(body),
                    onBehalfBy: requester.id == caller.id ? nil : PersonReference(caller, through: .api),
                    command: try command(body), event: event, eventKey: key
                )
            )
            // Another call with this key may have been first.
            if let earlier = try await earlier(key) { return accepted(earlier, body) }
            return accepted(RunEvent(id: event, run: id, name: .request, at: engine.clock.now()), body)
        } catch let refusal as SubmissionRefusal {
            throw APIError(refusal, isOneself: requester.id == caller.id)
        }
    }

    /// What an earlier call of the same key led to.
    func earlier(_ key: IdempotencyKey?) async throws -> RunEvent? {
        guard let key,
            let event = try await engine.store.event(key: key.text, since: engine.clock.now() - RunEvent.keyKept)
        else { return nil }
        guard event.key?.fingerprint == key.fingerprint else {
            throw APIError.conflict(
                IdempotencyHeader.name,
                "This Idempotency-Key was used for another call within the last 24 hours. Use a new key for a new call.",
                code: "Request:IDEMPOTENCY_CONFLICT"
            )
        }
        return event
    }

    func accepted(_ event: RunEvent, _ body: JSONObject) -> HTTPResponse {
        APIResponse.json([
            "run_id": .string(event.run.text), "event_id": .string(event.id.text), "request_body": .object(body),
        ])
    }

    // MARK: The flow

    private func flow(_ body: JSONObject) async throws -> Flow {
        guard let text = body["flow_srn"]?.text else {
            throw APIError.invalid(
                "flow_srn", "This must be the SRN of a flow, such as \(example).", code: Self.invalid)
        }
        guard let srn = SRN(text), srn.model == "flow" else {
            throw APIError(
                status: 404, code: "RequestAPI:UNKNOWN_FLOW",
                message: "flow_srn: \"\(text.prefix(SRN.partLengthMax))\" is not the SRN of a flow. "
                    + "Expected one such as \(example)."
            )
        }
        let configuration = engine.configuration()
        let slugs = [configuration.organization.slug, try await engine.organizationSlug()]
        guard slugs.contains(where: { $0.lowercased() == srn.organization.lowercased() }) else {
            throw APIError(
                status: 404, code: "RequestAPI:UNKNOWN_FLOW",
                message: "flow_srn: there is no organization \(srn.organization) here. Its flows begin with "
                    + "\(organization):flow:."
            )
        }
        if let broken = configuration.brokenFlow(named: srn.slug) {
            throw APIError(
                status: 409, code: "RequestAPI:BROKEN_FLOW",
                message: "flow_srn: the flow \(srn.slug) cannot run: "
                    + broken.problems.map { "\($0)" }.joined(separator: " ")
            )
        }
        guard let flow = configuration.flow(named: srn.slug) else {
            throw APIError(
                status: 404, code: "RequestAPI:UNKNOWN_FLOW", message: "flow_srn: there is no flow \(srn)."
            )
        }
        guard srn.version.lowercased() != SRN.latest else { return flow }
        let current = try await version(of: flow)
        guard srn.version == current else {
            throw APIError(
                status: 404, code: "RequestAPI:UNKNOWN_FLOW",
                message: "flow_srn: \(srn.version) is not the version of \(srn.slug) that is in use, which is "
                    + "\(current). Use \(SRN.latest)."
            )
        }
        return flow
    }

    /// Each saved change of a flow is a version of its own (sym-api.md 9.3).
    private func version(of flow: Flow) async throws -> String {
        let slug = flow.name.lowercased()
        let defined = engine.configuration().definitions.first { $0.kind == .flows && $0.slug.lowercased() == slug }
        var entity = defined
        if entity == nil {
            entity = try await engine.store.entities(.flows).first { $0.slug.lowercased() == slug }
        }
        return "\(entity?.version ?? 1).0.0"
    }

    private var example: String {
        let name = engine.configuration().flows.first?.name ?? "my_flow"
        return "\(SRN(organization, "flow", name))"
    }

    static let invalid = "RequestAPI:INVALID_INPUT"

    // MARK: Who asks

    private func requester(
        _ body: JSONObject, of flow: Flow, asked caller: Person
    ) async throws -> Person {
        guard let name = try human(body) else { return caller }
        if name == .user(caller.id) { return caller }
        if case .email(let email) = name, email.lowercased() == caller.email { return caller }
        guard caller.isBot || caller.role == .admin else {
            throw APIError.forbidden(
                "Only bots and administrators make requests on behalf of others. Leave user_email and user_id out to "
                    + "make one for yourself."
            )
        }
        let person: Person?
        do { person = try await engine.human(name, in: flow.environment.workspace) } catch let error as LookupError {
            throw APIError(
                status: 503, code: "RequestAPI:LOOKUP_FAILED",
                message: "\(name.text) cannot be looked up in Slack: \(error.reason)", isRetryable: true, retryAfter: 5
            )
        }
        guard let person else {
            throw APIError(
                status: 404, code: "RequestAPI:UNKNOWN_USER",
                message: "There is no one person \(name.text) in this organization's Slack who could ask.",
                details: [
                    APIError.Detail(
                        field: body["user_id"] == nil ? "user_email" : "user_id",
                        message: "there is no one person of this name"
                    )
                ]
            )
        }
        return person
    }

    private func human(_ body: JSONObject) throws(APIError) -> HumanName? {
        func text(_ name: String) throws(APIError) -> String? {
            guard let value = body[name], !value.isNull else { return nil }
            guard let text = value.text?.trimmed, !text.isEmpty else {
                throw .invalid(name, "This must be a text that is not empty.", code: Self.invalid)
            }
            return text
        }
        switch (try text("user_email"), try text("user_id")) {
        case (nil, nil): return nil
        case (let email?, nil): return .email(email)
        case (nil, let id?): return .user(PersonID(id.lowercased()))
        case (_?, _?): throw .invalid("user_id", "Give user_email or user_id, not both.", code: Self.invalid)
        }
    }

    // MARK: What else is sent along

    private func context(_ body: JSONObject) throws(APIError) -> String? {
        guard let value = body["context"], !value.isNull else { return nil }
        guard let object = value.object else {
            throw .invalid("context", "This must be a JSON object.", code: Self.invalid)
        }
        // The orb sends an empty one where there is nothing to say (sym-api.md 10.1).
        guard !object.isEmpty else { return nil }
        let text = value.compact
        guard text.utf8.count <= Self.contextBytesMax else {
            throw .invalid(
                "context", "This is \(text.utf8.count) bytes long, and at most \(Self.contextBytesMax) are kept.",
                code: Self.invalid
            )
        }
        return text
    }

    private func command(_ body: JSONObject) throws(APIError) -> GateCommand? {
        guard let value = body["command"], !value.isNull else { return nil }
        do throws(FieldProblem) { return try GateCommand(value) } catch {
            throw .invalid("command", error.sentence, code: Self.invalid)
        }
    }
}

/// `Idempotency-Key`: an addition of ours. The same key with the same call gets the same answer, for 24 hours.
enum IdempotencyHeader {
    static let name = "Idempotency-Key"
    private static let lengthMax = 255

    static func key(of call: APICall, by caller: Person) throws(APIError) -> IdempotencyKey? {
        guard let text = call.request.headers[name] else { return nil }
        guard !text.isEmpty, text.utf8.count <= lengthMax, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid(
                name, "This must be 1 to \(lengthMax) printable ASCII characters without spaces.",
                code: "Request:INVALID_IDEMPOTENCY_KEY"
            )
        }
        let whole = Array("\(call.request.method) \(call.request.path)\n".utf8) + call.request.body
        return IdempotencyKey(text: "\(caller.id)/\(text)", fingerprint: Hex.text(SHA256.hash(whole)))
    }
}

extension APIError {
    fileprivate init(_ refusal: SubmissionRefusal, isOneself: Bool) {
        let name: String
        var status = 403
        switch refusal {
        case .guestsMayNotAsk: name = "NOT_ALLOWED"
        case .inactive: name = "NOT_ALLOWED"
        case .sourceNotAllowed: name = "SOURCE_NOT_ALLOWED"
        case .noIdentity:
            name = "NO_IDENTITY"
            status = 409
        case .noTarget:
            name = "INVALID_INPUT"
            status = 400
        }
        self.init(
            status: status, code: "RequestAPI:\(name)",
            message: isOneself ? refusal.sentence : "For the person who is asked for: \(refusal.sentence)"
        )
    }
}
