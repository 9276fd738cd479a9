import AuditTrail
import Support
import Testing

@Suite struct `Audit records` {
    private let time = Timestamp(seconds: 1_800_000_000)

    private func record(after head: AuditHead, kind: String = "approved") -> AuditRecord {
        AuditRecord(
            after: head, aggregate: "run/1", at: time, kind: kind, actor: "ada", details: ["reason": "because"]
        )
    }

    @Test func `follow each other by number and by hash`() {
        let first = record(after: .genesis, kind: "requested")
        let second = record(after: AuditHead(first))
        #expect(first.sequence == 1)
        #expect(first.previous == AuditHead.genesis.hash)
        #expect(second.sequence == 2)
        #expect(second.previous == first.hash)
        #expect(second.hash != first.hash)
    }

    @Test func `have a hash over everything but itself`() {
        let original = record(after: .genesis)
        var changed: [AuditRecord] = Array(repeating: original, count: 5)
        changed[0].at = time + .milliseconds(1)
        changed[1].kind = "denied"
        changed[2].actor = "bob"
        changed[3].details = ["reason": "Because"]
        changed[4].aggregate = "run/2"
        for record in changed { #expect(AuditRecord.hash(of: record) != original.hash) }
        #expect(AuditRecord.hash(of: original) == original.hash)
    }

    @Test func `that somebody has put a fraction into are found out, and stop nobody`() {
        var forged = record(after: .genesis)
        forged.details = ["reason": ["nested": [.double(1.5)]]]
        var verifier = AuditVerifier(key: [])
        #expect(throws: AuditFinding.self) { try verifier.check(forged, at: 1) }
    }

    @Test func `do not depend on the order in which details were written`() {
        let one = AuditRecord(
            after: .genesis, aggregate: "run/1", at: time, kind: "k", actor: "a", details: ["x": 1, "y": 2]
        )
        let other = AuditRecord(
            after: .genesis, aggregate: "run/1", at: time, kind: "k", actor: "a", details: ["y": 2, "x": 1]
        )
        #expect(one.hash == other.hash)
    }
}
