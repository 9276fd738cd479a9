import ApprovalCore
import Crypto
import FlowConfig
package import Support

extension DocumentKind {
    package static let service = DocumentKind("service")
}

/// A system in which people have accounts, as `symflow services` lists it (sym-api.md 6).
package struct UserService: Hashable, Sendable {
    package var key: ServiceKey
    package var label: String

    /// The same for all time, whether the service was created by hand or follows from an integration.
    package var id: String { IDGenerator.uuid(named: "service:" + key.description) }
}

extension ApprovalEngine {
    /// Sym itself, what the configuration's integrations reach, what somebody has an identity in, and what was created
    /// by hand; by type and external id.
    package func services() async throws(StoreError) -> [UserService] {
        var labels: [ServiceKey: String] = [.sym: "Sym"]
        for key in integrations().map(\.service) { labels[key] = key.externalID }
        for user in try await users(.normal) + users(.bot) {
            for identity in user.identities where labels[identity.service] == nil {
                labels[identity.service] = identity.service.externalID
            }
        }
        for document in try await store.documents(.service, key: nil) {
            guard let type = document.body["type"]?.text, let id = document.body["external_id"]?.text else { continue }
            let key = ServiceKey(type: type, externalID: id)
            labels[key] = document.body["label"]?.text ?? labels[key] ?? id
        }
        return labels.sorted { $0.key < $1.key }.map { UserService(key: $0.key, label: $0.value) }
    }

    /// What keeps a service from being deleted: who has an identity in it, which integrations reach it.
    package func references(to service: ServiceKey) async throws(StoreError) -> (
        identities: [String], integrations: [String]
    ) {
        let users = try await users(.normal) + users(.bot)
        return (
            users.filter { $0.identity(in: service) != nil }.map(\.label),
            integrations().filter { $0.service == service }.map(\.name)
        )
    }

    /// Creates a service, or gives it another label.
    package func keep(service key: ServiceKey, label: String?, by actor: String) async throws(StoreError) {
        try await changeService(key, "serviceKept", by: actor) { document, now in
            var body: JSONObject = ["type": .string(key.type), "external_id": .string(key.externalID)]
            if let label { body["label"] = .string(label) }
            return DocumentsChange(
                saved: [
                    Document(
                        kind: .service, id: key.description, version: document?.version ?? 0, body: body,
                        createdAt: document?.createdAt ?? now, updatedAt: now
                    )
                ]
            )
        }
    }

    /// Deletes a service that nothing refers to.
    package func delete(service key: ServiceKey, by actor: String) async throws(StoreError) {
        try await changeService(key, "serviceDeleted", by: actor) { document, _ in
            document.map { DocumentsChange(deleted: [DocumentsChange.Deletion($0)]) }
        }
    }

    private func changeService(
        _ key: ServiceKey, _ kind: String, by actor: String,
        _ change: (Document?, Timestamp) -> DocumentsChange?
    ) async throws(StoreError) {
        while true {
            let now = clock.now()
            guard var change = change(try await store.document(.service, key.description), now) else { return }
            change.notes = [
                AuditNote(aggregate: "service/\(key)", at: now, kind: kind, actor: actor)
            ]
            do { return try await store.commit(change) } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
            }
        }
    }

    /// What the configuration's integrations reach, each once, in which people have identities.
    private func integrations() -> [(service: ServiceKey, name: String)] {
        var found: [(service: ServiceKey, name: String)] = []
        for workspace in configuration().workspaces.keys.sorted() {
            found.append((ServiceKey(type: "slack", externalID: workspace), "slack " + workspace))
        }
        for integration in configuration().integrations {
            guard UserService.matcherKeys[integration.type] != nil, !integration.externalID.isEmpty else { continue }
            let service = ServiceKey(type: integration.type, externalID: integration.externalID)
            guard !found.contains(where: { $0.service == service }) else { continue }
            found.append((service, integration.name))
        }
        return found
    }
}

extension IDGenerator {
    /// The same UUID for the same name, always.
    package static func uuid(named name: String) -> String {
        uuid(from: Array(SHA256.hash(Array(name.utf8)).prefix(16)))
    }
}

extension UserService {
    /// The matcher's one key by type of service, as the command line builds it (sym-api.md 4).
    package static let matcherKeys: [String: String] = [
        "sym": "email", "slack": "user_id", "aws_sso": "principal_uuid", "pagerduty": "user_id", "aws_iam": "user_arn",
        "aptible": "user_id", "boundary": "user_id", "google": "email", "auth0": "idp_id", "okta": "user_id",
        "onelogin": "user_id", "github": "user_id", "custom": "user_id", "tailscale": "email",
    ]
}
