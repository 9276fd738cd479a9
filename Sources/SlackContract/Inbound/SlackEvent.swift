import Support

/// What happened, as far as approvals care. An event that lacks what its kind needs counts as `other`.
package enum SlackEvent: Hashable, Sendable {
    /// The installation is gone; `tokensRevoked` may come before or after.
    case appUninstalled
    /// The lists hold ids of users, not tokens.
    case tokensRevoked(users: [String], bots: [String])
    /// `tab` is `home` or `messages`.
    case appHomeOpened(user: String, tab: String)
    /// Also sent for the bot itself.
    case memberJoinedChannel(user: String, channel: String)
    case memberLeftChannel(user: String, channel: String)
    case channelArchived(String)
    case channelUnarchived(String)
    case channelDeleted(String)
    case channelRenamed(String, name: String)
    /// Stored ids of this channel must be rewritten.
    case channelIDChanged(from: String, to: String)
    case channelShared(String, with: String?)
    case channelUnshared(String, from: String?)
    case userChanged(SlackUser)
    case userJoined(SlackUser)
    /// The name or the members of a user group changed.
    case userGroupChanged(String)
    case teamAccessGranted([String])
    case teamAccessRevoked([String])
    case gridMigrationStarted(enterprise: String)
    case gridMigrationFinished(enterprise: String)
    /// Written to the bot by a person: never by a bot, and no edit or deletion.
    case directMessage(user: String, channel: String, text: String)
    case other(type: String)
}

extension SlackEvent {
    init(_ event: JSONValue) {
        let type = event.string("type") ?? ""
        self = Self.known(type, event) ?? .other(type: type)
    }

    private static func known(_ type: String, _ event: JSONValue) -> SlackEvent? {
        // Renames carry the channel as an object, everything else its id.
        let channel = event.string("channel") ?? event["channel"]?.string("id")
        switch type {
        case "app_uninstalled": return .appUninstalled
        case "tokens_revoked":
            let tokens = event["tokens"] ?? [:]
            return .tokensRevoked(users: tokens.strings("oauth"), bots: tokens.strings("bot"))
        case "app_home_opened":
            return event.string("user").map { .appHomeOpened(user: $0, tab: event.string("tab") ?? "home") }
        case "member_joined_channel": return membership(event).map { .memberJoinedChannel(user: $0, channel: $1) }
        case "member_left_channel": return membership(event).map { .memberLeftChannel(user: $0, channel: $1) }
        case "channel_archive", "group_archive": return channel.map(SlackEvent.channelArchived)
        case "channel_unarchive", "group_unarchive": return channel.map(SlackEvent.channelUnarchived)
        case "channel_deleted", "group_deleted": return channel.map(SlackEvent.channelDeleted)
        case "channel_rename", "group_rename":
            return channel.map { .channelRenamed($0, name: event["channel"]?.string("name") ?? "") }
        case "channel_id_changed":
            guard let old = event.string("old_channel_id"), let new = event.string("new_channel_id") else { return nil }
            return .channelIDChanged(from: old, to: new)
        case "channel_shared": return channel.map { .channelShared($0, with: event.string("connected_team_id")) }
        case "channel_unshared":
            return channel.map {
                .channelUnshared(
                    $0, from: event.string("previously_connected_team_id") ?? event.string("connected_team_id")
                )
            }
        case "user_change": return SlackUser(event["user"]).map(SlackEvent.userChanged)
        case "team_join": return SlackUser(event["user"]).map(SlackEvent.userJoined)
        case "subteam_updated", "subteam_created":
            return event["subteam"]?.string("id").map(SlackEvent.userGroupChanged)
        case "subteam_members_changed": return event.string("subteam_id").map(SlackEvent.userGroupChanged)
        case "team_access_granted": return .teamAccessGranted(event.strings("team_ids"))
        case "team_access_revoked": return .teamAccessRevoked(event.strings("team_ids"))
        case "grid_migration_started":
            return event.string("enterprise_id").map { .gridMigrationStarted(enterprise: $0) }
        case "grid_migration_finished":
            return event.string("enterprise_id").map { .gridMigrationFinished(enterprise: $0) }
        case "message": return directMessage(event)
        default: return nil
        }
    }

    private static func membership(_ event: JSONValue) -> (String, String)? {
        guard let user = event.string("user"), let channel = event.string("channel") else { return nil }
        return (user, channel)
    }

    /// Bots are passed over, so that no bot (ourselves included) can start a loop.
    private static func directMessage(_ event: JSONValue) -> SlackEvent? {
        guard event.string("channel_type") == "im", event.string("bot_id") == nil, event.string("subtype") == nil,
            let (user, channel) = membership(event)
        else { return nil }
        return .directMessage(user: user, channel: channel, text: event["text"]?.text ?? "")
    }
}
