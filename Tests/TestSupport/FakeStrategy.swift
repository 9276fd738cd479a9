import ApprovalCore
package import ApprovalEngine
import Support
import Synchronization

/// A target that honours idempotency keys, and misbehaves where a test says so.
package final class FakeStrategy: AccessStrategy {
    package enum Behaviour: Hashable, Sendable {
        case done
        case notSent
        /// Nothing arrived, but nobody can know.
        case timeOutBefore
        /// It was done, but the answer was lost.
        case timeOutAfter
        case refused(String)
    }

    package struct Call: Hashable, Sendable {
        package var step: String
        package var key: String
        package var output: String?
        package var settings: [String: String]
    }

    private struct State {
        var grants: [Behaviour] = []
        var removals: [Behaviour] = []
        var removalsDefault = Behaviour.done
        var calls: [Call] = []
        /// By idempotency key: what was answered.
        var answered: [String: String] = [:]
        var isOn: Set<String> = []
        var effects: [String] = []
    }

    private let state = Mutex(State())
    private let duringCall = Mutex<(@Sendable (Call) async -> Void)?>(nil)

    package init() {}

    package func onGrant(_ behaviours: Behaviour...) { state.withLock { $0.grants += behaviours } }
    package func onRemoval(_ behaviours: Behaviour...) { state.withLock { $0.removals += behaviours } }
    package func alwaysOnRemoval(_ behaviour: Behaviour) { state.withLock { $0.removalsDefault = behaviour } }
    /// Called while a call is under way, before it has any effect.
    package func during(_ body: (@Sendable (Call) async -> Void)?) { duringCall.withLock { $0 = body } }

    package var calls: [Call] { state.withLock { $0.calls } }
    package func keys(_ step: String) -> [String] { calls.filter { $0.step == step }.map(\.key) }
    /// Which runs have access now.
    package var isOn: Set<String> { state.withLock { $0.isOn } }
    /// What really happened at the target, in order: a key that came again is not there twice.
    package var effects: [String] { state.withLock { $0.effects } }

    package func sharing(_ order: AccessOrder) -> Sharing {
        order.target?.settings["shared"] == "true" ? .membership : .perRun
    }

    package func escalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        await begin("escalate", order)
        let result: Result<String?, StrategyError> = state.withLock { state in
            let behaviour = state.grants.isEmpty ? .done : state.grants.removeFirst()
            if let error = behaviour.errorBefore { return .failure(error) }
            if state.answered[order.idempotencyKey] == nil {
                state.answered[order.idempotencyKey] = "{\"grant\":\"\(order.idempotencyKey)\"}"
                state.isOn.insert(order.run.id.text)
                state.effects.append(order.idempotencyKey)
            }
            if behaviour == .timeOutAfter { return .failure(.ambiguous("timed out")) }
            return .success(state.answered[order.idempotencyKey])
        }
        return try result.get()
    }

    package func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        await begin("deescalate", order)
        let result: Result<Void, StrategyError> = state.withLock { state in
            let behaviour = state.removals.isEmpty ? state.removalsDefault : state.removals.removeFirst()
            if let error = behaviour.errorBefore { return .failure(error) }
            if state.answered.updateValue("", forKey: order.idempotencyKey) == nil {
                state.isOn.remove(order.run.id.text)
                state.effects.append(order.idempotencyKey)
            }
            if behaviour == .timeOutAfter { return .failure(.ambiguous("timed out")) }
            return .success(())
        }
        try result.get()
        return nil
    }

    private func begin(_ step: String, _ order: AccessOrder) async {
        let call = Call(step: step, key: order.idempotencyKey, output: order.output, settings: order.settings)
        state.withLock { $0.calls.append(call) }
        if let body = duringCall.withLock({ $0 }) { await body(call) }
    }
}

extension FakeStrategy.Behaviour {
    fileprivate var errorBefore: StrategyError? {
        switch self {
        case .done, .timeOutAfter: nil
        case .notSent: .notSent("connection refused")
        case .timeOutBefore: .ambiguous("timed out")
        case .refused(let reason): .refused(reason)
        }
    }
}
