import Crypto
package import Support

/// A seal over records of all aggregates: the global chain (decisions.md 8).
///
/// Keyed, so that somebody who can write to the database but does not hold `SYM_SECRET_KEY` cannot make one; chained,
/// so that none can be taken out of the middle. What was cut off at the end shows with `--expect-head`.
package struct AuditSeal: Hashable, Sendable {
    /// Counts from 1 without gaps.
    package var number: Int64
    package var at: Timestamp
    /// The records that it covers: the store's positions, first and last included.
    package var first: Int64
    package var last: Int64
    /// SHA-256 over the hashes of the covered records, in the order of their positions.
    package var digest: String
    package var previous: String
    /// HMAC over everything above.
    package var code: String

    package static let genesis = String(repeating: "0", count: 64)
    package static let keyPurpose = "audit seal"

    package init(
        number: Int64, at: Timestamp, first: Int64, last: Int64, recordHashes: [String], previous: String,
        key: [UInt8]
    ) {
        self.number = number
        self.at = at
        self.first = first
        self.last = last
        digest = AuditSeal.digest(recordHashes)
        self.previous = previous
        code = ""
        code = AuditSeal.code(of: self, key: key)
    }

    package init(
        stored number: Int64, at: Timestamp, first: Int64, last: Int64, digest: String, previous: String, code: String
    ) {
        self.number = number
        self.at = at
        self.first = first
        self.last = last
        self.digest = digest
        self.previous = previous
        self.code = code
    }

    package static func digest(_ recordHashes: [String]) -> String { SHA256.hex(recordHashes.joined(separator: "\n")) }

    package static func code(of seal: AuditSeal, key: [UInt8]) -> String {
        let document: JSONObject = [
            "scheme": .int(AuditRecord.scheme), "number": .int(seal.number), "at": .int(seal.at.milliseconds),
            "first": .int(seal.first), "last": .int(seal.last), "digest": .string(seal.digest),
            "previous": .string(seal.previous),
        ]
        return Hex.text(HMACSHA256.code(for: Array(JSONValue.object(document).canonical.utf8), key: key))
    }
}
