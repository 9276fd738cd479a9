package import ApprovalCore
import FlowConfig
package import Support

/// What administrators do with users. Each call is one transaction, on record with who did it.
extension ApprovalEngine {
    /// One element of `PATCH users` (sym-api.md 4): creates a user where the id is unknown, else adds or replaces the
    /// identities that are named and leaves all others.
    package struct UserPatch: Hashable, Sendable {
        package var id: PersonID
        /// Of a new user; a user who is there keeps theirs (sym-api.md 14.9).
        package var kind: User.Kind
        package var identities: [ServiceIdentity]

        package init(id: PersonID, kind: User.Kind, identities: [ServiceIdentity]) {
            self.id = id
            self.kind = kind
            self.identities = identities
        }
    }

    /// - Returns: how many users were created or changed.
    /// - Throws: `PeopleRefusal`, `StoreError`; then nothing was changed.
    package func patch(users patches: [UserPatch], by actor: String) async throws -> Int {
        try await administer(by: actor) { change in
            for patch in patches {
                guard let before = try await change.user(patch.id) else {
                    change.put(try newUser(patch), "userCreated", ["kind": .string(patch.kind.rawValue)])
                    continue
                }
                guard !before.isDeleted else { throw PeopleRefusal.deletedUser(patch.id) }
                var after = before
                for identity in patch.identities { after.keep(identity) }
                try check(after)
                if after.email != before.email, change.rules.configured(before) != nil {
                    throw PeopleRefusal.configured(before.label)
                }
                let services = patch.identities.map { JSONValue.string($0.service.description) }
                change.put(after, "identitiesKept", ["services": .array(services)])
            }
        }
    }

    /// - Throws: `PeopleRefusal`, `StoreError`.
    package func set(role: Role, of id: PersonID, by actor: String) async throws {
        _ = try await administer(by: actor) { change in
            guard var user = try await change.user(id), !user.isDeleted else {
                throw PeopleRefusal.unknownUser(id.text)
            }
            if let configured = change.rules.configured(user), configured.role != role {
                throw PeopleRefusal.configured(user.label)
            }
            let before = user.role
            user.role = role
            change.put(
                user, "roleSet",
                ["role": .string(role.rawValue), "before": .string(before?.rawValue ?? "by e-mail domain")]
            )
        }
    }

    /// Deletes users with their tokens. They decide and ask no more, and keep their names in what they did.
    ///
    /// - Returns: how many.
    /// - Throws: `PeopleRefusal`, `StoreError`; then nothing was changed.
    package func delete(users ids: [PersonID], by actor: String) async throws -> Int {
        try await administer(by: actor) { change in
            for id in ids {
                guard var user = try await change.user(id), !user.isDeleted else {
                    throw PeopleRefusal.unknownUser(id.text)
                }
                if change.rules.configured(user) != nil { throw PeopleRefusal.configured(user.label) }
                user.isDeleted = true
                change.put(user, "userDeleted", ["name": .string(user.label)])
                for document in try await store.documents(.token, key: APIToken.key(user: id)) {
                    change.delete(document)
                }
            }
        }
    }

    /// Takes identities from users. The one in Sym itself is what makes a user, and stays.
    ///
    /// - Returns: how many users had one of them.
    /// - Throws: `PeopleRefusal`, `StoreError`; then nothing was changed.
    package func delete(
        identities: [(user: PersonID, identity: ServiceIdentity)], by actor: String
    ) async throws -> Int {
        try await administer(by: actor) { change in
            for (id, identity) in identities {
                guard var user = try await change.user(id), !user.isDeleted else {
                    throw PeopleRefusal.unknownUser(id.text)
                }
                guard identity.service != .sym else {
                    throw PeopleRefusal.incomplete(
                        "The identity in sym:cloud cannot be deleted, only the user: symflow users delete."
                    )
                }
                guard user.identity(in: identity.service)?.matcher == identity.matcher else { continue }
                user.forget(identity.service)
                change.put(user, "identityForgotten", ["service": .string(identity.service.description)])
            }
        }
    }

    /// A user who is not deleted, by what the sym identity's matcher says (sym-api.md 14.11).
    package func user(matching matcher: JSONObject) async throws(StoreError) -> User? {
        if let email = matcher["email"]?.text { return try await user(email: email) }
        if let username = matcher["username"]?.text { return try await bot(named: username) }
        return nil
    }

    // MARK: Rules

    private func newUser(_ patch: UserPatch) throws -> User {
        // Whoever an administrator adds is a member, also outside the domains (SYM-46).
        var user = User(
            id: patch.id, kind: patch.kind, role: patch.kind == .bot ? .admin : .member, createdAt: clock.now()
        )
        for identity in patch.identities { user.keep(identity) }
        try check(user)
        return user
    }

