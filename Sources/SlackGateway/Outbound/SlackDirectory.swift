package import ApprovalCore
package import ApprovalEngine
package import SlackContract
package import Support

/// Looks people and groups up in Slack. The same question asked many times at once is one call; groups and members of
/// channels are remembered for a minute, people by the store.
package final class SlackDirectory: Directory {
    private let client: SlackClient
    private let log: Log

    private struct Key: Hashable, Sendable {
        var workspace: String
        var name: String
    }

    private struct Members: Sendable {
        var ids: Set<String>
        /// Whether everyone was read, and not only as many as it took to find somebody.
        var isComplete: Bool
    }

    private let lookingUp = Coalescer<Key, PersonFacts, LookupError>()
    private let findingMail = Coalescer<Key, PersonFacts?, LookupError>()
    private let readingGroup = Coalescer<Key, [String], LookupError>()
    private let readingChannel = Coalescer<Key, Members, LookupError>()
    private let unknownMails: BoundedCache<Key, Bool>
    private let groups: BoundedCache<Key, [String]>
    private let channels: BoundedCache<Key, Members>

    /// Older answers are asked for again (decisions.md 1).
    package static let freshFor = Person.freshFor
    /// Of `conversations.members`, `SlackPaging.limit` members each.
    package static let memberPagesMax = 25
    static let groupsMax = 500
    /// Each may hold as many members as the pages do.
    static let channelsMax = 50
    static let mailsMax = 1000

    package init(client: SlackClient, clock: WallClock, log: Log) {
        self.client = client
        self.log = log
        unknownMails = BoundedCache(life: Self.freshFor, countMax: Self.mailsMax, clock: clock)
        groups = BoundedCache(life: Self.freshFor, countMax: Self.groupsMax, clock: clock)
        channels = BoundedCache(life: Self.freshFor, countMax: Self.channelsMax, clock: clock)
    }

    // MARK: People

    /// How many share a look-up of a person that another one started.
    package var sharedLookups: Int { lookingUp.waiting }

    package func look(up account: Account, from workspace: String) async throws(LookupError) -> PersonFacts {
        try await lookingUp.value(for: Key(workspace: workspace, name: account.description)) {
            () async throws(LookupError) in
            let user = try await self.ask(UsersInfo(user: account.user), workspace, about: "user \(account.user)")
            return PersonFacts(user, asked: account, from: workspace)
        }
    }

    package func account(email: String, in workspace: String) async throws(LookupError) -> PersonFacts? {
        let key = Key(workspace: workspace, name: email.lowercased())
        if unknownMails[key] != nil { return nil }
        return try await findingMail.value(for: key) { () async throws(LookupError) in
            do throws(LookupError) {
                let user = try await self.ask(UsersLookupByEmail(email: email), workspace, about: "this address")
                return PersonFacts(user, asked: Account(workspace: workspace, user: user.id), from: workspace)
            } catch {
                guard case .notFound = error else { throw error }
                self.unknownMails.keep(true, for: key)
                return nil
            }
        }
    }

    // MARK: Groups and channels

    package func members(ofGroup group: String, in workspace: String) async throws(LookupError) -> [String] {
        let key = Key(workspace: workspace, name: group)
        if let known = groups[key] { return known }
        return try await readingGroup.value(for: key) { () async throws(LookupError) in
            let members = try await self.ask(
                UsergroupsUsersList(usergroup: group, team: workspace), workspace, about: "user group \(group)"
            )
            self.groups.keep(members, for: key)
            return members
        }
    }

    package func isMember(
        _ account: Account, ofChannel channel: String, from workspace: String
    ) async throws(LookupError) -> Bool {
        let key = Key(workspace: workspace, name: channel)
        if let known = channels[key], known.isComplete || known.ids.contains(account.user) {
            return known.ids.contains(account.user)
        }
        let asked = Key(workspace: workspace, name: "\(channel)/\(account.user)")
        let members = try await readingChannel.value(for: asked) { () async throws(LookupError) in
            let members = try await self.members(of: channel, until: account.user, workspace)
            self.channels.keep(members, for: key)
            return members
        }
        return members.ids.contains(account.user)
    }

    private func members(
        of channel: String, until user: String, _ workspace: String
    ) async throws(LookupError) -> Members {
        var members = Members(ids: [], isComplete: false)
        var cursor: String?
        for _ in 0..<Self.memberPagesMax {
            let page = try await ask(
                ConversationsMembers(channel: channel, cursor: cursor), workspace, about: "channel \(channel)"
            )
            members.ids.formUnion(page.items)
            cursor = page.nextCursor
            members.isComplete = cursor == nil
            if members.isComplete || members.ids.contains(user) { return members }
        }
        client.log.warning(
            "a channel has too many members to be searched", ["channel": channel, "workspace": workspace])
        throw .refused(
            "channel \(channel) has more than \(Self.memberPagesMax * SlackPaging.limit) members: "
                + "name a user group or people instead"
        )
    }

    // MARK: Errors

    private func ask<M: SlackMethod>(
        _ method: M, _ workspace: String, about subject: String
    ) async throws(LookupError) -> M.Reply {
        do throws(SlackCallError) {
            return try await client.call(method, workspace: workspace)
        } catch {
            throw LookupError(error, method: M.name, about: subject)
        }
    }
}

extension LookupError {
    init(_ error: SlackCallError, method: String, about subject: String) {
        switch error {
        case .heldUntil, .notSent, .ambiguous: self = .unavailable(error.reason)
        case .noInstallation: self = .refused(error.reason)
        case .refused(let code, _):
            switch code {
            case .known(.userNotFound), .known(.userNotVisible), .known(.usersNotFound), .known(.noSuchSubteam),
                .known(.channelNotFound):
                self = .notFound("Slack knows nothing of \(subject), or the app may not see it (\(code))")
                return
            default: break
            }
            switch SlackReaction.reaction(to: code, method: method) {
            case .credentials, .tokenRefresh: self = .unavailable("Slack refuses our token (\(code))")
            default: self = .refused("Slack refuses \(method): \(error.reason)")
            }
        }
    }
}

extension PersonFacts {
    /// What Slack says of somebody, seen from the workspace that asked (slack.md 1.7).
    ///
    /// - Parameter asked: the account as a payload named it. Its workspace counts only where Slack agrees.
    package init(_ user: SlackUser, asked: Account, from workspace: String) {
        let isExternal = user.isExternal(to: workspace)
        let home: String
        if isExternal {
            home = user.teamID ?? asked.workspace
        } else {
            let own = (user.teamID.map { [$0] } ?? []) + (user.enterpriseUser?.teams ?? [])
            home = own.contains(asked.workspace) ? asked.workspace : workspace
        }
        self.init(
            account: Account(workspace: home, user: user.id), name: user.shownName, email: user.email,
            isDeleted: user.isDeleted, isBot: user.isBot, isRestricted: user.isRestricted, isExternal: isExternal,
            timeZone: user.timeZone
        )
    }
}
