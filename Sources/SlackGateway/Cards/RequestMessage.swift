package import ApprovalCore
package import SlackContract
import Support

/// A card: one message that always says what a request is now. The same arguments give the same message, so a card can
/// be repaired by rendering it again.
package enum RequestMessage {
    /// The type of the metadata by which a card of ours is found again (decisions.md 7).
    package static let eventType = "symflow_card"
    /// Where the text for a decision is typed, on flows with `include_decision_message`.
    package static let decisionBlockID = "decision"
    package static let decisionActionID = "message"
    package static let decisionLengthMax = 1000

    /// - Parameter marker: names this card among all; comes back in the message's metadata.
    package static func message(
        for card: Card, of run: AccessRequest, flow: Flow, reader: CardReader, marker: String
    ) -> Message {
        let text = RunText(run: run, flow: flow, reader: reader)
        var message =
            switch card.audience {
            case .approvers where card.round < run.binding.round: replaced(text)
            case .approvers: forApprovers(text)
            case .requester: forRequester(text)
            }
        message.metadata = Message.Metadata(
            eventType: eventType, eventPayload: ["run": .string(run.id.text), "card": .string(marker)]
        )
        return message
    }

    // MARK: For approvers

    private static func forApprovers(_ text: RunText) -> Message {
        let outcome = Outcome(text)
        var blocks: [Block] = [.section(text.headline)]
        if let askedAnew = text.askedAnew { blocks.append(.context([":repeat: \(raw: askedAnew)"])) }
        let lines = ([outcome.verdict].compactMap { $0 } + outcome.status).joined(separator: "\n")
        if !lines.isBlank { blocks.append(.section(lines)) }
        blocks += command(text)
        blocks += FieldText.blocks(FieldText.all(of: text.run, flow: text.flow))
        blocks += context([text.origin, text.why, text.scope, text.constraints])
        blocks += context([text.answerBy, text.progress, text.hashes])
        if text.run.verdict == nil { blocks += text.errors.map { .context([$0]) } }
        blocks += text.openReceipts.map { .context([$0]) }
        if case .pending = text.run.state, text.flow.includeDecisionMessage { blocks.append(decisionInput) }
        let buttons = CardButtons(run: text.run, audience: .approvers).elements
        if !buttons.isEmpty { blocks.append(.actions(buttons)) }
        return Message(text: notification(text, outcome), blocks: blocks)
    }

    private static func command(_ text: RunText) -> [Block] {
        [text.command].compactMap { $0 }.map { .section($0) } + context([text.execution])
    }

    /// What a phone shows.
    private static func notification(_ text: RunText, _ outcome: Outcome) -> Mrkdwn {
        if case .pending = text.run.state { return text.headlineInOneLine }
        return "\(raw: text.headlineInOneLine): \(raw: outcome.inFewWords)"
    }

    private static var decisionInput: Block {
        .input(
            label: "Message with your decision",
            element: .textInput(id: decisionActionID, multiline: true, lengths: 0...decisionLengthMax),
            isOptional: true, id: decisionBlockID
        )
    }

    /// A card of an earlier round of asking: nothing on it counts any more.
    private static func replaced(_ text: RunText) -> Message {
        let note: Mrkdwn =
            ":repeat: *Replaced.* What would be done has changed, so this is asked anew. The newer card counts."
        return Message(
            text: "Replaced: \(raw: text.headlineInOneLine)",
            blocks: [.section(text.headline), .section(note)]
        )
    }

    /// Small grey lines side by side; nothing where there is nothing to say.
    private static func context(_ lines: [Mrkdwn?]) -> [Block] {
        let lines = lines.compactMap { $0 }
        return lines.isEmpty ? [] : [.context(lines)]
    }

    // MARK: For the requester

    private static func forRequester(_ text: RunText) -> Message {
        let outcome = Outcome(text)
        var blocks: [Block] = [.section("Your request for \(raw: text.what)\(raw: text.forHowLong)")]
        let lines = ([outcome.verdict].compactMap { $0 } + outcome.status + [next(text)].compactMap { $0 })
        if !lines.isEmpty { blocks.append(.section(lines.joined(separator: "\n"))) }
        blocks += command(text)
        let fields = FieldText.all(of: text.run, flow: text.flow).map(\.line)
        if !fields.isEmpty { blocks.append(.context([fields.joined(separator: "\n")])) }
        if let askedAnew = text.askedAnew { blocks.append(.context([":repeat: \(raw: askedAnew)"])) }
        blocks += context([text.origin, text.progress, text.hashes])
        if text.run.verdict == nil { blocks += text.errors.map { .context([$0]) } }
        blocks += text.openReceipts.map { .context([$0]) }
        let buttons = CardButtons(run: text.run, audience: .requester).elements
        if !buttons.isEmpty { blocks.append(.actions(buttons)) }
        return Message(text: "Your request for \(raw: text.inOneLine): \(raw: outcome.inFewWords)", blocks: blocks)
    }

    /// What happens next, or what the requester can do.
    private static func next(_ text: RunText) -> Mrkdwn? {
        let run = text.run
        switch run.state {
        case .submitted(let answerBy):
            return "You will hear here what becomes of it, by \(date: answerBy) at the latest."
        case .pending(let pending):
            return "Waiting for \(raw: asked(text, stage: pending.stage)), until \(date: pending.answerBy)."
        case .escalating: return nil
        case .active: return run.terms.allowRevoke ? "Press *I'm done* when you need it no more." : nil
        case .approved: return nil
        case .executionFailed(let failure):
            return failure.isRetryable ? "Press *Retry* to try again; nobody has to approve it again." : nil
        case .removing: return nil
        case .removed: return "Ask again with `/sym` when you need it again."
        case .denied, .expired: return "You can ask again with `/sym`."
        }
    }

    /// The places of the stage that was told last.
    private static func asked(_ text: RunText, stage: Int) -> Mrkdwn {
        guard let stages = text.run.routing?.stages, stages.indices.contains(stage) else { return "an answer" }
        let places: [Mrkdwn] = stages[stage].places.prefix(placesShown).flatMap { place -> [Mrkdwn] in
            switch place {
            case .channel(let id): ["\(channel: id)"]
            case .people(let accounts): accounts.map { "\(user: $0.user)" }
            case .unknown: []
            }
        }
        return places.isEmpty ? "an answer" : Words.list(Array(places.prefix(placesShown)), "or")
    }
    private static let placesShown = 8
}
