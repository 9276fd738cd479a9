import Support

extension Users {
    /// The sheet as a table.
    package func listIdentities() async throws(ClientError) {
        let sheet = try await sheet()
        desk.show(
            Table(sheet.headings, rows: sheet.users.map(sheet.cells)), .array(sheet.users.map(\.document))
        )
    }

    /// The sheet as CSV, with the number of users in it.
    package func exportIdentities() async throws(ClientError) -> (csv: String, users: Int) {
        let sheet = try await sheet()
        return (sheet.csv, sheet.users.count)
    }

    /// Carries out what a changed sheet says: lines without an id create users, changed cells change identities, emptied
    /// ones delete them, and users whose line is gone are deleted after a question.
    package func update(from csv: String) async throws(ClientError) {
        let sheet = try await sheet()
        var changes = try sheet.changes(in: csv, ids: desk.ids)
        if !changes.usersGone.isEmpty {
            let names = changes.usersGone.prefix(Self.namesShown).map(\.name).joined(separator: ", ")
            let more = changes.usersGone.count > Self.namesShown ? ", …" : ""
            let number = count(changes.usersGone.count, "user whose line is", "users whose lines are")
            if try !desk.agrees("Delete \(number) not in the sheet any more (\(names)\(more))?") {
                changes.usersGone = []
                desk.screen.complain("Nobody is deleted.")
            }
        }
        guard !changes.isEmpty else {
            desk.say("The sheet changes nothing.", ["updated": 0, "identities_deleted": 0, "deleted": 0])
            return
        }
        var updated = 0
        if !changes.writes.isEmpty { updated = try await api.write(changes.writes) }
        if !changes.identitiesGone.isEmpty {
            try await api.post(
                "users/identities/delete", ["identities": .array(changes.identitiesGone.map { .object($0) })]
            )
        }
        if !changes.usersGone.isEmpty {
            let users = changes.usersGone.map { user -> JSONValue in
                ["id": .string(user.id), "identity": Self.symIdentity("email", user.name)]
            }
            try await api.post("users/delete", ["users": .array(users)])
        }
        desk.say(
            count(updated, "user", "users") + " written, "
                + count(changes.identitiesGone.count, "identity", "identities") + " deleted, "
                + count(changes.usersGone.count, "user", "users") + " deleted.",
            [
                "updated": .int(Int64(updated)), "identities_deleted": .int(Int64(changes.identitiesGone.count)),
                "deleted": .int(Int64(changes.usersGone.count)),
            ]
        )
    }

    private static let namesShown = 10

    private func sheet() async throws(ClientError) -> UserSheet {
        let users = try await api.people()
        return UserSheet(services: try await api.services(), users: users)
    }
}
