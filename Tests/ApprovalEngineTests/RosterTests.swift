import ApprovalCore
import ApprovalEngine
import AuditTrail
import FlowConfig
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct `People and users are one` {
    private func user(
        _ id: PersonID, _ email: String, role: Role? = .member, slack: Account? = nil
    ) -> User {
        var user = User(id: id, kind: .normal, role: role, createdAt: Sample.start)
        user.keep(ServiceIdentity(service: .sym, matcher: ["email": .string(email)]))
        if let slack {
            user.keep(
                ServiceIdentity(
                    service: ServiceKey(type: "slack", externalID: slack.workspace),
                    matcher: ["user_id": .string(slack.user)]
                )
            )
        }
        return user
    }

    private func add(_ user: User, to here: EngineFixture) async throws {
        try await here.engine.change(user: user.id, "userCreated", by: "test") { $0 ?? user }
    }

    @Test func `who acts for the first time becomes a user, with what follows from Slack`() async throws {
        let here = try EngineFixture()
        let bob = try await here.engine.person(Sample.bob.account, from: Sample.workspace)
        let user = try #require(try await here.engine.user(email: "bob@acme.test"))
        #expect(user.id == bob.id && user.role == .member && user.accounts == [Sample.bob.account])
        here.clock.advance(.seconds(61))
        _ = try await here.engine.person(Sample.bob.account, from: Sample.workspace)
        #expect(try await here.engine.store.records(of: "user/\(bob.id)").map(\.kind) == ["userCreated"])
    }

    @Test func `who is looked up, or comes from elsewhere, does not`() async throws {
        let here = try EngineFixture()
        _ = try await here.engine.remember(Sample.bob.facts)
        here.directory.change { $0.people.append(Sample.carla.facts) }
        let carla = try await here.engine.person(Sample.carla.account, from: Sample.workspace)
        #expect(carla.role == .guest)
        #expect(try await here.engine.users(.normal).isEmpty)
    }

    @Test func `a user who was there before gets the account, and the person the user's id and role`() async throws {
        let here = try EngineFixture()
        // Known from a look-up, under another id.
        let before = try await here.engine.remember(Sample.bob.facts)
        try await add(user("user-bob", "bob@acme.test", role: .admin), to: here)
        let bob = try await here.engine.person(Sample.bob.account, from: Sample.workspace)
        #expect(before.id != "user-bob" && bob.id == "user-bob" && bob.role == .admin)
        #expect(try await here.engine.user("user-bob")?.accounts == [Sample.bob.account])
    }

    @Test func `an e-mail address links nobody who is a guest in Slack, or from another workspace`() async throws {
        let here = try EngineFixture()
        try await add(user("user-dana", "dana@acme.test", role: .admin), to: here)
        var restricted = Sample.dana.facts
        restricted.isRestricted = true
        var outside = Sample.carla.facts
        outside.email = "dana@acme.test"
        here.directory.change { $0.people = [restricted, outside] }
        for account in [restricted.account, outside.account] {
            let person = try await here.engine.person(account, from: Sample.workspace)
            #expect(person.role == .guest && person.id != "user-dana", "\(account)")
        }
        #expect(try await here.engine.user("user-dana")?.accounts == [])
    }

    @Test func `an account that an administrator linked is that user, and still a guest from elsewhere`() async throws {
        let here = try EngineFixture()
        try await add(user("user-c", "carla@acme.test", role: .admin, slack: Sample.carla.account), to: here)
        here.directory.change { $0.people.append(Sample.carla.facts) }
        let carla = try await here.engine.person(Sample.carla.account, from: Sample.workspace)
        #expect(carla.id == "user-c" && carla.role == .guest)
    }

    @Test(arguments: [
        ("dana@acme.test", false), ("nobody@acme.test", false), ("eve@other.test", false),
        ("carla@customer.test", true),
    ])
    func `an address that only another company vouches for gives no right that was meant for one of us`(
        email: String, isTheirs: Bool
    ) async throws {
        let here = try EngineFixture()
        try await add(user("user-dana", "dana@acme.test"), to: here)
        try await add(user("user-eve", "eve@other.test"), to: here)
        var facts = Sample.carla.facts
        facts.email = email
        let carla = try await here.engine.remember(facts)
        let rules = try await here.engine.roleRules()
        #expect(carla.email == email && rules.evidence(of: carla).emailIsTheirs == isTheirs)
        #expect(rules.evidence(of: try await here.engine.remember(Sample.dana.facts)).emailIsTheirs)
    }

    @Test func `a role that is set counts for the next click, without asking Slack`() async throws {
        let here = try EngineFixture()
        let dana = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        let asked = here.directory.asked.count
        for role in [Role.guest, .member, .admin] {
            try await here.engine.set(role: role, of: dana.id, by: "test")
            let now = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
            #expect(now.role == role)
        }
        #expect(here.directory.asked.count == asked)
    }

    @Test func `a demoted approver's click does not count, though Slack's facts are fresh`() async throws {
        let here = try EngineFixture()
        let id = try await here.asked("anybody")
        let dana = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        try await here.engine.set(role: .guest, of: dana.id, by: "test")
        let outcome = try await here.click(.approve, by: Sample.dana, on: id)
        guard case .refused = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try await here.run(id).verdict == nil)
        try await here.engine.set(role: .member, of: dana.id, by: "test")
        #expect(try await here.click(.approve, by: Sample.dana, on: id) == .done)
    }

    @Test func `who was deleted decides and asks no more, until they are made a user again`() async throws {
        let here = try EngineFixture()
        let id = try await here.asked("anybody")
        let dana = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        _ = try await here.engine.delete(users: [dana.id], by: "test")
        #expect(try await here.click(.approve, by: Sample.dana, on: id) != .done)
        let again = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        #expect(!again.isActive)
        await #expect(throws: SubmissionRefusal.inactive) { _ = try await here.submit("go_ahead", by: again) }
        here.clock.advance(.seconds(61))
        #expect(try await !here.engine.person(Sample.dana.account, from: Sample.workspace).isActive)
        #expect(try await here.engine.users(.normal).isEmpty)

        try await add(user("user-new", "dana@acme.test"), to: here)
        let back = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        here.clock.advance(.seconds(61))
        let later = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        #expect(back.id == "user-new" && later.id == "user-new" && later.isActive)
    }

    @Test func `who was deleted before they ever acted in Slack stays out`() async throws {
        let here = try EngineFixture()
        try await add(user("user-dana", "dana@acme.test", role: .guest), to: here)
        _ = try await here.engine.delete(users: ["user-dana"], by: "test")
        let dana = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        #expect(!dana.isActive)
    }

    @Test func `a domain that is added makes members, one that is removed leaves users as they are`() async throws {
        let here = try EngineFixture()
        var facts = Sample.bob.facts
        facts.email = "bob@new.test"
        here.directory.change { $0.people = [facts] }
        let guest = try await here.engine.person(facts.account, from: Sample.workspace)
        #expect(guest.role == .guest)
        try await here.engine.add(domain: "new.test", by: "test")
        #expect(try await here.engine.person(facts.account, from: Sample.workspace).role == .member)
        var eli = Sample.eli.facts
        eli.email = "eli@new.test"
        here.directory.change { $0.people = [facts, eli] }
        #expect(try await here.engine.person(eli.account, from: Sample.workspace).role == .member)
        #expect(try await here.engine.remove(domain: "new.test", by: "test") == .removed)
        #expect(try await here.engine.person(eli.account, from: Sample.workspace).role == .member)
        #expect(try await here.engine.person(facts.account, from: Sample.workspace).role == .guest)
    }

    @Test func `another replica learns of it within two seconds`() async throws {
        let here = try EngineFixture()
        let replica = here.restarted()
        let dana = try await replica.person(Sample.dana.account, from: Sample.workspace)
        try await here.engine.refreshRoster()
        try await here.engine.set(role: .admin, of: dana.id, by: "test")
        #expect(try await replica.person(Sample.dana.account, from: Sample.workspace).role == .member)
        // What its roster watch does.
        try await replica.refreshRoster()
        #expect(try await replica.person(Sample.dana.account, from: Sample.workspace).role == .admin)
    }

    @Test func `two administrators who demote each other at the same time: one of them stays`() async throws {
        let here = try EngineFixture()
        try await add(user("one", "one@acme.test", role: .admin), to: here)
        try await add(user("two", "two@acme.test", role: .admin), to: here)
        let replica = here.restarted()
        async let first: Void = here.engine.set(role: .member, of: "one", by: "two")
        async let second: Void = replica.set(role: .member, of: "two", by: "one")
        var refusals = 0
        do { try await first } catch let error as PeopleRefusal {
            if case .lastAdmin = error { refusals += 1 }
        }
        do { try await second } catch let error as PeopleRefusal {
            if case .lastAdmin = error { refusals += 1 }
        }
        #expect(refusals == 1)
        #expect(try await here.engine.users(.normal).count { $0.role == .admin } == 1)
    }

    @Test func `a click reads no users: they are in memory`() async throws {
        let reads = Counter()
        let store = StoreProxy(InMemoryStore()) { call in
            if case .document = call { reads.count() }
            return nil
        }
        let here = try EngineFixture(store: store)
        let id = try await here.asked("anybody")
        _ = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        let before = reads.value
        #expect(try await here.click(.approve, by: Sample.dana, on: id) == .done)
        #expect(before > 0 && reads.value == before)
    }
}

private final class Counter: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func count() { number.withLock { $0 += 1 } }
}
