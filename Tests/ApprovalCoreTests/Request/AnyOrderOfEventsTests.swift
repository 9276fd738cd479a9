import ApprovalCore
import Support
import Testing

@Suite struct `Any order of events` {
    private static let stepsPerSeed = 150

    @Test(arguments: 0..<200)
    func `decides once, grants once, and takes back what it granted`(seed: Int) throws {
        var world = World(seed: UInt64(seed))
        var grants: Set<Int> = []
        for step in 0..<Self.stepsPerSeed {
            let before = world.run
            let facts = world.step()
            let after = world.run
            let place: Comment = "seed \(seed), step \(step): \(facts)"

            #expect(after.lastFactAt >= before.lastFactAt, place)
            if before.isOver { #expect(after.state == before.state, place) }
            if let verdict = before.verdict, after.binding.round == before.binding.round {
                #expect(after.verdict == verdict, place)
            }
            for fact in facts {
                guard case .accessGranted(let access) = fact else { continue }
                #expect(grants.insert(access.epoch).inserted, place)
                #expect(after.access == access, place)
            }
            expectHonestVotes(after, place)
            expectNothingForgotten(world, place)
        }
        try world.settle()
        let run = world.run
        #expect(try StoredJSON.decode(AccessRequest.self, from: StoredJSON.encode(run)) == run, "seed \(seed)")
        #expect(run.openReceipts.isEmpty, "seed \(seed)")
        #expect(run.wakeAt == nil, "seed \(seed)")
        if world.target.isOn {
            #expect(!world.terms.scheduleDeescalation, "seed \(seed): access outlived its time: \(run.state)")
            #expect(run.holdsGrant, "seed \(seed): \(run.state)")
        }
        switch run.state {
        case .submitted, .pending, .escalating, .removing: Issue.record("seed \(seed) stopped halfway: \(run.state)")
        case .active: #expect(!world.terms.scheduleDeescalation, "seed \(seed)")
        case .approved, .executionFailed, .removed, .denied, .expired: break
        }
    }

    /// Enough different people, none of them the requester, none who may not.
    private func expectHonestVotes(_ run: AccessRequest, _ place: Comment) {
        guard let verdict = run.verdict, verdict.outcome == .approved, case .people(let votes) = verdict.by,
            let routing = run.routing
        else { return }
        #expect(votes.count >= routing.quorum, place)
        #expect(Set(votes.map(\.person.id)).count == votes.count, place)
        #expect(Set(votes.compactMap(\.person.email)).count == votes.count, place)
        let names = votes.map(\.person.name)
        #expect(!names.contains("gone") && !names.contains("robot"), place)
        if !routing.selfApproval { #expect(!names.contains("eve") && !names.contains("eve2"), place) }
        if !run.terms.allowGuestInteraction { #expect(!names.contains("gus"), place) }
    }

    /// Wherever access is on, the run knows that it may be, and has a durable end for it; and what it calls on is on.
    private func expectNothingForgotten(_ world: World, _ place: Comment) {
        let run = world.run
        if world.target.isOn { #expect(run.holdsGrant, "\(place): access is on, and the run is \(run.state)") }
        if run.access != nil { #expect(world.target.isOn, "\(place): the target did nothing") }
        guard run.holdsGrant, world.terms.scheduleDeescalation else { return }
        switch run.state {
        case .escalating(let attempt):
            #expect(attempt.removeBy != nil, place)
            #expect(run.wakeAt != nil, place)
        case .active, .executionFailed: #expect(run.wakeAt != nil, place)
        case .removing(let removal):
            #expect(world.effects.contains(.deescalate(epoch: removal.epoch)), place)
        case .submitted, .pending, .approved, .removed, .denied, .expired: Issue.record(place)
        }
    }

    @Test func `reaches every state`() {
        var seen: Set<String> = []
        for seed in 0..<200 {
            var world = World(seed: UInt64(seed))
            for _ in 0..<Self.stepsPerSeed {
                _ = world.step()
                seen.insert("\(world.run.status.run.rawValue)/\(world.run.status.approval.rawValue)")
                if world.run.removal != nil { seen.insert("removing") }
                if world.run.binding.round > 1 { seen.insert("asked anew") }
                if world.run.attempt?.epoch ?? 0 > 1 { seen.insert("second epoch") }
                if !world.run.openReceipts.isEmpty { seen.insert("open receipt") }
                if world.run.binding.round > 1, world.run.access != nil { seen.insert("on in a later round") }
            }
        }
        #expect(seen.count == 13, "\(seen.sorted())")
    }
}
