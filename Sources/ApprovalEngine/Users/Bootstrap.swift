import ApprovalCore
package import Support

/// The first users of an installation that is still empty (interface.md 2): an administrator, and a bot that acts as
/// one.
package struct Bootstrap: Sendable {
    package let admin: User
    package let bot: User
    private let slug: String

    package static let botName = "bootstrap"

    package init(slug: String, adminEmail: String, ids: IDGenerator, at now: Timestamp) {
        self.slug = slug
        var admin = User(id: PersonID(ids.next()), kind: .normal, role: .admin, createdAt: now)
        admin.keep(ServiceIdentity(service: .sym, matcher: ["email": .string(adminEmail.lowercased())]))
        self.admin = admin
        var bot = User(id: PersonID(ids.next()), kind: .bot, role: .admin, createdAt: now)
        bot.keep(ServiceIdentity(service: .sym, matcher: ["username": .string(Self.botName)]))
        self.bot = bot
    }

    /// Makes them durable together with the organisation.
    ///
    /// - Throws: `StoreError.conflict` when somebody else was first.
    package func commit(to store: some DocumentStore, at now: Timestamp) async throws(StoreError) {
        let actor = "bootstrap"
        try await store.commit(
            DocumentsChange(
                saved: [
                    OrganizationRecord(slug: slug).document(version: 0, at: now), admin.document(version: 0, at: now),
                    bot.document(version: 0, at: now),
                ],
                notes: [
                    AuditNote(
                        aggregate: "organization", at: now, kind: "bootstrapped", actor: actor,
                        details: ["slug": .string(slug)]
                    ),
                    AuditNote(
                        aggregate: "user/\(admin.id)", at: now, kind: "userCreated", actor: actor,
                        details: ["role": "admin", "email": .string(admin.email ?? "")]
                    ),
                    AuditNote(
                        aggregate: "user/\(bot.id)", at: now, kind: "userCreated", actor: actor,
                        details: ["role": "admin", "username": .string(Self.botName)]
                    ),
                ]
            )
        )
    }

    /// Why the database is not empty; `nil` when it is.
    package static func obstacle(in store: some DocumentStore & AuditStore) async throws(StoreError) -> String? {
        let users = try await store.documents(.user, key: nil).count
        if users > 0 { return "\(users) user\(users == 1 ? "" : "s")" }
        if try await store.document(.organization, OrganizationRecord.documentID) != nil { return "an organisation" }
        return try await store.records(after: 0, limit: 1).isEmpty ? nil : "requests or other records"
    }
}
