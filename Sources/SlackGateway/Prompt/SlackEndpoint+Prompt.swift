import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import SlackContract
import Support

extension SlackEndpoint {
    /// How long a form waits for its options before it is shown without them: code that is quick spares people the
    /// loading state.
    static let fetchGrace: Duration = .milliseconds(400)
    /// After an answer to a submission the view is left alone for so long: Slack has to take the answer first.
    static let answerSettles: Duration = .seconds(1)

    enum Prompt: Sendable {
        case view(View)
        case form(ShownForm, Person)
        /// There is no form: the flow's code has made the request.
        case requested(RunID, Flow)
    }

    /// Opens a placeholder at once, then fills it: a trigger lives three seconds, and finding out who asks may take
    /// longer (slack.md 1.10).
    func openPrompt(
        for actor: SlackActor, workspace: String, trigger: Secret, flow: String?, target: String?,
        reply: ResponseURL?
    ) {
        lane.start {
            let opened: StoredView
            do throws(SlackCallError) {
                opened = try await self.client.call(
                    ViewsOpen(view: PromptModal.loading, triggerID: trigger), workspace: workspace
                )
            } catch {
                self.log.warning("a form could not be opened", ["error": "\(error)"])
                let sentence: Mrkdwn = "The form could not be opened in time. Please type `/sym` again."
                if let reply {
                    _ = await self.respond(to: reply, with: Message(text: sentence, blocks: [.section(sentence)]))
                }
                return
            }
            let prompt = await self.prompt(
                for: actor, workspace: workspace, flow: flow, target: target, view: opened.id
            )
            switch prompt {
            case .view(let view): _ = await self.update(opened.id, hash: opened.hash, to: view, workspace: workspace)
            case .requested(let id, let flow):
                let view = PromptModal.message(PromptText.submitted(flow))
                _ = await self.update(opened.id, hash: opened.hash, to: view, workspace: workspace)
                self.follow(id, flow: flow, view: opened.id, workspace: workspace)
            case .form(let shown, let person): await self.show(shown, person, view: opened.id, hash: opened.hash)
            }
        }
    }

    private func prompt(
        for actor: SlackActor, workspace: String, flow: String?, target: String?, view: String
    ) async -> Prompt {
        let person: Person
        do { person = try await engine.person(actor.claimed, from: workspace) } catch {
            log.warning("a person could not be looked up", ["error": "\(error)"])
            return .view(PromptModal.message(PromptText.cannotTell))
        }
        guard person.isActive else { return .view(PromptModal.message(PromptText.inactive)) }
        guard person.role >= .member else { return .view(PromptModal.message(PromptText.guests)) }
        guard case .flows(let flows) = await offered(to: person, in: workspace, within: desk.formTime) else {
            return .view(PromptModal.message(PromptText.notOffered))
        }
        let limit = desk.formTime
        if let flow {
            guard let chosen = flows.first(where: { $0.isNamed(flow) }) else {
                return .view(PromptModal.message(PromptText.noFlow(flow, known: flows)))
            }
            return await prompt(chosen, for: person, in: workspace, target: target, view: view, within: limit)
        }
        let broken = desk.offers.brokenFlows(in: workspace)
        guard flows.count == 1, broken.isEmpty else {
            return .view(PromptModal.choose(among: flows, broken: broken))
        }
        return await prompt(flows[0], for: person, in: workspace, target: target, view: view, within: limit)
    }

    /// A flow's form, unless its `on_prompt` refuses it, or asks in the person's name (sym-sdk.md 2.2). A hook that
    /// fails refuses: the form's purpose may be what it guards.
    ///
    /// - Parameter view: the view that the form would stand in: one request comes of it.
    func prompt(
        _ flow: Flow, for person: Person, in workspace: String, target: String?, view: String, within limit: Duration
    ) async -> Prompt {
        let shown = form(flow, for: person, in: workspace, target: target)
        do throws(HandlerError) {
            switch try await desk.handlers.prompt(.onPrompt, question(shown, person, "on_prompt", within: limit)) {
            case .show: return .form(shown, person)
            case .refuse(let message): return .view(PromptModal.message(PromptText.refused(message)))
            case .request(let request): return try await submit(request, of: shown, for: person, view: view)
            }
        } catch {
            let desk = desk
            lane.start {
                await desk.report(
                    "\(flow.label), on_prompt", error, workspace: workspace, channel: flow.environment.errorChannel
                )
            }
            return .view(PromptModal.message(PromptText.promptFailed))
        }
    }

