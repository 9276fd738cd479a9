import Support

/// Writes our own values as JSON with sorted keys: what `JSONEncoder` does, about ten times as quickly, because nothing
/// is built in between. A commit writes the whole run, so this is what much of a click's time would go into.
final class StoredJSONWriter {
    private var bytes: [UInt8] = []
    /// The containers that are open, outermost first.
    private var open: [Container] = []
    /// Where the members of the open objects begin, those of inner objects behind those of outer ones.
    private var members: [Member] = []

    private struct Container {
        let isObject: Bool
        /// Index of its first member in `members`.
        let firstMember: Int
        var count = 0
        var isSorted = true
    }

    private struct Member {
        let start: Int
        let nameEnd: Int
    }

    static func bytes(of value: some Encodable) throws -> [UInt8] {
        let writer = StoredJSONWriter()
        writer.bytes.reserveCapacity(4096)
        try writer.write(value)
        return writer.bytes
    }

    /// How many containers are open around what is written next.
    var depth: Int { open.count }

    func write(_ value: some Encodable) throws {
        let depth = depth
        let start = bytes.count
        try value.encode(to: StoredJSONEncoder(writer: self))
        close(downTo: depth)
        if bytes.count == start { write(literal: "{}") }
    }

    func write(literal: StaticString) { literal.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) } }

    func write(number: some LosslessStringConvertible) { bytes.append(contentsOf: number.description.utf8) }

    func write(integer: some BinaryInteger) {
        guard integer > 0, var rest = UInt64(exactly: integer) else { return write(number: Int64(integer)) }
        let start = bytes.count
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    func write(text: String) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if bytes[start...].contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }) {
            bytes.removeSubrange((start - 1)...)
            var quoted = ""
            JSONValue.appendQuoted(text, to: &quoted)
            bytes.append(contentsOf: quoted.utf8)
        } else {
            bytes.append(UInt8(ascii: "\""))
        }
    }

    // MARK: Containers

    /// Opens a container where a value is expected.
    ///
    /// - Returns: the depth at which its members stand.
    func open(asObject isObject: Bool) -> Int {
        bytes.append(UInt8(ascii: isObject ? "{" : "["))
        open.append(Container(isObject: isObject, firstMember: members.count))
        return open.count
    }

    /// Begins a member of the object at `depth`; whatever is still open within it is at its end.
    func beginMember(_ name: String, at depth: Int) {
        close(downTo: depth)
        if open[depth - 1].count > 0 { bytes.append(UInt8(ascii: ",")) }
        let start = bytes.count
        write(text: name)
        let member = Member(start: start, nameEnd: bytes.count)
        if open[depth - 1].count > 0, isBefore(member, members[members.count - 1]) { open[depth - 1].isSorted = false }
        open[depth - 1].count += 1
        members.append(member)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Begins an element of the array at `depth`.
    func beginElement(at depth: Int) {
        close(downTo: depth)
        if open[depth - 1].count > 0 { bytes.append(UInt8(ascii: ",")) }
        open[depth - 1].count += 1
    }

    func count(at depth: Int) -> Int { open[depth - 1].count }

    func close(downTo depth: Int) {
        while open.count > depth {
            let container = open.removeLast()
            if container.isObject {
                if !container.isSorted { sortMembers(from: container.firstMember) }
                members.removeSubrange(container.firstMember...)
                bytes.append(UInt8(ascii: "}"))
            } else {
                bytes.append(UInt8(ascii: "]"))
            }
        }
    }

    /// Puts the members at the end of what was written into the order of their names.
    private func sortMembers(from first: Int) {
        let start = members[first].start
        let written = Array(bytes[start...])
        let sorted = members[first...].indices.sorted { isBefore(members[$0], members[$1]) }
        bytes.removeSubrange(start...)
        for index in sorted {
            if bytes.count > start { bytes.append(UInt8(ascii: ",")) }
            // Up to the comma before the next member.
            let end = index + 1 < members.endIndex ? members[index + 1].start - 1 : start + written.count
            bytes.append(contentsOf: written[(members[index].start - start)..<(end - start)])
        }
    }

    private func isBefore(_ left: Member, _ right: Member) -> Bool {
        bytes[left.start..<left.nameEnd - 1].lexicographicallyPrecedes(bytes[right.start..<right.nameEnd - 1])
    }
}
