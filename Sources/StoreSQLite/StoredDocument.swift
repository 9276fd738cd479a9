import ApprovalCore
import ApprovalEngine

/// Documents in the database: JSON, with the version of its form in a column beside it.
///
/// A release reads its own version and the next, and writes its own (decisions.md 8).
enum StoredDocument {
    static let schema = 1
    static let newestReadable = schema + 1

    static func read<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8], schema: Int64
    ) throws(StoreError) -> Value {
        guard (1...Int64(newestReadable)).contains(schema) else {
            throw .corrupt("a document has version \(schema); this release reads versions up to \(newestReadable)")
        }
        do { return try StoredJSON.decode(from: bytes) } catch { throw StoreError(error) }
    }
}
