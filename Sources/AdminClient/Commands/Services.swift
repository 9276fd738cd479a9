import Support

/// `symflow services`: what identities belong to.
package struct Services: Sendable {
    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    package func list() async throws(ClientError) {
        let services = try await api.services()
        let rows = services.map { [$0.key.type, $0.key.externalID, $0.label] }
        desk.show(Table(["Service Type", "External ID", "Label"], rows: rows), .array(services.map(\.document)))
    }

    package func update(_ type: String?, _ externalID: String?, label: String?) async throws(ClientError) {
        let service = try await choose(type, externalID)
        guard let label = label ?? desk.screen.ask("Label: ")?.trimmed else { throw .usage("--label is missing.") }
        try await api.patch(
            "services",
            [
                "service_type": .string(service.key.type), "external_id": .string(service.key.externalID),
                "label": .string(label),
            ]
        )
        desk.say(
            "\(service.key) is called \"\(label)\" now.",
            ["service": .string(service.key.description), "label": .string(label)]
        )
    }

    package func delete(_ type: String?, _ externalID: String?) async throws(ClientError) {
        let service = try await choose(type, externalID)
        let references = try await api.get("service/\(service.id)/references")["references"]?.object ?? [:]
        let held = references.members.compactMap { kind, names -> String? in
            guard let names = names.elements, !names.isEmpty else { return nil }
            let shown = names.prefix(Self.namesShown).compactMap(\.text).joined(separator: ", ")
            return "\(names.count) \(kind) (\(shown)\(names.count > Self.namesShown ? ", …" : ""))"
        }
        guard held.isEmpty else {
            throw ClientError(
                .referenced, "\(service.key) is still in use by \(held.joined(separator: " and ")).",
                hint: "Delete these first: identities with symflow users delete-identity, integrations with Terraform."
            )
        }
        try desk.confirm("Delete the service \(service.key)?")
        if service.key.type == "slack" {
            _ = try await api.get("services/slack/uninstall", [("token", service.id)])
        }
        try await api.post(
            "services/delete",
            ["service_type": .string(service.key.type), "external_id": .string(service.key.externalID)]
        )
        desk.say("\(service.key) is deleted.", ["deleted": .string(service.key.description)])
    }

    private static let namesShown = 5

    /// One of the services but Sym's own, by type and external id, asked for where they are not given.
    func choose(_ type: String?, _ externalID: String?) async throws(ClientError) -> ClientService {
        let services = try await api.services().filter { $0.key.type != ServiceKey.sym.type && !$0.key.isHidden }
        guard !services.isEmpty else {
            throw ClientError(
                .missingService, "The organisation has no service but \(ServiceKey.sym).",
                hint: "Services appear with their integrations."
            )
        }
        let types = Array(Set(services.map(\.key.type))).sorted()
        let type = try desk.choose("a service type", given: type, among: types, option: "--service-type")
        let ids = services.filter { $0.key.type == type }.map(\.key.externalID).sorted()
        let id = try desk.choose(
            "the external id of a \(type) service", given: externalID, among: ids, option: "--external-id"
        )
        guard let service = services.first(where: { $0.key == ServiceKey(type: type, externalID: id) }) else {
            throw .invalidChoice(id, what: "a service", among: ids)
        }
        return service
    }
}
