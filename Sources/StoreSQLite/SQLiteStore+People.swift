package import ApprovalCore
package import ApprovalEngine
package import Support

extension SQLiteStore: PeopleStore {
    package func person(_ account: Account) async throws(StoreError) -> Person? {
        try people(
            "SELECT schema, facts FROM people WHERE workspace = \(account.workspace) AND user = \(account.user)"
        ).first
    }

    package func person(id: PersonID) async throws(StoreError) -> Person? {
        try people(
            "SELECT schema, facts FROM people WHERE person = \(id) ORDER BY is_home DESC, workspace, user LIMIT 1"
        ).first
    }

    package func people(email: String) async throws(StoreError) -> [Person] {
        try people(
            """
            SELECT schema, facts FROM people WHERE email = \(email.lowercased()) AND is_home = 1
            ORDER BY workspace, user
            """
        )
    }

    @discardableResult
    package func save(_ person: Person) async throws(StoreError) -> Person {
        try await writer.write { connection in
            var person = person
            person.id = try PersonRow.id(of: person, in: &connection)
            try PersonRow.save(person, in: &connection)
            return person
        }
    }

    package func save(_ person: Person, seenAs claimed: Account) async throws(StoreError) {
        try await writer.write { connection in
            try connection.run(
                """
                INSERT INTO people (workspace, user, person, email, is_home, is_full_member, schema, facts) VALUES (
                    \(claimed.workspace), \(claimed.user), \(person.id), NULL, 0, 0, \(StoredDocument.schema),
                    \(StoredJSON.encode(person))
                ) ON CONFLICT (workspace, user) DO UPDATE SET
                    person = excluded.person, email = NULL, is_home = 0, is_full_member = 0, schema = excluded.schema,
                    facts = excluded.facts
                """
            )
        }
    }

    private func people(_ query: SQL) throws(StoreError) -> [Person] {
        let rows = try readers.read { connection in
            try connection.rows(query) { (schema: $0.integer(0), facts: $0.blob(1)) }
        }
        var people: [Person] = []
        for row in rows { people.append(try StoredDocument.read(from: row.facts, schema: row.schema)) }
        return people
    }
}

extension SQLiteStore: DeliveryStore {
    package func note(delivery identity: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await writer.write { connection in
            try connection.run(
                "INSERT INTO deliveries (identity, at) VALUES (\(identity), \(now)) ON CONFLICT DO NOTHING"
            ) == 1
        }
    }

    package func forgetDeliveries(before: Timestamp) async throws(StoreError) {
        try await writer.write { connection in try connection.run("DELETE FROM deliveries WHERE at < \(before)") }
    }
}

private enum PersonRow {
    /// The id that counts: the one the account was first given; for a new account of a full member of a home workspace
    /// that of the one full member who has the same e-mail address; else its own (decisions.md 4).
    static func id(of person: Person, in connection: inout Connection) throws -> PersonID {
        let known = try connection.row(
            """
            SELECT person FROM people WHERE workspace = \(person.account.workspace) AND user = \(person.account.user)
            """
        ) { PersonID($0.text(0)) }
        if let known { return known }
        guard let email = person.email, isFullMember(person) else { return person.id }
        let others = try connection.rows(
            """
            SELECT DISTINCT person FROM people
            WHERE email = \(email.lowercased()) AND is_home = 1 AND is_full_member = 1 LIMIT 2
            """
        ) { PersonID($0.text(0)) }
        return others.count == 1 ? others[0] : person.id
    }

    static func save(_ person: Person, in connection: inout Connection) throws {
        try connection.run(
            """
            INSERT INTO people (workspace, user, person, email, is_home, is_full_member, schema, facts) VALUES (
                \(person.account.workspace), \(person.account.user), \(person.id), \(person.email?.lowercased()),
                \(person.isHome), \(isFullMember(person)), \(StoredDocument.schema), \(StoredJSON.encode(person))
            ) ON CONFLICT (workspace, user) DO UPDATE SET
                email = excluded.email, is_home = excluded.is_home, is_full_member = excluded.is_full_member,
                schema = excluded.schema, facts = excluded.facts
            """
        )
    }

    private static func isFullMember(_ person: Person) -> Bool { person.isHome && person.role >= .member }
}
