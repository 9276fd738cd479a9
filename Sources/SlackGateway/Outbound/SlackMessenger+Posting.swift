import ApprovalCore
import ApprovalEngine
import SlackContract
import Support

/// Where a message goes.
struct Destination: Sendable {
    /// What Slack is told: the id of a channel or conversation, or a channel's name.
    var target: String
    var place: Routing.Place

    /// For operators.
    var words: String {
        switch place {
        case .channel(let name): "channel \(name)"
        case .people(let people): "the direct message to \(people.map(\.user).joined(separator: ", "))"
        case .unknown(let name, _): name
        }
    }
}

/// Why a message did not get where it should.
struct Undelivered: Error {
    var delivery: Delivery

    init(_ delivery: Delivery) { self.delivery = delivery }

    /// An edit that is refused for good has lost its message; one that waits for an operator is tried again, so that no
    /// card stays wrong.
    init(failedEdit error: SlackCallError, place: String) {
        guard case .refused(let code, let detail) = error else {
            self.init(DeliveryWords.delivery(of: error, method: ChatUpdate.name, place: place))
            return
        }
        let advice = DeliveryWords.advice(on: code, detail: detail, place: place)
        switch SlackReaction.reaction(to: code, method: ChatUpdate.name) {
        case .call(.postNewMessage), .call(.stopUpdating), .call(.joinThenRepeat): self.init(.gone(advice))
        case .call(.nextDestination) where code == .known(.channelNotFound): self.init(.gone(advice))
        case .configuration: self.init(.notSent(advice))
        default: self.init(DeliveryWords.delivery(of: error, method: ChatUpdate.name, place: place))
        }
    }
}

extension SlackMessenger {
    func channel(for place: Routing.Place, _ workspace: String) async throws(Undelivered) -> Destination {
        switch place {
        case .channel(let channel): return Destination(target: channel, place: place)
        case .unknown(let name, let reason): throw Undelivered(.refused("\(name): \(reason)"))
        case .people(let people):
            let users = Set(people.map(\.user))
            guard !users.isEmpty, users.count <= ConversationsOpen.usersMax else {
                let wrong: SlackErrorCode.Known = users.isEmpty ? .notEnoughUsers : .tooManyUsers
                let words = DeliveryWords.advice(on: .known(wrong), detail: "", place: "a group message")
                throw Undelivered(.refused(words))
            }
            do throws(SlackCallError) {
                let id = try await conversations.direct(with: people.map(\.user), in: workspace)
                return Destination(target: id, place: place)
            } catch {
                let words = Destination(target: "", place: place).words
                var delivery = DeliveryWords.delivery(of: error, method: ConversationsOpen.name, place: words)
                // Opening says nothing to anybody: the message itself has not left.
                if case .ambiguous(let reason) = delivery { delivery = .notSent(reason) }
                throw Undelivered(delivery)
            }
        }
    }

    /// Posts once, without looking for what was posted before and without waiting for a turn.
    func post(
        _ message: Message, to channel: Destination, _ workspace: String
    ) async throws(Undelivered) -> Card.Copy {
        do throws(SlackCallError) {
            let posted = try await deliver(message, by: ChatPostMessage.name, in: channel.target, workspace) {
                message throws(SlackCallError) in
                try await self.client.call(
                    ChatPostMessage(channel: channel.target, message: message), workspace: workspace
                )
            }
            conversations.learn(channel.target, is: posted.channel, in: workspace)
            return Card.Copy(channel: posted.channel, ts: posted.ts)
        } catch {
            if case .people(let people) = channel.place, case .refused(.known(.channelNotFound), _) = error {
                conversations.forgetDirect(with: people.map(\.user), in: workspace)
            }
            throw Undelivered(
                DeliveryWords.delivery(of: error, method: ChatPostMessage.name, place: channel.words)
            )
        }
    }

    /// Sends a message; joins the channel where that is what is missing, and sends less where Slack finds a mistake in
    /// it: an approval must not be lost for a mistake of ours (slack.md 2.3).
    func deliver(
        _ message: Message, by method: String, in channel: String, _ workspace: String,
        _ send: (Message) async throws(SlackCallError) -> MessagePlace
    ) async throws(SlackCallError) -> MessagePlace {
        var simpler = [message.bare, message.simplified]
        var message = message
        var hasJoined = false
        while true {
            do throws(SlackCallError) {
                return try await send(message)
            } catch {
                guard case .refused(let code, let detail) = error else { throw error }
                switch SlackReaction.reaction(to: code, method: method) {
                case .call(.joinThenRepeat) where !hasJoined:
                    hasJoined = true
                    guard try await join(channel, workspace) else { throw error }
                case .ourBug where code != .known(.teamNotFound):
                    guard let next = simpler.popLast() else { throw error }
                    log.error(
                        "a message is sent again with less in it",
                        ["method": method, "channel": channel, "error": "\(code)", "detail": detail]
                    )
                    message = next
                default: throw error
                }
            }
        }
    }

    /// - Returns: whether the bot is in the channel now; only public ones can be joined.
    private func join(_ channel: String, _ workspace: String) async throws(SlackCallError) -> Bool {
        do throws(SlackCallError) {
            guard let id = try await conversations.id(of: channel, in: workspace) else { return false }
            _ = try await client.call(ConversationsJoin(channel: id), workspace: workspace)
            return true
        } catch {
            switch error {
            case .refused(.known(.alreadyInChannel), _): return true
            case .refused: return false
            // Joining twice is joining once, and the message has not left.
            case .ambiguous(let reason): throw .notSent(reason)
            case .heldUntil, .notSent, .noInstallation: throw error
            }
        }
    }
}
