import ApprovalCore
package import ApprovalEngine
import FlowConfig
import Support

/// The `custom` strategy: a subclass of `AccessStrategy` in Python switches access on and off (sym-sdk.md 4.12).
///
/// Its methods are called again under the same idempotency key and must find their work done. An exception does not say
/// whether something happened before it was raised: like a process that dies or hangs, it leaves the outcome open, so
/// that whatever may be on is taken back. Only that nobody knows the requester there is a refusal.
package struct CustomStrategy: AccessStrategy {
    /// The `type` of strategies in the configuration.
    package static let type = "custom"
    /// One call of a method.
    static let callTime: Duration = .seconds(Settings.timeoutSecondsMax)

    private let handlers: PythonHandlers

    package init(_ handlers: PythonHandlers) { self.handlers = handlers }

    /// Per run, unless the target says `shared` (decisions.md 6).
    package func sharing(_ order: AccessOrder) -> Sharing {
        order.target?.settings["shared"] == "true" ? .membership : .perRun
    }

    package func escalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        try await call("escalate", order)
    }

    @discardableResult
    package func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        try await call("deescalate", order)
    }

    private func call(_ method: String, _ order: AccessOrder) async throws(StrategyError) -> String? {
        guard let source = order.strategy.implementation, let integration = order.strategy.integration,
            let target = order.target
        else { throw .notSent("The strategy lacks its implementation, its integration or its target.") }
        let question = FlowQuestion(
            run: order.run, flow: order.flow, now: order.run.lastFactAt, idempotencyKey: order.idempotencyKey
        )
        let outcome: Result<JSONValue?, StrategyError>
        do throws(WorkerError) {
            let implementation = Implementation(strategy: source, of: order.flow)
            outcome = try await handlers.converse(
                question, with: implementation, callTime: Self.callTime
            ) { conversation throws(WorkerError) in
                let actor = await handlers.person(order.run.actor(of: .onEscalate), order.run)
                let arguments: JSONObject = [
                    "event": conversation.document.event(
                        method, by: actor, channelType: conversation.document.sourceType
                    ),
                    "target_id": .string(EventDocument.targetID(target.name, of: order.strategy)),
                    "integration": conversation.document.integration(integration),
                ]
                do throws(WorkerError) { return .success(try await conversation.call(method, arguments)) } catch {
                    return .failure(error.outcome(conversation.naming(error).report))
                }
            }
        } catch {
            // Nothing of it was called: there was no worker, or the file could not be loaded.
            throw .notSent(error.report)
        }
        guard let value = try outcome.get(), !value.isNull else { return nil }
        return value.compact
    }
}

extension Implementation {
    init(strategy source: String, of flow: Flow) {
        self.init(flow: flow.name, kind: .strategy, source: source, fileName: "strategy.py")
    }
}

extension WorkerError {
    /// What it says of a method that was called.
    fileprivate func outcome(_ report: String) -> StrategyError {
        guard case .failed(let fault) = self else { return .ambiguous(report) }
        if fault.code == "Identity:NOT_FOUND" { return .refused(report) }
        // The method was not entered.
        return ["unknown", "arguments", "protocol"].contains(fault.kind) ? .notSent(report) : .ambiguous(report)
    }
}
