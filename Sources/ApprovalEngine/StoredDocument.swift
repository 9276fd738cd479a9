package import ApprovalCore

/// Documents in a database: JSON, with the version of its form in a column beside it.
///
/// A release reads its own version and the next, and writes its own (decisions.md 8).
package enum StoredDocument {
    package static let schema = 1
    package static let newestReadable = schema + 1

    package static func read<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8], schema: Int64
    ) throws(StoreError) -> Value {
        try check(schema)
        do { return try StoredJSON.decode(from: bytes) } catch { throw StoreError(document: error) }
    }

    /// The same, for what each click reads.
    package static func read<Value: DirectlyStored>(
        _ type: Value.Type = Value.self, from bytes: [UInt8], schema: Int64
    ) throws(StoreError) -> Value {
        try check(schema)
        do { return try StoredJSON.decode(from: bytes) } catch { throw StoreError(document: error) }
    }

    private static func check(_ schema: Int64) throws(StoreError) {
        guard (1...Int64(newestReadable)).contains(schema) else {
            throw .corrupt("a document has version \(schema); this release reads versions up to \(newestReadable)")
        }
    }
}

extension StoreError {
    /// What failed while something that a store holds was read.
    package init(document error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case is DecodingError: self = .corrupt("a stored document does not have the form this release reads")
        default: self = .corrupt("a stored document cannot be read: \(type(of: error))")
        }
    }
}
