extension Schema {
    /// An index that answers which runs there are without reading them, also where few of them are meant.
    static let listing = """
        CREATE INDEX runs_by_creation_and_kind ON runs (created_at, number, status, flow, requester);
        DROP INDEX runs_by_creation;
        """
}
