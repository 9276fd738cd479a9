import ApprovalEngine
import AuditTrail
import Crypto
import FoundationEssentials
import Support

extension Command {
    static let database = Command(
        name: "database", summary: "Work on the database as a whole.", subcommands: [databaseCopy]
    )

    private static let databaseCopy = Command(
        name: "copy", summary: "Move an installation from one database to another.",
        options: [
            Option("--from", "URL", "the database there is: sqlite:PATH or postgresql://…"),
            Option("--to", "URL", "the database to fill: an empty one, or a file that is not there"),
        ],
        details: """
            Stop every server of it first. Everything is copied, or nothing: requests, work under way, people,
            documents, the audit trail with its seals. The trail is checked before and afterwards, which needs
            SYM_SECRET_KEY; both databases end at the same head. The old database stays as it is: do not start
            a server on it again.
            """
    ) { options in
        guard let fromText = options["--from"], let toText = options["--to"] else {
            throw UsageError("--from URL and --to URL are needed.")
        }
        guard let from = DatabaseURL(fromText), let to = DatabaseURL(toText) else {
            throw UsageError("\(DatabaseURL.expected).")
        }
        guard from != to else { throw UsageError("--from and --to are the same.") }
        if case .sqlite(let path) = from, !FileManager.default.fileExists(atPath: path) {
            throw CommandError("There is no database \(path).")
        }
        var reader = EnvironmentReader()
        let text = reader.required("SYM_SECRET_KEY", "the key that the server runs with; the audit trail is checked.")
        guard let key = MasterKey(base64: text) else {
            throw CommandError("symflow database copy needs the server's SYM_SECRET_KEY (32 bytes in base64).")
        }
        try await DatabaseCopy(from: from, to: to, key: key.derived(for: AuditSeal.keyPurpose)).run()
        return 0
    }
}

/// One installation on its way from one kind of database to another.
struct DatabaseCopy: Sendable {
    let from: DatabaseURL
    let to: DatabaseURL
    /// Of the seals.
    let key: [UInt8]

    func run() async throws {
        Terminal.print("\(from): checking the audit trail")
        let before = try await head(of: from)
        let counts = try copy()
        for (table, count) in counts { Terminal.print("  \(table): \(count)") }
        Terminal.print("\(to): checking the audit trail")
        let after = try await head(of: to)
        guard after == before else {
            throw CommandError(
                "The audit trail of the copy is another than that of \(from): \(after), \(before). Do not use it.")
        }
        Terminal.print("Everything was copied. From now on: SYM_DATABASE_URL=\(to.withoutSecrets)")
    }

    private func head(of url: DatabaseURL) async throws -> AuditReader.Found {
        let store = try url.open()
        defer { store.close() }
        return try await AuditReader(store: store).check(key: key, expectedHead: nil)
    }

    private func copy() throws -> [(table: String, count: Int)] {
        // Opened, and closed again, for their schema.
        let source = try from.openForCopy()
        let target = try to.openForCopy()
        var counts: [String: Int] = [:]
        do {
            try target.writeEverything { write in
                try source.readEverything { table, rows in
                    try write(table, rows)
                    counts[table.name, default: 0] += rows.count
                }
            }
        } catch let StoreError.corrupt(reason) {
            throw CommandError("Nothing was copied from \(from) to \(to): \(reason).")
        } catch let StoreError.unavailable(reason) {
            throw CommandError("Nothing was copied from \(from) to \(to): \(reason).")
        } catch let StoreError.unknownOutcome(reason) {
            throw CommandError(
                "Whether everything was copied from \(from) to \(to) is not known: \(reason). Empty \(to) and copy again."
            )
        }
        return CopiedTable.all.map { ($0.name, counts[$0.name] ?? 0) }
    }
}
