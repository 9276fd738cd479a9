import ApprovalCore
import ApprovalEngine
import HTTPModel
import SlackContract
import Support

extension SlackEndpoint {
    /// A button on a card, or a change in an open form.
    func answer(_ actions: BlockActions) async -> HTTPResponse {
        for action in actions.actions {
            if let button = RunButton.Pressed(action) {
                guard await click(button, in: actions) else { return HTTPResponse(status: 503) }
            } else if actions.view != nil {
                changed(action, in: actions)
            } else {
                log.debug("an action that is not for us", ["action": action.name])
            }
        }
        return .acknowledged
    }

    /// - Returns: false when the click could not be made durable, so that Slack marks it as failed.
    private func click(_ button: RunButton.Pressed, in actions: BlockActions) async -> Bool {
        let copy = actions.container.copy
        var receipt = Receipt(
            id: ReceiptID(engine.ids.next()), account: actions.actor.claimed, action: button.action,
            at: engine.clock.now(), round: button.run.round, copy: copy,
            message: actions.state.decisionMessage
        )
        var (outcome, run) = await engine.clicked(receipt, on: button.run.run)
        if outcome == .refused(.guestFromElsewhere), let copy, await adopt(copy, button, actions) {
            receipt.id = ReceiptID(engine.ids.next())
            (outcome, run) = await engine.clicked(receipt, on: button.run.run)
        }
        switch outcome {
        case .done, .alreadySo, .checking:
            let isKnown = run?.cards.contains { $0.copy == copy } ?? false
            if let copy, !isKnown { lane.start { _ = await self.adopt(copy, button, actions) } }
            return true
        case .refused(let refusal):
            lane.start { [receipt] in await self.explain(refusal, button, receipt, actions) }
            return true
        case .unknownRun:
            say("This request is not known here. It may have been made on another server.", to: actions)
            return true
        case .notKept:
            say("Your click could not be recorded. Please try again in a moment.", to: actions)
            return false
        }
    }

    /// A card that we posted without learning of it is kept true from now on. Only our own messages bring clicks to us:
    /// Slack says whose message it was.
    private func adopt(_ copy: Card.Copy, _ button: RunButton.Pressed, _ actions: BlockActions) async -> Bool {
        guard actions.message?.appID == settings.appID,
            let stored = try? await engine.store.load(button.run.run),
            !stored.run.cards.contains(where: { $0.copy == copy })
        else { return false }
        do {
            try await engine.attempt(.adopted(copy), on: button.run.run)
            return true
        } catch {
            log.warning("a card could not be adopted", ["request": button.run.run.text, "error": "\(error)"])
            return false
        }
    }

    private func explain(
        _ refusal: Refusal, _ button: RunButton.Pressed, _ receipt: Receipt, _ actions: BlockActions
    ) async {
        let run = (try? await engine.store.load(button.run.run))?.run
        var flow: Flow?
        if let run { flow = try? await engine.flow(run.revision) }
        let sentence = RefusalText.sentence(refusal, action: receipt.action, of: run, flow: flow)
        if let url = actions.responseURL,
            await respond(to: url, with: Message(text: sentence, blocks: [.section(sentence)]))
        {
            return
        }
        if let run, let flow {
            let notice = Notice(refusal: refusal, action: receipt.action, channel: receipt.copy?.channel)
            _ = await engine.messenger.tell(receipt.account, notice, of: run, flow: flow)
        }
    }

    private func say(_ sentence: Mrkdwn, to actions: BlockActions) {
        guard let url = actions.responseURL else { return }
        lane.start { _ = await respond(to: url, with: Message(text: sentence, blocks: [.section(sentence)])) }
    }

    /// Answers privately where a command or click came from. - Returns: whether Slack took it.
    func respond(to url: ResponseURL, with message: Message) async -> Bool {
        do throws(SlackCallError) {
            try await client.respond(to: url, with: .ephemeral(message))
            return true
        } catch {
            log.warning("a private answer could not be delivered", ["error": "\(error)"])
            return false
        }
    }
}

extension Container {
    fileprivate var copy: Card.Copy? {
        guard let channel, let messageTS, !isEphemeral else { return nil }
        return Card.Copy(channel: channel, ts: messageTS)
    }
}

extension FormState {
    /// What the decider wrote beside the buttons (`include_decision_message`).
    fileprivate var decisionMessage: String? {
        guard
            case .text(let text?) = self[RequestMessage.decisionBlockID, RequestMessage.decisionActionID]
        else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }
}
