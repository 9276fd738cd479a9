import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support

/// Decisions and early ends: the same path as a click in Slack, with a token in the place of Slack's word for who it is
/// (decisions.md 1).
extension EventRoutes {
    static let commentLengthMax = 1000

    /// `POST events/deescalate` (sym-api.md 10.2).
    func deescalate(_ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        let body = try call.object()
        guard let id = body["run_id"]?.text?.lowercased(), !id.isEmpty else {
            throw APIError.invalid("run_id", "This must be the id of a run.", code: "DeescalateAPI:INVALID_INPUT")
        }
        let key = try IdempotencyHeader.key(of: call, by: person)
        if let earlier = try await earlier(key) { return happened(earlier, body) }
        let (run, _) = try await visible(RunID(id), to: person)
        guard run.status.run == .escalated else {
            throw APIError(
                status: 400, code: "DeescalateAPI:INVALID_RUN",
                message: "Cannot de-escalate a run with status '\(run.status.run.rawValue)'. "
                    + "Status must be 'escalated'."
            )
        }
        if case .removing = run.state {
            // It is ending already: nothing is left to decide, and what becomes of it can be followed.
            guard run.mayEnd(by: person) else {
                throw APIError(person.isBot ? .botsMayNot : .notRevoker, of: run, area: "DeescalateAPI")
            }
            let event = event(.deescalate, run, key)
            do { try await engine.keep(event) } catch {
                guard case .duplicate = error, let earlier = try await earlier(key) else { throw error }
                return happened(earlier, body)
            }
            return happened(event, body)
        }
        return happened(
            try await click(.revoke, as: .deescalate, on: run, by: person, key: key, area: "DeescalateAPI"), body
        )
    }

    /// `POST runs/{id}/approve` and `deny`: additions of ours, for humans who may decide.
    func decide(_ action: Receipt.Action, _ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        let body = try call.object()
        let comment = try comment(body)
        let key = try IdempotencyHeader.key(of: call, by: person)
        let transition: Transition = action == .approve ? .approve : .deny
        if let earlier = try await earlier(key) { return try await decided(earlier, body) }
        let (run, _) = try await visible(call, to: person)
        if let hash = body["job_hash"], !hash.isNull, hash.text != run.binding.jobHash {
            throw APIError.conflict(
                "job_hash", "What would be done is no longer what you looked at. Read the run again.",
                code: "DecisionAPI:JOB_CHANGED"
            )
        }
        let event = try await click(
            action, as: transition, on: run, by: person, key: key, comment: comment, area: "DecisionAPI"
        )
        return try await decided(event, body)
    }

    private func comment(_ body: JSONObject) throws(APIError) -> String? {
        guard let value = body["comment"], !value.isNull else { return nil }
        guard let text = value.text, text.unicodeScalars.count <= Self.commentLengthMax else {
            throw .invalid(
                "comment", "This must be a text of at most \(Self.commentLengthMax) characters.",
                code: "DecisionAPI:INVALID_INPUT"
            )
        }
        return text.trimmed.isEmpty ? nil : text.trimmed
    }

    private func event(_ name: Transition, _ run: AccessRequest, _ key: IdempotencyKey?) -> RunEvent {
        RunEvent(id: EventID(engine.ids.next()), run: run.id, name: name, at: engine.clock.now(), key: key)
    }

    private func click(
        _ action: Receipt.Action, as name: Transition, on run: AccessRequest, by person: Person,
        key: IdempotencyKey?, comment: String? = nil, area: String
    ) async throws -> RunEvent {
        let event = event(name, run, key)
        let receipt = Receipt(
            id: ReceiptID(event.id.text), account: person.account, action: action, at: event.at,
            round: run.binding.round, message: comment, source: .api
        )
        switch await engine.click(receipt, on: run.id, by: person, event: event) {
        case .done, .checking: return event
        case .alreadySo: return try await earlier(key) ?? event
        case .refused(let refusal):
            throw APIError(refusal, of: try await engine.store.load(run.id)?.run ?? run, area: area)
        case .unknownRun: throw APIError.notFound("There is no run \(run.id).", code: "RunAPI:NOT_FOUND")
        case .notKept: throw APIError.unavailable
        }
    }

    private func happened(_ event: RunEvent, _ body: JSONObject) -> HTTPResponse {
        APIResponse.json(["event_id": .string(event.id.text), "request_body": .object(body)])
    }

    private func decided(_ event: RunEvent, _ body: JSONObject) async throws -> HTTPResponse {
        guard let run = try await engine.store.load(event.run)?.run else { throw APIError.unavailable }
        return APIResponse.json([
            "run_id": .string(run.id.text), "event_id": .string(event.id.text), "request_body": .object(body),
            "status": .string(run.status.run.rawValue), "approval_status": .string(run.status.approval.rawValue),
        ])
    }
}

extension APIError {
    /// Why somebody's decision has no effect.
    init(_ refusal: Refusal, of run: AccessRequest, area: String) {
        let status =
            switch refusal {
            case .ownRequest, .alreadyVoted, .notADecider, .guestsMayNot, .inactive, .botsMayNot, .guestFromElsewhere,
                .revokingNotAllowed, .notRevoker, .adminsOnly, .cannotTellWho:
                403
            case .alreadyDecided, .answeredTooLate, .cardReplaced, .notYetAsked, .notActive, .beingSwitchedOn,
                .alreadyEnded, .nothingToRetry, .retryNeedsAdmin, .hookIgnored, .hookFailed:
                409
            }
        let isRetryable = refusal == .notYetAsked || refusal == .beingSwitchedOn
        self.init(
            status: status, code: "\(area):\(refusal.name.uppercased())",
            message: RefusalSentence.text(refusal.name, detail: refusal.detail, run: run), isRetryable: isRetryable,
            retryAfter: isRetryable ? 1 : nil
        )
    }
}
