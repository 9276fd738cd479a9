import FoundationEssentials
import Support
import Testing

@Suite struct `Killed at any moment` {
    /// Three people ask at once, each through a flow and a channel of their own.
    private static let lanes = [
        (person: "bob", flow: "first", channel: "#db-access"), (person: "omar", flow: "second", channel: "#approvals"),
        (person: "ada", flow: "third", channel: "#security"),
    ]
    private static let site: Site = {
        var site = Site()
        site.flows = lanes.map { lane in
            Site.access(Site.ask(Site.users("dana"), Site.channel(lane.channel)), name: lane.flow)
        }
        return site
    }()

    /// Two kills each.
    private static var rounds: Int {
        ProcessInfo.processInfo.environment["SYMFLOW_TEST_LONG"] == nil ? 150 : 1000
    }

    /// So many at most, if after `rounds` some point was not met.
    private static var roundsMax: Int { rounds * 2 }

    /// A kill has met a run behind each of these writes, and before the next.
    private static let points: Set = [
        "escalation_started", "attempt_under_way", "access_granted", "removal_started", "removed",
    ]

    @Test func `Every acknowledged click has its effect exactly once, and no card stays wrong`() async throws {
        try await Installation.run(Self.site) { here in
            let dana = here.person("dana")
            let met = Watched([String: Int]())
            var round = 0
            while round < Self.rounds || (round < Self.roundsMax && !met.read { Self.points.isSubset(of: $0.keys) }) {
                round += 1
                let reason = "round \(round)."
                var cards: [CardText] = []
                for lane in Self.lanes {
                    try await here.person(lane.person).asks(
                        "/sym req \(lane.flow) orders-db", ["Why?": .string(reason)]
                    )
                }
                for lane in Self.lanes { cards.append(try await dana.sees(reason, in: lane.channel)) }

                // From one commit to the next it takes about a millisecond: another moment each time. On a machine
                // that is slower, the later ones come later.
                let pause = Duration.milliseconds(Int64(round * 37 % (round <= Self.rounds ? 60 : 600)))
                let isTaken = try await clicks(here, after: pause, met) { [cards] lane in
                    try await dana.presses(.approve, on: cards[lane])
                }
                for (lane, card) in cards.enumerated() {
                    if !isTaken[lane] { try await here.receives(.click(.approve, on: card, by: "U0DANA")) }
                    try await dana.sees("*Access is on*", on: card)
                }
                let messages = try await waitForMessages(here, saying: "*Access is on*", reason)
                let isEnded = try await clicks(here, after: pause, met) { lane in
                    try await here.person(Self.lanes[lane].person).presses(.done, on: messages[lane])
                }
                for (lane, message) in messages.enumerated() {
                    let person = here.person(Self.lanes[lane].person)
                    if !isEnded[lane] { try await person.revokes(message, here) }
                    try await person.sees("*Access ended*", on: message)
                    try await dana.sees("*Access ended*", on: cards[lane])
                }
                #expect(here.target.holders.isEmpty)
            }
            let missed = Self.points.subtracting(met.read { $0.keys })
            #expect(missed.isEmpty, "\(met.read { $0 })")
            let count = round * Self.lanes.count
            #expect(here.target.performed(.escalate).count == count, "once for each approval")
            #expect(Set(here.target.performed(.escalate).map(\.run)).count == count)
            for lane in Self.lanes {
                let copies = try await here.slack.messages(in: lane.channel)
                #expect(copies.count == round, "no card twice in \(lane.channel)")
                let wrong = copies.filter { !$0.contains("*Access ended*") }
                #expect(wrong.isEmpty)
            }
            let records = try await here.audit()
            for kind in ["approved", "access_granted", "removed"] {
                #expect(records.count { $0["kind"]?.text == kind } == count, "\(kind)")
            }
        }
    }

    /// Lets somebody press a button in each lane at once, kills the process meanwhile, and starts it again.
    ///
    /// - Returns: for each lane, whether the click was acknowledged.
    private func clicks(
        _ here: Installation, after pause: Duration, _ met: Watched<[String: Int]>,
        _ press: @escaping @Sendable (Int) async throws -> JSONValue
    ) async throws -> [Bool] {
        let isTaken = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for lane in Self.lanes.indices {
                group.addTask { (lane, try await press(lane)["ok"]?.flag == true) }
            }
            try await Task.sleep(for: pause)
            try await here.isKilled()
            for fact in here.lastFacts().values { met.change { $0[fact, default: 0] += 1 } }
            var isTaken = Self.lanes.map { _ in false }
            for try await (lane, taken) in group { isTaken[lane] = taken }
            return isTaken
        }
        try await here.start()
        return isTaken
    }

    private func waitForMessages(
        _ here: Installation, saying text: String, _ reason: String
    ) async throws -> [CardText] {
        var messages: [CardText] = []
        for lane in Self.lanes {
            let person = here.person(lane.person)
            let newest = try await person.sees(reason, in: "@app")
            messages.append(try await person.sees(text, on: newest))
        }
        return messages
    }
}

extension Person {
    /// Presses "I'm done" again from a window that shows it, whatever became of the first time.
    fileprivate func revokes(_ message: CardText, _ here: Installation) async throws {
        let user = ["bob": "U0BOB", "omar": "U0OMAR", "ada": "U0ADA"][name] ?? ""
        try await here.receives(.click(.done, on: message, by: user))
    }
}
