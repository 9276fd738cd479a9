extension Schema {
    /// What a person asked for in the past, and a person by id: what handlers in Python look for.
    static let history = """
        CREATE INDEX runs_by_person ON runs (requester, number);
        CREATE INDEX people_by_id ON people (person);
        """
}
