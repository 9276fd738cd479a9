package import ApprovalEngine

/// Rows of nothing but bytes, written with the store's own settings and shared commits: what a commit costs at the
/// least. `symflow bench` compares with it.
package final class BareRows: Sendable {
    private let writer: Writer

    package init(path: String) throws(StoreError) {
        do {
            writer = try Writer(path: path) { connection in
                try connection.execute("CREATE TABLE rows (name TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT")
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// Adds one row, and returns when it is durable.
    package func add(name: String, content: [UInt8]) async throws(StoreError) {
        try await writer.write { connection in
            try connection.run("INSERT INTO rows (name, content) VALUES (\(name), \(content))")
        }
    }

    package func close() { writer.close() }
}
