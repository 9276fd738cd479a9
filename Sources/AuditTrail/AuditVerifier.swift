import Support

/// What is wrong with an audit trail, and where first.
package struct AuditFinding: Error, Hashable, Sendable, CustomStringConvertible {
    /// `run/ID` and sequence, or the number of a seal.
    package var place: String
    package var problem: String

    package var description: String { "\(place): \(problem)" }
}

/// Reads a whole trail in the order of its positions and says whether it is what was written.
///
/// Feed it every record with `check(_:at:)` and every seal with `check(_:)`, seals behind the records they cover; then
/// ask `finish`. It keeps one head per aggregate, and the hashes of records that no seal has covered yet.
package struct AuditVerifier: Sendable {
    private let key: [UInt8]
    private var heads: [String: AuditHead] = [:]
    private var unsealed: [(position: Int64, hash: String)] = []
    private var lastSeal: AuditSeal?
    package private(set) var recordCount = 0
    package private(set) var sealCount = 0

    /// - Parameter key: derived from the master key for `AuditSeal.keyPurpose`.
    package init(key: [UInt8]) { self.key = key }

    package mutating func check(_ record: AuditRecord, at position: Int64) throws(AuditFinding) {
        let place = "\(record.aggregate) record \(record.sequence)"
        let head = heads[record.aggregate] ?? .genesis
        guard record.sequence == head.sequence + 1 else {
            throw AuditFinding(
                place: place, problem: "expected record \(head.sequence + 1): records are missing or out of order"
            )
        }
        guard record.previous == head.hash else {
            throw AuditFinding(place: place, problem: "it does not follow the record before it")
        }
        // Nothing that we recorded holds a fraction, and what does cannot be hashed.
        guard !JSONValue.object(record.details).holdsFraction, AuditRecord.hash(of: record) == record.hash else {
            throw AuditFinding(place: place, problem: "its content is not what was recorded")
        }
        heads[record.aggregate] = AuditHead(record)
        unsealed.append((position, record.hash))
        recordCount += 1
    }

    package mutating func check(_ seal: AuditSeal) throws(AuditFinding) {
        let place = "seal \(seal.number)"
        guard seal.number == (lastSeal?.number ?? 0) + 1, seal.previous == lastSeal?.code ?? AuditSeal.genesis else {
            throw AuditFinding(place: place, problem: "it does not follow the seal before it")
        }
        guard AuditSeal.code(of: seal, key: key) == seal.code else {
            throw AuditFinding(place: place, problem: "it was not made with this installation's key, or was altered")
        }
        let covered = unsealed.prefix { $0.position <= seal.last }
        guard covered.first?.position == seal.first, covered.last?.position == seal.last,
            AuditSeal.digest(covered.map(\.hash)) == seal.digest
        else {
            throw AuditFinding(place: place, problem: "the records it covers are not those that were sealed")
        }
        unsealed.removeFirst(covered.count)
        lastSeal = seal
        sealCount += 1
    }

    /// The code of the last seal, to be noted down outside and asked for later with `--expect-head`; and how many
    /// records are too young to be sealed.
    package func finish() -> (head: String, unsealedRecords: Int) {
        (lastSeal?.code ?? AuditSeal.genesis, unsealed.count)
    }
}
