import ApprovalCore
import ApprovalEngine
import SlackContract
import Support

/// A post that got no answer may have arrived: it is looked for by its metadata before it is posted again
/// (decisions.md 7).
extension SlackMessenger {
    /// How far our clock and Slack's may be apart.
    static let searchMargin = Duration.seconds(60)
    /// Of `conversations.history`, `SlackPaging.limit` messages each.
    static let searchPagesMax = 5

    /// The copy that an earlier attempt posted; `nil` when there is none, or when it cannot be known.
    func find(
        _ message: Message, in channel: Destination, since: Timestamp, _ workspace: String
    ) async throws(Undelivered) -> Card.Copy? {
        guard let marker = message.metadata else {
            cannotLook(channel, "the message is not marked")
            return nil
        }
        do throws(SlackCallError) {
            let (botUser, botID) = try await ourselves(in: workspace)
            guard let id = try await conversations.id(of: channel.target, in: workspace) else {
                cannotLook(channel, "the channel's id is not known")
                return nil
            }
            let oldest = "\((since - Self.searchMargin).seconds).000000"
            var cursor: String?
            /// Of several the oldest: histories begin with the newest.
            var found: Card.Copy?
            for _ in 0..<Self.searchPagesMax {
                let page = try await client.call(
                    ConversationsHistory(channel: id, oldest: oldest, cursor: cursor), workspace: workspace
                )
                // Any app can use our metadata; only our own messages are our cards.
                let ours = page.items.last {
                    Self.isMarked($0.metadata, as: marker) && ($0.user == botUser || botID != nil && $0.botID == botID)
                }
                if let ours { found = Card.Copy(channel: id, ts: ours.ts) }
                cursor = page.nextCursor
                if cursor == nil { return found }
            }
            if found == nil { cannotLook(channel, "too much was posted since") }
            return found
        } catch {
            switch error {
            case .heldUntil(let time): throw Undelivered(.later(time))
            // The earlier post is as uncertain as before.
            case .notSent(let reason), .ambiguous(let reason): throw Undelivered(.ambiguous(reason))
            case .noInstallation: throw Undelivered(.notSent(error.reason))
            case .refused(let code, _):
                switch SlackReaction.reaction(to: code, method: ConversationsHistory.name) {
                case .credentials, .tokenRefresh: throw Undelivered(.notSent("Slack refuses our token (\(code))"))
                default:
                    cannotLook(channel, error.reason)
                    return nil
                }
            }
        }
    }

    /// Whether a message is the card that was looked for: it bears its mark, or was pressed before we knew of it, and
    /// has been kept true under a mark of its own since.
    private static func isMarked(_ metadata: Message.Metadata?, as marker: Message.Metadata) -> Bool {
        guard let metadata, metadata.eventType == marker.eventType,
            metadata.eventPayload["run"] == marker.eventPayload["run"]
        else { return false }
        return metadata == marker || metadata.eventPayload["card"]?.text.map(Card.isAdopted) == true
    }

    private func ourselves(in workspace: String) async throws(SlackCallError) -> (user: String, bot: String?) {
        let installation = client.installation(in: workspace)
        if let user = installation?.botUser { return (user, installation?.botID) }
        let reply = try await client.call(AuthTest(), workspace: workspace)
        return (reply.userID, reply.botID)
    }

    private func cannotLook(_ channel: Destination, _ reason: String) {
        log.warning(
            "a card may appear twice: whether it was posted cannot be looked up",
            ["place": channel.words, "error": reason]
        )
    }
}
