package import ApprovalCore
package import ApprovalEngine
package import Support

/// Events that nobody caused, for authors who test one handler at a time.
extension PythonHandlers {
    /// The event that handlers would be told of, as `EVENT` of `symflow_worker/marshal.py`.
    ///
    /// - Parameters:
    ///   - step: its name.
    ///   - person: who causes it.
    ///   - extras: what stands among the fields beyond what was asked for.
    package func madeEvent(
        _ step: String, of question: FlowQuestion, by person: Person, channel: String, extras: JSONObject
    ) async -> JSONValue {
        var document = await document(of: question)
        document.extras = extras
        await keepIdentities(of: person, in: &document)
        return document.event(step, by: person, channelType: channel)
    }

    /// A person as handlers see them: `USER`.
    package func user(_ person: Person) -> JSONValue { EventDocument.user(person) }

    /// Calls one handler in a worker, with arguments and value as `symflow_worker/marshal.py` has them.
    package func callDirectly(
        _ handler: String, _ arguments: JSONObject, of question: FlowQuestion
    ) async throws(HandlerError) -> JSONValue {
        let answer = try await ask(question, about: handler) { conversation throws(WorkerError) in
            guard conversation.worker.has(handler) else {
                let names = conversation.worker.handlers.map(\.name).joined(separator: ", ")
                throw .failed(HandlerFault(of: handler, "The implementation has no \(handler); it has \(names)."))
            }
            return try await conversation.worker.call(
                handler, arguments, run: question.run.id.text, idempotencyKey: question.idempotencyKey,
                within: conversation.callTime, company: conversation.company
            )
        }
        guard let answer else { throw .failed("The flow \(question.flow.name) has no implementation.") }
        return answer
    }

    /// Carries out a call of the SDK as a handler of this flow would make it.
    package func serveDirectly(_ name: String, _ arguments: JSONObject, of question: FlowQuestion) async -> BridgeAnswer
    {
        await company(question).serve(name, arguments)
    }
}
