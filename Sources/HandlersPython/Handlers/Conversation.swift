import ApprovalCore
import Support

/// The calls of one question, all to one worker.
struct Conversation: Sendable {
    let worker: PooledWorker
    let company: WorkerProcess.Company
    var document: EventDocument
    let idempotencyKey: String
    let end: MonotonicInstant
    let callTime: Duration
    /// What is being asked, for messages.
    private(set) var asking: String?

    init(
        worker: PooledWorker, company: WorkerProcess.Company, document: EventDocument, idempotencyKey: String,
        end: MonotonicInstant, callTime: Duration
    ) {
        self.worker = worker
        self.company = company
        self.document = document
        self.idempotencyKey = idempotencyKey
        self.end = end
        self.callTime = callTime
    }

    /// Calls a handler; `nil` when there is no such handler.
    mutating func call(_ handler: String, _ arguments: JSONObject) async throws(WorkerError) -> JSONValue? {
        guard worker.has(handler) else { return nil }
        asking = handler
        let value = try await worker.call(
            handler, arguments, run: document.run.id.text, idempotencyKey: idempotencyKey + "/" + handler,
            within: min(callTime, end - .now()), company: company
        )
        asking = nil
        return value
    }

    /// Asks a handler about an event; `nil` when there is no such handler.
    mutating func call(
        _ handler: String, _ step: String, by person: Person, channel: String, more arguments: JSONObject = [:]
    ) async throws(WorkerError) -> JSONValue? {
        var all: JSONObject = ["event": document.event(step, by: person, channelType: channel)]
        for (name, value) in arguments { all[name] = value }
        return try await call(handler, all)
    }

    mutating func transition(
        _ handler: String, _ step: String, by person: Person, channel: String, more arguments: JSONObject = [:]
    ) async throws(WorkerError) -> ReturnedTransition? {
        guard let value = try await call(handler, step, by: person, channel: channel, more: arguments) else {
            return nil
        }
        return try ReturnedTransition(value)
    }

    /// An approval by a hook passes `on_approve` once, as the SDK's (decisions.md 2).
    ///
    /// - Parameter fired: what the hook returned; its keywords stand among the event's fields.
    mutating func approval(
        _ fired: ReturnedTransition?, by person: Person? = nil
    ) async throws(WorkerError) -> ReturnedTransition? {
        let extras = document.extras
        defer { document.extras = extras }
        for (name, value) in fired?.extra ?? [:] { document.extras[name] = value }
        if let reason = fired?.reason { document.extras["reason"] = .string(reason) }
        return try await transition(
            "on_approve", "approve", by: person ?? document.run.submission.requester, channel: "sdk"
        )
    }

    /// Says which handler it was.
    func naming(_ error: WorkerError) -> WorkerError {
        guard let asking else { return error }
        switch error {
        case .failed(var fault):
            if fault.traceback.isEmpty { fault.message = "\(asking): \(fault.message)" }
            return .failed(fault)
        case .timedOut, .died, .garbage: return .failed(HandlerFault(of: asking, error.report))
        case .cannotStart, .busy: return error
        }
    }
}
