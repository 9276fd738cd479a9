package import Support

/// A document that is being written. Whoever writes an object names its members in their order.
package struct StoredOutput {
    private(set) var bytes: [UInt8] = []

    init(bytesExpected: Int) { bytes.reserveCapacity(bytesExpected) }

    // MARK: Objects

    mutating func begin() { bytes.append(UInt8(ascii: "{")) }
    mutating func end() { bytes.append(UInt8(ascii: "}")) }

    /// Begins a member.
    mutating func name(_ name: StaticString) {
        // What ends with a brace that opens is an object that has just begun.
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// What the compiler makes of a case with one value, which has no name unless that is said.
    mutating func only(in name: StaticString, named member: StaticString = "_0", _ value: some DirectlyStored) {
        begin()
        self.name(name)
        begin()
        self.member(member, value)
        end()
        end()
    }

    /// What it makes of a case with two values without names.
    mutating func both(in name: StaticString, _ first: some DirectlyStored, _ second: some DirectlyStored) {
        begin()
        self.name(name)
        begin()
        member("_0", first)
        member("_1", second)
        end()
        end()
    }

    /// What it makes of a case without values.
    mutating func bare(_ name: StaticString) {
        begin()
        self.name(name)
        begin()
        end()
        end()
    }

    mutating func member(_ name: StaticString, _ value: some DirectlyStored) {
        self.name(name)
        value.store(in: &self)
    }

    mutating func member(_ name: StaticString, _ value: (some DirectlyStored)?) {
        if let value { member(name, value) }
    }

    mutating func member(_ name: StaticString, _ values: [some DirectlyStored]) {
        self.name(name)
        write(values)
    }

    /// For what is rare: as `Codable` writes it.
    mutating func coded(_ name: StaticString, _ value: (some Encodable)?) {
        guard let value else { return }
        self.name(name)
        write(coded: value)
    }

    // MARK: Values

    mutating func write(_ values: [some DirectlyStored]) {
        bytes.append(UInt8(ascii: "["))
        for index in values.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            values[index].store(in: &self)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func write(coded value: some Encodable) {
        let written: [UInt8] = StoredJSON.encode(value)
        bytes.append(contentsOf: written)
    }

    /// A document that was written before.
    mutating func write(document: [UInt8]) { bytes.append(contentsOf: document) }

    mutating func write(literal: StaticString) { literal.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) } }

    mutating func write(integer: Int64) {
        guard integer > 0 else {
            bytes.append(contentsOf: String(integer).utf8)
            return
        }
        let start = bytes.count
        var rest = integer
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    mutating func write(text: String) {
        let start = bytes.count
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        guard bytes.isPlainText(from: start + 1) else {
            bytes.removeSubrange(start...)
            var quoted = ""
            JSONValue.appendQuoted(text, to: &quoted)
            bytes.append(contentsOf: quoted.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A dictionary: its names are data.
    mutating func write(_ members: [String: some DirectlyStored]) {
        // Names are in the order of their bytes as they are written: with what had to be escaped.
        let isPlain = members.keys.allSatisfy { name in
            name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c && $0 < 0x80 }
        }
        guard isPlain else { return write(coded: members) }
        begin()
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
            write(text: name)
            bytes.append(UInt8(ascii: ":"))
            value.store(in: &self)
        }
        end()
    }
}

// MARK: What documents are made of

extension String: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(text: self) }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self = try input.text() }
}

extension Int: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(integer: Int64(self)) }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self = Int(try input.integer()) }
}

extension Int64: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(integer: self) }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self = try input.integer() }
}

extension Bool: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(literal: self ? "true" : "false") }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self = try input.flag() }
}

extension Timestamp: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(integer: milliseconds) }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self.init(milliseconds: try input.integer()) }
}

extension Identifier: DirectlyStored {
    package func store(in output: inout StoredOutput) { output.write(text: text) }
    package init(stored input: inout StoredInput) throws(Unfamiliar) { self.init(try input.text()) }
}

/// Enumerations whose document is their raw text.
package protocol StoredByName: DirectlyStored, RawRepresentable where RawValue == String {}

extension StoredByName {
    package func store(in output: inout StoredOutput) { output.write(text: rawValue) }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        guard let value = Self(rawValue: try input.text()) else { throw Unfamiliar() }
        self = value
    }
}
