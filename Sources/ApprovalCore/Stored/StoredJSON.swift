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

    // MARK: What each click reads and writes

    /// The same bytes, without a container for each member.
    package static func encode(_ value: some DirectlyStored) -> [UInt8] {
        var output = StoredOutput(bytesExpected: type(of: value).bytesExpected)
        value.store(in: &output)
        return output.bytes
    }

    /// The same value, where the bytes are exactly as this release writes them; everything else is read as any other
    /// document is.
    package static func decode<Value: DirectlyStored>(
        _ type: Value.Type = Value.self, from bytes: [UInt8]
    ) throws -> Value {
        if let value = direct(type, from: bytes) { return value }
        return try StoredJSONDecoder.value(type, from: bytes)
    }

    /// `nil` where the bytes are not exactly as this release writes them.
    package static func direct<Value: DirectlyStored>(_ type: Value.Type, from bytes: [UInt8]) -> Value? {
        var input = StoredInput(bytes)
        do throws(Unfamiliar) {
            let value = try Value(stored: &input)
            return input.isAtEnd ? value : nil
        } catch {
            return nil
        }
    }
}

/// A value that writes its document, and reads it back, without `Codable`'s containers in between: some ten times as
/// quickly. Its document is the one that `Codable` makes, to the byte.
///
/// Members are written and read in the order of their names.
package protocol DirectlyStored: Codable {
    func store(in output: inout StoredOutput)
    /// How long a document mostly is.
    static var bytesExpected: Int { get }
    /// - Throws: for what this release does not write like this. `Codable` may be able to read it all the same.
    init(stored input: inout StoredInput) throws(Unfamiliar)
}

extension DirectlyStored {
    package static var bytesExpected: Int { 256 }
}

/// A document, or a part of one, is not as this release writes it.
package struct Unfamiliar: Error {}
