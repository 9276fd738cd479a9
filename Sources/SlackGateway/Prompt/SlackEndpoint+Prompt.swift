import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import SlackContract
import Support

extension SlackEndpoint {
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
            let view = await self.prompt(for: actor, workspace: workspace, flow: flow, target: target)
            await self.update(opened.id, hash: opened.hash, to: view, workspace: workspace)
        }
    }

    private func prompt(for actor: SlackActor, workspace: String, flow: String?, target: String?) async -> View {
        let person: Person
        do { person = try await engine.person(actor.claimed, from: workspace) } catch {
            log.warning("a person could not be looked up", ["error": "\(error)"])
            return PromptModal.message(PromptText.cannotTell)
        }
        guard person.isActive else { return PromptModal.message(PromptText.inactive) }
        guard person.role >= .member else { return PromptModal.message(PromptText.guests) }
        let flows = flows(in: workspace)
        if let flow, let chosen = flows.first(where: { $0.isNamed(flow) }) { return form(chosen, target: target) }
        return flows.count == 1 ? form(flows[0], target: target) : PromptModal.choose(among: flows)
    }

    private func form(_ flow: Flow, target: String?) -> View {
        PromptModal.form(
            flow, revision: FlowRevision(of: flow).hash, target: target,
            durationChoices: engine.configuration().settings.durationChoicesSeconds
        )
    }

    func update(_ id: String, hash: String?, to view: View, workspace: String) async {
        do throws(SlackCallError) {
            _ = try await client.call(ViewsUpdate(view: view, viewID: id, hash: hash), workspace: workspace)
        } catch {
            log.info("a form could not be changed; it may have been closed", ["error": "\(error)"])
        }
    }

    /// A change inside an open form. Nothing of a form depends on it in this version.
    func changed(_ action: BlockAction, in actions: BlockActions) {
        log.debug("a field changed", ["action": action.name])
    }

    // MARK: Submission

    func answer(_ submission: ViewSubmission, workspace: String) async -> HTTPResponse {
        switch submission.view.callbackID {
        case PromptModal.chooseCallback: return chosen(submission, workspace: workspace)
        case PromptModal.formCallback: return await submitted(submission, workspace: workspace)
        default:
            log.warning("a form that is not ours was submitted", ["callback": submission.view.callbackID])
            return .acknowledged
        }
    }

    private func chosen(_ submission: ViewSubmission, workspace: String) -> HTTPResponse {
        let flows = flows(in: workspace)
        guard
            case .option(let option?) = submission.view.state[PromptModal.flowBlock, PromptModal.valueAction],
            let flow = flows.first(where: { Option.sentValue(for: $0.name) == option.value })
        else { return .view(.errors([PromptModal.flowBlock: "Choose a flow."])) }
        return .view(.update(form(flow, target: nil)))
    }

    private func submitted(_ submission: ViewSubmission, workspace: String) async -> HTTPResponse {
        let metadata = PromptMetadata(submission.view.privateMetadata)
        guard let flow = flows(in: workspace).first(where: { $0.name == metadata.flow }) else {
            return .view(.update(PromptModal.message("This flow is no longer offered. Type `/sym` to see what is.")))
        }
        let (target, inputs) = inputs(of: flow, submission, workspace: workspace)
        switch flow.check(target: target, fields: inputs) {
        case .problems(let problems):
            return .view(errors(problems, of: flow, submission))
        case .values(let target, let fields):
            do {
                guard let known = try await engine.store.person(submission.actor.claimed) else {
                    return .view(.update(PromptModal.message(PromptText.cannotTell)))
                }
                let person = try await engine.current(known)
                let id = try await engine.submit(
                    NewRequest(
                        flow: flow, requester: person, target: target, fields: fields, source: .slack,
                        submissionKey: "view/\(submission.view.rootViewID)/\(submission.view.id)"
                    )
                )
                follow(id, flow: flow, view: submission.view.id, workspace: workspace)
                return .view(.update(PromptModal.message(PromptText.submitted(flow))))
            } catch let refusal as SubmissionRefusal {
                return .view(.update(PromptModal.message(Mrkdwn(refusal.sentence))))
            } catch {
                log.error("a request could not be kept", ["flow": flow.name, "error": "\(error)"])
                return .view(
                    errors(
                        [:], of: flow, submission, otherwise: "The request could not be recorded. Please try again."
                    )
                )
            }
        }
    }

    private func inputs(
        of flow: Flow, _ submission: ViewSubmission, workspace: String
    ) -> (target: String?, fields: [String: FieldInput]) {
        let state = submission.view.state
        let choices = engine.configuration().settings.durationChoicesSeconds
        var inputs: [String: FieldInput] = [:]
        for field in flow.fields where field.isVisible && field.name != PromptField.targetName {
            inputs[field.name] = FieldBlock(field, durationChoices: choices).input(
                state[FieldBlock.id(field.name), PromptModal.valueAction], workspace: workspace
            )
        }
        var target: String?
        if case .option(let option?) = state[FieldBlock.id(PromptField.targetName), PromptModal.valueAction] {
            target = flow.strategy?.targets.first { Option.sentValue(for: $0.name) == option.value }?.name
        }
        return (target, inputs)
    }

    /// Errors beside the fields. Slack takes them only for input blocks of this very view (slack.md 1.5), so what
    /// concerns a field that is not shown stands beside the first one that is.
    private func errors(
        _ problems: [String: FieldProblem], of flow: Flow, _ submission: ViewSubmission, otherwise: String? = nil
    ) -> ViewAnswer {
        let shown = submission.view.inputBlockIDs
        var errors: [String: PlainText] = [:]
        var rest: [String] = otherwise.map { [$0] } ?? []
        for (name, problem) in problems.sorted(by: { $0.key < $1.key }) {
            let block = FieldBlock.id(name)
            if shown.contains(block) {
                errors[block] = PlainText(problem.sentence)
            } else {
                rest.append("\(flow.field(named: name)?.label ?? name): \(problem.sentence)")
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
    private func follow(_ id: RunID, flow: Flow, view: String, workspace: String) {
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
                return await self.update(view, hash: nil, to: outcome, workspace: workspace)
            }
        }
    }

    // MARK: Menus that search

    func answer(_ suggestion: BlockSuggestion, workspace: String) async -> HTTPResponse {
        let options: [Option]
        if suggestion.blockID == PromptModal.flowBlock {
            options = flows(in: workspace).map { Option(PlainText($0.label), value: $0.name) }
        } else if let name = FieldBlock.name(ofBlock: suggestion.blockID), let view = suggestion.view,
            let flow = flows(in: workspace).first(where: { $0.name == PromptMetadata(view.privateMetadata).flow })
        {
            if name == PromptField.targetName {
                options = flow.strategy?.targets.map { Option(PlainText($0.label), value: $0.name) } ?? []
            } else {
                let choices = engine.configuration().settings.durationChoicesSeconds
                options = flow.field(named: name).map { FieldBlock($0, durationChoices: choices).options } ?? []
            }
        } else {
            options = []
        }
        let query = suggestion.query.trimmed.lowercased()
        let found = options.filter { query.isEmpty || $0.text.text.lowercased().contains(query) }
        return .json(SuggestedOptions(found).json)
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
