extension Schema {
    /// Says which releases can work with a database that newer ones have changed: those whose own version is at least
    /// the highest `oldest_reader`. A step that only adds leaves it alone; one that takes something away that releases
    /// before it need ends with `UPDATE schema_version SET oldest_reader = ITS OWN VERSION`.
    static let readers = "ALTER TABLE schema_version ADD COLUMN oldest_reader bigint NOT NULL DEFAULT 1;"
}
