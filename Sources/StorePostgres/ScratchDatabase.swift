package import ApprovalEngine
import Support

/// A database of its own beside the one that a URL names: made empty, and dropped with everything in it.
package struct ScratchDatabase: Sendable {
    package let url: String
    private let server: String
    private let name: String

    /// - Parameters:
    ///   - server: the URL of any database of the server, whose user may create databases.
    ///   - name: small letters, digits and `_`.
    package init(on server: String, name: String) throws(StoreError) {
        precondition(name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
        self.server = server
        self.name = name
        url = Self.url(server, database: name)
        try execute("CREATE DATABASE \(name) ENCODING 'UTF8' TEMPLATE template0")
    }

    package func drop() throws(StoreError) { try execute("DROP DATABASE \(name) WITH (FORCE)") }

    private func execute(_ text: String) throws(StoreError) {
        do {
            var session = try Session.open(server)
            try session.execute(
                "SET statement_timeout = \(Session.longStatementTime.milliseconds)", within: Session.statementTime
            )
            try session.execute(text, within: Session.longStatementTime)
        } catch { throw StoreError(writing: error) }
    }

    /// `postgresql://AUTHORITY/OLD?PARAMETERS` with another database.
    static func url(_ url: String, database: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let pieces = parts[0].split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let authority = pieces.count > 2 ? pieces[2] : ""
        return "postgresql://\(authority)/\(database)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }
}
