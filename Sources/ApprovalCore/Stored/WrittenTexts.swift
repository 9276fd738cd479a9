import Support

/// Texts under their names that are stored again and again and seldom looked at: they are kept as their document, and
/// read when somebody asks for them.
@propertyWrapper
package struct WrittenTexts: Hashable, Sendable {
    /// As this release writes them, so that equal texts have equal bytes.
    private let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    package init(wrappedValue texts: [String: String]) {
        var output = StoredOutput(bytesExpected: 64 * texts.count)
        output.write(texts)
        bytes = output.bytes
    }

    package var wrappedValue: [String: String] {
        get {
            var input = StoredInput(bytes)
            if let texts: [String: String] = try? input.members() { return texts }
            do { return try StoredJSON.decode(from: bytes) } catch {
                preconditionFailure("what we have written ourselves can be read: \(error)")
            }
        }
        set { self = WrittenTexts(wrappedValue: newValue) }
    }

    package var projectedValue: WrittenTexts { self }
}

extension WrittenTexts: DirectlyStored {
    package init(from decoder: any Decoder) throws {
        self.init(wrappedValue: try decoder.singleValueContainer().decode([String: String].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }

    package func store(in output: inout StoredOutput) { output.write(document: bytes) }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        if let bytes = input.plainTexts() {
            self.init(bytes: bytes)
        } else {
            self.init(wrappedValue: try input.members())
        }
    }
}
