import Crypto
package import Support

/// One fact on record. Records of one aggregate (a run, a person, an entity) form a chain: each holds the hash of the
/// one before, and its own hash covers everything in it.
package struct AuditRecord: Hashable, Sendable {
    /// What it is about: `run/ID`, `person/ID`.
    package var aggregate: String
    /// Counts from 1 within the aggregate.
    package var sequence: Int64
    package var at: Timestamp
    /// The fact's name, in the past tense: `approved`.
    package var kind: String
    /// Who did it: a person's id, `policy`, or `system`.
    package var actor: String
    package var details: JSONObject { didSet { hashed.details = nil } }
    /// The hash of the record before; of `AuditHead.genesis` for the first.
    package var previous: String
    package var hash: String

    private var hashed = Hashed()

    package static let scheme: Int64 = 1

    /// What is left of the making of a record. It follows from the rest, and is no part of what a record is.
    private struct Hashed: Hashable {
        var details: String?

        static func == (left: Hashed, right: Hashed) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }

    /// The details as a store keeps them. Those of a new record are what was hashed, and not written a second time.
    package var detailsText: String { hashed.details ?? JSONValue.object(details).compact }

    /// The next record behind `head`.
    package init(
        after head: AuditHead, aggregate: String, at: Timestamp, kind: String, actor: String, details: JSONObject
    ) {
        self.aggregate = aggregate
        sequence = head.sequence + 1
        self.at = at
        self.kind = kind
        self.actor = actor
        self.details = details
        previous = head.hash
        hash = ""
        let text = JSONValue.object(details).canonical
        hash = AuditRecord.hash(of: self, details: text)
        hashed.details = text
    }

    /// A record as it was stored, to be verified.
    package init(
        stored aggregate: String, sequence: Int64, at: Timestamp, kind: String, actor: String, details: JSONObject,
        previous: String, hash: String
    ) {
        self.aggregate = aggregate
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.actor = actor
        self.details = details
        self.previous = previous
        self.hash = hash
    }

    /// The hash over everything but itself, in the canonical form of RFC 8785.
    package static func hash(of record: AuditRecord) -> String {
        hash(of: record, details: JSONValue.object(record.details).canonical)
    }

    private static func hash(of record: AuditRecord, details: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        func write(_ text: String) { bytes.append(contentsOf: text.utf8) }
        func write(_ value: JSONValue) { value.appendCanonical(to: &bytes) }
        // In the order of their names, so that nothing has to be sorted: two of them for each click.
        write("{\"actor\":")
        write(.string(record.actor))
        write(",\"aggregate\":")
        write(.string(record.aggregate))
        write(",\"at\":")
        write(.int(record.at.milliseconds))
        write(",\"details\":")
        write(details)
        write(",\"kind\":")
        write(.string(record.kind))
        write(",\"previous\":")
        write(.string(record.previous))
        write(",\"scheme\":")
        write(.int(scheme))
        write(",\"sequence\":")
        write(.int(record.sequence))
        write("}")
        return SHA256.hex(bytes)
    }

    /// As one JSON line of `symflow audit export`.
    package var json: JSONValue {
        [
            "aggregate": .string(aggregate), "sequence": .int(sequence), "at": .string(at.description),
            "at_ms": .int(at.milliseconds), "kind": .string(kind), "actor": .string(actor),
            "details": .object(details), "previous": .string(previous), "hash": .string(hash),
        ]
    }
}

/// Where an aggregate's chain ends.
package struct AuditHead: Hashable, Sendable, Codable {
    package var sequence: Int64
    package var hash: String

    package init(sequence: Int64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    package init(_ record: AuditRecord) {
        sequence = record.sequence
        hash = record.hash
    }

    /// The head of a chain that has no records.
    package static let genesis = AuditHead(sequence: 0, hash: String(repeating: "0", count: 64))
}
