import Support

/// Everything that the emulated Slack knows, as one value behind one lock. Methods here decide and remember; nothing
/// in a `World` waits or sends.
struct World: Sendable {
    var settings: EmulatorSettings
    var directory: Directory
    /// By conversation, oldest first. Ephemeral messages stand among the others, with their only reader.
    var messages: [String: [Message]] = [:]
    /// Open modals and published home tabs.
    var views: [String: View] = [:]
    /// The modals of a person, the lowest first.
    var stacks: [String: [String]] = [:]
    var triggers: [String: Trigger] = [:]
    var responseURLs: [String: ResponseURL] = [:]
    /// What the app answered to `block_suggestion` for menus in messages.
    var messageOptions: [OfferPlace: [JSONValue]] = [:]
    var faults = Faults()
    var limits = RateLimits()
    var journal = Journal()
    /// When the change that is being made began.
    var now = Timestamp(milliseconds: 0)

    private let ids: IDGenerator
    private var counter = 0
    private var lastMicroseconds: Int64 = 0

    init(settings: EmulatorSettings, directory: Directory, ids: IDGenerator) {
        self.settings = settings
        self.directory = directory
        self.ids = ids
        if let appID = settings.appID { self.directory.app.id = appID }
        for index in self.directory.installations.indices {
            let workspace = self.directory.installations[index].workspace
            if let token = settings.botTokens[workspace] {
                self.directory.installations[index].token = token.reveal { $0 }
            }
        }
    }

    // MARK: Names

    mutating func newID(_ prefix: String) -> String {
        counter += 1
        // Ids of the workspace file begin with `0E`; these with `0F`, so that the two never meet.
        let made = EmulatedID.text(prefix: "", number: counter)
        return prefix + "0F" + made.dropFirst(2)
    }

    /// Text that nobody can guess, for triggers and response URLs.
    func newSecret() -> String { ids.next().filter { $0 != "-" } }

    /// The next message timestamp: seconds and microseconds, each one once.
    mutating func newStamp() -> String {
        lastMicroseconds = max(lastMicroseconds + 1, now.milliseconds * 1000)
        let fraction = String(lastMicroseconds % 1_000_000)
        return "\(lastMicroseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }

    /// A view's hash: seconds and something new.
    mutating func newHash() -> String { "\(now.seconds).\(newID("h"))" }

    // MARK: People and conversations

    /// A person by id, or by handle where only one person in `workspace` (or anywhere) has it.
    func person(named text: String, in workspace: String?) -> Person? {
        if let person = directory.person(text) { return person }
        let name = text.hasPrefix("@") ? String(text.dropFirst()) : text
        let all = directory.people.filter { $0.name == name }
        let near = all.filter { $0.workspace == workspace }
        if near.count == 1 { return near[0] }
        return all.count == 1 ? all[0] : nil
    }

    /// Whether this person can read this conversation now.
    func isReader(_ person: Person, of conversation: Conversation) -> Bool {
        !person.isDeactivated && conversation.members.contains(person.id)
            && conversation.workspaces.contains(person.workspace)
    }

    /// The DM of these people, made where there is none.
    mutating func direct(among members: [String], workspace: String) -> (conversation: Conversation, isNew: Bool) {
        let wanted = Set(members)
        if let found = directory.conversations.first(where: { $0.isDirect && Set($0.members) == wanted }) {
            return (found, false)
        }
        let kind: Conversation.Kind = members.count > 2 ? .group : .direct
        var conversation = Conversation(
            id: newID(kind == .direct ? "D" : "G"), name: "", kind: kind, workspace: workspace, members: members)
        conversation.created = now.seconds
        for member in members {
            guard let other = directory.person(member)?.workspace, other != workspace,
                !conversation.sharedWith.contains(other)
            else { continue }
            conversation.sharedWith.append(other)
        }
        directory.conversations.append(conversation)
        journal.record("conversation", ["channel": .string(conversation.id), "change": "created"])
        return (conversation, true)
    }

    mutating func changeConversation(_ id: String, _ change: String, _ body: (inout Conversation) -> Void) {
        guard let index = directory.conversations.firstIndex(where: { $0.id == id }) else { return }
        body(&directory.conversations[index])
        journal.record("conversation", ["channel": .string(id), "change": .string(change)])
    }
}
