package import ApprovalCore
package import ApprovalEngine
package import FlowConfig
package import Support
import Synchronization

/// Runs the Python that is asked while a form is being filled in: prefetch, `on_change`, the flows filter.
///
/// There is no request yet. What handlers see of one (`event.run`) is made up for the question and kept nowhere.
package struct PythonForms: FormHandlers {
    private let pool: WorkerPool
    private let calls: SDKCalls
    private let organization: @Sendable () -> String
    private let person: @Sendable (Account) async -> Person?
    private let identities: @Sendable (Person) async -> [ServiceIdentity]
    private let ids: IDGenerator
    private let log: Log

    private static let step = "prompt"
    private static let filterName = "flows filter"

    /// - Parameters:
    ///   - organization: the slug, for SRNs.
    ///   - person: who is behind an account, as far as we know.
    ///   - identities: what a person is called in other services, as far as somebody has said so.
    package init(
        pool: WorkerPool, calls: SDKCalls, organization: @escaping @Sendable () -> String,
        person: @escaping @Sendable (Account) async -> Person?,
        identities: @escaping @Sendable (Person) async -> [ServiceIdentity], ids: IDGenerator, log: Log
    ) {
        self.pool = pool
        self.calls = calls
        self.organization = organization
        self.person = person
        self.identities = identities
        self.ids = ids
        self.log = log
    }

    // MARK: Questions

    package func prompt(_ hook: Hook, _ question: FormQuestion) async throws(HandlerError) -> PromptAnswer {
        let flow = question.flow
        guard let source = flow.implementation, HookNames.mentioned(in: source).contains(hook) else { return .show }
        let document = await document(flow, target: question.target, question.asking)
        let answer = try await ask(
            Implementation(flow: flow.name, source: source), hook.rawValue, field: nil,
            ["event": document.event(Self.step, by: question.asking.person, channelType: "slack")], document,
            question.asking, mayBeMissing: true
        )
        do throws(WorkerError) {
            guard let returned = try ReturnedTransition(answer), hook == .onPrompt else { return .show }
            switch returned.kind {
            case .ignore, .transition(.deny): return .refuse(message: returned.message ?? returned.reason)
            case .transition(.prompt): return .show
            case .transition(.request): return .request(try returned.request(of: flow))
            case .transition(.approve):
                // A field of this name is filled in with it all the same.
                var request = try returned.request(of: flow)
                request.approval = PromptApproval(reason: returned.reason)
                return .request(request)
            case .transition(let transition):
                throw .failed(HandlerFault(of: hook.rawValue, "may not lead to \(transition.rawValue)"))
            }
        } catch { throw .failed(error.report) }
    }

    package func options(of field: PromptField, _ question: FormQuestion) async throws(HandlerError) -> [FieldOption] {
        let flow = question.flow
        guard let source = flow.implementation else {
            throw .failed("The flow has no implementation that could offer options for \(field.name).")
        }
        let document = await document(flow, target: question.target, question.asking)
        let answer = try await ask(
            Implementation(flow: flow.name, source: source), "prefetch", field: field.name,
            [
                "event": document.event(Self.step, by: question.asking.person, channelType: "slack"),
                "field": .string(field.name),
            ], document, question.asking
        )
        var options: [FieldOption] = []
        for element in answer.elements ?? [] {
            let value = element["value"] ?? .null
            guard let read = FormDocument.option(value, of: field, workspace: flow.environment.workspace) else {
                throw .failed(
                    "prefetch of \(field.name): \(value.compact) is none for a field that holds \(field.kind.words)"
                )
            }
            options.append(FieldOption(value: read, label: element["label"]?.text ?? read.settingText))
        }
        return options
    }

    package func changes(
        of field: PromptField, in form: PromptForm, prefetched: [String: [FieldOption]], _ question: FormQuestion
    ) async throws(HandlerError) -> FormChanges {
        guard let source = field.onChange else { return FormChanges() }
        let flow = question.flow
        // Functions have underscores where fields have dashes (sym-sdk.md 2.6).
        let name = field.name.replacing("-", with: "_")
        var usernames: [Account: String] = [:]
        for account in FormDocument.accounts(in: form) {
            guard let person = await person(account) else { continue }
            usernames[account] = person.email ?? person.name
        }
        let formDocument = FormDocument(form: form, flow: flow, prefetched: prefetched, usernames: usernames)
        let person = question.asking.person
        let answer = try await ask(
            Implementation(flow: flow.name, kind: .onChange, source: source, fileName: "on_change_\(name).py"),
            "on_change", field: name,
            [
                "username": .string(person.email ?? person.name), "form": formDocument.json, "field": .string(name),
            ], await document(flow, target: form.target, question.asking), question.asking
        )
        do throws(WorkerError) { return try formDocument.changes(answer) } catch { throw .failed(error.report) }
    }

    package func offered(
        _ flows: [Flow], by filter: FlowsFilter, workspace: String, _ question: PersonQuestion
    ) async throws(HandlerError) -> [Flow] {
        // The filter has integrations of its own, and so may ask for their secrets alone.
        let own = Flow(
            name: Self.filterName,
            environment: Environment(name: Self.filterName, workspace: workspace, integrations: filter.integrations),
            vars: filter.vars
        )
        let document = await document(own, target: nil, question)
        let answer = try await ask(
            Implementation(flow: Self.filterName, source: filter.implementation, fileName: "flows_filter.py"),
            "get_flows", field: nil,
            [
                "user": document.user(question.person),
                "flows": .array(flows.map { self.document($0, target: nil, question, identities: []).flowDocument }),
                "flows_filter_vars": EventDocument.texts(filter.vars),
            ], document, question
        )
        // SRNs are in lower case.
        let names = Set((answer.elements ?? []).compactMap { $0.text?.lowercased() })
        return flows.filter { names.contains(EventDocument.slug($0.name).lowercased()) }
    }

    // MARK: Asking

    /// An event about a request that is only being thought of.
    private func document(_ flow: Flow, target: String?, _ question: PersonQuestion) async -> EventDocument {
        document(flow, target: target, question, identities: await identities(question.person))
    }

    private func document(
        _ flow: Flow, target: String?, _ question: PersonQuestion, identities: [ServiceIdentity]
    ) -> EventDocument {
        let submission = Submission(flow: flow.name, requester: question.person, target: target, at: question.now)
        let identity = question.person.email ?? question.person.account.description
        let run = AccessRequest.submit(
            submission, as: RunID(ids.next()), revision: "",
            terms: Terms(
                hasStrategy: flow.strategy != nil, allowRevoke: flow.allowRevoke,
                scheduleDeescalation: flow.scheduleDeescalation
            ),
            binding: BindingDocuments(submission, flow: flow, identity: identity).binding(round: 1)
        ).run
        return EventDocument(
            organization: organization(), run: run, flow: flow, now: question.now,
            actors: [(Self.step, question.person)], identities: [question.person.id: identities]
        )
    }

    private func ask(
        _ implementation: Implementation, _ handler: String, field: String?, _ arguments: JSONObject,
        _ document: EventDocument, _ question: PersonQuestion, mayBeMissing: Bool = false
    ) async throws(HandlerError) -> JSONValue {
        let end = MonotonicInstant.now() + question.limit
        let company = company(document, handler, field)
        let shown = [handler, field].compactMap { $0 }.joined(separator: handler == "on_change" ? "_" : " of ")
        do throws(WorkerError) {
            return try await pool.withWorker(
                for: implementation, waitingUntil: end, loadTime: question.limit, company: company
            ) { worker throws(WorkerError) in
                guard worker.handlers.contains(where: { $0.name == handler && (field == nil || $0.field == field) })
                else {
                    if mayBeMissing { return .null }
                    throw .failed(HandlerFault(of: implementation.fileName, "there is no \(shown)"))
                }
                do throws(WorkerError) {
                    return try await worker.call(
                        handler, arguments, run: document.run.id.text, idempotencyKey: question.idempotencyKey,
                        within: max(end - .now(), Self.callTimeMin), company: company
                    )
                } catch {
                    switch error {
                    case .timedOut: throw .failed(HandlerFault(of: shown, "did not answer in time and was ended"))
                    case .died, .garbage: throw .failed(HandlerFault(of: shown, error.report))
                    case .failed, .cannotStart, .busy: throw error
                    }
                }
            }
        } catch {
            log.warning(
                "a Python handler failed",
                [
                    "flow": document.flow.name, "handler": shown, "person": question.person.account.description,
                    "error": error.report,
                ]
            )
            switch error {
            case .cannotStart, .busy: throw .unavailable(error.report)
            case .timedOut, .died, .garbage, .failed: throw .failed(error.report)
            }
        }
    }

    private static let callTimeMin = Duration.milliseconds(1)

    private func company(_ document: EventDocument, _ handler: String, _ field: String?) -> WorkerProcess.Company {
        WorkerProcess.Company(
            serve: { [calls] name, arguments in
                await calls.serve(name, arguments, run: document.run, flow: document.flow) { _ in }
            },
            print: { [log] stream, text in
                log.info(
                    "printed by a handler",
                    [
                        "flow": document.flow.name, "handler": handler, "field": field ?? "", "stream": stream,
                        "text": text,
                    ]
                )
            }
        )
    }
}

extension ReturnedTransition {
    /// What `on_prompt` asks for by itself.
    ///
    /// - Throws: `.failed` for what the flow does not have.
    fileprivate func request(of flow: Flow) throws(WorkerError) -> PromptedRequest {
        let handler = Hook.onPrompt.rawValue
        var request = PromptedRequest(
            target: try target(of: flow, by: handler), durationSeconds: try duration(by: handler)
        )
        var given = extra
        if let reason, flow.field(named: "reason") != nil { given["reason"] = .string(reason) }
        for (name, json) in given {
            guard let field = flow.field(named: name) else {
                throw .failed(HandlerFault(of: handler, "fills in \(name), which this flow does not have"))
            }
            guard let value = field.kind.value(of: json, workspace: flow.environment.workspace) else {
                throw .failed(
                    HandlerFault(
                        of: handler, "fills \(name) in with \(json.compact), and it holds \(field.kind.words)"
                    )
                )
            }
            request.fields[field.name] = value
        }
        return request
    }
}
