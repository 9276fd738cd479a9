import ApprovalCore
import ApprovalEngine
import AuditTrail
import Synchronization
import TestSupport

/// A store in front of which the world moves on, once: right before a call is announced as under way.
func movingStore(
    _ base: any EngineStore, _ move: @escaping @Sendable () async throws -> Void
) -> StoreProxy {
    let hasMoved = Mutex(false)
    return StoreProxy(
        base,
        before: { call in
            guard case .commit(let change) = call, change.records.contains(where: { $0.kind == "attempt_under_way" }),
                hasMoved.withLock({ moved in
                    defer { moved = true }
                    return !moved
                })
            else { return nil }
            try? await move()
            return nil
        })
}

extension AccessRequest {
    var attempt: Attempt? { if case .escalating(let attempt) = state { attempt } else { nil } }
    var access: Access? { if case .active(let access) = state { access } else { nil } }
    var failure: Failure? { if case .executionFailed(let failure) = state { failure } else { nil } }
}
