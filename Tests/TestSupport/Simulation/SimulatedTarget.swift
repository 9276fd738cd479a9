import ApprovalCore
import ApprovalEngine
import Support

/// The target system. Where it is keyed it does each thing once, however often it is asked under one key; `fragile`
/// does it each time.
struct SimulatedTarget {
    /// Which epoch of a run has access now.
    var epochs: [RunID: Int] = [:]
    /// Whether a shared membership is held, by grant key.
    var members: Set<String> = []
    /// How often a grant was made, by run and epoch.
    var grants: [String: Int] = [:]
    var done: Set<String> = []
    /// Runs for which a call was at least begun.
    var called: Set<RunID> = []
}

struct SimulatedStrategy: AccessStrategy {
    private let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    func sharing(_ order: AccessOrder) -> Sharing { order.isShared ? .membership : .perRun }

    func escalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        process.simulation.target.called.insert(order.run.id)
        let simulation = process.simulation
        try await call(mayRefuse: true) { simulation.grant(order) }
        return "{\"grant\":\"\(order.idempotencyKey)\"}"
    }

    func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        let simulation = process.simulation
        try await call(mayRefuse: false) { simulation.takeBack(order) }
        return nil
    }

    private enum Fault { case none, notSent, refused, lostBefore, lostAfter }

    private func fault(mayRefuse: Bool) -> Fault {
        let simulation = process.simulation
        if simulation.isTargetDown { return simulation.happens(50) ? .notSent : .lostBefore }
        guard simulation.happens(simulation.weather.targetFaults) else { return .none }
        return [.notSent, mayRefuse ? .refused : .notSent, .lostBefore, .lostAfter, .lostAfter][simulation.choose(5)]
    }

    /// - Parameter arrive: what the call does at the target. It does so also when the caller is killed meanwhile.
    private func call(mayRefuse: Bool, _ arrive: () -> Void) async throws(StrategyError) {
        process.count()
        guard process.isAlive else { throw .notSent("killed") }
        let simulation = process.simulation
        let fault = fault(mayRefuse: mayRefuse)
        if fault == .notSent { throw .notSent("connection refused") }
        if simulation.comes(20) { await simulation.pause(0...2000) } else { await simulation.pauseForNetwork() }
        if fault == .none || fault == .lostAfter { arrive() }
        process.count()
        // A target takes its time: less than a lease, whatever happens.
        await simulation.pause(0...(simulation.happens(10) ? 20_000 : 200))
        guard process.isAlive else { throw .notSent("killed") }
        switch fault {
        case .refused: throw .refused("no such role")
        case .lostBefore, .lostAfter: throw .ambiguous("timed out")
        case .none, .notSent: break
        }
    }
}

extension AccessOrder {
    var isShared: Bool { target?.settings["shared"] == "true" }
    var isKeyed: Bool { target?.settings["retry_ambiguous"] != "false" }
    /// The last part of the idempotency key.
    var epoch: Int { Int(idempotencyKey.split(separator: "/").last ?? "") ?? 0 }
}

extension Simulation {
    func grant(_ order: AccessOrder) {
        let id = order.run.id
        let key = mutation == .freshKeys ? "\(order.idempotencyKey)/\(choose(1_000_000))" : order.idempotencyKey
        if order.isKeyed, !target.done.insert(key).inserted { return }
        let name = "\(id)/\(order.epoch)"
        target.grants[name, default: 0] += 1
        if target.grants[name] ?? 0 > 1 { violated(.effectOnce, "an effect happened twice at the target", name) }
        if order.isShared, let grantKey = order.run.terms.grantKey {
            target.members.insert(grantKey)
        } else {
            if let other = target.epochs[id], other != order.epoch {
                violated(
                    .effectOnce, "two grants of one request stand side by side", "\(id): \(other) and \(order.epoch)")
            }
            target.epochs[id] = order.epoch
        }
        checkDurableEnd(of: id)
    }

    func takeBack(_ order: AccessOrder) {
        let id = order.run.id
        if !target.done.insert(order.idempotencyKey).inserted { return }
        if order.isShared, let grantKey = order.run.terms.grantKey {
            for other in store.storedRuns.map(\.run) where other.terms.grantKey == grantKey && other.id != id {
                if case .active = other.state {
                    violated(.grantsInLine, "access was taken from another request", "\(other.id)")
                }
            }
            target.members.remove(grantKey)
            return
        }
        if let run = store.stored(id)?.run, case .active = run.state {
            violated(.grantsInLine, "access was taken back early", "\(id)")
        }
        if target.epochs.removeValue(forKey: id) != nil { checkOnTime(id) }
    }
}
