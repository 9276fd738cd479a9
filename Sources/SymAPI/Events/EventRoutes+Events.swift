import ApprovalCore
import ApprovalEngine
import AuditTrail
import HTTPModel
import Support

/// What became of what was asked for (sym-api.md 10.3), and the story of a run (11).
extension EventRoutes {
    func event(_ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        let id = EventID(call.parameter("id").lowercased())
        guard let event = try await engine.store.event(id), let stored = try await engine.store.load(event.run),
            Sight(of: stored.run, by: person) != nil
        else { throw APIError.notFound("There is no event \(id), or you may not see it.", code: "EventAPI:NOT_FOUND") }
        let progress = try await progress(of: event, on: stored.run)
        var body: JSONObject = [
            "id": .string(event.id.text), "run_id": .string(event.run.text), "name": .string(event.name.rawValue),
            "timestamp": .string(event.at.pythonText), "status": .string(progress.status),
        ]
        if case .error(let text) = progress { body["error"] = .string(text) }
        return APIResponse.json(.object(body))
    }

    private enum Progress {
        case processing, success
        case error(String)

        var status: String {
            switch self {
            case .processing: "processing"
            case .success: "success"
            case .error: "error"
            }
        }
    }

    private func progress(of event: RunEvent, on run: AccessRequest) async throws -> Progress {
        switch event.name {
        case .request:
            if let message = run.ignoredBecause { return .error(message) }
            guard case .submitted = run.state, run.binding.round == 1 else { return .success }
            return run.errors.last.map { .error($0.message) } ?? .processing
        case .approve, .deny, .deescalate, .prompt, .escalate:
            if run.openReceipts.contains(where: { $0.receipt.id.text == event.id.text }) { return .processing }
            if let refused = try await refusal(of: event, on: run) { return .error(refused) }
            if event.name == .deescalate, case .removing = run.state { return .processing }
            return .success
        }
    }

    private func refusal(of event: RunEvent, on run: AccessRequest) async throws -> String? {
        let refused = try await engine.store.records(of: "run/\(run.id)").first {
            $0.kind == "receipt_refused" && $0.details["receipt"]?.text == event.id.text
        }
        guard let refused, let reason = refused.details["reason"]?.text else { return nil }
        return RefusalSentence.text(reason, detail: refused.details["detail"]?.text, run: run)
    }

    /// `GET runs/{id}/events`: an addition of ours.
    func events(_ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        let (run, sight) = try await visible(call, to: person)
        guard sight == .everything else {
            throw APIError.forbidden("The story of a run is for those whom it concerns, and for administrators.")
        }
        let story = RunStory(
            run: run, flow: try await engine.flow(run.revision), organization: organization)
        let records = try await engine.store.records(of: "run/\(run.id)")
        return APIResponse.json(["run_id": .string(run.id.text), "events": .array(story.events(records))])
    }
}

extension Timestamp {
    /// As Sym's own answers have it: `2022-06-23 19:04:58.730497+00:00`.
    var pythonText: String {
        description.replacing("T", with: " ").replacing("Z", with: "000+00:00")
    }
}
