/// Who and what there is: workspaces, people, conversations, groups, and where the app is installed. A workspace file
/// is read into this, and the emulator changes it as people join, leave and are deactivated.
struct Directory: Sendable {
    var app = SlackApp()
    var workspaces: [Workspace] = []
    var people: [Person] = []
    var conversations: [Conversation] = []
    var groups: [Usergroup] = []
    var installations: [Installation] = []
}

/// The one app that this Slack talks to.
struct SlackApp: Sendable {
    var id = "A0EMULATOR"
    var name = "Sym"
    /// Users can write to the app; without it, DMs are refused with `messages_tab_disabled`.
    var hasMessagesTab = true
    var hasHomeTab = true
    var commands: [SlashCommandRegistration] = []
    var shortcuts: [ShortcutRegistration] = []
}

struct SlashCommandRegistration: Sendable {
    /// With the leading slash.
    var command: String
    var summary = ""
    var usageHint = ""
    /// Mentions and links arrive escaped, `<@U1|ada>`.
    var escapes = false
}

struct ShortcutRegistration: Sendable {
    enum Kind: String, Sendable, CaseIterable { case global, message }

    var callbackID: String
    var name: String
    var kind: Kind
}

struct Workspace: Sendable {
    var id: String
    var name: String
    var domain: String
    var enterprise: Enterprise?

    struct Enterprise: Sendable {
        var id: String
        var name: String
    }
}

struct Person: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case owner, admin, member, guest, bot
        case singleChannelGuest = "single_channel_guest"
    }

    var id: String
    var workspace: String
    /// The handle, without `@`.
    var name: String
    var realName: String
    var email: String?
    var kind: Kind = .member
    var isDeactivated = false
    /// Has not accepted the invitation yet.
    var isInvited = false
    var timeZone = "Europe/Amsterdam"
    var timeZoneOffset: Int64 = 3600
    var locale = "en-US"
    /// Of a bot.
    var botID: String?
    var updated: Int64 = 0
}

struct Conversation: Sendable {
    enum Kind: Sendable { case open, closed, direct, group }

    var id: String
    /// Empty in DMs.
    var name: String
    var kind: Kind
    /// The workspace that owns it.
    var workspace: String
    /// Slack Connect: the other workspaces.
    var sharedWith: [String] = []
    /// Workspaces that were disconnected; they see nothing of it any more.
    var severed: [String] = []
    var members: [String] = []
    var isArchived = false
    var isGeneral = false
    var created: Int64 = 0
    var topic = ""
    var purpose = ""

    /// The workspaces that can see it now.
    var workspaces: [String] { [workspace] + sharedWith.filter { !severed.contains($0) } }
    /// A DM of two or a DM of several.
    var isDirect: Bool { kind == .direct || kind == .group }
    var isExternallyShared: Bool { workspaces.count > 1 }
}

struct Usergroup: Sendable {
    var id: String
    var workspace: String
    var handle: String
    var name: String
    var users: [String]
    var isDisabled = false
}

/// The app in one workspace.
struct Installation: Sendable {
    enum TokenState: Sendable { case valid, revoked, accountInactive }

    var workspace: String
    var token: String
    var scopes: [String]
    var botUser: String
    var botID: String
    var tokenState = TokenState.valid

    /// What an approvals bot asks for (slack.md 5.2), and the histories of decisions.md 7.
    static let usualScopes = [
        "commands", "chat:write", "im:write", "mpim:write", "users:read", "users:read.email", "users.profile:read",
        "usergroups:read", "channels:read", "groups:read", "im:read", "mpim:read", "channels:join", "team:read",
        "channels:history", "groups:history", "im:history", "mpim:history",
    ]
}

extension Directory {
    func workspace(_ id: String) -> Workspace? { workspaces.first { $0.id == id } }
    func person(_ id: String) -> Person? { people.first { $0.id == id } }
    func conversation(_ id: String) -> Conversation? { conversations.first { $0.id == id } }
    func installation(in workspace: String) -> Installation? { installations.first { $0.workspace == workspace } }

    /// The installation whose bot this is.
    func installation(ofBot user: String) -> Installation? { installations.first { $0.botUser == user } }

    /// Whether people of `workspace` know this person: a colleague, or somebody in a channel that both can see.
    func knows(_ workspace: String, _ person: Person) -> Bool {
        person.workspace == workspace
            || conversations.contains {
                !$0.isDirect && $0.workspaces.contains(workspace) && $0.workspaces.contains(person.workspace)
                    && $0.members.contains(person.id)
            }
    }

    /// Whether the two workspaces share any channel: then `users.info` answers, if only about a stranger.
    func isConnected(_ workspace: String, to other: String) -> Bool {
        conversations.contains {
            !$0.isDirect && $0.workspaces.contains(workspace) && $0.workspaces.contains(other)
        }
    }
}
