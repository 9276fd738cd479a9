import ApprovalCore
package import ApprovalEngine
import Crypto
package import Support

/// Keeps what an open form does not carry along itself because it is too long for Slack: lists of options, mostly. Other
/// replicas and the next process find it too.
package struct FormShelf: Sendable {
    private let store: any DocumentStore
    private let clock: WallClock
    private let log: Log

    private static let kind = DocumentKind("form")
    /// Longer than anybody leaves a form open.
    package static let keepFor: Duration = .hours(25)

    package init(store: any DocumentStore, clock: WallClock, log: Log) {
        self.store = store
        self.clock = clock
        self.log = log
    }

    /// - Returns: a name that the content decides; `nil` where it could not be kept.
    func keep(_ changes: JSONObject) async -> String? {
        let name = SHA256.hex(JSONValue.object(changes).compact)
        do throws(StoreError) {
            let old = try await store.document(Self.kind, name)
            let now = clock.now()
            // What is shown again is young again.
            var document = old ?? Document(kind: Self.kind, id: name, body: changes, createdAt: now)
            document.updatedAt = now
            try await store.commit(DocumentsChange(saved: [document]))
        } catch {
            // Somebody else keeps the same at the same time.
            if error == .conflict { return name }
            log.error("a form could not be kept", ["error": "\(error)"])
            return nil
        }
        return name
    }

    func changes(_ name: String) async -> JSONObject? {
        do { return try await store.document(Self.kind, name)?.body } catch {
            log.error("a form could not be read", ["error": "\(error)"])
            return nil
        }
    }

    /// Forgets forms that nobody has open any more.
    package func tidy() async throws {
        let old = try await store.documents(Self.kind, key: nil).filter { clock.now() - $0.updatedAt > Self.keepFor }
        guard !old.isEmpty else { return }
        try await store.commit(DocumentsChange(deleted: old.map(DocumentsChange.Deletion.init)))
    }
}
