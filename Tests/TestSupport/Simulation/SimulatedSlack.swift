import ApprovalCore
import ApprovalEngine
import Support

/// What stands in Slack.
struct SimulatedSlack {
    var messages: [Card.Copy: String] = [:]
    var markers: [String: Card.Copy] = [:]
    /// How often a card was posted, by marker.
    var posts: [String: Int] = [:]
    var deleted: Set<Card.Copy> = []
    private var count = 0

    mutating func post(_ text: String, in channel: String, marker: String) -> Card.Copy {
        count += 1
        let copy = Card.Copy(channel: channel, ts: "\(count).000100")
        messages[copy] = text
        markers[marker] = copy
        posts[marker, default: 0] += 1
        return copy
    }

    mutating func delete(_ copy: Card.Copy) {
        messages[copy] = nil
        deleted.insert(copy)
    }
}

/// Calls to Slack of one process. What was sent arrives, also when the sender is killed meanwhile.
struct SimulatedMessenger: Messenger {
    private let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    private enum Fault { case none, notSent, later, lostBefore, lostAfter }

    private func fault() -> Fault {
        let simulation = process.simulation
        if simulation.isSlackDown { return simulation.happens(50) ? .notSent : .lostBefore }
        guard simulation.happens(simulation.weather.slackFaults) else { return .none }
        return [.notSent, .later, .lostBefore, .lostAfter, .lostAfter][simulation.choose(5)]
    }

    /// - Parameter arrive: what the message does at Slack.
    private func call(_ arrive: () -> Delivery) async -> Delivery {
        process.count()
        guard process.isAlive else { return .notSent("killed") }
        let simulation = process.simulation
        let fault = fault()
        switch fault {
        case .notSent: return .notSent("connection refused")
        case .later: return .later(process.clock.now() + .milliseconds(Int64(simulation.choose(20_000))))
        case .none, .lostBefore, .lostAfter: break
        }
        await simulation.pauseForNetwork()
        let delivery = fault == .lostBefore ? .ambiguous("timed out") : arrive()
        process.count()
        await simulation.pauseForNetwork()
        guard process.isAlive else { return .notSent("killed") }
        return fault == .lostAfter ? .ambiguous("timed out") : delivery
    }

    func show(
        _ card: Card, of run: AccessRequest, flow: Flow, marker: String, postedSince: Timestamp?
    ) async -> Delivery {
        let simulation = process.simulation
        let text = run.truth(on: card)
        return await call {
            if let copy = card.copy {
                guard simulation.slack.messages[copy] != nil else { return .gone("message_not_found") }
                simulation.slack.messages[copy] = text
                return .done(copy)
            }
            let isLookedFor = postedSince != nil && simulation.mutation != .blindReposts
            if isLookedFor, let copy = simulation.slack.markers[marker], simulation.slack.messages[copy] != nil {
                simulation.slack.messages[copy] = text
                return .done(copy)
            }
            return .done(simulation.slack.post(text, in: card.place.channelName, marker: marker))
        }
    }

    func tell(_ account: Account, _ notice: Notice, of run: AccessRequest, flow: Flow) async -> Delivery {
        await call { .done(nil) }
    }

    func report(_ error: String, of run: AccessRequest, flow: Flow) async -> Delivery {
        await call { .done(nil) }
    }
}

extension Routing.Place {
    fileprivate var channelName: String {
        switch self {
        case .channel(let channel): channel
        case .people(let people): "D" + people.map(\.user).joined()
        case .unknown(let name, _): name
        }
    }
}
