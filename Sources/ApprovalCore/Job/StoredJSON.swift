/// How values are written to the store: keys sorted, so that equal values have equal bytes.
package enum StoredJSON {
    package static func encode(_ value: some Encodable) -> [UInt8] {
        do { return try StoredJSONWriter.bytes(of: value) } catch {
            preconditionFailure("our own values can be encoded: \(error)")
        }
    }

    /// - Throws: `DecodingError` for bytes that another version, or nobody of ours, wrote.
    package static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from bytes: [UInt8]) throws -> Value {
        try StoredJSONDecoder.value(type, from: bytes)
    }
}
