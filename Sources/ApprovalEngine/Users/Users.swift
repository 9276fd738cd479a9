package import ApprovalCore
import FlowConfig
package import Support

/// The users of the organisation, read and changed.
extension ApprovalEngine {
    /// Deleted ones included: who did something keeps their name.
    package func user(_ id: PersonID) async throws(StoreError) -> User? {
        guard let document = try await store.document(.user, id.text) else { return nil }
        return try User(document)
    }

    package func user(email: String) async throws(StoreError) -> User? {
        guard let document = try await store.documents(.user, key: User.key(email: email)).first else { return nil }
        return try User(document)
    }

    package func bot(named username: String) async throws(StoreError) -> User? {
        guard let document = try await store.documents(.user, key: User.key(username: username)).first else {
            return nil
        }
        return try User(document)
    }

    /// All who were not deleted, the oldest first.
    package func users(_ kind: User.Kind) async throws(StoreError) -> [User] {
        var users: [User] = []
        for document in try await store.documents(.user, key: "kind:" + kind.rawValue) {
            let user = try User(document)
            if !user.isDeleted { users.append(user) }
        }
        return users
    }

    /// Changes a user, or makes one.
    ///
    /// - Parameters:
    ///   - kind: what is put on record, in the past tense: `identityKept`.
    ///   - change: gets the user as it is now, `nil` where there is none, and returns what it should be; called again
    ///     when somebody else was first. Returning what it was given changes nothing and records nothing.
    /// - Returns: the user as it is now.
    /// - Throws: `.taken` when the e-mail address or the name is another user's.
    @discardableResult
    package func change(
        user id: PersonID, _ kind: String, by actor: String, details: JSONObject = [:],
        _ change: (User?) -> User?
    ) async throws(StoreError) -> User? {
        while true {
            let document = try await store.document(.user, id.text)
            let before = try document.map { document throws(StoreError) in try User(document) }
            let now = clock.now()
            guard let after = change(before), after != before else { return before }
            do {
                try await store.commit(
                    DocumentsChange(
                        saved: [after.document(version: document?.version ?? 0, at: now)],
                        notes: [
                            AuditNote(aggregate: "user/" + id.text, at: now, kind: kind, actor: actor, details: details)
                        ]
                    )
                )
                rosters.change { $0.keep(after) }
                return after
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
            }
        }
    }

    /// Makes users of those whom the configuration folder names and who are none yet. Their roles stay the folder's.
    package func welcomeConfiguredUsers() async throws(StoreError) {
        for configured in configuration().organization.users {
            guard try await user(email: configured.email) == nil else { continue }
            // Whoever acted before keeps the id they have in our books, where that is certain.
            let known = Set(try await store.people(email: configured.email).filter { $0.role >= .member }.map(\.id))
            let only = known.count == 1 ? known.first : nil
            let id = only ?? PersonID(ids.next())
            do {
                try await change(
                    user: id, "userCreated", by: "configuration",
                    details: ["email": .string(configured.email), "role": .string(configured.role.rawValue)]
                ) { user in
                    user ?? User(configured, id: id, at: clock.now())
                }
            } catch {
                // Another replica reads the same folder.
                guard case .taken = error else { throw error }
            }
        }
    }

    /// Keeps who somebody is in a service of whom only the e-mail address is known, making the user where there is none.
    package func keep(
        _ identity: ServiceIdentity, ofUserWith email: String, by actor: String
    ) async throws(StoreError) {
        let id = try await user(email: email)?.id ?? PersonID(ids.next())
        try await change(
            user: id, "identityKept", by: actor, details: ["service": .string(identity.service.description)]
        ) { user in
            var user = user ?? User(id: id, kind: .normal, createdAt: clock.now())
            if user.email == nil {
                user.keep(ServiceIdentity(service: .sym, matcher: ["email": .string(email)]))
            }
            user.keep(identity)
            return user
        }
    }

    /// Keeps who somebody is in a service, making the user where there is none yet (SYM-30, SYM-50).
    package func keep(_ identity: ServiceIdentity, of person: Person, by actor: String) async throws(StoreError) {
        try await change(
            user: person.id, "identityKept", by: actor, details: ["service": .string(identity.service.description)]
        ) { user in
            var user = user ?? User(of: person, at: clock.now())
            user.keep(identity)
            return user
        }
    }
}

extension User {
    /// A user for somebody whom the configuration folder names. Their role is read there each time.
    init(_ configured: Organization.User, id: PersonID, at now: Timestamp) {
        self.init(id: id, kind: .normal, createdAt: now)
        keep(
            ServiceIdentity(
                service: .sym, matcher: ["email": .string(configured.email)],
                profile: configured.name.map(Self.profile) ?? [:]
            )
        )
        for account in configured.accounts {
            keep(
                ServiceIdentity(
                    service: ServiceKey(type: "slack", externalID: account.workspace),
                    matcher: ["user_id": .string(account.user)]
                )
            )
        }
    }

    private static func profile(_ name: String) -> JSONObject {
        let words = name.split(separator: " ", maxSplits: 1)
        return [
            "first_name": .string(words.first.map(String.init) ?? ""),
            "last_name": .string(words.count > 1 ? String(words[1]) : ""),
        ]
    }

    /// A user for somebody whom we know from Slack: with the identities that follow from their account.
    package init(of person: Person, at now: Timestamp) {
        self.init(id: person.id, kind: .normal, createdAt: now)
        let profile = Self.profile(person.name)
        if let email = person.email {
            keep(ServiceIdentity(service: .sym, matcher: ["email": .string(email)], profile: profile))
        }
        keep(
            ServiceIdentity(
                service: ServiceKey(type: "slack", externalID: person.account.workspace),
                matcher: ["user_id": .string(person.account.user)]
            )
        )
    }
}
