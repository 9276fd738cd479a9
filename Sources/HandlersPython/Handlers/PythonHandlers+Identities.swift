package import ApprovalCore
package import ApprovalEngine
import Support

/// Who people are in other systems (sym-sdk.md 2.5): `get_identity` and `get_identity_lookup` of the flow; for custom
/// strategies their own `fetch_remote_identity`.
extension PythonHandlers {
    private static let reducers = ["get_identity", "get_identity_lookup"]

    package func knowsIdentities(of flow: Flow) -> Bool {
        if flow.strategy?.type == CustomStrategy.type { return true }
        guard flow.strategy != nil, let source = flow.implementation else { return false }
        return Self.reducers.contains { source.contains($0) }
    }

    package func identity(
        _ question: FlowQuestion, in service: ServiceKey
    ) async throws(HandlerError) -> IdentityAnswer {
        if question.flow.strategy?.type == CustomStrategy.type { return await remoteIdentity(question) }
        return try await ask(question, about: "get_identity") { conversation throws(WorkerError) in
            let requester = question.run.submission.requester
            let arguments: JSONObject = [
                "event": conversation.document.event(
                    "request", by: requester, channelType: conversation.document.sourceType
                ),
                "service_type": .string(service.type), "external_id": .string(service.externalID),
                "user": conversation.document.user(requester),
            ]
            if let found = try await conversation.call("get_identity", arguments)?.text { return .identity(found) }
            if let email = try await conversation.call("get_identity_lookup", arguments)?.text { return .email(email) }
            return .unknown
        } ?? .unknown
    }

    /// Strategies need not know: those that do not ask for the requester's identity never use it. What goes wrong here
    /// goes wrong again where it matters, and is reported there.
    private func remoteIdentity(_ question: FlowQuestion) async -> IdentityAnswer {
        guard let strategy = question.flow.strategy, let source = strategy.implementation,
            let integration = strategy.integration
        else { return .unknown }
        do throws(WorkerError) {
            let implementation = Implementation(strategy: source, of: question.flow)
            let found = try await converse(question, with: implementation) { conversation throws(WorkerError) in
                try await conversation.call(
                    "fetch_remote_identity",
                    [
                        "user": conversation.document.user(question.run.submission.requester),
                        "integration": conversation.document.integration(integration),
                    ]
                )
            }
            return found?.text.map(IdentityAnswer.identity) ?? .unknown
        } catch {
            warn("a strategy could not say who somebody is", error.report, question)
            return .unknown
        }
    }
}
