package import ApprovalCore
package import ApprovalEngine
package import Support

extension PostgresStore: PeopleStore {
    package func person(_ account: Account) async throws(StoreError) -> Person? {
        try await people(
            "SELECT schema, facts FROM people WHERE workspace = \(account.workspace) AND account = \(account.user)"
        ).first
    }

    package func person(id: PersonID) async throws(StoreError) -> Person? {
        try await people(
            "SELECT schema, facts FROM people WHERE person = \(id) ORDER BY is_home DESC, workspace, account LIMIT 1"
        ).first
    }

    package func people(email: String) async throws(StoreError) -> [Person] {
        try await people(
            """
            SELECT schema, facts FROM people WHERE email = \(email.lowercased()) AND is_home
            ORDER BY workspace, account
            """
        )
    }

    @discardableResult
    package func save(_ person: Person) async throws(StoreError) -> Person {
        try await pool.transaction { session in
            var person = person
            // Two replicas that see two accounts of one human for the first time must find each other.
            if let email = person.email, PersonRow.isFullMember(person) {
                try session.run("SELECT pg_advisory_xact_lock(1937337704, hashtext(\(email.lowercased())))")
            }
            person.id = try PersonRow.id(of: person, in: &session)
            let first = try PersonRow.save(person, in: &session)
            guard first != person.id else { return person }
            // Another replica saw this account first, a moment ago.
            person.id = first
            try PersonRow.save(person, in: &session)
            return person
        }
    }

    package func save(_ person: Person, seenAs claimed: Account) async throws(StoreError) {
        try await pool.write { session in
            try session.run(
                """
                INSERT INTO people (workspace, account, person, email, is_home, is_full_member, schema, facts) VALUES (
                    \(claimed.workspace), \(claimed.user), \(person.id), NULL, false, false, \(StoredDocument.schema),
                    \(StoredJSON.encode(person))
                ) ON CONFLICT (workspace, account) DO UPDATE SET
                    person = excluded.person, email = NULL, is_home = false, is_full_member = false,
                    schema = excluded.schema, facts = excluded.facts
                """
            )
        }
    }

    private func people(_ query: SQL) async throws(StoreError) -> [Person] {
        let rows = try await pool.read { session in
            try session.rows(query) { (schema: $0.integer(0), facts: $0.blob(1)) }
        }
        var people: [Person] = []
        for row in rows { people.append(try StoredDocument.read(from: row.facts, schema: row.schema)) }
        return people
    }
}

extension PostgresStore: DeliveryStore {
    package func note(delivery identity: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await pool.write { session in
            try session.run(
                "INSERT INTO deliveries (identity, at) VALUES (\(identity), \(now)) ON CONFLICT DO NOTHING"
            ) == 1
        }
    }

    package func forgetDeliveries(before: Timestamp) async throws(StoreError) {
        try await pool.write { session in try session.run("DELETE FROM deliveries WHERE at < \(before)") }
    }
}

private enum PersonRow {
    /// The id that counts: the one the account was first given; for a new account of a full member of a home workspace
    /// that of the one full member who has the same e-mail address; else its own (decisions.md 4).
    static func id(of person: Person, in session: inout Session) throws -> PersonID {
        let known = try session.row(
            """
            SELECT person FROM people
            WHERE workspace = \(person.account.workspace) AND account = \(person.account.user)
            """
        ) { PersonID($0.text(0)) }
        if let known { return known }
        guard let email = person.email, isFullMember(person) else { return person.id }
        let others = try session.rows(
            """
            SELECT DISTINCT person FROM people
            WHERE email = \(email.lowercased()) AND is_home AND is_full_member LIMIT 2
            """
        ) { PersonID($0.text(0)) }
        return others.count == 1 ? others[0] : person.id
    }

    /// - Returns: the id that the account was first given.
    @discardableResult
    static func save(_ person: Person, in session: inout Session) throws -> PersonID {
        let first = try session.row(
            """
            INSERT INTO people (workspace, account, person, email, is_home, is_full_member, schema, facts) VALUES (
                \(person.account.workspace), \(person.account.user), \(person.id), \(person.email?.lowercased()),
                \(person.isHome), \(isFullMember(person)), \(StoredDocument.schema), \(StoredJSON.encode(person))
            ) ON CONFLICT (workspace, account) DO UPDATE SET
                email = excluded.email, is_home = excluded.is_home, is_full_member = excluded.is_full_member,
                schema = excluded.schema, facts = excluded.facts
            RETURNING person
            """
        ) { PersonID($0.text(0)) }
        return first ?? person.id
    }

    static func isFullMember(_ person: Person) -> Bool { person.isHome && person.role >= .member }
}
