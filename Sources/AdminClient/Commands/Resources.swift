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
        guard let rows = try await desk.api.get("entities/\(path)").elements else { throw .malformed("the list") }
        guard !rows.isEmpty || desk.json else {
            desk.screen.print("There is no \(kind).")
            return
        }
        // Shown when the first has one (sym-api.md 9).
        let hasType = rows.first?["type"]?.text != nil
        let cells = rows.map { row in
            ["srn", "slug"].map { row[$0]?.text ?? "" } + (hasType ? [row["type"]?.text ?? ""] : [])
        }
        desk.show(Table(["SRN", "Slug"] + (hasType ? ["Type"] : []), rows: cells), .array(rows))
    }
}
