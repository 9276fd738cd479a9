import ApprovalCore
import ApprovalEngine
import FlowConfig
import SlackContract
import Support

/// Forms that change while they are being filled in (`on_change`, sym-sdk.md 2.6).
extension SlackEndpoint {
    /// A field of an open form has changed.
    func changed(_ action: BlockAction, in actions: BlockActions) {
        guard var view = actions.view, view.callbackID == PromptModal.formCallback,
            let name = FieldBlock.name(ofBlock: action.blockID), let workspace = actions.installation.team,
            settings.isInstalled(workspace)
        else { return log.debug("a field changed that is not for us", ["action": action.name]) }
        view.state = actions.state
        let work = OpenForms.Work(
            changed: [name], view: view, account: actions.actor.claimed, workspace: workspace, since: .now()
        )
        add(work, to: view.id)
    }

    func add(_ work: OpenForms.Work, to view: String) {
        guard desk.forms.add(work, to: view) else { return }
        let isStarted = lane.start {
            while let work = self.desk.forms.next(view) { await self.perform(work, on: view) }
        }
        if !isStarted { desk.forms.forget(view) }
    }

    private func perform(_ work: OpenForms.Work, on view: String) async {
        guard let payload = work.view, !work.changed.isEmpty else { return await refresh(view) }
        guard let base = await base(of: payload, work) else { return }
        switch await follow(work, payload, from: base.form, hash: base.hash) {
        case .stale:
            // What this process has shown itself meanwhile is no reason to let a person's change go unheard.
            guard let newest = desk.forms.shown(view), let hash = newest.hash, hash != base.hash else {
                return log.info("the answer to a change of a form came too late")
            }
            if case .stale = await follow(work, payload, from: newest.form, hash: hash) {
                log.info("the answer to a change of a form came too late")
            }
        case .done, .failed: break
        }
    }

    private func refresh(_ view: String) async {
        guard let (shown, hash) = desk.forms.shown(view), let rendered = await render(shown) else { return }
        if case .done(let hash) = await update(view, hash: hash, to: rendered, workspace: shown.workspace) {
            desk.forms.note(shown, as: hash, view: view)
        }
    }

    /// The form that a payload is about, and the version of its view.
    private func base(of payload: InboundView, _ work: OpenForms.Work) async -> (form: ShownForm, hash: String?)? {
        if let newer = desk.forms.newer(than: payload.hash, view: payload.id) { return newer }
        guard let account = work.account,
            case .flows(let flows) = await offered(to: account, in: work.workspace, within: desk.formTime)
        else { return nil }
        guard let shown = await shown(by: payload, to: account, flows: flows, workspace: work.workspace) else {
            log.info("a form changed whose flow has changed too")
            return nil
        }
        return (shown, payload.hash)
    }

    /// The form that a view shows, from what the view itself carries along; `nil` when its flow is not offered, or has
    /// changed since.
    func shown(by view: InboundView, to account: Account, flows: [Flow], workspace: String) async -> ShownForm? {
        let metadata = PromptMetadata(view.privateMetadata)
        guard let flow = flows.first(where: { $0.name == metadata.flow }) else { return nil }
        let revision = FlowRevision(of: flow).hash
        guard metadata.revision ?? revision == revision else { return nil }
        var form = PromptForm(flow, target: metadata.target)
        switch metadata.changes {
        case .inline(let changes): form.take(changes, workspace: workspace)
        case .kept(let name):
            guard let changes = await desk.shelf.changes(name) else { return nil }
            form.take(changes, workspace: workspace)
        case nil: break
        }
        return ShownForm(
            flow: flow, revision: revision, form: form, workspace: workspace, account: account,
            target: metadata.target
        )
    }

    /// Asks the handlers of the fields that changed, and shows what they made of the form.
    private func follow(
        _ work: OpenForms.Work, _ payload: InboundView, from base: ShownForm, hash: String?
    ) async -> Updated {
        guard let person = await known(base.account, in: base.workspace) else { return .failed }
        var shown = base
        shown.problem = nil
        enter(payload.state, into: &shown.form, workspace: base.workspace)
        let entered = shown.form
        let end = (work.since ?? .now()) + desk.formTime
        for name in work.changed {
            guard let field = shown.form[name], field.isVisible, field.original.onChange != nil else { continue }
            do throws(HandlerError) {
                shown.form.apply(try await changes(field, in: shown, for: person, until: end))
            } catch {
                shown.problem = PromptText.changeFailed(field.label, error.reason)
                let title = "\(shown.flow.label), change of \(field.label)"
                let (desk, flow) = (desk, shown.flow)
                lane.start {
                    await desk.report(
                        title, error, workspace: flow.environment.workspace, channel: flow.environment.errorChannel
                    )
                }
            }
        }
        // The person went on typing: the newer state is asked about instead.
        if desk.forms.isOvertaken(work, of: payload.id) { return .failed }
        guard shown.form != entered || shown.problem != base.problem || work.refreshes else {
            return .done(hash: hash)
        }
        guard let rendered = await render(shown) else { return .failed }
        let updated = await update(payload.id, hash: hash, to: rendered, workspace: shown.workspace)
        if case .done(let hash) = updated { desk.forms.note(shown, as: hash, view: payload.id) }
        return updated
    }

    private func changes(
        _ field: PromptForm.Field, in shown: ShownForm, for person: Person, until end: MonotonicInstant
    ) async throws(HandlerError) -> FormChanges {
        let left = end - .now()
        guard left > .zero else { throw .unavailable("There was no time left for it.") }
        let question = FormQuestion(
            flow: shown.flow, target: shown.target,
            asking: PersonQuestion(
                person: person, now: engine.clock.now(), limit: left,
                idempotencyKey: "on_change/\(field.name)/\(engine.ids.next())"
            )
        )
        return try await desk.handlers.changes(
            of: field.original, in: shown.form, prefetched: prefetched(shown).compactMapValues(\.options), question
        )
    }

    // MARK: What was entered

    func block(of field: PromptForm.Field, prefetched: FieldBlock.Prefetched? = nil) -> FieldBlock {
        FieldBlock(
            field, durationChoices: engine.configuration().settings.durationChoicesSeconds, prefetched: prefetched
        )
    }

    private func enter(_ state: FormState, into form: inout PromptForm, workspace: String) {
        for index in form.fields.indices where form.fields[index].isVisible {
            let block = block(of: form.fields[index])
            // A block that the person's view does not have yet.
            guard let entered = state[block.id, PromptModal.valueAction] else { continue }
            form.fields[index].value = form.fields[index].original.entered(
                block.input(entered, workspace: workspace)
            )
            form.fields[index].isSetByHandler = false
        }
    }
}
