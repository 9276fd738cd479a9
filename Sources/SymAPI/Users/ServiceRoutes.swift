import ApprovalCore
package import ApprovalEngine
import HTTPModel
import Support

/// `services` (sym-api.md 6 and 7).
package struct ServiceRoutes: Sendable {
    private let engine: ApprovalEngine

    package init(_ engine: ApprovalEngine) { self.engine = engine }

    package var routes: [APIRoute] {
        [
            APIRoute("GET", "services", .atLeast(.admin), answer: list),
            APIRoute("PATCH", "services", .atLeast(.admin), answer: patch),
            APIRoute("POST", "services/delete", .atLeast(.admin), answer: delete),
            // Singular (sym-api.md 14.12).
            APIRoute("GET", "service/{id}/references", .atLeast(.admin), answer: references),
            APIRoute("GET", "services/slack/link", .atLeast(.admin), answer: linkSlack),
            APIRoute("GET", "services/slack/uninstall", .atLeast(.admin)) { _ in APIResponse.json([:]) },
        ]
    }

    private func list(_ call: APICall) async throws -> HTTPResponse {
        let type = call.query("service_type")?.lowercased()
        let externalID = call.query("external_id")
        let services = try await engine.services().filter { service in
            (type == nil || service.key.type == type) && (externalID == nil || service.key.externalID == externalID)
        }
        return APIResponse.json([
            "services": .array(
                services.map { service in
                    [
                        "id": .string(service.id), "slug": .string(service.key.type),
                        "external_id": .string(service.key.externalID), "label": .string(service.label),
                    ]
                }
            )
        ])
    }

    private func patch(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let body = try call.object()
        let key = try key(in: body)
        guard UserService.matcherKeys[key.type] != nil else {
            let types = UserService.matcherKeys.keys.sorted().joined(separator: ", ")
            throw APIError.invalid("service_type", "expected one of \(types), found \"\(key.type)\"")
        }
        var label: String?
        if let value = body["label"], !value.isNull { label = try UserWire.text(value, "label", max: 200) }
        try await engine.keep(service: key, label: label, by: caller.actor)
        return APIResponse.json([:])
    }

    private func delete(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let key = try key(in: try call.object())
        guard try await engine.services().contains(where: { $0.key == key }) else {
            throw APIError.notFound("There is no service \(key).", code: "Services:UNKNOWN_SERVICE")
        }
        let (identities, integrations) = try await engine.references(to: key)
        guard identities.isEmpty, integrations.isEmpty, key != .sym else {
            let names = (identities.map { "the identity of \($0)" } + integrations.map { "the integration \($0)" })
            throw APIError(
                status: 409, code: "Services:REFERENCED",
                message: "\(key) is referred to by "
                    + (names.isEmpty ? "every user" : names.prefix(10).joined(separator: ", "))
                    + (names.count > 10 ? " and \(names.count - 10) more" : "") + ". Delete these first."
            )
        }
        try await engine.delete(service: key, by: caller.actor)
        return APIResponse.json([:])
    }

    private func references(_ call: APICall) async throws -> HTTPResponse {
        let id = call.parameter("id").lowercased()
        guard let service = try await engine.services().first(where: { $0.id == id }) else {
            throw APIError.notFound("There is no service \(id).", code: "Services:UNKNOWN_SERVICE")
        }
        let (identities, integrations) = try await engine.references(to: service.key)
        return APIResponse.json([
            "references": [
                "Identities": .array(identities.map(JSONValue.string)),
                "Integrations": .array(integrations.map(JSONValue.string)),
            ]
        ])
    }

    private func linkSlack(_ call: APICall) async throws -> HTTPResponse {
        throw APIError(
            status: 501, code: "Services:NOT_AVAILABLE",
            message: "Installing the Slack app from a link is not available in this version. "
                + "Install it in Slack, and give the server SLACK_BOT_TOKEN."
        )
    }

    private func key(in body: JSONObject) throws(APIError) -> ServiceKey {
        ServiceKey(
            type: try UserWire.text(body["service_type"], "service_type", max: 64).lowercased(),
            externalID: try UserWire.text(body["external_id"], "external_id", max: 512)
        )
    }
}
