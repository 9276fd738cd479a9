import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import SlackContract
import Support

extension SlackEndpoint {
    /// Slack gives a submission three seconds; so much of them may be spent on asking flows' code.
    static let submissionTime: Duration = .seconds(2)

    func answer(_ submission: ViewSubmission, workspace: String) async -> HTTPResponse {
        switch submission.view.callbackID {
        case PromptModal.chooseCallback: return await chosen(submission, workspace: workspace)
        case PromptModal.formCallback: return await submitted(submission, workspace: workspace)
        default:
            log.warning("a form that is not ours was submitted", ["callback": submission.view.callbackID])
            return .acknowledged
        }
    }

    private func chosen(_ submission: ViewSubmission, workspace: String) async -> HTTPResponse {
        let account = submission.actor.claimed
        guard case .flows(let flows) = await offered(to: account, in: workspace, within: Self.submissionTime) else {
            return .view(.errors([PromptModal.flowBlock: PlainText(PromptText.notOfferedPlain)]))
        }
        guard case .option(let option?) = submission.view.state[PromptModal.flowBlock, PromptModal.valueAction] else {
            return .view(.errors([PromptModal.flowBlock: "Choose a flow."]))
        }
        guard let flow = flows.first(where: { Option.sentValue(for: $0.name) == option.value }) else {
            return .view(.update(notOffered(in: workspace) { Option.sentValue(for: $0) == option.value }))
        }
        guard let person = await known(account, in: workspace) else {
            return .view(.update(PromptModal.message(PromptText.cannotTell)))
        }
        let shown: ShownForm
        let view = submission.view.id
        switch await prompt(flow, for: person, in: workspace, target: nil, view: view, within: Self.submissionTime) {
        case .view(let view): return .view(.update(view))
        case .requested(let id, let flow):
            follow(id, flow: flow, view: view, workspace: workspace)
            return .view(.update(PromptModal.message(PromptText.submitted(flow))))
        case .form(let form, _): shown = form
        }
        let loading = await fetch(shown, for: person)
        guard let rendered = await render(shown) else {
            return .view(.update(PromptModal.message(PromptText.cannotTell)))
        }
        desk.forms.note(shown, as: nil, view: submission.view.id)
        refresh(submission.view.id, when: loading, notBefore: Self.answerSettles)
        tellShown(shown, to: person)
        return .view(.update(rendered))
    }

    private func submitted(_ submission: ViewSubmission, workspace: String) async -> HTTPResponse {
        let end = MonotonicInstant.now() + Self.submissionTime
        let account = submission.actor.claimed
        let metadata = PromptMetadata(submission.view.privateMetadata)
        guard case .flows(let flows) = await offered(to: account, in: workspace, within: Self.submissionTime) else {
            return .view(errors([:], of: nil, submission, otherwise: PromptText.notOfferedPlain))
        }
        guard let flow = flows.first(where: { $0.name == metadata.flow }) else {
            return .view(.update(notOffered(in: workspace) { $0 == metadata.flow }))
        }
        guard let shown = await shown(by: submission.view, to: account, flows: flows, workspace: workspace) else {
            return .view(errors([:], of: nil, submission, otherwise: PromptText.changed))
        }
        let (target, inputs) = inputs(of: shown.form, submission, workspace: workspace)
        let (options, unknown) = await options(for: inputs, of: shown, until: end)
        let check = shown.form.check(as: flow, target: target, fields: inputs, prefetched: options)
        if case .problems(let problems) = check {
            return .view(errors(problems.merging(unknown) { $1 }, of: shown.form, submission))
        }
        guard unknown.isEmpty, case .values(let target, let fields) = check else {
            return .view(errors(unknown, of: shown.form, submission))
        }
        do {
            guard let known = try await engine.store.person(account) else {
                return .view(.update(PromptModal.message(PromptText.cannotTell)))
            }
            let person = try await engine.current(known)
            let id = try await engine.submit(
                NewRequest(
                    flow: flow, requester: person, target: target, fields: fields, source: .slack,
                    submissionKey: "view/\(submission.view.rootViewID)/\(submission.view.id)"
                )
            )
            desk.forms.forget(submission.view.id)
            follow(id, flow: flow, view: submission.view.id, workspace: workspace)
            return .view(.update(PromptModal.message(PromptText.submitted(flow))))
        } catch let refusal as SubmissionRefusal {
            return .view(.update(PromptModal.message(Mrkdwn(refusal.sentence))))
        } catch {
            log.error("a request could not be kept", ["flow": flow.name, "error": "\(error)"])
            return .view(
                errors(
                    [:], of: shown.form, submission,
                    otherwise: "The request could not be recorded. Please try again."
                )
            )
        }
    }

