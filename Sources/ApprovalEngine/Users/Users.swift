package import ApprovalCore
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
                return after
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
            }
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
    /// A user for somebody whom we know from Slack: with the identities that follow from their account.
    package init(of person: Person, at now: Timestamp) {
        self.init(id: person.id, kind: .normal, createdAt: now)
        let words = person.name.split(separator: " ", maxSplits: 1)
        let profile: JSONObject = [
            "first_name": .string(words.first.map(String.init) ?? ""),
            "last_name": .string(words.count > 1 ? String(words[1]) : ""),
        ]
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
