package import ApprovalCore
package import ApprovalEngine
package import Support
import Synchronization

/// Answers for flows whose `impl.py` decides, in workers.
package final class PythonHandlers: FlowHandlers {
    let pool: WorkerPool
    let calls: SDKCalls
    private let places: PlaceFinder
    let organization: @Sendable () -> String
    let callTime: @Sendable () -> Duration
    let engine: @Sendable () -> ApprovalEngine
    let log: Log
    private let people = Mutex(PeopleMet())

    /// A question with all its calls, waiting included: less than the lease of the outbox entry that asks it.
    static let questionTime: Duration = .seconds(120)
    /// How long a question waits for a worker.
    static let waitTime: Duration = .seconds(60)

    /// - Parameters:
    ///   - organization: the slug, for SRNs.
    ///   - callTime: of one hook or reducer.
    ///   - engine: knows people; called only once something is asked.
    package init(
        pool: WorkerPool, calls: SDKCalls, places: PlaceFinder, organization: @escaping @Sendable () -> String,
        callTime: @escaping @Sendable () -> Duration, engine: @escaping @Sendable () -> ApprovalEngine, log: Log
    ) {
        self.pool = pool
        self.calls = calls
        self.places = places
        self.organization = organization
        self.callTime = callTime
        self.engine = engine
        self.log = log
    }

    package func hooks(of flow: Flow) -> [Hook] { flow.implementation.map(HookNames.mentioned) ?? [] }

    package func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        let answer = try await ask(question, about: "on_request") { conversation throws(WorkerError) in
            try await Router(handlers: self, question: question).answer(&conversation)
        }
        guard let answer else { throw .failed("This flow has no implementation.") }
        return answer
    }

    package func answer(
        _ hook: Hook, _ question: FlowQuestion, person reference: PersonReference?
    ) async throws(HandlerError) -> HookAnswer {
        try await ask(question, about: hook.rawValue) { conversation throws(WorkerError) in
            try await HookCall(handlers: self, hook: hook, question: question, reference: reference)
                .answer(&conversation)
        } ?? .proceed
    }

    // MARK: Asking

    /// - Returns: `nil` when there is nobody to ask.
    func ask<Answer: Sendable>(
        _ question: FlowQuestion, about handler: String,
        _ body: (inout Conversation) async throws(WorkerError) -> Answer
    ) async throws(HandlerError) -> Answer? {
        guard let source = question.flow.implementation else { return nil }
        let implementation = Implementation(flow: question.flow.name, source: source)
        do throws(WorkerError) { return try await converse(question, with: implementation, body) } catch {
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

    /// - Parameter callTime: of one call, where it is another than that of hooks.
    func converse<Answer: Sendable>(
        _ question: FlowQuestion, with implementation: Implementation, callTime: Duration? = nil,
        _ body: (inout Conversation) async throws(WorkerError) -> Answer
    ) async throws(WorkerError) -> Answer {
        let begin = MonotonicInstant.now()
        let callTime = callTime ?? self.callTime()
        let company = company(question)
        let document = await document(of: question)
        let end = begin + (question.isUrgent ? callTime : Self.questionTime)
        return try await pool.withWorker(
            for: implementation, waitingUntil: min(end, begin + Self.waitTime), loadTime: callTime, company: company
        ) { worker throws(WorkerError) in
            var conversation = Conversation(
                worker: worker, company: company, document: document, idempotencyKey: question.idempotencyKey,
                end: end, callTime: callTime
            )
            do throws(WorkerError) { return try await body(&conversation) } catch {
                throw conversation.naming(error)
            }
        }
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

    func document(of question: FlowQuestion) async -> EventDocument {
        let run = question.run
        var document = EventDocument(
            organization: organization(), run: run, flow: question.flow, now: question.now, actors: []
        )
        for actor in run.actors {
            let person = await person(actor.person, run)
            document.actors.append((actor.event, person))
            await keepIdentities(of: person, in: &document)
        }
        for account in run.accountsInFields {
            document.usernames[account] = (try? await engine().store.person(account))?.email
        }
        return document
    }

    func keepIdentities(of person: Person, in document: inout EventDocument) async {
        guard document.identities[person.id] == nil else { return }
        document.identities[person.id] = (try? await engine().user(behind: person))?.identities ?? []
    }

    func person(_ reference: PersonReference, _ run: AccessRequest) async -> Person {
        if reference.account == run.submission.requester.account { return run.submission.requester }
        if let person = try? await engine().store.person(reference.account) {
            return (try? await engine().current(person)) ?? person
        }
        return Person(
            id: reference.id, account: reference.account, name: reference.name, email: reference.email, role: .guest,
            observedAt: run.lastFactAt
        )
    }

    /// What rules call this person: handlers know people by UUIDs.
    func name(ofPerson id: String, in question: FlowQuestion) async -> String? {
        let requester = question.run.submission.requester
        if EventDocument.userID(requester.id) == id { return requester.email ?? requester.account.user }
        if let name = people.withLock({ $0[id] }) { return name }
        if let person = try? await engine().store.person(id: PersonID(id)) {
            return person.deciderName
        }
        return (try? await engine().user(PersonID(id)))?.email
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

/// The people that calls of the SDK have named, so that `get_permissions` can name them by their UUIDs. Kept for as
/// long as the process, the latest first to stay.
private struct PeopleMet {
    private var names: [String: String] = [:]
    private var order: [String] = []
    private static let countMax = 10_000

    subscript(id: String) -> String? { names[id] }

    mutating func note(_ person: Person) {
        let id = EventDocument.userID(person.id)
        if names.updateValue(person.deciderName, forKey: id) == nil { order.append(id) }
        if order.count > Self.countMax { names[order.removeFirst()] = nil }
    }
}

extension Person {
    /// What a rule of who may decide calls somebody. Of people in other companies' workspaces it is the account: their
    /// address is what their workspace says it is, and another one may say the same (decisions.md 4).
    fileprivate var deciderName: String { isHome ? email ?? account.user : account.user }
}
