package import ApprovalCore
package import ApprovalEngine
package import SlackContract
package import Support

/// Posts cards and keeps them true, tells people why a click had no effect, reports errors.
package final class SlackMessenger: Messenger {
    /// The message of a card. The last parameter names it among all, and comes back in the message's metadata.
    package typealias Render = @Sendable (Card, AccessRequest, Flow, CardReader, String) -> Message
    package typealias RenderNotice = @Sendable (Notice, AccessRequest, Flow) -> Message

    let client: SlackClient
    let conversations: SlackConversations
    let log: Log
    private let render: Render
    private let renderNotice: RenderNotice
    /// Cards whose posting was begun before but certainly reached nobody: these need not be looked for. Lost with the
    /// process, which only makes it look.
    private let neverLeft: BoundedCache<String, Bool>

    static let neverLeftLife = Duration.hours(1)
    static let neverLeftMax = 10_000

    package init(
        client: SlackClient, clock: WallClock, log: Log,
        render: @escaping Render = {
            RequestMessage.message(for: $0, of: $1, flow: $2, reader: $3, marker: $4)
        },
        renderNotice: @escaping RenderNotice = { RefusalText.message($0, of: $1, flow: $2) }
    ) {
        self.client = client
        self.log = log
        self.render = render
        self.renderNotice = renderNotice
        conversations = SlackConversations(client: client, clock: clock, log: log)
        neverLeft = BoundedCache(life: Self.neverLeftLife, countMax: Self.neverLeftMax, clock: clock)
    }

    // MARK: Cards

    package func show(
        _ card: Card, of run: AccessRequest, flow: Flow, marker: String, postedSince: Timestamp?
    ) async -> Delivery {
        let workspace = flow.environment.workspace
        do throws(Undelivered) {
            if let copy = card.copy {
                let reader = await reader(of: card.place, in: copy.channel, flow)
                try await edit(copy, to: render(card, run, flow, reader, marker), workspace, ticket: marker)
                return .done(copy)
            }
            let channel = try await channel(for: card.place, workspace)
            let message = render(card, run, flow, await reader(of: card.place, in: channel.target, flow), marker)
            return .done(try await post(message, to: channel, workspace, marker: marker, postedSince: postedSince))
        } catch {
            return error.delivery
        }
    }

    /// Who may read along decides how much the card says.
    private func reader(of place: Routing.Place, in channel: String, _ flow: Flow) async -> CardReader {
        let workspace = flow.environment.workspace
        switch place {
        case .people(let accounts): return accounts.contains { $0.workspace != workspace } ? .guest : .member
        case .channel, .unknown:
            let isShared = await conversations.isExternallyShared(channel, in: workspace)
            return isShared ?? flow.allowGuestInteraction ? .guest : .member
        }
    }

    private func edit(
        _ copy: Card.Copy, to message: Message, _ workspace: String, ticket: String
    ) async throws(Undelivered) {
        if let turn = client.pacer.reserve(.update, workspace: workspace, channel: copy.channel, ticket: ticket) {
            throw Undelivered(.later(turn))
        }
        let place = MessagePlace(channel: copy.channel, ts: copy.ts)
        do throws(SlackCallError) {
            _ = try await deliver(message, by: ChatUpdate.name, in: copy.channel, workspace) {
                message throws(SlackCallError) in
                try await self.client.call(ChatUpdate(place: place, message: message), workspace: workspace)
            }
        } catch {
            throw Undelivered(failedEdit: error, place: "channel \(copy.channel)")
        }
    }

    private func post(
        _ message: Message, to channel: Destination, _ workspace: String, marker: String, postedSince: Timestamp?
    ) async throws(Undelivered) -> Card.Copy {
        if let postedSince, neverLeft[marker] == nil {
            if let copy = try await find(message, in: channel, since: postedSince, workspace) {
                do throws(Undelivered) {
                    // It says what was true when it was posted.
                    try await edit(copy, to: message, workspace, ticket: marker)
                    return copy
                } catch {
                    guard case .gone = error.delivery else { throw error }
                }
            }
        }
        // From here on it is certain that no copy is under way.
        neverLeft.keep(true, for: marker)
        if let turn = client.pacer.reserve(.post, workspace: workspace, channel: channel.target, ticket: marker) {
            throw Undelivered(.later(turn))
        }
        neverLeft.forget(marker)
        do throws(Undelivered) {
            return try await post(message, to: channel, workspace)
        } catch {
            switch error.delivery {
            case .later, .notSent: neverLeft.keep(true, for: marker)
            case .done, .ambiguous, .gone, .refused: break
            }
            throw error
        }
    }

    // MARK: Notices and reports

    package func tell(_ account: Account, _ notice: Notice, of run: AccessRequest, flow: Flow) async -> Delivery {
        let workspace = flow.environment.workspace
        let message = renderNotice(notice, run, flow)
        if let channel = notice.channel {
            do throws(SlackCallError) {
                _ = try await client.call(
                    ChatPostEphemeral(channel: channel, user: account.user, message: message), workspace: workspace
                )
                return .done(nil)
            } catch {
                let delivery = DeliveryWords.delivery(
                    of: error, method: ChatPostEphemeral.name, place: "channel \(channel)"
                )
                // Where it cannot stand beside the button, it goes to the person.
                guard case .refused = delivery else { return delivery }
            }
        }
        do throws(Undelivered) {
            let channel = try await channel(for: .people([account]), workspace)
            try await take(.post, channel, workspace, ticket: "\(run.id)/tell/\(account)/\(notice.refusal.name)")
            return .done(try await post(message, to: channel, workspace))
        } catch {
            return error.delivery
        }
    }

    /// The longest error that is quoted in the channel.
    static let reportMax = 2500

    package func report(_ error: String, of run: AccessRequest, flow: Flow) async -> Delivery {
        guard let errorChannel = flow.environment.errorChannel else {
            log.warning(
                "an error is reported nowhere: the environment names no error channel",
                ["request": run.id.text, "environment": flow.environment.name]
            )
            return .done(nil)
        }
        let quoted = String(Redaction.redacted(error).prefix(Self.reportMax))
        let text: Mrkdwn = """
            *\(plain: flow.label)*, request \(code: run.id.text): something went wrong.
            \(codeBlock: quoted)
            """
        let workspace = flow.environment.workspace
        do throws(Undelivered) {
            let channel = try await channel(for: .channel(errorChannel), workspace)
            try await take(.post, channel, workspace, ticket: "\(run.id)/report/\(error)")
            return .done(try await post(Message(text: text), to: channel, workspace))
        } catch {
            return error.delivery
        }
    }

    private func take(
        _ pace: SlackPacer.Pace, _ channel: Destination, _ workspace: String, ticket: String
    ) async throws(Undelivered) {
        if let turn = client.pacer.reserve(pace, workspace: workspace, channel: channel.target, ticket: ticket) {
            throw Undelivered(.later(turn))
        }
    }
}
