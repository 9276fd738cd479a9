package import Support
import Synchronization

/// A process with one implementation in it, lent for as long as somebody asks its handlers.
package final class PooledWorker: Sendable {
    let process: WorkerProcess
    private let loaded = Mutex<(handlers: [HandlerDescription], isSpoiled: Bool)>(([], false))

    init(_ process: WorkerProcess) { self.process = process }

    /// What the implementation has.
    package var handlers: [HandlerDescription] { loaded.withLock { $0.handlers } }

    package func has(_ name: String) -> Bool { handlers.contains { $0.name == name } }

    /// After a failure nobody knows what is left in the process.
    var isSpoiled: Bool { loaded.withLock { $0.isSpoiled } }

    func load(
        _ implementation: Implementation, limits: PoolSettings.Limits, within limit: Duration,
        company: WorkerProcess.Company
    ) async throws(WorkerError) {
        let answer = try await ask(
            "load",
            [
                "kind": .string(implementation.kind.rawValue), "source": .string(implementation.source),
                "file_name": .string(implementation.fileName), "hash": .string(implementation.hash),
                "limits": limits.document(cpuFor: limit), "environment": [:],
            ], expecting: "loaded", within: limit, company: company
        )
        let handlers = (answer["handlers"]?.elements ?? []).compactMap(HandlerDescription.init)
        loaded.withLock { $0.handlers = handlers }
    }

    /// Calls a handler. Its arguments and value are those of `symflow_worker/marshal.py`.
    package func call(
        _ handler: String, _ arguments: JSONObject, run: String, idempotencyKey: String, within limit: Duration,
        company: WorkerProcess.Company
    ) async throws(WorkerError) -> JSONValue {
        let answer = try await ask(
            "call",
            [
                "handler": .string(handler), "arguments": .object(arguments),
                "idempotency_key": .string(idempotencyKey), "run": .string(run),
            ], expecting: "result", within: limit, company: company
        )
        return answer["value"] ?? .null
    }

    private func ask(
        _ type: String, _ members: JSONObject, expecting expected: String, within limit: Duration,
        company: WorkerProcess.Company
    ) async throws(WorkerError) -> JSONObject {
        do throws(WorkerError) {
            return try await process.ask(type, members, expecting: expected, within: limit, company: company)
        } catch {
            loaded.withLock { $0.isSpoiled = true }
            throw error
        }
    }
}

/// One handler of an implementation: `HANDLER` of the worker's protocol.
package struct HandlerDescription: Hashable, Sendable {
    /// Under today's spelling: what `call` takes.
    package var name: String
    package var decorator: String
    /// Of `prefetch` and `on_change`.
    package var field: String?
    package var line: Int64?

    init?(_ value: JSONValue) {
        guard let name = value["name"]?.text else { return nil }
        self.name = name
        decorator = value["decorator"]?.text ?? ""
        field = value["field"]?.text
        line = value["line"]?.integer
    }
}