    /// Makes the request that `on_prompt` asks for. The form's rules hold for it as if the person had filled it in.
    private func submit(
        _ request: PromptedRequest, of shown: ShownForm, for person: Person, view: String
    ) async throws(HandlerError) -> Prompt {
        let flow = shown.flow
        var inputs = request.fields.mapValues(FieldInput.init)
        let takesDuration = flow.field(named: PromptField.durationName) != nil
        if let seconds = request.durationSeconds, takesDuration { inputs[PromptField.durationName] = .number(seconds) }
        let (target, fields): (String?, [String: FieldValue])
        switch shown.form.check(as: flow, target: request.target ?? shown.form.target, fields: inputs) {
        case .values(let checked, let values): (target, fields) = (checked, values)
        case .problems(let problems):
            let list = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.sentence)" }
            throw .failed("What on_prompt asks for is no request of this flow. \(list.joined(separator: " "))")
        }
        do {
            let id = try await engine.submit(
                NewRequest(
                    flow: flow, requester: try await engine.current(person), target: target, fields: fields,
                    source: .slack, submissionKey: "prompt/\(view)",
                    durationSeconds: request.durationSeconds.map(Int.init), approval: request.approval
                )
            )
            return .requested(id, flow)
        } catch let refusal as SubmissionRefusal {
            return .view(PromptModal.message(Mrkdwn(refusal.sentence)))
        } catch {
            log.error("a request could not be kept", ["flow": flow.name, "error": "\(error)"])
            return .view(PromptModal.message("The request could not be recorded. Please try again."))
        }
    }

    private func question(
        _ shown: ShownForm, _ person: Person, _ name: String, within limit: Duration
    ) -> FormQuestion {
        FormQuestion(
            flow: shown.flow, target: shown.target,
            asking: PersonQuestion(
                person: person, now: engine.clock.now(), limit: limit, idempotencyKey: "\(name)/\(engine.ids.next())"
            )
        )
    }

    /// `after_prompt`: the form is there.
    func tellShown(_ shown: ShownForm, to person: Person) {
        lane.start {
            let question = self.question(shown, person, "after_prompt", within: self.desk.prefetchTime)
            do throws(HandlerError) { _ = try await self.desk.handlers.prompt(.afterPrompt, question) } catch {
                await self.desk.report(
                    "\(shown.flow.label), after_prompt", error, workspace: shown.workspace,
                    channel: shown.flow.environment.errorChannel
                )
            }
        }
    }

    /// A flow's form as it is when it opens.
    func form(_ flow: Flow, for person: Person, in workspace: String, target: String?) -> ShownForm {
        let form = PromptForm(flow, target: target)
        return ShownForm(
            flow: flow, revision: FlowRevision(of: flow).hash, form: form, workspace: workspace,
            account: person.account, target: form.target
        )
    }

    private func show(_ shown: ShownForm, _ person: Person, view: String, hash: String?) async {
        let loading = await fetch(shown, for: person)
        guard let rendered = await render(shown),
            case .done(let hash) = await update(view, hash: hash, to: rendered, workspace: shown.workspace)
        else { return }
        desk.forms.note(shown, as: hash, view: view)
        refresh(view, when: loading)
        tellShown(shown, to: person)
    }

    // MARK: Flows that are offered

    enum Offered {
        case flows([Flow])
        /// The filter failed, or nobody knows who asks.
        case unknown
    }

    func offered(to person: Person, in workspace: String, within limit: Duration) async -> Offered {
        do throws(HandlerError) {
            return .flows(try await desk.offers.offered(to: person, in: workspace, within: limit))
        } catch {
            log.error("no flows are offered: the flows filter failed", ["error": error.reason])
            let desk = desk
            lane.start { await desk.report("Flows filter", error, workspace: workspace, channel: nil) }
            return .unknown
        }
    }

    /// For payloads that somebody waits for: what is known about the person is new enough.
    func offered(to account: Account, in workspace: String, within limit: Duration) async -> Offered {
        guard desk.offers.isFiltered else { return .flows(desk.offers.flows(in: workspace)) }
        guard let person = await known(account, in: workspace) else { return .unknown }
        return await offered(to: person, in: workspace, within: limit)
    }

    func known(_ account: Account, in workspace: String) async -> Person? {
        if let person = try? await engine.store.person(account) { return try? await engine.current(person) }
        return try? await engine.person(account, from: workspace)
    }

    // MARK: Options that flows' code offers

    /// Begins to fetch the options of a form that opens, and gives them a moment.
    ///
    /// - Returns: fields that are still loading.
    func fetch(_ shown: ShownForm, for person: Person) async -> [FetchedOptions.Key] {
        let fields = shown.form.fields.filter(\.original.isPrefetched)
        guard !fields.isEmpty else { return [] }
        for field in fields { fetch(field, of: shown, for: person, opening: true) }
        let end = MonotonicInstant.now() + Self.fetchGrace
        var loading: [FetchedOptions.Key] = []
        for field in fields {
            let key = key(of: field, in: shown)
            if case .loading? = await desk.options.wait(for: key, upTo: end - .now()) { loading.append(key) }
        }
        return loading
    }

    /// Asks for a field's options unless they are known or asked for already.
    func fetch(_ field: PromptForm.Field, of shown: ShownForm, for person: Person, opening: Bool) {
        let key = key(of: field, in: shown)
        guard desk.options.begin(key, opening: opening) else { return }
        let isStarted = lane.start {
            let question = FormQuestion(
                flow: shown.flow, target: shown.target,
                asking: PersonQuestion(
                    person: person, now: self.engine.clock.now(), limit: self.desk.prefetchTime,
                    idempotencyKey: "prefetch/\(field.name)/\(self.engine.ids.next())"
                )
            )
            do throws(HandlerError) {
                let options = try await self.desk.handlers.options(of: field.original, question)
                self.desk.options.finish(key, .success(options))
            } catch {
                self.desk.options.finish(key, .failure(error))
                await self.desk.report(
                    "\(shown.flow.label), options of \(field.label)", error, workspace: shown.workspace,
                    channel: shown.flow.environment.errorChannel
                )
            }
        }
        if !isStarted { desk.options.finish(key, .failure(.unavailable("Too much is going on just now."))) }
    }

    func key(of field: PromptForm.Field, in shown: ShownForm) -> FetchedOptions.Key {
        FetchedOptions.Key(
            account: shown.account, flow: shown.flow.name, revision: shown.revision, target: shown.target,
            field: field.name
        )
    }

    /// Shows the form anew when options have come.
    func refresh(_ view: String, when loading: [FetchedOptions.Key], notBefore delay: Duration = .zero) {
        for key in loading {
            lane.start {
                if delay > .zero { try? await Task.sleep(for: delay) }
                _ = await self.desk.options.wait(for: key, upTo: self.desk.prefetchTime + Self.fetchGrace)
                self.add(OpenForms.Work(refreshes: true), to: view)
            }
        }
    }

    // MARK: Showing

    /// What is known of the options of a form's fields.
    func prefetched(_ shown: ShownForm) -> [String: FieldBlock.Prefetched] {
        var states: [String: FieldBlock.Prefetched] = [:]
        for field in shown.form.fields where field.original.isPrefetched {
            states[field.name] = desk.options.state(of: key(of: field, in: shown))
        }
        return states
    }

    /// - Returns: `nil` where what the form has to carry along could not be kept.
    func render(_ shown: ShownForm) async -> View? {
        let changes = shown.form.differences(from: shown.flow.additionalHeaderText)
        var metadata = PromptMetadata(
            flow: shown.flow.name, revision: shown.revision, target: shown.target,
            changes: changes.isEmpty ? nil : .inline(changes)
        )
        if metadata.text == nil { metadata.changes = await desk.shelf.keep(changes).map { .kept($0) } }
        guard metadata.changes != nil || changes.isEmpty, let text = metadata.text else { return nil }
        return PromptModal.form(
            shown, metadata: text, prefetched: prefetched(shown),
            durationChoices: engine.configuration().settings.durationChoicesSeconds
        )
    }

    enum Updated: Sendable {
        case done(hash: String?)
        /// It has changed in the meantime.
        case stale
        case failed
    }

    func update(_ id: String, hash: String?, to view: View, workspace: String) async -> Updated {
        do throws(SlackCallError) {
            let stored = try await client.call(ViewsUpdate(view: view, viewID: id, hash: hash), workspace: workspace)
            return .done(hash: stored.hash)
        } catch {
            if case .refused(.known(.hashConflict), _) = error { return .stale }
            log.info("a form could not be changed; it may have been closed", ["error": "\(error)"])
            return .failed
        }
    }
}
