/// `Encodable`'s view of a `StoredJSONWriter`. Values are written in the order in which they are encoded, so a container
/// is finished as soon as its parent goes on; what the compiler synthesises does not go back to one.
struct StoredJSONEncoder: Encoder {
    let writer: StoredJSONWriter

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(ObjectContainer<Key>(writer: writer, depth: writer.open(asObject: true)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        ArrayContainer(writer: writer, depth: writer.open(asObject: false))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ValueContainer(writer: writer) }
}

private struct ObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: StoredJSONWriter
    let depth: Int

    var codingPath: [any CodingKey] { [] }

    private func begin(_ key: Key) { writer.beginMember(key.stringValue, at: depth) }

    func encodeNil(forKey key: Key) {
        begin(key)
        writer.write(literal: "null")
    }
    func encode(_ value: Bool, forKey key: Key) {
        begin(key)
        writer.write(literal: value ? "true" : "false")
    }
    func encode(_ value: String, forKey key: Key) {
        begin(key)
        writer.write(text: value)
    }
    func encode(_ value: Int, forKey key: Key) {
        begin(key)
        writer.write(integer: value)
    }
    func encode(_ value: Int64, forKey key: Key) {
        begin(key)
        writer.write(integer: value)
    }
    func encode(_ value: some Encodable, forKey key: Key) throws {
        begin(key)
        try writer.write(value)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        begin(key)
        return superEncoder().container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        begin(key)
        return superEncoder().unkeyedContainer()
    }
    func superEncoder(forKey key: Key) -> any Encoder {
        begin(key)
        return superEncoder()
    }
    func superEncoder() -> any Encoder { StoredJSONEncoder(writer: writer) }
}

private struct ArrayContainer: UnkeyedEncodingContainer {
    let writer: StoredJSONWriter
    let depth: Int

    var codingPath: [any CodingKey] { [] }
    var count: Int { writer.count(at: depth) }

    func encodeNil() {
        writer.beginElement(at: depth)
        writer.write(literal: "null")
    }
    func encode(_ value: String) {
        writer.beginElement(at: depth)
        writer.write(text: value)
    }
    func encode(_ value: some Encodable) throws {
        writer.beginElement(at: depth)
        try writer.write(value)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        superEncoder().container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
    func superEncoder() -> any Encoder {
        writer.beginElement(at: depth)
        return StoredJSONEncoder(writer: writer)
    }
}

private struct ValueContainer: SingleValueEncodingContainer {
    let writer: StoredJSONWriter

    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.write(literal: "null") }
    func encode(_ value: Bool) { writer.write(literal: value ? "true" : "false") }
    func encode(_ value: String) { writer.write(text: value) }
    func encode(_ value: Double) { writer.write(number: value) }
    func encode(_ value: Float) { writer.write(number: value) }
    func encode(_ value: Int) { writer.write(integer: value) }
    func encode(_ value: Int8) { writer.write(integer: value) }
    func encode(_ value: Int16) { writer.write(integer: value) }
    func encode(_ value: Int32) { writer.write(integer: value) }
    func encode(_ value: Int64) { writer.write(integer: value) }
    func encode(_ value: UInt) { writer.write(integer: value) }
    func encode(_ value: UInt8) { writer.write(integer: value) }
    func encode(_ value: UInt16) { writer.write(integer: value) }
    func encode(_ value: UInt32) { writer.write(integer: value) }
    func encode(_ value: UInt64) { writer.write(integer: value) }
    func encode(_ value: some Encodable) throws { try writer.write(value) }
}
