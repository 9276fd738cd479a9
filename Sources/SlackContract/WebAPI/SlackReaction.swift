/// What to do about an error of the Web API (slack.md 2.3).
package enum SlackReaction: Hashable, Sendable {
    /// Wait as long as `Retry-After` says, hold what goes the same way, keep its order.
    case rate
    /// Back off with jitter. A write may have happened.
    case transient
    /// Back off for minutes to hours.
    case migration
    /// The installation is broken: call no more, alarm, ask for a new installation.
    case credentials
    /// Refresh the token once under a lock, repeat once.
    case tokenRefresh
    /// Not to be repeated: tell the administrators what is needed, do without the feature.
    case configuration
    /// Never repeated unchanged; logged with its details. A message is sent once more as short plain text, so that no
    /// approval is lost.
    case ourBug
    /// What this error means for this call.
    case call(CallReaction)
    /// Nothing will change for this call: log, alarm, go on with the fallback.
    case permanent

    package enum CallReaction: Hashable, Sendable, CaseIterable {
        /// It is as we wanted it.
        case treatAsDone
        /// Nobody waits for it any more.
        case drop
        /// This destination is out of reach: the next one in the chain; tell the administrators.
        case nextDestination
        /// Join once and repeat, if the channel is public; else the next destination, and ask for an invitation.
        case joinThenRepeat
        /// The message can no longer be changed: post a new one, once.
        case postNewMessage
        /// The channel is closed: its messages stay as they are.
        case stopUpdating
        /// Use the response URL or a direct message.
        case answerPrivately
        /// Slack gave up waiting: ask the person to try again, by response URL or direct message.
        case askToTryAgain
        /// Update the view on top.
        case updateInstead
        /// This person cannot be written to: the next one in the chain.
        case recipientUnreachable
        /// Only a member can let the bot in.
        case askForInvitation
        /// Unknown, deactivated or of another workspace: try the stored id, else the fallback.
        case unknownPerson
        /// The group is gone or out of reach: the fallback approvers.
        case fallbackApprovers
        /// The installation must begin anew; a code works once.
        case restartInstallation
    }

    /// What Slack means when it gives no time.
    package static let retryAfterDefault = Duration.seconds(30)
}

extension SlackReaction {
    /// The reaction to a status that speaks for itself: 429 and the failures of servers. `nil` for the others, whose
    /// body decides.
    package static func reaction(toStatus status: Int) -> SlackReaction? {
        switch status {
        case 429: .rate
        case 500...599: .transient
        default: nil
        }
    }

    /// The reaction to an error code in the answer to `method`. What the code means for this method goes before what it
    /// means in general.
    package static func reaction(to code: SlackErrorCode, method: String) -> SlackReaction {
        switch code {
        case .other(let text):
            // Posting policies have many codes with one beginning.
            return text.hasPrefix("restricted_action") && method.hasPrefix("chat.")
                ? .call(.nextDestination) : .permanent
        case .known(let known):
            return specific(known, method) ?? general(known)
        }
    }

    private static func specific(_ code: SlackErrorCode.Known, _ method: String) -> SlackReaction? {
        switch method {
        case "chat.postEphemeral":
            switch code {
            case .userNotInChannel, .notInChannel, .channelNotFound: .call(.answerPrivately)
            default: posting(code)
            }
        case "chat.update":
            switch code {
            case .messageNotFound, .cantUpdateMessage, .editWindowClosed: .call(.postNewMessage)
            case .isInactive, .isArchived: .call(.stopUpdating)
            default: posting(code)
            }
        case "chat.delete":
            switch code {
            case .messageNotFound: .call(.treatAsDone)
            case .cantDeleteMessage: .permanent
            default: posting(code)
            }
        case "chat.postMessage": posting(code)
        case "views.open", "views.push", "views.update", "views.publish": viewing(code, method)
        case "conversations.open":
            switch code {
            case .userNotFound, .userNotVisible, .userDisabled, .invalidUserCombination, .cannotDMBot, .tooManyUsers,
                .notEnoughUsers, .usersListNotSupplied, .channelNotFound:
                .call(.recipientUnreachable)
            default: nil
            }
        case "conversations.join":
            switch code {
            case .alreadyInChannel: .call(.treatAsDone)
            case .methodNotSupportedForChannelType, .isArchived, .tooManyMembers: .call(.askForInvitation)
            default: nil
            }
        case "users.lookupByEmail": code == .usersNotFound ? .call(.unknownPerson) : nil
        case "users.info":
            switch code {
            case .userNotFound, .userNotVisible: .call(.unknownPerson)
            default: nil
            }
        case "usergroups.list", "usergroups.users.list":
            switch code {
            case .noSuchSubteam, .planUpgradeRequired: .call(.fallbackApprovers)
            default: nil
            }
        case "oauth.v2.access":
            switch code {
            case .invalidCode, .badRedirectURI, .badClientSecret, .invalidClientID, .invalidRefreshToken,
                .invalidGrantType, .oauthAuthorizationURLMismatch, .cannotInstallAnOrgInstalledApp:
                .call(.restartInstallation)
            default: nil
            }
        default: nil
        }
    }

