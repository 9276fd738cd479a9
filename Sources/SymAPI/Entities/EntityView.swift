import ApprovalEngine
import FlowConfig
import Support

/// An entity as clients read it: what was sent, and what the server adds (sym-api.md 9.3).
struct EntityView {
    let organization: String
    /// The types of secret sources by id: an SRN of a secret carries it.
    let sourceTypes: [String: String]

    /// For a source that is not there any more.
    private static let unknownType = "unknown"

    func json(_ entity: Entity) -> JSONValue {
        var body: JSONObject = ["id": .string(entity.id)]
        for (name, value) in entity.body { body[name] = value }
        if entity.kind != .flowsFilter { body["slug"] = .string(entity.slug) }
        body["srn"] = .string(srn(entity))
        return .object(body)
    }

    private func srn(_ entity: Entity) -> String {
        let parts: [String]
        switch entity.kind {
        // Each saved change of a flow is a version of its own.
        case .flows: parts = [entity.kind.model, entity.slug, "\(entity.version).0.0"]
        case .secrets:
            let source = entity.body["source_id"]?.text?.lowercased() ?? ""
            parts = [
                entity.kind.model, sourceTypes[source] ?? Self.unknownType, entity.slug, Self.latest, entity.id,
            ]
        case .secretSources, .integrations, .logDestinations, .targets, .strategies:
            parts = [entity.kind.model, entity.type ?? Self.unknownType, entity.slug, Self.latest, entity.id]
        case .errorLoggers, .runtimes, .environments, .flowsFilter:
            parts = [entity.kind.model, entity.slug, Self.latest, entity.id]
        }
        return ([organization] + parts).joined(separator: ":")
    }

    private static let latest = "latest"
}
