/// Dynamic JSON: what Slack, configuration files and flows send, before it has a type.
///
/// Objects keep the order in which they were written. Numbers that are whole and fit are `int`; all others `double`.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in their written order. Names are unique.
package struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
    package private(set) var members: [(name: String, value: JSONValue)] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members.reserveCapacity(elements.count)
        for (name, value) in elements { self[name] = value }
    }

    package init(_ elements: some Sequence<(String, JSONValue)>) {
        for (name, value) in elements { self[name] = value }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var names: [String] { members.map(\.name) }

    package subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let place = members.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    func has(_ name: String) -> Bool { members.contains { $0.name == name } }

    /// Adds a member whose name is known to be new. For parsers, which have looked already.
    mutating func appendNew(_ name: String, _ value: JSONValue) { members.append((name, value)) }

    package func makeIterator() -> IndexingIterator<[(name: String, value: JSONValue)]> { members.makeIterator() }

    /// Equal when the same names have the same values; order does not count.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.name] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var combined = 0
        for (name, value) in members {
            var member = Hasher()
            member.combine(name)
            member.combine(value)
            combined ^= member.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    package var text: String? { if case .string(let text) = self { text } else { nil } }
    package var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    package var integer: Int64? { if case .int(let integer) = self { integer } else { nil } }
    package var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
    package var isNull: Bool { self == .null }

    /// A member of an object; `nil` where this is no object or has no such member.
    package subscript(name: String) -> JSONValue? { object?[name] }

    /// An element of an array; `nil` where this is no array or is too short.
    package subscript(index: Int) -> JSONValue? {
        guard let elements, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// What kind of value this is, in the words of JSON: for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// MARK: Writing

extension JSONValue {
    /// Compact text, members in their order.
    package var compact: String { String(decoding: bytes, as: UTF8.self) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, sorted: false)
        return bytes
    }

    /// The canonical form of RFC 8785, for what is hashed: members sorted by UTF-16 units, no white space.
    ///
    /// Hashed documents hold strings, booleans, null and integers below 2^53 only (decisions.md 3); a `double` that is
    /// not whole is a mistake of ours and stops the program.
    package var canonical: String {
        var bytes: [UInt8] = []
        write(to: &bytes, sorted: true)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a `double` is anywhere in it: then it has no canonical form.
    package var holdsFraction: Bool {
        switch self {
        case .double: true
        case .array(let elements): elements.contains(where: \.holdsFraction)
        case .object(let object): object.contains { $0.value.holdsFraction }
        case .null, .bool, .int, .string: false
        }
    }

    /// The same as bytes, behind what is there already.
    package func appendCanonical(to bytes: inout [UInt8]) { write(to: &bytes, sorted: true) }

    /// Indented text with sorted members, for golden files and people.
    package var pretty: String {
        var text = ""
        writePretty(to: &text, indent: 0)
        return text + "\n"
    }

    private func write(to bytes: inout [UInt8], sorted: Bool) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .double(let double):
            precondition(!sorted, "a canonical document holds no fractions")
            bytes.append(contentsOf: (double.isFinite ? "\(double)" : "null").utf8)
        case .string(let string): Self.appendQuoted(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes, sorted: sorted)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            let members = sorted ? object.sortedMembers : object.members
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.appendQuoted(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes, sorted: sorted)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private func writePretty(to text: inout String, indent: Int) {
        let inner = String(repeating: "  ", count: indent + 1)
        let outer = String(repeating: "  ", count: indent)
        switch self {
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                element.writePretty(to: &text, indent: indent + 1)
                text += index + 1 < elements.count ? ",\n" : "\n"
            }
            text += outer + "]"
        case .object(let object) where !object.isEmpty:
            text += "{\n"
            for (index, member) in object.sortedMembers.enumerated() {
                text += inner
                Self.appendQuoted(member.name, to: &text)
                text += ": "
                member.value.writePretty(to: &text, indent: indent + 1)
                text += index + 1 < object.count ? ",\n" : "\n"
            }
            text += outer + "}"
        default: text += compact
        }
    }

    private static func appendQuoted(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes.append(contentsOf: string.utf8)
        if !bytes.isPlainText(from: start) {
            let written = Array(bytes[start...])
            bytes.removeSubrange(start...)
            appendEscaped(written, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ text: [UInt8], to bytes: inout [UInt8]) {
        var place = 0
        while place < text.count {
            let end = text.plainText(from: place).end
            bytes.append(contentsOf: text[place..<end])
            if end < text.count { bytes.append(contentsOf: escape(text[end]).utf8) }
            place = end + 1
        }
    }

    /// For a quote, a backslash or a control character.
    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): return "\\\""
        case UInt8(ascii: "\\"): return "\\\\"
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\r"): return "\\r"
        case UInt8(ascii: "\t"): return "\\t"
        case 0x08: return "\\b"
        case 0x0c: return "\\f"
        default: return "\\u00" + Hex.text([byte])
        }
    }

    /// Appends a JSON string with its quotes. Escapes what RFC 8785 escapes, and nothing else.
    package static func appendQuoted(_ string: String, to text: inout String) {
        var bytes: [UInt8] = []
        appendQuoted(string, to: &bytes)
        text += String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONObject {
    /// Members by the UTF-16 units of their names (RFC 8785, section 3.2.3).
    var sortedMembers: [(name: String, value: JSONValue)] {
        guard !isInOrder else { return members }
        return members.sorted { left, right in
            // Up to the first code unit outside of ASCII, UTF-8 and UTF-16 sort alike.
            let isASCII = left.name.utf8.allSatisfy { $0 < 0x80 } && right.name.utf8.allSatisfy { $0 < 0x80 }
            if isASCII { return left.name < right.name }
            return left.name.utf16.lexicographicallyPrecedes(right.name.utf16)
        }
    }

    private var isInOrder: Bool {
        members.indices.allSatisfy { index in
            members[index].name.utf8.allSatisfy { $0 < 0x80 }
                && (index == 0 || members[index - 1].name < members[index].name)
        }
    }
}
