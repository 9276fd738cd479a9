package import ApprovalCore
package import Support

/// People as they were seen last, by account.
package protocol PeopleStore: Sendable {
    func person(_ account: Account) async throws(StoreError) -> Person?

    /// Whoever has this id, from one of their accounts; a home workspace's first.
    func person(id: PersonID) async throws(StoreError) -> Person?

    /// All people of home workspaces with this e-mail address: more than one match is no match (decisions.md 4).
    func people(email: String) async throws(StoreError) -> [Person]

    /// Keeps what was observed. An account keeps the person id that it was first given.
    ///
    /// - Returns: the person with the id that counts.
    @discardableResult
    func save(_ person: Person) async throws(StoreError) -> Person

    /// Keeps under which account a payload named somebody who really belongs to another workspace: a click of an
    /// outsider may lack `user.team_id` (decisions.md 4). `person(claimed)` then answers this person, real account and
    /// all; nothing else finds the entry.
    func save(_ person: Person, seenAs claimed: Account) async throws(StoreError)
}

/// Deliveries that were seen, so that Slack's retries are one delivery (slack.md 1.9).
package protocol DeliveryStore: Sendable {
    /// - Returns: false when this identity was noted before.
    func note(delivery identity: String, at now: Timestamp) async throws(StoreError) -> Bool

    /// Forgets deliveries that are older.
    func forgetDeliveries(before: Timestamp) async throws(StoreError)
}
