package import ApprovalCore
package import ApprovalEngine
package import Support
import Synchronization

/// Answers for flows whose `impl.py` decides, in workers.
package final class PythonHandlers: FlowHandlers {
    private let pool: WorkerPool
    private let calls: SDKCalls
    private let places: PlaceFinder
    private let organization: @Sendable () -> String
    private let callTime: @Sendable () -> Duration
    private let person: @Sendable (Account) async -> Person?
    private let log: Log
    private let people = Mutex(PeopleMet())

    /// A question with all its calls, waiting included: less than the lease of the outbox entry that asks it.
    static let questionTime: Duration = .seconds(120)
    /// How long a question waits for a worker.
    static let waitTime: Duration = .seconds(60)

    /// - Parameters:
    ///   - organization: the slug, for SRNs.
    ///   - callTime: of one hook or reducer.
    ///   - person: who is behind an account, as far as we know.
    package init(
        pool: WorkerPool, calls: SDKCalls, places: PlaceFinder, organization: @escaping @Sendable () -> String,
        callTime: @escaping @Sendable () -> Duration, person: @escaping @Sendable (Account) async -> Person?, log: Log
    ) {
        self.pool = pool
        self.calls = calls
        self.places = places
        self.organization = organization
        self.callTime = callTime
        self.person = person
        self.log = log
    }

    package func hooks(of flow: Flow) -> [Hook] { flow.implementation.map(HookNames.mentioned) ?? [] }

    package func answer(
        _ hook: Hook, _ question: FlowQuestion, person reference: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        try await ask(question, about: hook.rawValue) { conversation throws(WorkerError) in
            let receipt = question.run.openReceipts.first { $0.person?.account == reference?.account }?.receipt
            if let message = receipt?.message { conversation.document.extras["decision_message"] = .string(message) }
            let actor = await self.actor(reference, question.run)
            let source = (receipt?.source ?? question.run.submission.source) == .slack ? "slack" : "sym"
            let returned = try await conversation.transition(hook.rawValue, hook.step, by: actor, channel: source)
            guard let returned else { return .proceed }
            if let objection = returned.objection(for: question.run) { return .failed(error: objection) }
            switch returned.kind {
            case .ignore: return .ignore(message: returned.message ?? ReturnedTransition.ignoreMessage)
            case .transition(let transition): return .transition(transition, reason: returned.reason)
            }
        } ?? .proceed
    }

    package func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        let answer = try await ask(question, about: "on_request") { conversation throws(WorkerError) in
            try await Router(handlers: self, question: question).answer(&conversation)
        }
        guard let answer else { throw .failed("This flow has no implementation.") }
        return answer
    }

    // MARK: Asking

    /// - Returns: `nil` when there is nobody to ask.
    func ask<Answer: Sendable>(
        _ question: FlowQuestion, about handler: String,
        _ body: (inout Conversation) async throws(WorkerError) -> Answer
    ) async throws(HandlerError) -> Answer? {
        guard let source = question.flow.implementation else { return nil }
        let begin = MonotonicInstant.now()
        let company = company(question)
        do throws(WorkerError) {
            return try await pool.withWorker(
                for: Implementation(flow: question.flow.name, source: source), waitingUntil: begin + Self.waitTime,
                loadTime: callTime(), company: company
            ) { worker throws(WorkerError) in
                var conversation = Conversation(
                    worker: worker, company: company, document: document(of: question),
                    idempotencyKey: question.idempotencyKey, end: begin + Self.questionTime, callTime: callTime()
                )
                do throws(WorkerError) { return try await body(&conversation) } catch {
                    throw conversation.naming(error)
                }
            }
        } catch {
            log.warning(
                "a Python handler failed",
                ["request": question.run.id.text, "flow": question.flow.name, "error": error.report]
            )
            switch error {
            case .cannotStart, .busy: throw .unavailable(error.report)
            case .timedOut, .died, .garbage, .failed: throw .failed(error.report)
            }
        }
    }

    func document(of question: FlowQuestion) -> EventDocument {
        EventDocument(
            organization: organization(), run: question.run, flow: question.flow, now: question.now,
            actors: [("request", question.run.submission.requester)]
        )
    }

    func company(_ question: FlowQuestion) -> WorkerProcess.Company {
        WorkerProcess.Company(
            serve: { [self] name, arguments in
                await calls.serve(name, arguments, run: question.run, flow: question.flow) { person in
                    people.withLock { $0.note(person) }
                }
            },
            print: { [log] stream, text in
                log.info(
                    "printed by a handler",
                    ["request": question.run.id.text, "flow": question.flow.name, "stream": stream, "text": text]
                )
            }
        )
    }

    // MARK: People

    /// Whoever acted; the requester where it is the engine.
    private func actor(_ reference: PersonReference?, _ run: AccessRequest) async -> Person {
        guard let reference, reference.account != run.submission.requester.account else {
            return run.submission.requester
        }
        if let person = await person(reference.account) { return person }
        return Person(
            id: reference.id, account: reference.account, name: reference.name, email: reference.email, role: .guest,
            observedAt: run.lastFactAt
        )
    }

    /// What rules call this person: handlers know people by UUIDs.
    func name(ofPerson id: String, in question: FlowQuestion) -> String? {
        let requester = question.run.submission.requester
        if EventDocument.userID(requester.id) == id { return requester.email ?? requester.account.user }
        return people.withLock { $0[id] }
    }

    func stages(_ rules: [StageRule], in workspace: String) async throws(LookupError) -> [Routing.Stage] {
        var stages: [Routing.Stage] = []
        for rule in rules { stages.append(try await places.stage(rule, in: workspace)) }
        return stages
    }

    func warn(_ sentence: String, _ error: String, _ question: FlowQuestion) {
        log.warning(sentence, ["request": question.run.id.text, "flow": question.flow.name, "error": error])
    }
}

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

    /// Asks a handler about an event; `nil` when there is no such handler.
    mutating func call(
        _ handler: String, _ step: String, by person: Person, channel: String
    ) async throws(WorkerError) -> JSONValue? {
        guard worker.has(handler) else { return nil }
        asking = handler
        let value = try await worker.call(
            handler, ["event": document.event(step, by: person, channelType: channel)],
            run: document.run.id.text, idempotencyKey: idempotencyKey + "/" + handler,
            within: min(callTime, end - .now()), company: company
        )
        asking = nil
        return value
    }

    mutating func transition(
        _ handler: String, _ step: String, by person: Person, channel: String
    ) async throws(WorkerError) -> ReturnedTransition? {
        guard let value = try await call(handler, step, by: person, channel: channel) else { return nil }
        return try ReturnedTransition(value)
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

/// The people that calls of the SDK have named, so that `get_permissions` can name them by their UUIDs. Kept for as
/// long as the process, the latest first to stay.
private struct PeopleMet {
    private var names: [String: String] = [:]
    private var order: [String] = []
    private static let countMax = 10_000

    subscript(id: String) -> String? { names[id] }

    mutating func note(_ person: Person) {
        let id = EventDocument.userID(person.id)
        if names.updateValue(person.email ?? person.account.user, forKey: id) == nil { order.append(id) }
        if order.count > Self.countMax { names[order.removeFirst()] = nil }
    }
}
