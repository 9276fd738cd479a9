import HTTPModel
import Support
import Testing

/// The four ways in which systems of this kind fail: each is survived by the real program, and each shows as soon as
/// the guard against it is taken out.
@Suite struct `Four greens` {
    private static let together = 3
    /// Without a guard it takes a race, or a moment, that may have to be tried for.
    private static let triesMax = 40

    // MARK: Two clicks at once

    @Test(arguments: Ground.allCases) func `Two clicks at once: one of them decides`(ground: Ground) async throws {
        try await holds(on: ground, Self.site(), rounds: Self.together, Self.twoClicks)
    }

    @Test(arguments: Ground.allCases)
    func `Two clicks at once, without a check of the version: it fails`(ground: Ground) async throws {
        try await fails(without: .versionCheck, on: ground, Self.site(), Self.twoClicks)
    }

    private static func twoClicks(_ here: any Premises, _ round: Int) async throws -> [String] {
        let card = try await here.asks("round \(round).")
        let acknowledged = try await here.click(
            .click(.approve, on: card, by: "U0DANA"), .click(.deny, on: card, by: "U0ADA")
        )
        guard acknowledged.contains(true) else { return [] }
        // Where nothing is to be looked up, it is decided when the click is acknowledged.
        let findings = try await here.contradictions()
        guard findings.isEmpty else { return findings }
        guard try await here.rests() else { return ["it does not come to rest"] }
        return try await here.contradictions(effects: true)
    }

    // MARK: A crash after the click

    @Test(arguments: Ground.allCases)
    func `A crash after the click: it counts, and has its effect`(ground: Ground) async throws {
        try await holds(on: ground, Self.site(), rounds: 1, losesPower: true, Self.crashAfterClick)
    }

    @Test(arguments: Ground.allCases)
    func `A crash after the click that was acknowledged before it was synced: it fails`(ground: Ground) async throws {
        try await fails(without: .sync, on: ground, Self.site(), losesPower: true, Self.crashAfterClick)
    }

    private static func crashAfterClick(_ here: any Premises, _ round: Int) async throws -> [String] {
        let card = try await here.asks("round \(round).")
        let answer = try await here.receives(.click(.approve, on: card, by: "U0DANA"), at: round % here.count)
        try await here.powerFails()
        try await here.allStart()
        guard answer.status == 200 else { return [] }
        try await here.comesToRest()
        let run = try await here.newest()
        let kinds = try await here.kinds(of: run.id)
        let effects = here.target.performed(.escalate).count { $0.run == run.id }
        guard kinds.count(where: { $0 == "approved" }) == 1, effects == 1 else {
            return ["an acknowledged approval led to \(kinds), and to \(effects) effects"]
        }
        return []
    }

    // MARK: A crash after the grant

    @Test(arguments: Ground.allCases)
    func `A crash after the grant: access is on once, and ends`(ground: Ground) async throws {
        try await holds(on: ground, Self.site(duration: "2s"), rounds: 1, Self.crashAfterGrant)
    }

    @Test(arguments: Ground.allCases, [Guard.idempotencyKey, .durableEnd])
    func `A crash after the grant, without one key or without a durable end: it fails`(
        ground: Ground, taken: Guard
    ) async throws {
        try await fails(without: taken, on: ground, Self.site(duration: "2s"), Self.crashAfterGrant)
    }

    private static func crashAfterGrant(_ here: any Premises, _ round: Int) async throws -> [String] {
        here.target.answers(.escalate, with: .performedButSilent)
        let card = try await here.asks("round \(round).")
        try await here.receives(.click(.approve, on: card, by: "U0DANA"), at: round % here.count)
        _ = try await here.target.waits(for: 1, .escalate)
        try await here.allAreKilled()
        here.target.release()
        try await here.allStart()
        // Until access is on as far as we know, and its end is written down; or it has come already.
        try await here.comesToRest()
        var findings: [String] = []
        let endless = try await here.rows("SELECT id FROM runs WHERE grant_key IS NOT NULL AND wake_at IS NULL")
        if endless.isEmpty {
            _ = try await here.target.waits(for: 1, .deescalate)
            try await here.comesToRest()
            if !here.target.holders.isEmpty { findings.append("access did not end") }
        } else {
            findings.append("access is on, and nothing says until when")
        }
        let effects = here.target.performed(.escalate).count
        if effects != 1 { findings.append("access was switched on \(effects) times") }
        return findings
    }

