import Support

/// `symflow resources`: what Terraform, or the configuration folder, has put into the organisation.
package struct Resources: Sendable {
    let desk: Desk

    package init(_ desk: Desk) { self.desk = desk }

    /// Path under `entities/`, by the resource's name in Terraform (sym-api.md 9).
    package static let kinds: [(name: String, path: String)] = [
        ("sym_flow", "flows"), ("sym_target", "access-targets"), ("sym_integration", "integrations"),
        ("sym_secret", "secrets"), ("sym_secrets", "secret-sources"), ("sym_strategy", "access-strategies"),
        ("sym_log_destination", "log-destinations"), ("sym_environment", "environments"), ("sym_runtime", "runtimes"),
        ("sym_error_logger", "error-loggers"),
    ]

    package func list(kind: String) async throws(ClientError) {
        guard let path = Self.kinds.first(where: { $0.name == kind })?.path else {
            throw .invalidChoice(kind, what: "a kind of resource", among: Self.kinds.map(\.name))
        }
        guard let listed = try await desk.api.get("entities/\(path)").elements else { throw .malformed("the list") }
        let rows = listed.sorted {
            ($0["slug"]?.text ?? "").utf8.lexicographicallyPrecedes(($1["slug"]?.text ?? "").utf8)
        }
        guard !rows.isEmpty || desk.json else {
            desk.screen.print("There is no \(kind).")
            return
        }
        let hasType = rows.contains { $0["type"]?.text != nil }
        let cells = rows.map { row in
            ["srn", "slug"].map { row[$0]?.text ?? "" } + (hasType ? [row["type"]?.text ?? ""] : [])
        }
        desk.show(Table(["SRN", "Slug"] + (hasType ? ["Type"] : []), rows: cells), .array(rows))
    }
}
