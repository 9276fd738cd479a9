extension Submission {
    /// Whether this person made the request, for themself or for somebody else.
    package func wasMade(by person: Person) -> Bool {
        person.id == requester.id || person.account == requester.account || person.id == onBehalfBy?.id
    }

    /// Whether this person may be the human who made the request, or the one it was made for (decisions.md 4).
    package func mayBeMade(by person: Person) -> Bool {
        requester.mayBeSameHuman(as: person) || onBehalfBy?.mayBeSameHuman(as: PersonReference(person)) == true
    }
}
