import Support

/// Reads `Decodable` values from JSON: the other half of `StoredJSONWriter`.
struct StoredJSONDecoder: Decoder {
    fileprivate let value: JSONValue

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func value<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let json: JSONValue
        do throws(JSONSyntaxError) { json = try JSONValue(parsing: bytes) } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "\(error)", underlyingError: error)
            )
        }
        return try json.read(type)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw value.mismatch([String: Any].self) }
        return KeyedDecodingContainer(KeyedReader(object: object))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw value.mismatch([Any].self) }
        return UnkeyedReader(elements: elements)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleReader(value: value) }
}

extension JSONValue {
    fileprivate func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == String.self, case .string(let text) = self, let text = text as? Value { return text }
        return try Value(from: StoredJSONDecoder(value: self))
    }

    fileprivate func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard case .int(let integer) = self, let number = Number(exactly: integer) else { throw mismatch(type) }
        return number
    }

    fileprivate func double() throws -> Double {
        switch self {
        case .double(let double): return double
        case .int(let integer): return Double(integer)
        case .null, .bool, .string, .array, .object: throw mismatch(Double.self)
        }
    }

    fileprivate func flag(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let flag) = self else { throw mismatch(type) }
        return flag
    }

    fileprivate func string(_ type: String.Type) throws -> String {
        guard case .string(let text) = self else { throw mismatch(type) }
        return text
    }

    fileprivate func mismatch(_ type: Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: [], debugDescription: "found \(kind), expected \(type)")
        return isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { object.names.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

    private func found(_ key: Key) throws -> JSONValue {
        guard let value = object[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: [key], debugDescription: "it is missing"))
        }
        return value
    }

    /// Says in an error where it happened.
    private func at<Result>(_ key: Key, _ body: (JSONValue) throws -> Result) throws -> Result {
        let value = try found(key)
        do { return try body(value) } catch let error as DecodingError { throw error.below(key) }
    }

    private func number<Number: FixedWidthInteger>(_ type: Number.Type, _ key: Key) throws -> Number {
        try at(key) { try $0.number(type) }
    }

    func decodeNil(forKey key: Key) throws -> Bool { try found(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try at(key) { try $0.flag(type) } }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try at(key) { try $0.string(type) } }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try at(key) { try $0.double() } }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try at(key) { Float(try $0.double()) } }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try number(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try number(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try number(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try number(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try number(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try number(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try number(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try number(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try number(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try number(type, key) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try at(key) { try $0.read(type) }
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let value = object[key.stringValue], !value.isNull else { return nil }
        do { return try value.read(type) } catch let error as DecodingError { throw error.below(key) }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try at(key) { try StoredJSONDecoder(value: $0).container(keyedBy: type) }
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try at(key) { try StoredJSONDecoder(value: $0).unkeyedContainer() }
    }

    func superDecoder() throws -> any Decoder { StoredJSONDecoder(value: object["super"] ?? .null) }
    func superDecoder(forKey key: Key) throws -> any Decoder { StoredJSONDecoder(value: try found(key)) }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    private(set) var currentIndex = 0

    init(elements: [JSONValue]) { self.elements = elements }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next<Result>(_ body: (JSONValue) throws -> Result) throws -> Result {
        let index = currentIndex
        guard index < elements.count else {
            throw DecodingError.valueNotFound(
                Result.self, DecodingError.Context(codingPath: [], debugDescription: "there are only \(index) elements")
            )
        }
        do {
            let result = try body(elements[index])
            currentIndex += 1
            return result
        } catch let error as DecodingError { throw error.below(Index(intValue: index)) }
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.flag(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string(type) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { Float(try $0.double()) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.number(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.number(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.number(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.number(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.number(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.number(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.number(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.number(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.number(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.number(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.read(type) } }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next { try StoredJSONDecoder(value: $0).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try StoredJSONDecoder(value: $0).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next { StoredJSONDecoder(value: $0) } }

    private struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { "\(intValue ?? 0)" }

        init(intValue: Int) { self.intValue = intValue }
        init?(stringValue: String) { nil }
    }
}

private struct SingleReader: SingleValueDecodingContainer {
    let value: JSONValue
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { value.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try value.flag(type) }
    func decode(_ type: String.Type) throws -> String { try value.string(type) }
    func decode(_ type: Double.Type) throws -> Double { try value.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try value.double()) }
    func decode(_ type: Int.Type) throws -> Int { try value.number(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try value.number(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try value.number(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try value.number(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try value.number(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try value.number(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try value.number(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try value.number(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try value.number(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try value.number(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value.read(type) }
}

extension DecodingError {
    /// The same error, seen from one level further up.
    fileprivate func below(_ key: any CodingKey) -> DecodingError {
        func up(_ context: Context) -> Context {
            Context(
                codingPath: [key] + context.codingPath, debugDescription: context.debugDescription,
                underlyingError: context.underlyingError
            )
        }
        switch self {
        case .typeMismatch(let type, let context): return .typeMismatch(type, up(context))
        case .valueNotFound(let type, let context): return .valueNotFound(type, up(context))
        case .keyNotFound(let missing, let context): return .keyNotFound(missing, up(context))
        case .dataCorrupted(let context): return .dataCorrupted(up(context))
        @unknown default: return self
        }
    }
}
