import Support

/// `symflow bots`: users that are programs.
package struct Bots: Sendable {
    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    /// With a column for each service in which one of them has an identity.
    package func list() async throws(ClientError) {
        let bots = try await api.bots()
        let tokens = try await api.list("tokens", "tokens")
        var services: [ServiceKey] = []
        for identity in bots.flatMap(\.identities) where identity.service != .sym && !identity.service.isHidden {
            if !services.contains(identity.service) { services.append(identity.service) }
        }
        let columns =
            [Table.Column("Username"), Table.Column("Token Count", isNumber: true), Table.Column("Created At")]
            + services.map { Table.Column($0.description) }
        let rows = bots.map { bot in
            let held = tokens.count { $0["user"]?["id"]?.text == bot.id }
            return [bot.name, "\(held)", bot.createdAt] + services.map { bot.identity(in: $0)?.value ?? "" }
        }
        let documents = bots.map { bot -> JSONValue in
            var document = bot.document.object ?? [:]
            document["token_count"] = .int(Int64(tokens.count { $0["user"]?["id"]?.text == bot.id }))
            return .object(document)
        }
        desk.show(Table(columns, rows: rows), .array(documents))
    }

    package func create(name: String) async throws(ClientError) {
        guard !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == "@" }) else {
            throw .usage("\"\(name)\" is not a name for a bot: no spaces, no @.")
        }
        guard try await api.bots().allSatisfy({ $0.name != name }) else {
            throw ClientError(
                .botExists, "There already is a bot named \(name).",
                hint: "symflow tokens issue gives it another token."
            )
        }
        let id = desk.ids.next()
        let identity = ClientUser.Identity(service: .sym, matcher: ["username": .string(name)], profile: [:])
        _ = try await api.write(id, type: "bot", [identity])
        desk.say(
            "\(name) is a bot now. symflow tokens issue --username \(name) --expiry 30d gives it a token.",
            ["id": .string(id), "username": .string(name)]
        )
    }

    package func delete(name: String) async throws(ClientError) {
        try desk.confirm("Delete the bot \(name) and revoke its tokens?")
        do {
            try await api.post("users/delete", ["users": [["identity": Users.symIdentity("username", name)]]])
        } catch {
            guard error.status == 404 else { throw error }
            throw ClientError.unknownBot(name)
        }
        desk.say("\(name) is deleted, and its tokens are revoked.", ["deleted": .string(name)])
    }
}
