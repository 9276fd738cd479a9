import Support

/// The identities of one user or bot: `update-identity` and `delete-identity` of both.
package struct Identities: Sendable {
    /// Whose identity it is.
    package enum Owner: Sendable {
        case user(email: String)
        case bot(name: String)

        var name: String {
            switch self {
            case .user(let email): email
            case .bot(let name): name
            }
        }
    }

    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    package func update(
        of owner: Owner, serviceType: String?, externalID: String?, newValue: String?
    ) async throws(ClientError) {
        let user = try await find(owner)
        let service = try await chooseService(serviceType, externalID)
        guard let value = newValue ?? desk.screen.ask("New value: "), !value.trimmed.isEmpty else {
            throw ClientError(
                .missingIdentityValue, "The new value of the identity is missing.",
                hint: "Give it with --new-value. To take an identity away: delete-identity."
            )
        }
        let matcher = try ServiceType.matcher(for: service.type, value: value.trimmed)
        let changed = ClientUser.Identity(service: service, matcher: matcher, profile: [:])
        let written = try await api.write(
            user.id, type: user.type, [changed] + [user.identity(in: .sym)].compactMap { $0 })
        guard written > 0 else { throw .failed("The server changed nothing.", hint: "See its log.") }
        desk.say(
            "\(owner.name) is \(value.trimmed) in \(service) now.",
            ["id": .string(user.id), "service": .string(service.description), "matcher": .object(matcher)]
        )
    }

    package func delete(of owner: Owner, serviceType: String?, externalID: String?) async throws(ClientError) {
        let user = try await find(owner)
        let service = try await chooseService(serviceType, externalID)
        guard let identity = user.identity(in: service) else {
            desk.say("\(owner.name) has no identity in \(service).", ["deleted": 0])
            return
        }
        try desk.confirm("Delete the identity \(identity.value) of \(owner.name) in \(service)?")
        try await api.post(
            "users/identities/delete", ["identities": [.object(Self.reference(to: identity, of: user.id))]]
        )
        desk.say(
            "\(owner.name) has no identity in \(service) any more.",
            ["deleted": 1, "service": .string(service.description)]
        )
    }

    static func reference(to identity: ClientUser.Identity, of user: String) -> JSONObject {
        [
            "user_id": .string(user), "service_type": .string(identity.service.type),
            "external_id": .string(identity.service.externalID), "matcher": .object(identity.matcher),
        ]
    }

    private func find(_ owner: Owner) async throws(ClientError) -> ClientUser {
        switch owner {
        case .user(let email): try await api.user(email: email)
        case .bot(let name): try await api.bot(named: name)
        }
    }

    /// One of the services other than Sym's own, which is not changed piece by piece.
    private func chooseService(_ type: String?, _ externalID: String?) async throws(ClientError) -> ServiceKey {
        try await Services(desk).choose(type, externalID).key
    }
}
