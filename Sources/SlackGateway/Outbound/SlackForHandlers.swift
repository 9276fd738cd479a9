package import ApprovalCore
package import ApprovalEngine
import SlackContract
package import Support

/// What flows' own code may do in Slack: look people up, and send messages (sym-sdk.md 4.15, `slack`).
package struct SlackForHandlers: Sendable {
    private let client: SlackClient
    private let messenger: SlackMessenger

    /// Of `users.list` and `conversations.members`, `SlackPaging.limit` entries each.
    static let pagesMax = 20

    package init(client: SlackClient, messenger: SlackMessenger) {
        self.client = client
        self.messenger = messenger
    }

    /// Slack's own object of a person.
    package func userInfo(_ account: Account) async throws(LookupError) -> JSONValue {
        try await ask(UserObject(user: account.user), account.workspace, about: "person \(account)")
    }

    /// Slack's own objects of everybody in a workspace, deactivated people included.
    package func users(in workspace: String) async throws(LookupError) -> [JSONValue] {
        try await all("workspace \(workspace)") { cursor throws(LookupError) in
            try await ask(UserObjects(cursor: cursor), workspace, about: "workspace \(workspace)")
        }
    }

    /// Everybody in a channel, people of other workspaces included; they are named as the asking workspace names them.
    package func members(of channel: String, in workspace: String) async throws(LookupError) -> [Account] {
        let id: String?
        do throws(SlackCallError) { id = try await messenger.conversations.id(of: channel, in: workspace) } catch {
            throw LookupError(error, method: ConversationsMembers.name, about: "channel \(channel)")
        }
        guard let id else { throw .notFound("There is no channel \(channel), or the app is not in it.") }
        let users = try await all("channel \(channel)") { cursor throws(LookupError) in
            try await ask(ConversationsMembers(channel: id, cursor: cursor), workspace, about: "channel \(channel)")
        }
        return users.map { Account(workspace: workspace, user: $0) }
    }

    /// Sends what the author of a flow wrote, as mrkdwn.
    ///
    /// - Parameter thread: the message to reply to.
    package func say(
        _ text: String, in place: Routing.Place, thread: Card.Copy?, workspace: String
    ) async throws(LookupError) {
        let message = Message(text: Mrkdwn(trusted: text))
        if let thread {
            let method = ChatPostMessage(channel: thread.channel, message: message, threadTS: thread.ts)
            _ = try await ask(method, workspace, about: "the request's message")
            return
        }
        do throws(Undelivered) {
            _ = try await messenger.post(message, to: try await messenger.channel(for: place, workspace), workspace)
        } catch {
            switch error.delivery {
            case .gone(let reason), .refused(let reason): throw .refused(reason)
            case .notSent(let reason), .ambiguous(let reason): throw .unavailable(reason)
            case .later(let time): throw .unavailable("Slack asked us to wait until \(time)")
            case .done: return
            }
        }
    }

    private func ask<M: SlackMethod>(
        _ method: M, _ workspace: String, about subject: String
    ) async throws(LookupError) -> M.Reply {
        do throws(SlackCallError) { return try await client.call(method, workspace: workspace) } catch {
            throw LookupError(error, method: M.name, about: subject)
        }
    }

    private func all<Item: Hashable & Sendable>(
        _ subject: String, _ page: (_ cursor: String?) async throws(LookupError) -> SlackPage<Item>
    ) async throws(LookupError) -> [Item] {
        var items: [Item] = []
        var cursor: String?
        for _ in 0..<Self.pagesMax {
            let next = try await page(cursor)
            items += next.items
            cursor = next.nextCursor
            if cursor == nil { return items }
        }
        throw .refused("\(subject) has more than \(items.count) people")
    }
}

/// `users.info`, as Slack wrote it.
private struct UserObject: SlackMethod {
    static let name = UsersInfo.name
    static let encoding = UsersInfo.encoding
    let arguments: JSONObject

    init(user: String) { arguments = UsersInfo(user: user).arguments }

    static func reply(from body: JSONValue) throws(SlackDecodingError) -> JSONValue { body["user"] ?? .null }
}

/// `users.list`, as Slack wrote it.
private struct UserObjects: SlackMethod {
    static let name = UsersList.name
    static let encoding = UsersList.encoding
    let arguments: JSONObject

    init(cursor: String?) { arguments = UsersList(cursor: cursor).arguments }

    static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackPage<JSONValue> {
        SlackPage(body, "members") { $0 }
    }
}
