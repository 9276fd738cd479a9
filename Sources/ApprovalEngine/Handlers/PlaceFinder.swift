package import ApprovalCore
package import Support

/// Turns the destinations that a rule names into places that a card can go to.
///
/// What cannot be found stays as an unknown place with the reason, so that the backup chain goes on without it and
/// people can read why (sym-sdk.md 2.4). Only while Slack does not answer there is no result at all.
package struct PlaceFinder: Sendable {
    private let directory: any Directory
    private let remember: @Sendable (PersonFacts) async throws -> Void
    private let log: Log

    /// Members of a user group who are told, each in a direct message: the first in the order of their ids.
    static let groupMembersMax = 20
    /// People in one conversation (slack.md 2.2).
    static let conversationMax = 8

    /// - Parameter remember: keeps what Slack said about somebody who is to be told.
    package init(
        directory: any Directory, remember: @escaping @Sendable (PersonFacts) async throws -> Void, log: Log
    ) {
        self.directory = directory
        self.remember = remember
        self.log = log
    }

    /// - Throws: `.unavailable` only.
    package func stage(_ stage: StageRule, in workspace: String) async throws(LookupError) -> Routing.Stage {
        var places: [Routing.Place] = []
        for destination in stage.destinations {
            for place in try await self.places(destination, in: workspace) where !places.contains(place) {
                places.append(place)
            }
        }
        return Routing.Stage(places: places, forwardAfterSeconds: stage.forwardAfterSeconds)
    }

    private func places(
        _ destination: StageRule.Destination, in workspace: String
    ) async throws(LookupError) -> [Routing.Place] {
        switch destination {
        case .channel(let channel): return [.channel(channel)]
        case .user(let name):
            switch try await find(name, in: workspace) {
            case .account(let account): return [.people([account])]
            case .nobody(let place): return [place]
            }
        case .users(let names): return try await conversation(names, in: workspace)
        case .group(let group): return try await members(of: group, in: workspace)
        }
    }

    /// One conversation of all who can be found, and a place for each who cannot.
    private func conversation(_ names: [String], in workspace: String) async throws(LookupError) -> [Routing.Place] {
        var people: [Account] = []
        var unknown: [Routing.Place] = []
        for name in names {
            switch try await find(name, in: workspace) {
            case .account(let account): if !people.contains(account) { people.append(account) }
            case .nobody(let place): unknown.append(place)
            }
        }
        note(people.dropFirst(Self.conversationMax).count, leftOutOf: names.joined(separator: ", "))
        people = Array(people.prefix(Self.conversationMax))
        return (people.isEmpty ? [] : [.people(people)]) + unknown
    }

    private func members(of group: String, in workspace: String) async throws(LookupError) -> [Routing.Place] {
        let members: [String]
        do throws(LookupError) {
            members = Set(try await directory.members(ofGroup: group, in: workspace)).sorted()
        } catch {
            guard !error.isUnavailable else { throw error }
            return [.unknown(name: group, reason: error.reason)]
        }
        guard !members.isEmpty else { return [.unknown(name: group, reason: "The user group has no members.")] }
        note(members.dropFirst(Self.groupMembersMax).count, leftOutOf: group)
        return members.prefix(Self.groupMembersMax).map { .people([Account(workspace: workspace, user: $0)]) }
    }

    private enum Found {
        case account(Account)
        case nobody(Routing.Place)
    }

    /// - Parameter name: an e-mail address or a Slack user id. An id is taken as it stands: Slack says whether a
    ///   message to it arrives.
    private func find(_ name: String, in workspace: String) async throws(LookupError) -> Found {
        guard name.contains("@") else { return .account(Account(workspace: workspace, user: name)) }
        let facts: PersonFacts?
        do throws(LookupError) { facts = try await directory.account(email: name, in: workspace) } catch {
            guard !error.isUnavailable else { throw error }
            return .nobody(.unknown(name: name, reason: error.reason))
        }
        guard let facts else {
            return .nobody(.unknown(name: name, reason: "Nobody in this workspace has this e-mail address."))
        }
        await keep(facts)
        if facts.isDeleted { return .nobody(.unknown(name: name, reason: "The account is deactivated.")) }
        if facts.isBot { return .nobody(.unknown(name: name, reason: "The account is a bot's.")) }
        return .account(facts.account)
    }

    /// What is not kept now is looked up again when it is needed.
    private func keep(_ facts: PersonFacts) async {
        do { try await remember(facts) } catch {
            log.warning("a person could not be kept", ["person": facts.account.description, "error": "\(error)"])
        }
    }

    private func note(_ count: Int, leftOutOf name: String) {
        guard count > 0 else { return }
        log.warning("not everybody is told", ["group": name, "left out": "\(count)"])
    }
}

extension LookupError {
    fileprivate var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}
