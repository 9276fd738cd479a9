import ApprovalCore
package import Support

extension DocumentKind {
    package static let user = DocumentKind("user")
}

extension User {
    /// - Parameter version: of the document that this replaces; 0 for a new user.
    package func document(version: Int64, at now: Timestamp) -> Document {
        var body: JSONObject = [
            "kind": .string(kind.rawValue), "deleted": .bool(isDeleted),
            "identities": .array(
                identities.map { identity in
                    [
                        "type": .string(identity.service.type), "external_id": .string(identity.service.externalID),
                        "matcher": .object(identity.matcher), "profile": .object(identity.profile),
                    ]
                }
            ),
        ]
        if let role { body["role"] = .string(role.rawValue) }
        var unique: Set<String> = []
        if !isDeleted {
            if let email { unique.insert(User.key(email: email)) }
            if let username { unique.insert(User.key(username: username)) }
            // A click must mean one person.
            for account in accounts { unique.insert("slack:" + account.description) }
        }
        let keys = Set(identities.map { User.key(service: $0.service) } + ["kind:" + kind.rawValue])
        return Document(
            kind: .user, id: id.text, version: version, unique: unique, keys: keys, body: body, createdAt: createdAt,
            updatedAt: now
        )
    }

    package init(_ document: Document) throws(StoreError) {
        guard let kind = document.body["kind"]?.text.flatMap(Kind.init),
            let identities = document.body["identities"]?.elements
        else { throw .corrupt("the user \(document.id) does not have the form this release reads") }
        self.init(
            id: PersonID(document.id), kind: kind, role: document.body["role"]?.text.flatMap(Role.init),
            identities: identities.compactMap { identity in
                guard let type = identity["type"]?.text, let externalID = identity["external_id"]?.text else {
                    return nil
                }
                return ServiceIdentity(
                    service: ServiceKey(type: type, externalID: externalID),
                    matcher: identity["matcher"]?.object ?? [:], profile: identity["profile"]?.object ?? [:]
                )
            },
            isDeleted: document.body["deleted"]?.flag ?? false, createdAt: document.createdAt
        )
    }

    static func key(email: String) -> String { "email:" + email.lowercased() }
    static func key(username: String) -> String { "username:" + username.lowercased() }
    static func key(service: ServiceKey) -> String { "service:" + service.description }
}
