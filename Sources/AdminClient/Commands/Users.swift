import Support

/// `symflow users`: the organisation's people.
package struct Users: Sendable {
    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    static let roles = ["admin", "guest", "member"]

    package func list() async throws(ClientError) {
        let users = try await api.people()
        let rows = users.map { [$0.fullName, $0.name, $0.role, $0.createdAt] }
        desk.show(Table(["Name", "Email", "Role", "Created At"], rows: rows), .array(users.map(\.document)))
    }

    /// - Parameter serviceTypes: for each service of these an identity is asked for.
    package func create(email: String, serviceTypes: [String]) async throws(ClientError) {
        guard email.contains("@"), !email.contains(where: \.isWhitespace) else {
            throw .usage("\"\(email)\" is not an e-mail address.")
        }
        let services = try await api.services()
        guard services.contains(where: { $0.key == .sym }) else {
            throw ClientError(
                .missingService,
                "The organisation has no service \(ServiceKey.sym), which every user has an identity of.",
                hint: "See symflow services list."
            )
        }
        let types = Array(Set(services.map(\.key.type))).sorted()
        for type in serviceTypes where !types.contains(type) {
            throw .invalidChoice(type, what: "a type of a service here", among: types)
        }
        guard try await api.users([("email", email)]).isEmpty else {
            throw ClientError(
                .userExists, "There already is a user with the e-mail address \(email).",
                hint: "symflow users update-identity \(email) changes an identity."
            )
        }
        var identities = [
            ClientUser.Identity(service: .sym, matcher: ["email": .string(email)], profile: [:])
        ]
        for service in services where serviceTypes.contains(service.key.type) && service.key != .sym {
            let name = service.label.isEmpty ? service.key.description : "\(service.label) (\(service.key))"
            guard let value = desk.screen.ask("Identity in \(Printable.line(name)), or nothing: ")?.trimmed else {
                break
            }
            guard !value.isEmpty else { continue }
            let matcher = try ServiceType.matcher(for: service.key.type, value: value)
            identities.append(ClientUser.Identity(service: service.key, matcher: matcher, profile: [:]))
        }
        let id = desk.ids.next()
        _ = try await api.write(id, type: "normal", identities)
        desk.say("\(email) is a user now.", ["id": .string(id), "email": .string(email)])
    }

    package func delete(email: String) async throws(ClientError) {
        try desk.confirm("Delete the user \(email), with every identity?")
        try await api.post("users/delete", ["users": [["identity": Self.symIdentity("email", email)]]])
        desk.say("\(email) is no user any more.", ["deleted": .string(email)])
    }

    package func setRole(email: String, role: String?) async throws(ClientError) {
        let user = try await api.user(email: email)
        let role = try desk.choose("a role", given: role, among: Self.roles, option: "--role")
        try await api.post("users/\(user.id)/set-role", ["role": .string(role)])
        desk.say("\(email) has the role \(role) now.", ["email": .string(email), "role": .string(role)])
    }

    /// The last word is the last name; everything before it the first (sym-api.md 4).
    package func updateName(email: String, words: [String]) async throws(ClientError) {
        let words = words.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
        guard let first = words.first else { throw .usage("the name is empty.") }
        let user = try await api.user(email: email)
        let given = words.count > 1 ? words.dropLast().joined(separator: " ") : first
        let family = words.count > 1 ? words[words.count - 1] : ""
        let identity = ClientUser.Identity(
            service: .sym, matcher: user.identity(in: .sym)?.matcher ?? ["email": .string(email)],
            profile: ["first_name": .string(given), "last_name": .string(family)]
        )
        _ = try await api.write(user.id, type: "normal", [identity])
        desk.say(
            "\(email) is called \(words.joined(separator: " ")) now.",
            ["email": .string(email), "first_name": .string(given), "last_name": .string(family)]
        )
    }

    static func symIdentity(_ key: String, _ name: String) -> JSONValue {
        ["service_type": "sym", "matcher": .object([key: .string(name)])]
    }
}
