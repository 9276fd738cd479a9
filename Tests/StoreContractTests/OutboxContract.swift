import ApprovalCore
import ApprovalEngine
import Support
import Testing

@Suite struct `An outbox` {
    @Test(arguments: StoreUnderTest.all)
    func `hands out what is due in a lane, the longest due first, and each entry once`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.ask(
                .card("second", due: noon - .seconds(1)), .card("first", due: noon - .seconds(2)),
                .card("now"), .card("later", due: noon + .milliseconds(1)), .card("elsewhere", lane: .notices)
            )
            let two = try await store.claim(.cards, limit: 2, at: noon, leaseUntil: noon + .seconds(60))
            #expect(two.map(\.slot) == ["first", "second"])
            #expect(try await store.claimAll().map(\.slot) == ["now"])
            #expect(try await store.claimAll() == [])
            let entry = try #require(try await store.claimAll(.notices).first)
            #expect(entry.lane == .notices)
            #expect(entry.run == "run-1")
            #expect(entry.effect == .show(slot: "elsewhere"))
            #expect(entry.claim.leaseUntil == noon + .seconds(60))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `gives back every kind of work as it was asked for`(kind: StoreUnderTest) async throws {
        let effects: [Effect] = [
            .route, .classify("r-1"), .consult(.onApprove, "r-1"), .show(slot: "1.0.0"), .escalate(epoch: 2),
            .tell(Account(workspace: "T1", user: "U1"), Notice(refusal: .ownRequest, action: .approve, channel: "C1")),
            .deescalate(epoch: 2), .report("\"quoted\" \u{1F512}\n"),
        ]
        try await kind.lend { store in
            try await store.ask(
                effects.enumerated().map { index, effect in
                    NewEntry(
                        lane: .grants, effect: effect, run: "run-1", serialKey: "\(index)", uniqueKey: "\(index)",
                        due: noon
                    )
                }
            )
            #expect(try await store.claimAll(.grants).map(\.effect) == effects)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `works on one serial key strictly one after the other, in all lanes together`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.ask(
                .card("1", serialKey: "key"), .card("2", serialKey: "key"),
                .card("3", lane: .decidedCards, serialKey: "key", due: noon - .hours(1)),
                .card("free", lane: .decidedCards)
            )
            let first = try #require(try await store.claimAll().first)
            #expect(first.slot == "1")
            #expect(try await store.claimAll() == [])
            let free = try await store.claimAll(.decidedCards)
            #expect(free.map(\.slot) == ["free"])
            try await store.complete(try #require(free.first).claim)
            // Not even while the first waits to be tried again.
            try await store.retry(first.claim, due: noon + .minutes(5), attempt: 1, because: "busy")
            #expect(try await store.claimAll() == [])
            #expect(try await store.claimAll(.decidedCards) == [])
            let again = try #require(try await store.claimAll(at: noon + .minutes(5)).first)
            #expect(again.slot == "1")
            try await store.complete(again.claim)
            let second = try #require(try await store.claimAll(at: noon + .minutes(5)).first)
            #expect(second.slot == "2")
            #expect(try await store.claimAll(.decidedCards, at: noon + .minutes(5)) == [])
            try await store.complete(second.claim)
            #expect(try await store.claimAll(.decidedCards, at: noon + .minutes(5)).map(\.slot) == ["3"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `does not hand an entry out before its lease ends, and does then`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask(.card("a"))
            let first = try #require(try await store.claimAll().first)
            #expect(first.attempt == 0)
            #expect(first.firstTriedAt == nil)
            let end = noon + .seconds(60)
            #expect(try await store.nextDue(.cards) == end)
            #expect(try await store.claimAll(at: end - .milliseconds(1)) == [])
            let second = try #require(try await store.claimAll(at: end).first)
            #expect(second.firstTriedAt == noon)
            // Who was too slow has lost the right to say what became of it.
            await expectError(.conflict) { try await store.complete(first.claim) }
            await expectError(.conflict) {
                try await store.retry(first.claim, due: end, attempt: 7, because: "slow")
            }
            try await store.complete(second.claim)
            #expect(try await store.nextDue(.cards) == nil)
            await expectError(.conflict) { try await store.complete(second.claim) }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `tries again when told, and says how often and since when it was tried`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask(.card("a"))
            let first = try #require(try await store.claimAll().first)
            try await store.retry(first.claim, due: noon + .seconds(5), attempt: 1, because: "429")
            #expect(try await store.nextDue(.cards) == noon + .seconds(5))
            #expect(try await store.claimAll(at: noon + .milliseconds(4999)) == [])
            let second = try #require(try await store.claimAll(at: noon + .seconds(5)).first)
            #expect(second.attempt == 1)
            #expect(second.firstTriedAt == noon)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `makes a waiting entry newer when it is asked for again, in its place and at its time`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.ask(.card("a", serialKey: "key"), .card("b", serialKey: "key"))
            let first = try #require(try await store.claimAll().first)
            try await store.retry(first.claim, due: noon + .seconds(30), attempt: 1, because: "429")
            // A decided run's card: a faster lane, another run's effect, and no way round the pause.
            var newer = NewEntry.card("a", lane: .decidedCards, serialKey: "key", due: noon + .seconds(1))
            newer.effect = .show(slot: "newer")
            try await store.ask(newer)
            #expect(try await store.claimAll(.decidedCards, at: noon + .seconds(29)) == [])
            #expect(try await store.claimAll(at: noon + .seconds(40)) == [])
            let entries = try await store.claimAll(.decidedCards, at: noon + .seconds(30))
            #expect(entries.map(\.slot) == ["newer"])
            #expect(entries.first?.attempt == 1)
            #expect(entries.first?.claim.wanted == 2)
            try await store.complete(try #require(entries.first).claim)
            #expect(try await store.claimAll(at: noon + .seconds(40)).map(\.slot) == ["b"])
            #expect(try await store.claimAll(.decidedCards, at: noon + .hours(1)) == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `does work again that was asked for while it was being done`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask(.card("a"))
            let first = try #require(try await store.claimAll().first)
            try await store.retry(first.claim, due: noon, attempt: 3, because: "busy")
            let second = try #require(try await store.claimAll().first)
            try await store.ask(.card("a", due: noon + .seconds(2)), .card("a", due: noon + .seconds(1)))
            #expect(try await store.claimAll(at: noon + .seconds(3)) == [])
            try await store.complete(second.claim)
            #expect(try await store.nextDue(.cards) == noon + .seconds(1))
            let third = try #require(try await store.claimAll(at: noon + .seconds(1)).first)
            #expect(third.attempt == 0)
            #expect(third.firstTriedAt == nil)
            try await store.complete(third.claim)
            #expect(try await store.claimAll(at: noon + .hours(1)) == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `moves an entry to another serial key, and not while it is being worked on`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.ask(
                .card("a", serialKey: "old"), .card("b", serialKey: "new"), .card("c", serialKey: "old")
            )
            try await store.ask(.card("a", serialKey: "new"))
            // The older entry goes before the one that was there.
            let both = try await store.claimAll()
            #expect(both.map(\.slot) == ["a", "c"])
            // In hand under `new`; asked for under `old`, where `c` is in hand.
            try await store.ask(.card("a", serialKey: "old"))
            #expect(try await store.claimAll() == [])
            try await store.complete(both[0].claim)
            #expect(try await store.claimAll().map(\.slot) == ["b"])
            try await store.complete(both[1].claim)
            #expect(try await store.claimAll().map(\.slot) == ["a"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `finishes an entry with the commit that is its outcome`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(
                .new(.waiting("run-1"), asking: [.card("a"), .card("b", serialKey: "card/run-1/a")]))
            let claim = try #require(try await store.claimAll().first).claim
            let run = try #require(try await store.load("run-1"))
            try await store.commit(run.change(recording: ["delivered"], completing: claim))
            #expect(try await store.claimAll().map(\.slot) == ["b"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a commit that completes what somebody else has does not happen`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1"), asking: [.card("a")]))
            let lost = try #require(try await store.claimAll().first).claim
            let owned = try #require(try await store.claimAll(at: noon + .minutes(2)).first).claim
            let run = try #require(try await store.load("run-1"))
            await expectError(.conflict) {
                try await store.commit(run.change(recording: ["delivered"], asking: [.card("z")], completing: lost))
            }
            #expect(try await store.load("run-1") == run)
            #expect(try await store.records(of: "run/run-1").count == 1)
            #expect(try await store.claimAll(at: noon + .minutes(2)) == [])
            try await store.complete(owned)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a commit that completes an entry and asks for it again leaves it waiting`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.commit(.new(.waiting("run-1"), asking: [.card("a")]))
            let claim = try #require(try await store.claimAll().first).claim
            let run = try #require(try await store.load("run-1"))
            try await store.commit(run.change(asking: [.card("a", due: noon + .seconds(3))], completing: claim))
            #expect(try await store.claimAll(at: noon + .seconds(2)) == [])
            #expect(try await store.claimAll(at: noon + .seconds(3)).map(\.attempt) == [0])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `hands every entry to one of many claimers`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask((0..<60).map { .card("\($0)", serialKey: "key-\($0 % 30)") })
            let slots = try await withThrowingTaskGroup(of: [String?].self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await store.claim(.cards, limit: 7, at: noon, leaseUntil: noon + .seconds(9)).map(\.slot)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(slots.count == 30)
            #expect(Set(slots) == Set((0..<30).map { "\($0)" }))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `what would wait too long, because the clock was set back, is due at once when told`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            try await store.ask(.card("soon"), .card("late"), .card("in hand"), .card("elsewhere", lane: .notices))
            let entries = try await store.claimAll()
            func claim(_ slot: String) throws -> Claim { try #require(entries.first { $0.slot == slot }).claim }
            try await store.retry(try claim("soon"), due: noon + .minutes(5), attempt: 1, because: "busy")
            try await store.retry(try claim("late"), due: noon + .hours(3), attempt: 1, because: "busy")
            let notice = try #require(try await store.claimAll(.notices).first).claim
            try await store.retry(notice, due: noon + .hours(3), attempt: 1, because: "busy")
            try await store.hasten(.cards, waitingBeyond: noon + .minutes(5), at: noon)
            let hastened = try await store.claimAll()
            #expect(hastened.map(\.slot) == ["late"])
            #expect(hastened.first?.attempt == 1)
            #expect(try await store.claimAll(.notices) == [])
            try await store.complete(try claim("in hand"))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `says how much waits in each lane, and since when`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let empty = try await store.backlog(at: noon)
            #expect(Set(empty.keys) == Set(Lane.allCases))
            #expect(empty.values.allSatisfy { $0 == Backlog(count: 0, oldestDue: nil) })
            try await store.ask(
                .card("a", due: noon - .seconds(5)), .card("b", serialKey: "card/run-1/a", due: noon - .seconds(3)),
                .card("c", lane: .notices, due: noon + .seconds(1))
            )
            let backlog = try await store.backlog(at: noon)
            #expect(backlog[.cards] == Backlog(count: 2, oldestDue: noon - .seconds(5), oldestAsked: noon))
            #expect(backlog[.notices] == Backlog(count: 1, oldestDue: nil, oldestAsked: noon))
            #expect(backlog[.removals] == Backlog(count: 0, oldestDue: nil))
            // What is being worked on is not overdue.
            _ = try await store.claimAll()
            #expect(
                try await store.backlog(at: noon)[.cards]
                    == Backlog(count: 2, oldestDue: noon - .seconds(3), oldestAsked: noon)
            )
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `what waits behind another entry is not due by itself`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask(
                .card("a", serialKey: "key", due: noon + .hours(1)),
                .card("b", lane: .notices, serialKey: "key", due: noon)
            )
            #expect(try await store.nextDue(.notices) == nil)
            #expect(try await store.nextDue(.cards) == noon + .hours(1))
            #expect(try await store.nextDue(.removals) == nil)
            let first = try #require(try await store.claimAll(at: noon + .hours(1)).first)
            try await store.complete(first.claim)
            #expect(try await store.nextDue(.notices) == noon)
        }
    }

    @Test(arguments: StoreUnderTest.all.filter { !$0.isShared })
    func `hands out at once, after a restart, what the last program had in hand`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.ask(.card("one"))
            let lost = try #require(try await store.claimAll().first)
            #expect(try await store.claimAll() == [])
            try await store.releaseLeases()
            let again = try #require(
                try await store.claim(.cards, limit: 9, at: noon, leaseUntil: noon + .seconds(5)).first)
            #expect(again.claim.entry == lost.claim.entry)
            #expect(again.firstTriedAt == noon)
            await #expect(throws: StoreError.conflict) { try await store.complete(lost.claim) }
            try await store.complete(again.claim)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `takes access back before grants of the same key, unless one is in hand`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            func entry(_ lane: Lane, _ name: String) -> NewEntry {
                NewEntry(
                    lane: lane, effect: lane == .grants ? .escalate(epoch: 1) : .deescalate(epoch: 1),
                    run: RunID(name), serialKey: "grant/key", uniqueKey: name, due: noon
                )
            }
            try await store.ask([entry(.grants, "failing"), entry(.grants, "next")])
            let failing = try #require(try await store.claimAll(.grants).first)
            try await store.ask([entry(.removals, "ending")])
            #expect(try await store.claimAll(.removals) == [])
            try await store.retry(failing.claim, due: noon + .minutes(1), attempt: 1, because: "no answer")
            let ending = try #require(try await store.claimAll(.removals).first)
            #expect(try await store.claimAll(.grants, at: noon + .minutes(1)) == [])
            try await store.complete(ending.claim)
            let again = try #require(try await store.claimAll(.grants, at: noon + .minutes(1)).first)
            #expect(again.run == "failing")
        }
    }
}
