import FoundationEssentials
import TestSupport
import Testing

/// How many seeds are tried, and from where on: `SYMFLOW_SEED=N` repeats one of them and prints what it records,
/// `SYMFLOW_TEST_LONG=1` tries 100,000.
private enum Seeds {
    static let environment = ProcessInfo.processInfo.environment
    static let only = environment["SYMFLOW_SEED"].flatMap(UInt64.init)
    static let chunk: UInt64 = 50

    static var chunks: [ClosedRange<UInt64>] {
        if let only { return [only...only] }
        let count: UInt64 = environment["SYMFLOW_TEST_LONG"] == "1" ? 100_000 : 3000
        return stride(from: 0, to: count, by: Int(chunk)).map { UInt64($0)...(UInt64($0) + chunk - 1) }
    }
}

@Suite(.serialized) struct `The whole engine, simulated` {
    @Test(arguments: Seeds.chunks) func `keeps its promises whatever goes wrong`(seeds: ClosedRange<UInt64>) async {
        for seed in seeds {
            let simulation = Simulation(seed: seed)
            if let violation = simulation.run() { Issue.record(violation) }
            if Seeds.only != nil { for line in simulation.story { print(line) } }
            await Task.yield()
        }
    }

    /// 67325: a request whose routing failed for good waits for its 72 hours.
    @Test(arguments: [67_325] as [UInt64]) func `passes the seeds that once failed`(seed: UInt64) {
        if let violation = Simulation(seed: seed).run() { Issue.record(violation) }
    }

    @Test func `comes to everything that can happen to a request`() async {
        var kinds: Set<String> = []
        let rare: Set = ["adopted"]
        for seed: UInt64 in 0..<2000 where !Simulation.allKinds.isSubset(of: kinds.union(rare)) {
            let simulation = Simulation(seed: seed)
            _ = simulation.run()
            kinds.formUnion(simulation.kinds)
            await Task.yield()
        }
        #expect(Simulation.allKinds.subtracting(kinds).subtracting(rare) == [])
    }

    @Test func `does the same thing under the same seed`() {
        for seed: UInt64 in 0..<5 {
            let one = Simulation(seed: seed)
            let two = Simulation(seed: seed)
            _ = (one.run(), two.run())
            #expect(one.steps == two.steps)
            #expect(one.story == two.story)
            #expect(!one.story.isEmpty)
        }
    }

    @Test(arguments: SimulationMutation.allCases)
    func `notices when a guard is taken out`(mutation: SimulationMutation) async throws {
        try await expectFailure(without: mutation)
    }

    @Test func `has a guard to take out for each invariant`() {
        #expect(Set(SimulationMutation.allCases.map(\.breaks)) == Set(SimulationInvariant.allCases))
    }
}

/// The four ways in which systems of this kind fail, as the issue names them.
@Suite struct `Four greens, simulated` {
    enum Green: String, CaseIterable {
        case twoClicks = "two clicks at once"
        case afterClick = "a crash after the click"
        case afterGrant = "a crash after the grant"
        case quorumRace = "a quorum race"

        var guards: [SimulationMutation] {
            switch self {
            case .twoClicks: [.lostUpdates, .denialsUnseen]
            case .afterClick: [.unsyncedClicks, .forgottenGrants]
            case .afterGrant: [.freshKeys, .attemptsNotDurable, .endsForgotten]
            case .quorumRace: [.votesNotCounted]
            }
        }
    }

    @Test(arguments: Green.allCases) func `each fails when its guard is taken out`(green: Green) async throws {
        for mutation in green.guards { try await expectFailure(without: mutation) }
    }
}

/// Expects that the invariant of a guard is seen to be broken without it, within the seeds that the issue allows.
private func expectFailure(without mutation: SimulationMutation) async throws {
    var others: Set<String> = []
    for seed: UInt64 in 0..<2000 {
        let violation = Simulation(seed: seed, without: mutation).run()
        if violation?.invariant == mutation.breaks { return }
        if let violation { others.insert(violation.invariant.rawValue) }
        await Task.yield()
    }
    Issue.record(
        """
        2,000 seeds passed although \(mutation.rawValue): expected "\(mutation.breaks.rawValue)" to be broken; \
        broken: \(others.sorted())
        """
    )
}