    // MARK: A quorum race

    @Test(arguments: Ground.allCases)
    func `A quorum race: two approvals at once are two`(ground: Ground) async throws {
        try await holds(on: ground, Self.site(quorum: 2), rounds: Self.together, Self.quorumRace)
    }

    @Test(arguments: Ground.allCases)
    func `A quorum race, without a check of the version: it fails`(ground: Ground) async throws {
        try await fails(without: .versionCheck, on: ground, Self.site(quorum: 2), Self.quorumRace)
    }

    private static func quorumRace(_ here: any Premises, _ round: Int) async throws -> [String] {
        let card = try await here.asks("round \(round).")
        let clicks: [Delivery] = [
            try .click(.approve, on: card, by: "U0DANA"), try .click(.approve, on: card, by: "U0ADA"),
        ]
        let acknowledged = try await here.click(clicks[0], clicks[1])
        for (click, wasTaken) in zip(clicks, acknowledged) where !wasTaken {
            // Refused because the database was held: people click again.
            let answer = try await here.receives(click, at: 2 % here.count)
            guard answer.status == 200 else { return [] }
        }
        try await here.comesToRest()
        let run = try await here.newest()
        let effects = here.target.performed(.escalate).count { $0.run == run.id }
        guard run.approval == "approved", effects == 1 else {
            return ["two people approved, and it is \(run.approval) with \(effects) effects"]
        }
        return []
    }

    // MARK: With and without

    private static func site(duration: String = "1h", quorum: Int = 1) -> Site {
        Site(
            Site.access(
                Site.ask(
                    Site.users("dana", "ada"), Site.channel("#db-access"), more: ", \"quorum\": \(quorum)"
                ), durations: [duration]
            )
        )
    }

    private typealias Round = (any Premises, Int) async throws -> [String]

    private func holds(
        on ground: Ground, _ site: Site, rounds: Int, losesPower: Bool = false, _ round: Round
    ) async throws {
        try await ground.run(site, losesPower: losesPower, endsWell: true) { here in
            for number in 0..<rounds {
                let findings = try await round(here, number)
                #expect(findings == [])
            }
        }
    }

    private func fails(
        without taken: Guard, on ground: Ground, _ site: Site, losesPower: Bool = false, _ round: Round
    ) async throws {
        try await ground.run(site, losesPower: losesPower, endsWell: false) { here in
            try await here.takeOut(taken)
            for number in 0..<Self.triesMax {
                // Without a guard people may also wait in vain for what they should see next.
                guard let findings = try? await round(here, number), findings.isEmpty else { return }
            }
            Issue.record("\(Self.triesMax) rounds passed without \(taken.rawValue)")
        }
    }
}

extension Premises {
    /// What the newest request says of itself, the audit trail of it, and the target.
    fileprivate func contradictions(effects: Bool = false) async throws -> [String] {
        // The trail first: what is decided between the two is no contradiction.
        let decisions = try await kinds(of: newest().id).filter { ["approved", "denied"].contains($0) }
        let run = try await newest()
        var findings: [String] = []
        if decisions.count > 1 || effects && decisions.isEmpty {
            findings.append("it was decided \(decisions.count) times")
        }
        let isDenied = run.approval == "denied"
        if let decision = decisions.last, (decision == "denied") != isDenied {
            findings.append("the audit trail says \(decision), the request \(run.approval)")
        }
        let count = target.performed(.escalate).count { $0.run == run.id }
        if effects, count != decisions.count(where: { $0 == "approved" }) {
            findings.append("\(decisions), and access was switched on \(count) times")
        }
        return findings
    }

    /// What is on record about a run, in order.
    fileprivate func kinds(of run: String) async throws -> [String] {
        try await rows("SELECT kind FROM audit_records WHERE aggregate = 'run/\(run)' ORDER BY at, sequence").map {
            $0[0]
        }
    }
}
