import ApprovalCore
package import ApprovalEngine
import HTTPModel
import Support

/// `tokens` of bots (sym-api.md 5).
package struct TokenRoutes: Sendable {
    private let engine: ApprovalEngine
    private let authority: TokenAuthority
    private let address: PublicAddress

    /// Ten years: longer is for ever, and for ever is a mistake of the unit.
    static let lifetimeSecondsMax: Int64 = 10 * 365 * 86400
    static let labelMax = 200
    /// Of one bot, those included that have expired.
    static let tokensMax = 1000

    package init(_ engine: ApprovalEngine, _ authority: TokenAuthority, address: PublicAddress) {
        self.engine = engine
        self.authority = authority
        self.address = address
    }

    package var routes: [APIRoute] {
        [
            APIRoute("GET", "tokens", .atLeast(.admin), answer: list),
            APIRoute("POST", "tokens", .atLeast(.admin), answer: issue),
            APIRoute("POST", "tokens/delete", .atLeast(.admin), answer: delete),
        ]
    }

    private func list(_ call: APICall) async throws -> HTTPResponse {
        var tokens: [JSONValue] = []
        for token in try await engine.store.tokens(.bot) {
            let creator = try await engine.user(token.createdBy)
            tokens.append([
                "identifier": .string(token.id), "user": ["id": .string(token.user.text), "type": "bot"],
                "created_by": [
                    "id": .string(token.createdBy.text), "type": .string((creator?.kind ?? .normal).rawValue),
                ],
                "expires_at": .string(token.expiresAt.wire),
                // The command line shows it as "Last Used".
                "updated_at": .string((token.lastUsedAt ?? token.issuedAt).wire),
                "label": token.label.map(JSONValue.string) ?? .null,
            ])
        }
        return APIResponse.json(["tokens": .array(tokens)])
    }

    private func issue(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let body = try call.object()
        let name = try UserWire.text(body["username"], "username", max: User.emailMax)
        guard let seconds = body["expiry"]?.integer, (1...Self.lifetimeSecondsMax).contains(seconds) else {
            throw APIError.invalid("expiry", "expected seconds from 1 to \(Self.lifetimeSecondsMax)")
        }
        var label: String?
        if let value = body["label"], !value.isNull {
            guard let text = value.text, text.utf8.count <= Self.labelMax else {
                throw APIError.invalid("label", "expected a string of at most \(Self.labelMax) bytes")
            }
            label = text.isEmpty ? nil : text
        }
        guard let bot = try await engine.bot(named: name) else {
            throw APIError.notFound(
                "There is no bot \(name). Create it first: symflow bots create.", code: "Users:UNKNOWN_USER")
        }
        guard try await engine.store.tokens(of: bot.id).count < Self.tokensMax else {
            throw APIError.conflict("username", "\(name) has \(Self.tokensMax) tokens. Revoke some first.")
        }
        let token = try await authority.issue(
            TokenAuthority.Order(
                user: bot, purpose: .bot, createdBy: caller.user.id, lifetime: .seconds(seconds), label: label,
                issuer: address.issuer(of: call.request), client: try await engine.organizationClient(),
                connection: "bot"
            )
        )
        return APIResponse.json(["access_token": .string(token)])
    }

    private func delete(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let id = try UserWire.text(try call.object()["identifier"], "identifier", max: 64).lowercased()
        guard try await authority.revoke(id, by: caller.actor) else {
            throw APIError.notFound("There is no token \(id).", code: "Tokens:UNKNOWN_TOKEN")
        }
        return APIResponse.json([:])
    }
}
