import ApprovalCore
package import ApprovalEngine
import HTTPModel
import Support

/// `users` (sym-api.md 4). Who administers is an administrator; each change is on record with who made it.
package struct UserRoutes: Sendable {
    private let engine: ApprovalEngine

    package init(_ engine: ApprovalEngine) { self.engine = engine }

    package var routes: [APIRoute] {
        [
            APIRoute("GET", "users", .atLeast(.admin), answer: list),
            APIRoute("PATCH", "users", .atLeast(.admin), answer: patch),
            APIRoute("POST", "users/{id}/set-role", .atLeast(.admin), answer: setRole),
            APIRoute("POST", "users/delete", .atLeast(.admin), answer: delete),
            APIRoute("POST", "users/identities/delete", .atLeast(.admin), answer: deleteIdentities),
        ]
    }

    /// Without a filter people only, and only those with an e-mail address: one bot makes the command line crash
    /// (sym-api.md 14.8). By id everybody is found, deleted creators of tokens included.
    private func list(_ call: APICall) async throws -> HTTPResponse {
        let found: [User]
        if let id = call.query("id") {
            found = try await engine.user(PersonID(id.lowercased())).map { [$0] } ?? []
        } else if let email = call.query("email") {
            // The `+` of an address that was not encoded.
            let email = email.replacing(" ", with: "+")
            found = try await engine.user(email: email).map { [$0] } ?? []
        } else {
            let kind = call.query("type") ?? User.Kind.normal.rawValue
            guard let kind = User.Kind(rawValue: kind) else {
                throw APIError.invalid("type", "expected normal or bot, found \"\(kind.prefix(64))\"")
            }
            found = try await engine.users(kind).filter { kind == .bot || $0.email != nil }
        }
        var users: [JSONValue] = []
        for user in found { users.append(UserWire.json(user, role: try await engine.role(of: user))) }
        return APIResponse.json(["users": .array(users)])
    }

    private func patch(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        var patches: [ApprovalEngine.UserPatch] = []
        for (index, value) in try UserWire.elements(try call.object()["users"], "users").enumerated() {
            let place = "users[\(index)]"
            let kind = value["type"]?.text ?? User.Kind.normal.rawValue
            guard let kind = User.Kind(rawValue: kind) else {
                throw APIError.invalid("\(place).type", "expected normal or bot, found \"\(kind.prefix(64))\"")
            }
            var identities: [ServiceIdentity] = []
            for (index, value) in try UserWire.elements(value["identities"], "\(place).identities").enumerated() {
                identities.append(try UserWire.identity(value, at: "\(place).identities[\(index)]"))
            }
            patches.append(
                ApprovalEngine.UserPatch(
                    id: try UserWire.userID(value["id"], "\(place).id"), kind: kind, identities: identities
                )
            )
        }
        _ = try await refusing { try await engine.patch(users: patches, by: caller.actor) }
        return succeeded(patches.count)
    }

    private func setRole(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        let text = try UserWire.text(try call.object()["role"], "role", max: 64)
        guard let role = Role(rawValue: text) else {
            throw APIError.invalid("role", "expected admin, member or guest, found \"\(text)\"")
        }
        let id = PersonID(call.parameter("id").lowercased())
        try await refusing { try await engine.set(role: role, of: id, by: caller.actor) }
        return APIResponse.json([:])
    }

    /// The command line sends the identity alone, its CSV path the id as well (sym-api.md 14.11).
    private func delete(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        var ids: [PersonID] = []
        for (index, value) in try UserWire.elements(try call.object()["users"], "users").enumerated() {
            let place = "users[\(index)]"
            if let id = value["id"], !id.isNull {
                ids.append(try UserWire.userID(id, "\(place).id"))
                continue
            }
            let matcher = try UserWire.object(value["identity"]?["matcher"], "\(place).identity.matcher")
            guard let user = try await engine.user(matching: matcher) else {
                let name = matcher["email"]?.text ?? matcher["username"]?.text ?? ""
                throw APIError(PeopleRefusal.unknownUser(String(name.prefix(254))))
            }
            ids.append(user.id)
        }
        let targets = ids
        return succeeded(try await refusing { try await engine.delete(users: targets, by: caller.actor) })
    }

    private func deleteIdentities(_ call: APICall) async throws -> HTTPResponse {
        let caller = try call.authorized()
        var identities: [(user: PersonID, identity: ServiceIdentity)] = []
        for (index, value) in try UserWire.elements(try call.object()["identities"], "identities").enumerated() {
            let place = "identities[\(index)]"
            identities.append(
                (
                    try UserWire.userID(value["user_id"], "\(place).user_id"),
                    try UserWire.identity(value, at: place)
                )
            )
        }
        let targets = identities
        return succeeded(
            try await refusing { try await engine.delete(identities: targets, by: caller.actor) }
        )
    }

    private func succeeded(_ count: Int) -> HTTPResponse { APIResponse.json(["succeeded": .int(Int64(count))]) }

    private func refusing<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let refusal as PeopleRefusal { throw APIError(refusal) }
    }
}
