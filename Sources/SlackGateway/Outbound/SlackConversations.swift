import SlackContract
import Support

/// What must be known of conversations before something is posted there: the id of a direct message, the id behind a
/// channel's name, and whether outsiders read along.
final class SlackConversations: Sendable {
    private struct Key: Hashable, Sendable {
        var workspace: String
        var name: String
    }

    private let client: SlackClient
    private let log: Log
    private let directs: BoundedCache<Key, String>
    private let opening = Coalescer<Key, String, SlackCallError>()
    private let ids: BoundedCache<Key, String>
    private let lists: BoundedCache<String, [String: String]>
    private let listing = Coalescer<String, [String: String], SlackCallError>()
    private let sharing: BoundedCache<Key, Bool?>
    private let asking = Coalescer<Key, Bool?, SlackCallError>()

    static let directLife = Duration.hours(1)
    static let directsMax = 5000
    /// Channels are shared and renamed now and then.
    static let factsLife = Duration.minutes(10)
    static let factsMax = 2000
    static let listsMax = 20
    /// Of `conversations.list`, `SlackPaging.limit` channels each: names are for small workspaces, ids for all.
    static let listPagesMax = 20

    init(client: SlackClient, clock: WallClock, log: Log) {
        self.client = client
        self.log = log
        directs = BoundedCache(life: Self.directLife, countMax: Self.directsMax, clock: clock)
        ids = BoundedCache(life: Self.factsLife, countMax: Self.factsMax, clock: clock)
        lists = BoundedCache(life: Self.factsLife, countMax: Self.listsMax, clock: clock)
        sharing = BoundedCache(life: Self.factsLife, countMax: Self.factsMax, clock: clock)
    }

    // MARK: Direct messages

    /// The conversation with these people, in whatever order.
    func direct(with users: [String], in workspace: String) async throws(SlackCallError) -> String {
        let users = Set(users).sorted()
        let key = Key(workspace: workspace, name: users.joined(separator: ","))
        if let known = directs[key] { return known }
        return try await opening.value(for: key) { () async throws(SlackCallError) in
            let id = try await self.client.call(ConversationsOpen(users: users), workspace: workspace)
            self.directs.keep(id, for: key)
            return id
        }
    }

    func forgetDirect(with users: [String], in workspace: String) {
        directs.forget(Key(workspace: workspace, name: Set(users).sorted().joined(separator: ",")))
    }

    // MARK: Names

    /// Names of channels have small letters or signs; ids have neither.
    static func isName(_ channel: String) -> Bool {
        !channel.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
    }

    /// An answer told which channel a name means.
    func learn(_ name: String, is id: String, in workspace: String) {
        guard Self.isName(name), !Self.isName(id) else { return }
        ids.keep(id, for: Key(workspace: workspace, name: Self.plain(name)))
    }

    /// The id of a channel; `nil` when its name is not found among those that the bot may see.
    func id(of channel: String, in workspace: String) async throws(SlackCallError) -> String? {
        guard Self.isName(channel) else { return channel }
        let name = Self.plain(channel)
        if let known = ids[Key(workspace: workspace, name: name)] { return known }
        if let list = lists[workspace] { return list[name] }
        let list = try await listing.value(for: workspace) { () async throws(SlackCallError) in
            let list = try await self.list(workspace)
            self.lists.keep(list, for: workspace)
            return list
        }
        return list[name]
    }

    private func list(_ workspace: String) async throws(SlackCallError) -> [String: String] {
        var list: [String: String] = [:]
        var cursor: String?
        for _ in 0..<Self.listPagesMax {
            let page = try await client.call(ConversationsList(team: workspace, cursor: cursor), workspace: workspace)
            for channel in page.items { if let name = channel.name { list[name] = channel.id } }
            cursor = page.nextCursor
            if cursor == nil { return list }
        }
        log.warning("a workspace has too many channels to find them by name: use ids", ["workspace": workspace])
        return list
    }

    private static func plain(_ name: String) -> String { name.hasPrefix("#") ? String(name.dropFirst()) : name }

    // MARK: Sharing

    /// Whether people of other organisations are in the channel; `nil` when it cannot be known now.
    func isExternallyShared(_ channel: String, in workspace: String) async -> Bool? {
        let key = Key(workspace: workspace, name: channel)
        if let known = sharing[key] { return known }
        do throws(SlackCallError) {
            return try await asking.value(for: key) { () async throws(SlackCallError) in
                try await self.askWhetherShared(channel, workspace, key)
            }
        } catch {
            log.debug("who reads a channel is not known", ["channel": channel, "error": error.reason])
            return nil
        }
    }

    private func askWhetherShared(
        _ channel: String, _ workspace: String, _ key: Key
    ) async throws(SlackCallError) -> Bool? {
        var isShared: Bool?
        do throws(SlackCallError) {
            if let id = try await id(of: channel, in: workspace) {
                isShared = try await client.call(ConversationsInfo(channel: id), workspace: workspace)
                    .isExternallyShared
            }
        } catch {
            // What Slack refuses now it will refuse for a while, such as a missing scope; the rest is asked again.
            guard case .refused = error else { throw error }
        }
        sharing.keep(isShared, for: key)
        return isShared
    }
}