    private func check(_ user: User) throws(PeopleRefusal) {
        switch user.kind {
        case .normal:
            guard let email = user.email else {
                throw .incomplete(
                    "A user needs an identity of service sym, external id cloud, with the matcher {\"email\": ADDRESS}."
                )
            }
            guard User.isEmail(email) else {
                throw .incomplete("\"\(email.prefix(User.emailMax))\" is not an e-mail address.")
            }
        case .bot:
            guard let name = user.username, !name.trimmed.isEmpty, name.utf8.count <= User.emailMax else {
                throw .incomplete(
                    "A bot needs an identity of service sym, external id cloud, with the matcher {\"username\": NAME}."
                )
            }
        }
    }

    // MARK: Committing

    /// Prepares a change, checks that an administrator remains, and commits; and again when somebody else was first.
    private func administer(
        by actor: String, _ prepare: (inout UsersChange) async throws -> Void
    ) async throws -> Int {
        for _ in 0..<Self.conflictsMax {
            try await refreshRoster()
            var change = UsersChange(store: store, rules: try await roleRules())
            try await prepare(&change)
            guard !change.isEmpty else { return 0 }
            let now = clock.now()
            var documents = change.documents(by: actor, at: now)
            if let leaving = change.leavingAdmin {
                // Two administrators who remove each other at the same time both write this document.
                let organization = try await store.document(.organization, OrganizationRecord.documentID)
                guard try await hasAdmin(after: change) else { throw PeopleRefusal.lastAdmin(leaving.label) }
                documents.saved.append(
                    (organization.map(OrganizationRecord.init) ?? OrganizationRecord())
                        .document(version: organization?.version ?? 0, at: now)
                )
            }
            do throws(StoreError) { try await store.commit(documents) } catch {
                switch error {
                case .conflict: continue
                case .taken(let name, _): throw PeopleRefusal.taken(User.named(by: name))
                default: throw error
                }
            }
            for user in change.after { rosters.change { $0.keep(user) } }
            waiting.ring(.roster)
            return change.after.count
        }
        throw StoreError.conflict
    }

    /// Whether some person is an administrator once the change is made.
    private func hasAdmin(after change: UsersChange) async throws(StoreError) -> Bool {
        let changed = Set(change.after.map(\.id))
        let others = try await users(.normal).filter { !changed.contains($0.id) }
        return (others + change.after).contains(where: change.isAdmin)
    }
}

/// A change of users while it is being prepared.
private struct UsersChange {
    let store: any DocumentStore
    let rules: RoleRules
    private var versions: [PersonID: Int64] = [:]
    private var before: [PersonID: User] = [:]
    private(set) var after: [User] = []
    private var notes: [(id: PersonID, kind: String, details: JSONObject)] = []
    private var deletions: [Document] = []

    init(store: any DocumentStore, rules: RoleRules) {
        self.store = store
        self.rules = rules
    }

    var isEmpty: Bool { after.isEmpty }

    /// As they are after what was prepared so far.
    mutating func user(_ id: PersonID) async throws(StoreError) -> User? {
        if let user = after.first(where: { $0.id == id }) { return user }
        guard let document = try await store.document(.user, id.text) else { return nil }
        let user = try User(document)
        versions[id] = document.version
        before[id] = user
        return user
    }

    /// A user who is as before is no change.
    mutating func put(_ user: User, _ kind: String, _ details: JSONObject) {
        if let index = after.firstIndex(where: { $0.id == user.id }) {
            after[index] = user
        } else {
            guard before[user.id] != user else { return }
            after.append(user)
        }
        notes.append((user.id, kind, details))
    }

    mutating func delete(_ document: Document) { deletions.append(document) }

    func documents(by actor: String, at now: Timestamp) -> DocumentsChange {
        DocumentsChange(
            saved: after.map { $0.document(version: versions[$0.id] ?? 0, at: now) },
            deleted: deletions.map(DocumentsChange.Deletion.init),
            notes: notes.map { note in
                AuditNote(
                    aggregate: "user/\(note.id)", at: now, kind: note.kind, actor: actor, details: note.details
                )
            }
        )
    }

    func isAdmin(_ user: User) -> Bool {
        guard user.kind == .normal, !user.isDeleted else { return false }
        return (rules.configured(user)?.role ?? user.role) == .admin
    }

    /// Somebody who was an administrator and is none afterwards.
    var leavingAdmin: User? {
        after.lazy.filter { !isAdmin($0) }.compactMap { before[$0.id] }.first(where: isAdmin)
    }
}

extension User {
    /// What people call them in messages.
    package var label: String { email ?? username ?? id.text }

    /// The name behind a unique key, for messages.
    static func named(by key: String) -> String {
        guard let colon = key.firstIndex(of: ":") else { return key }
        return String(key[key.index(after: colon)...])
    }
}
