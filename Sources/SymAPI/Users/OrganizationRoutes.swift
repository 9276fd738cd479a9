import ApprovalCore
package import ApprovalEngine
import Crypto
import HTTPModel
import Support

/// `organizations` (sym-api.md 3), and what a client asks before and after logging in.
package struct OrganizationRoutes: Sendable {
    private let engine: ApprovalEngine

    package init(_ engine: ApprovalEngine) { self.engine = engine }

    package var routes: [APIRoute] {
        [
            APIRoute("GET", "organizations", .atLeast(.guest), answer: list),
            APIRoute("POST", "organizations/{id}/add-domain", .atLeast(.admin), answer: addDomain),
            APIRoute("POST", "organizations/{id}/remove-domain", .atLeast(.admin), answer: removeDomain),
            APIRoute("POST", "organizations/configure-mfa", .atLeast(.admin), answer: configureMFA),
            APIRoute("GET", "auth/org/{slug}", .everybody, answer: organization),
            APIRoute("GET", "auth/login", .atLeast(.guest), answer: login),
            // Sent around every command; nobody here counts them (sym-api.md 8).
            APIRoute("POST", "track/symflow", .everybody) { _ in APIResponse.json([:]) },
        ]
    }

    private func list(_ call: APICall) async throws -> HTTPResponse {
        let slug = try await engine.organizationSlug()
        let domains = try await engine.organizationDomains()
        return APIResponse.json([
            [
                "id": .string(OrganizationRoutes.id(of: slug)), "slug": .string(slug),
                "domains": .array(domains.map(JSONValue.string)),
            ]
        ])
    }

    private func addDomain(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        try await engine.add(domain: try await domain(call), by: caller.actor)
        return APIResponse.json([:])
    }

    private func removeDomain(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let domain = try await domain(call)
        switch try await engine.remove(domain: domain, by: caller.actor) {
        case .removed: return APIResponse.json([:])
        case .unknown:
            throw APIError.notFound("\(domain) is not among the domains.", code: "Organizations:UNKNOWN_DOMAIN")
        case .configured:
            throw APIError.conflict(
                "domain",
                "\(domain) stands in the configuration folder of the server (organization.domains). Remove it there.",
                code: "Organizations:CONFIGURED"
            )
        }
    }

    private func domain(_ call: APICall) async throws -> String {
        let slug = try await engine.organizationSlug()
        let id = call.parameter("id").lowercased()
        guard id == OrganizationRoutes.id(of: slug) || id == slug.lowercased() else {
            throw APIError.notFound("There is no organization \(id) here.", code: "Organizations:UNKNOWN")
        }
        let text = try UserWire.text(try call.object()["domain"], "domain", max: 253).trimmed.lowercased()
        guard User.isDomain(text) else {
            throw APIError.invalid(
                "domain", "expected a domain of e-mail addresses such as acme.com, found \"\(text)\"")
        }
        return text
    }

    private func configureMFA(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        guard let isRequired = try call.object()["mfa_required"]?.flag else {
            throw APIError.invalid("mfa_required", "expected true or false")
        }
        try await engine.set(mfaRequired: isRequired, by: caller.actor)
        return APIResponse.json([:])
    }

    private func organization(_ call: APICall) async throws -> HTTPResponse {
        let slug = try await engine.organizationSlug()
        guard call.parameter("slug").lowercased() == slug.lowercased() else {
            throw APIError.notFound("Unknown organization.", code: "Organizations:UNKNOWN")
        }
        return APIResponse.json([
            "id": .string(OrganizationRoutes.id(of: slug)), "slug": .string(slug),
            "client_id": .string(try await engine.organizationClient()),
        ])
    }

    /// Says whose token it is; that it is somebody's was found out on the way here.
    private func login(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        if let email = call.query("email"), !email.isEmpty, caller.user.kind == .normal {
            guard email.replacing(" ", with: "+").lowercased() == caller.user.email else {
                throw APIError.notAuthorized
            }
        }
        return APIResponse.json([
            "organization": .string(try await engine.organizationSlug()),
            "username": .string(caller.user.label), "role": .string(caller.role.rawValue),
        ])
    }

    static func id(of slug: String) -> String { IDGenerator.uuid(named: "organization:" + slug.lowercased()) }
}

extension ApprovalEngine {
    /// The OAuth client of the organisation's command line (sym-api.md 2.1): not a secret, and the same for all time.
    func organizationClient() async throws(StoreError) -> String {
        Self.clientID(of: try await organizationSlug())
    }

    private static func clientID(of slug: String) -> String {
        String(SHA256.hex("symflow command line:" + slug.lowercased()).prefix(32))
    }
}
