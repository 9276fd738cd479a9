import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support

/// `POST runs/{id}/execution`: an addition of ours, with which `symflow run` says that the approved command begins, and
/// how it ended. It begins once, and only as it was approved.
extension EventRoutes {
    private static let code = "ExecutionAPI:INVALID_INPUT"
    private static let reasonLengthMax = 1000
    private static let attemptLengthMax = 64

    func execution(_ call: APICall) async throws -> HTTPResponse {
        let caller = try person(call)
        let person = PersonReference(caller, through: .api)
        let body = try call.object()
        let (run, _) = try await visible(call, to: caller)
        guard run.mayReportOnCommand(person) else {
            throw APIError.forbidden("Only whoever asked for the command reports on it.")
        }
        switch body["state"]?.text {
        case "started": return try await start(body, run.id, person)
        case "ended": return try await end(body, run.id, person)
        default: throw APIError.invalid("state", "This must be \"started\" or \"ended\".", code: Self.code)
        }
    }

    private func start(_ body: JSONObject, _ id: RunID, _ person: PersonReference) async throws -> HTTPResponse {
        let command: GateCommand
        do throws(FieldProblem) { command = try GateCommand(body["command"] ?? .null) } catch {
            throw APIError.invalid("command", error.sentence, code: Self.code)
        }
        guard let attempt = body["attempt"]?.text, (1...Self.attemptLengthMax).contains(attempt.utf8.count) else {
            throw APIError.invalid(
                "attempt", "This must be a name of 1 to \(Self.attemptLengthMax) bytes for this very execution.",
                code: Self.code
            )
        }
        let decision = try await engine.attempt(
            .startCommand(command, attempt: attempt, by: person), on: id
        )
        guard let run = try await engine.store.load(id)?.run else { throw APIError.unavailable }
        if decision.isNothing, run.execution?.attempt != attempt || run.execution?.end != nil {
            throw APIError.conflict(
                "state", run.whyNotRunnable(command, at: engine.clock.now()), code: "ExecutionAPI:NOT_RUNNABLE")
        }
        return try await reported(run)
    }

    private func end(_ body: JSONObject, _ id: RunID, _ person: PersonReference) async throws -> HTTPResponse {
        let end: CommandEnd
        if let status = body["exit_code"]?.integer, (0...255).contains(status) {
            end = .exited(Int(status))
        } else if let signal = body["signal"]?.integer, (1...64).contains(signal) {
            end = .killed(signal: Int(signal))
        } else if let reason = body["not_run"]?.text?.trimmed, !reason.isEmpty {
            end = .notRun(reason: String(reason.prefix(Self.reasonLengthMax)))
        } else {
            throw APIError.invalid(
                "exit_code", "Give exit_code (0 to 255), signal (1 to 64) or not_run (why).", code: Self.code
            )
        }
        try await engine.attempt(.endCommand(end, by: person), on: id)
        guard let run = try await engine.store.load(id)?.run else { throw APIError.unavailable }
        guard run.execution?.end == end else {
            let why =
                run.execution == nil ? "The command has not begun." : "How the command ended is on record already."
            throw APIError.conflict("state", why, code: "ExecutionAPI:NOT_RUNNING")
        }
        return try await reported(run)
    }

    private func reported(_ run: AccessRequest) async throws -> HTTPResponse {
        APIResponse.json([
            "run_id": .string(run.id.text), "execution": run.execution.map(RunDocument.execution) ?? .null,
        ])
    }
}

extension AccessRequest {
    fileprivate func whyNotRunnable(_ command: GateCommand, at now: Timestamp) -> String {
        guard let approved = submission.command else { return "This run is not about a command." }
        guard approved == command else { return "This is not the command that was asked for. Ask anew." }
        if let execution {
            return "The command was started at \(execution.startedAt) already. Ask anew to run it again."
        }
        guard let verdict, verdict.outcome == .approved else { return "The command is not approved." }
        guard now - verdict.at <= AccessRequest.commandStartsWithin else {
            return "The command was approved at \(verdict.at), too long ago to begin now. Ask anew."
        }
        return "The command cannot run while the run is \(status.run.rawValue)."
    }
}
