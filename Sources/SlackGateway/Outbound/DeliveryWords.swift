import ApprovalEngine
import SlackContract

/// What became of a message, and where it did not arrive, what an operator can do about it.
enum DeliveryWords {
    /// - Parameter place: where it was to go, such as "channel #db-access" or "the direct message to U1".
    static func delivery(of error: SlackCallError, method: String, place: String) -> Delivery {
        switch error {
        case .heldUntil(let time): .later(time)
        case .notSent(let reason): .notSent(reason)
        case .ambiguous(let reason): .ambiguous(reason)
        // It follows when the app is installed.
        case .noInstallation: .notSent(error.reason)
        case .refused(let code, let detail):
            switch SlackReaction.reaction(to: code, method: method) {
            // It follows when the token is repaired.
            case .credentials, .tokenRefresh: .notSent("Slack refuses our token (\(code))")
            default: .refused(advice(on: code, detail: detail, place: place))
            }
        }
    }

    static func advice(on code: SlackErrorCode, detail: String, place: String) -> String {
        let advice: String? =
            switch code {
            case .known(let known): self.advice(on: known, detail: detail)
            case .other(let text):
                text.hasPrefix("restricted_action")
                    ? "the workspace's posting rules keep the app out: allow it there, or name another channel" : nil
            }
        let rest = advice ?? (detail.isEmpty ? "Slack refused" : "Slack refused: \(detail)")
        return "\(place): \(rest) (\(code))"
    }

    private static func advice(on code: SlackErrorCode.Known, detail: String) -> String? {
        switch code {
        case .channelNotFound:
            "Slack does not know it, or the app may not see it: check the name, and invite the app if it is private"
        case .notInChannel: "the app is not in it and cannot join by itself: invite it with /invite"
        case .isArchived, .isInactive: "it is archived: unarchive it, or name another channel"
        case .restrictedAction, .cannotReplyToMessage:
            "the workspace's posting rules keep the app out: allow it there, or name another channel"
        case .messagesTabDisabled: "switch on the Messages tab of the app's Home in its manifest"
        case .messageLimitExceeded: "the workspace's message quota is used up"
        case .teamNotFound: "name the channel by its id"
        case .userNotFound, .userNotVisible: "Slack does not know this person, or the app may not see them"
        case .userDisabled: "this account is deactivated"
        case .invalidUserCombination, .cannotDMBot: "these accounts cannot be written to together, or are bots"
        case .tooManyUsers: "a group message takes at most \(ConversationsOpen.usersMax) people"
        case .notEnoughUsers, .usersListNotSupplied: "there is nobody to write to"
        case .missingScope: "the app lacks a scope (\(detail)): add it, and install the app again"
        default: nil
        }
    }
}

extension Message {
    /// Shorter texts are what Slack advises for texts without blocks.
    private static let plainTextMax = 1500

    /// What is left when Slack finds a mistake in the message: its text, a hint, and its buttons.
    var simplified: Message {
        let buttons = blocks.filter { if case .actions = $0 { true } else { false } }
        let plain = text.shortened(to: Self.plainTextMax)
        return Message(
            text: plain, blocks: [.section(plain), .context([Self.hint])] + buttons, metadata: metadata
        )
    }

    /// The text and the hint alone.
    var bare: Message { Message(text: text.shortened(to: Self.plainTextMax) + "\n" + Self.hint) }

    private static let hint: Mrkdwn =
        "_Slack did not take the whole message. What is missing is in the log of the server._"
}