    private static func posting(_ code: SlackErrorCode.Known) -> SlackReaction? {
        switch code {
        case .notInChannel: .call(.joinThenRepeat)
        case .channelNotFound, .isArchived, .restrictedAction, .cannotReplyToMessage, .messagesTabDisabled,
            .messageLimitExceeded:
            .call(.nextDestination)
        // The token of an organisation with the name of a channel: names are never sent.
        case .teamNotFound: .ourBug
        default: nil
        }
    }

    private static func viewing(_ code: SlackErrorCode.Known, _ method: String) -> SlackReaction? {
        switch code {
        case .expiredTriggerID, .exchangedTriggerID, .invalidTriggerID: .call(.askToTryAgain)
        case .pushLimitReached: .call(.updateInstead)
        case .notFound where method == "views.update": .call(.drop)
        case .hashConflict: .call(.drop)
        case .duplicateExternalID: .ourBug
        case .notEnabled: .configuration
        default: nil
        }
    }

    private static func general(_ code: SlackErrorCode.Known) -> SlackReaction {
        switch code {
        case .ratelimited, .rateLimited: .rate
        case .internalError, .fatalError, .serviceUnavailable, .requestTimeout, .updateFailed, .fetchMembersFailed:
            .transient
        case .orgLoginRequired, .teamAddedToOrg, .externalChannelMigrating: .migration
        case .invalidAuth, .notAuthed, .accountInactive, .tokenRevoked, .userRemovedFromTeam, .teamDisabled:
            .credentials
        case .tokenExpired: .tokenRefresh
        case .missingScope, .notAllowedTokenType, .noPermission, .appAccessRestricted, .accessDenied, .accesslimited,
            .ekmAccessDenied, .twoFactorSetupRequired, .teamAccessNotGranted, .enterpriseIsRestricted,
            .methodDeprecated, .deprecatedEndpoint, .unknownMethod, .planUpgradeRequired:
            .configuration
        case .invalidArguments, .invalidArgName, .invalidArrayArg, .missingArgument, .invalidJSON, .jsonNotObject,
            .invalidFormData, .invalidCharset, .invalidPostType, .missingPostType, .invalidBlocks,
            .invalidBlocksFormat, .invalidAttachments, .noText, .msgTooLong, .msgBlocksTooLong, .tooManyAttachments,
            .metadataTooLarge, .viewTooLarge, .invalidCursor, .invalidLimit, .invalidTypes, .markdownTextConflict,
            .blockMismatch:
            .ourBug
        case .channelNotFound, .notInChannel, .isArchived, .isInactive, .restrictedAction, .cannotReplyToMessage,
            .messagesTabDisabled, .messageLimitExceeded, .teamNotFound, .messageNotFound, .cantUpdateMessage,
            .editWindowClosed, .cantDeleteMessage, .userNotInChannel, .expiredTriggerID, .exchangedTriggerID,
            .invalidTriggerID, .pushLimitReached, .notFound, .hashConflict, .duplicateExternalID, .notEnabled,
            .userNotFound, .userNotVisible, .userDisabled, .invalidUserCombination, .cannotDMBot, .tooManyUsers,
            .notEnoughUsers, .usersListNotSupplied, .alreadyInChannel, .methodNotSupportedForChannelType,
            .tooManyMembers, .usersNotFound, .noSuchSubteam, .invalidCode, .badRedirectURI, .badClientSecret,
            .invalidClientID, .invalidRefreshToken, .invalidGrantType, .oauthAuthorizationURLMismatch,
            .cannotInstallAnOrgInstalledApp:
            .permanent
        }
    }
}

extension SlackReply {
    /// The reaction to this answer; `nil` when it is `ok`.
    ///
    /// Slack also reports a spent trigger as wrong arguments, and names it in the details only (slack.md 1.10).
    package func reaction(method: String) -> SlackReaction? {
        guard let error else { return nil }
        if error == .known(.invalidArguments), method.hasPrefix("views."),
            details.contains(where: { $0.utf8.count < 500 && $0.contains("trigger_id") })
        {
            return .call(.askToTryAgain)
        }
        return SlackReaction.reaction(to: error, method: method)
    }
}
