package import ApprovalCore
package import ApprovalEngine
package import Support
import Synchronization

/// A Slack that keeps what each card shows, and answers a call otherwise where a test says so.
package final class FakeMessenger: Messenger {
    package struct Told: Hashable, Sendable {
        package var account: Account
        package var notice: Notice
    }

    private struct State {
        var messages: [Card.Copy: String] = [:]
        var markers: [String: Card.Copy] = [:]
        var posts: [String] = []
        var edits = 0
        var told: [Told] = []
        var reports: [String] = []
        /// What calls answer, by kind; the call has no effect then, unless `.ambiguous` is to have one.
        var scripted: [Call: [Delivery]] = [:]
        var actsWhenAmbiguous = false
        var calls: [Call: Int] = [:]
        var count = 0
    }

    package enum Call: Hashable, Sendable { case show, tell, report }

    private let state = Mutex(State())
    /// Called in the middle of each `show`: before it has any effect.
    private let duringShow = Mutex<(@Sendable () async -> Void)?>(nil)

    package init() {}

    package func answer(_ call: Call, _ deliveries: Delivery...) {
        state.withLock { $0.scripted[call, default: []] += deliveries }
    }

    /// Calls that answer `.ambiguous` have had their effect.
    package func actWhenAmbiguous() { state.withLock { $0.actsWhenAmbiguous = true } }

    package func during(_ body: (@Sendable () async -> Void)?) { duringShow.withLock { $0 = body } }

    /// Somebody deletes a message.
    package func delete(_ copy: Card.Copy) { state.withLock { $0.messages[copy] = nil } }

    /// What a copy shows now.
    package func text(of copy: Card.Copy?) -> String? {
        state.withLock { state in copy.flatMap { state.messages[$0] } }
    }
    package var messageCount: Int { state.withLock { $0.messages.count } }
    /// The markers of the cards that were posted, in order.
    package var posts: [String] { state.withLock { $0.posts } }
    package var edits: Int { state.withLock { $0.edits } }
    package var told: [Told] { state.withLock { $0.told } }
    package var reports: [String] { state.withLock { $0.reports } }
    package func calls(_ call: Call) -> Int { state.withLock { $0.calls[call] ?? 0 } }

    private static func next(_ call: Call, _ state: inout State) -> Delivery? {
        state.calls[call, default: 0] += 1
        guard state.scripted[call]?.isEmpty == false else { return nil }
        return state.scripted[call]?.removeFirst()
    }

    package func show(
        _ card: Card, of run: AccessRequest, flow: Flow, marker: String, postedSince: Timestamp?
    ) async -> Delivery {
        if let body = duringShow.withLock({ $0 }) { await body() }
        return state.withLock { state in
            let scripted = Self.next(.show, &state)
            if let scripted {
                guard case .ambiguous = scripted, state.actsWhenAmbiguous else { return scripted }
            }
            let known = card.copy ?? (postedSince == nil ? nil : state.markers[marker])
            let text = run.truth(on: card)
            if let known, state.messages[known] != nil {
                state.messages[known] = text
                state.edits += 1
                return scripted ?? .done(known)
            }
            guard card.copy == nil else { return .gone("message_not_found") }
            state.count += 1
            let copy = Card.Copy(channel: Self.channel(of: card.place), ts: "\(state.count).000100")
            state.messages[copy] = text
            state.markers[marker] = copy
            state.posts.append(marker)
            return scripted ?? .done(copy)
        }
    }

    private static func channel(of place: Routing.Place) -> String {
        switch place {
        case .channel(let channel): channel
        case .people(let people): "D" + people.map(\.user).joined()
        case .unknown(let name, _): name
        }
    }

    package func tell(_ account: Account, _ notice: Notice, of run: AccessRequest, flow: Flow) async -> Delivery {
        state.withLock { state in
            if let scripted = Self.next(.tell, &state) { return scripted }
            state.told.append(Told(account: account, notice: notice))
            return .done(nil)
        }
    }

    package func report(_ error: String, of run: AccessRequest, flow: Flow) async -> Delivery {
        state.withLock { state in
            if let scripted = Self.next(.report, &state) { return scripted }
            state.reports.append(error)
            return .done(nil)
        }
    }
}
