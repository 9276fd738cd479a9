import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support
import TestSupport
import Testing

@Suite struct `The audit trail` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func trail() async throws -> (records: [AuditRecord], seals: [AuditSeal]) {
        _ = try await fixture.granted()
        try await AuditSealer(fixture.engine, key: EngineFixture.sealKey).runOnce()
        _ = try await fixture.granted("auto")
        try await fixture.pass(.minutes(61), step: .minutes(1))
        try await AuditSealer(fixture.engine, key: EngineFixture.sealKey).runOnce()
        return (fixture.memory.records, try await fixture.engine.store.seals(after: 0, limit: 100))
    }

    /// What a verifier says of a trail: each seal after the records it covers.
    private func finding(
        _ records: [AuditRecord], _ seals: [AuditSeal], key: [UInt8] = EngineFixture.sealKey
    ) -> AuditFinding? {
        var verifier = AuditVerifier(key: key)
        do throws(AuditFinding) {
            for (index, record) in records.enumerated() { try verifier.check(record, at: Int64(index + 1)) }
            for seal in seals { try verifier.check(seal) }
            return nil
        } catch { return error }
    }

    @Test func `of several runs is in order, and all of it is sealed`() async throws {
        let (records, seals) = try await trail()
        #expect(seals.count == 2)
        #expect(finding(records, seals) == nil)
        #expect(seals.last?.last == Int64(records.count))
        try await fixture.verify()
    }

    @Test func `seals nothing twice, and nothing when there is nothing`() async throws {
        _ = try await trail()
        let sealer = AuditSealer(fixture.engine, key: EngineFixture.sealKey)
        #expect(try await sealer.runOnce() == 0)
        #expect(try await fixture.engine.store.seals(after: 0, limit: 100).count == 2)
    }

    @Test func `is stored as it was hashed, and as it is where somebody alters it`() async throws {
        var (records, _) = try await trail()
        #expect(!records.isEmpty)
        for record in records {
            let canonical = JSONValue.object(record.details).canonical
            #expect(record.detailsText == canonical)
            #expect(AuditRecord.hash(of: record) == record.hash)
            let read = AuditRecord(
                stored: record.aggregate, sequence: record.sequence, at: record.at, kind: record.kind,
                actor: record.actor, details: try #require(JSONValue(parsing: canonical).object),
                previous: record.previous, hash: record.hash
            )
            #expect(read == record)
            #expect(read.hashValue == record.hashValue)
            #expect(read.detailsText == canonical)
        }
        records[4].details["added"] = "1"
        #expect(records[4].detailsText.contains("\"added\":\"1\""))
        #expect(AuditRecord.hash(of: records[4]) != records[4].hash)
    }

    @Test(arguments: 0..<7) func `shows every field of a record that was altered`(field: Int) async throws {
        var (records, seals) = try await trail()
        let edits: [(inout AuditRecord) -> Void] = [
            { $0.aggregate = "run/other" }, { $0.sequence += 1 }, { $0.at = $0.at + .milliseconds(1) },
            { $0.kind = "denied" }, { $0.actor = "somebody" }, { $0.details["added"] = true },
            { $0.previous = AuditHead.genesis.hash + "0" },
        ]
        edits[field](&records[4])
        #expect(finding(records, seals) != nil)
        // Also when its own hash is made to fit: the next record, or the seal, does not.
        records[4].hash = AuditRecord.hash(of: records[4])
        #expect(finding(records, seals) != nil)
    }

    @Test(arguments: 0..<6) func `shows every field of a seal that was altered`(field: Int) async throws {
        var (records, seals) = try await trail()
        let edits: [(inout AuditSeal) -> Void] = [
            { $0.number += 1 }, { $0.at = $0.at + .milliseconds(1) }, { $0.first += 1 }, { $0.last -= 1 },
            { $0.digest = AuditSeal.digest([]) }, { $0.previous = AuditSeal.genesis + "0" },
        ]
        edits[field](&seals[0])
        #expect(finding(records, seals) != nil)
        seals[0].code = AuditSeal.code(of: seals[0], key: Array("another key".utf8))
        #expect(finding(records, seals) != nil)
        records.removeAll()
    }

    @Test func `shows every record that was taken out or moved`() async throws {
        let (records, seals) = try await trail()
        for index in records.indices {
            var fewer = records
            fewer.remove(at: index)
            #expect(finding(fewer, seals) != nil, "record \(index) is missing unnoticed")
        }
        for index in records.indices.dropLast() {
            var swapped = records
            swapped.swapAt(index, index + 1)
            #expect(finding(swapped, seals) != nil, "records \(index) and \(index + 1) changed places unnoticed")
        }
    }

    @Test func `a run rewritten from its first record on shows by its seal`() async throws {
        let (records, seals) = try await trail()
        var head = AuditHead.genesis
        let forged = records.map { record -> AuditRecord in
            guard record.aggregate == records[0].aggregate else { return record }
            let actor = record.kind == "voted" ? "somebody else" : record.actor
            let copy = AuditRecord(
                after: head, aggregate: record.aggregate, at: record.at, kind: record.kind, actor: actor,
                details: record.details
            )
            head = AuditHead(copy)
            return copy
        }
        #expect(finding(forged, []) == nil)
        #expect(finding(forged, seals)?.place == "seal 1")
    }

    @Test func `a seal that is missing in the middle shows`() async throws {
        let (records, seals) = try await trail()
        #expect(finding(records, Array(seals.dropFirst())) != nil)
        #expect(finding(records, seals, key: Array("another key".utf8)) != nil)
    }

    @Test func `a tail that was cut off shows by the head that was noted down`() async throws {
        let (records, seals) = try await trail()
        let cut = Array(records.prefix(Int(seals[0].last)))
        var whole = AuditVerifier(key: EngineFixture.sealKey)
        for (index, record) in records.enumerated() { try whole.check(record, at: Int64(index + 1)) }
        for seal in seals { try whole.check(seal) }
        var shorter = AuditVerifier(key: EngineFixture.sealKey)
        for (index, record) in cut.enumerated() { try shorter.check(record, at: Int64(index + 1)) }
        try shorter.check(seals[0])
        #expect(shorter.finish().head != whole.finish().head)
        #expect(shorter.finish().unsealedRecords == 0)
    }
}
