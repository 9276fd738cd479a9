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
    package var details: JSONObject
    /// The hash of the record before; of `AuditHead.genesis` for the first.
    package var previous: String
    package var hash: String

    package static let scheme: Int64 = 1

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
        hash = AuditRecord.hash(of: self)
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
        // In the order of their names, so that nothing has to be sorted: two of them for each click.
        let document: JSONObject = [
            "actor": .string(record.actor), "aggregate": .string(record.aggregate),
            "at": .int(record.at.milliseconds), "details": .object(record.details), "kind": .string(record.kind),
            "previous": .string(record.previous), "scheme": .int(scheme), "sequence": .int(record.sequence),
        ]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        JSONValue.object(document).appendCanonical(to: &bytes)
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