    private func inputs(
        of form: PromptForm, _ submission: ViewSubmission, workspace: String
    ) -> (target: String?, fields: [String: FieldInput]) {
        var inputs: [String: FieldInput] = [:]
        var target: String?
        for field in form.fields where field.isVisible {
            let block = block(of: field)
            let input = block.input(submission.view.state[block.id, PromptModal.valueAction], workspace: workspace)
            if field.isTarget {
                if case .text(let name) = input { target = name }
            } else {
                inputs[field.name] = input
            }
        }
        return (target, inputs)
    }

    /// What the flow's code offers for the fields that were filled in, and why that is not known.
    private func options(
        for inputs: [String: FieldInput], of shown: ShownForm, until end: MonotonicInstant
    ) async -> (options: [String: [FieldOption]], unknown: [String: FieldProblem]) {
        let asked = shown.form.fields.filter { field in
            field.original.isPrefetched && field.options == nil && field.isVisible
                && (inputs[field.name] ?? FieldInput.none) != FieldInput.none
        }
        guard !asked.isEmpty, let person = await known(shown.account, in: shown.workspace) else { return ([:], [:]) }
        for field in asked { fetch(field, of: shown, for: person, opening: false) }
        var options: [String: [FieldOption]] = [:]
        var unknown: [String: FieldProblem] = [:]
        for field in asked {
            switch await desk.options.wait(for: key(of: field, in: shown), upTo: end - .now()) {
            case .ready(let found): options[field.name] = found
            case .failed(let reason): unknown[field.name] = FieldProblem(PromptText.optionsFailed(reason))
            case .loading, nil: unknown[field.name] = FieldProblem(PromptText.optionsLoading)
            }
        }
        return (options, unknown)
    }

    /// Errors beside the fields. Slack takes them only for input blocks of this very view (slack.md 1.5), so what
    /// concerns a field that is not shown stands beside the first one that is.
    private func errors(
        _ problems: [String: FieldProblem], of form: PromptForm?, _ submission: ViewSubmission,
        otherwise: String? = nil
    ) -> ViewAnswer {
        let shown = submission.view.inputBlockIDs
        var errors: [String: PlainText] = [:]
        var rest: [String] = otherwise.map { [$0] } ?? []
        for (name, problem) in problems.sorted(by: { $0.key < $1.key }) {
            let block = FieldBlock.id(name, version: form?[name]?.version ?? 0)
            if shown.contains(block) {
                errors[block] = PlainText(problem.sentence)
            } else {
                rest.append("\(form?[name]?.label ?? name): \(problem.sentence)")
            }
        }
        if !rest.isEmpty {
            guard let first = shown.first else {
                return .update(PromptModal.message(Mrkdwn(rest.joined(separator: " "))))
            }
            errors[first] = PlainText(([errors[first]?.text].compactMap { $0 } + rest).joined(separator: " "))
        }
        return .errors(errors)
    }

    // MARK: What became of it

    /// How long an open form waits to say what became of the request.
    static let followTime: Duration = .seconds(15)
    private static let followPoll: Duration = .milliseconds(500)

    /// Shows in the form what the flow's rules made of the request; the direct message says the same.
    func follow(_ id: RunID, flow: Flow, view: String, workspace: String) {
        lane.start {
            let deadline = self.engine.clock.now() + Self.followTime
            while self.engine.clock.now() < deadline {
                guard let stored = try? await self.engine.store.load(id) else { return }
                if case .submitted = stored.run.state {
                    let until = self.engine.clock.now() + Self.followPoll
                    await self.engine.waiting.wait(for: .run(id.text), until: until)
                    if Task.isCancelled { return }
                    continue
                }
                let outcome = PromptModal.message(PromptOutcome.sentence(stored.run, flow: flow))
                _ = await self.update(view, hash: nil, to: outcome, workspace: workspace)
                return
            }
        }
    }
}

extension HTTPResponse {
    fileprivate static func view(_ answer: ViewAnswer) -> HTTPResponse {
        answer.json.map(HTTPResponse.json) ?? .acknowledged
    }
}

extension InboundView {
    /// Input blocks in their order: the only ones that errors can stand beside.
    fileprivate var inputBlockIDs: [String] {
        (blocks.elements ?? []).compactMap { block in
            block["type"]?.text == "input" ? block["block_id"]?.text : nil
        }
    }
}
