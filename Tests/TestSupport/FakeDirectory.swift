package import ApprovalCore
package import ApprovalEngine
import Synchronization

/// A Slack of three kinds of answers: what it holds, nothing, or the error that stands for a name.
package final class FakeDirectory: Directory {
    package struct State: Sendable {
        package var people: [PersonFacts] = []
        /// User ids by group.
        package var groups: [String: [String]] = [:]
        /// What asking for an account, an e-mail address, a group or a channel throws.
        package var errors: [String: LookupError] = [:]
        /// Members by channel.
        package var channels: [String: [Account]] = [:]
        package var asked: [String] = []
    }

    private let state: Mutex<State>

    package init(people: [PersonFacts] = [], groups: [String: [String]] = [:], errors: [String: LookupError] = [:]) {
        state = Mutex(State(people: people, groups: groups, errors: errors))
    }

    /// What was asked, in order.
    package var asked: [String] { state.withLock { $0.asked } }

    package func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    private func ask<Answer: Sendable>(
        _ name: String, _ body: (State) -> Answer
    ) throws(LookupError) -> Answer {
        let answer: Result<Answer, LookupError> = state.withLock { state in
            state.asked.append(name)
            return state.errors[name].map { .failure($0) } ?? .success(body(state))
        }
        return try answer.get()
    }

    package func look(up account: Account, from workspace: String) async throws(LookupError) -> PersonFacts {
        guard let facts = try ask(account.description, { $0.people.first { $0.account == account } }) else {
            throw .notFound("user_not_found")
        }
        return facts
    }

    package func account(email: String, in workspace: String) async throws(LookupError) -> PersonFacts? {
        try ask(email) { state in
            state.people.first { $0.email == email && $0.account.workspace == workspace && !$0.isExternal }
        }
    }

    package func members(ofGroup group: String, in workspace: String) async throws(LookupError) -> [String] {
        guard let members = try ask(group, { $0.groups[group] }) else { throw .notFound("no_such_subteam") }
        return members
    }

    package func isMember(
        _ account: Account, ofChannel channel: String, from workspace: String
    ) async throws(LookupError) -> Bool {
        try ask(channel) { $0.channels[channel]?.contains(account) ?? false }
    }
}
