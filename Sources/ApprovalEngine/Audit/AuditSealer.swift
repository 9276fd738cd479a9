import Support

/// Seals the audit records of all runs into one keyed chain, within a second of their being written (decisions.md 8).
package final class AuditSealer: Service {
    package let name = "audit sealer"
    private let engine: ApprovalEngine
    private let key: [UInt8]

    static let batch = 1000
    static let sealEvery: Duration = .milliseconds(500)

    /// - Parameter key: derived from the master key for `AuditSeal.keyPurpose`.
    package init(_ engine: ApprovalEngine, key: [UInt8]) {
        self.engine = engine
        self.key = key
    }

    package func run() async throws {
        while !Task.isCancelled {
            do {
                if try await runOnce() == Self.batch { continue }
            } catch {
                engine.log.warning("audit records could not be sealed", ["error": "\(error)"])
            }
            await engine.waiting.wait(for: .audit, until: engine.clock.now() + Self.sealEvery)
        }
        // What was recorded while the program drained is sealed as well.
        _ = try? await runOnce()
    }

    @discardableResult
    package func runOnce() async throws -> Int {
        try await engine.store.seal(limit: Self.batch, at: engine.clock.now(), key: key)
    }
}
