import ApprovalCore
import ApprovalEngine
import Support
import Synchronization
import TestSupport
import Testing

private let start = Timestamp(seconds: 1_767_600_000)

private func account(_ user: String) -> Account { Account(workspace: "T0ACME", user: user) }

private func facts(_ user: String, _ email: String, isDeleted: Bool = false, isBot: Bool = false) -> PersonFacts {
    PersonFacts(account: account(user), name: user, email: email, isDeleted: isDeleted, isBot: isBot)
}

private let dana = facts("U0DANA", "dana@acme.test")
private let bob = facts("U0BOB", "bob@acme.test")

private let channel = StageRule([.channel("#requests")])

/// What a flow's rules make of a request by Eve.
private struct Asked {
    var rules: [Rule] = []
    var notify: [StageRule] = [channel]
    var quorum = 1
    var workspace = "T0ACME"
    var directory = FakeDirectory(people: [dana, bob])
    var now = start
    var localTime: @Sendable (Timestamp, String) -> LocalTime? = { _, _ in nil }
    var remember: @Sendable (PersonFacts) async throws -> Void = { _ in }

    var question: FlowQuestion {
        let flow = Flow(
            name: "prod_db", environment: Environment(name: "main", workspace: "T0ACME"), quorum: quorum,
            rules: rules, notify: notify
        )
        let eve = Person(
            id: "eve", account: Account(workspace: workspace, user: "U0EVE"), name: "Eve", email: "eve@acme.test",
            role: .member, observedAt: start
        )
        let submission = Submission(
            flow: flow.name, requester: eve, target: "orders", fields: ["urgency": .string("Emergency")],
            durationSeconds: 3600, at: start
        )
        let (run, _) = AccessRequest.submit(
            submission, as: "run-1", revision: "r1",
            terms: Terms(submission, flow: flow, identity: "eve@acme.test", hooks: []),
            binding: BindingDocuments(submission, flow: flow, identity: "eve@acme.test").binding(round: 1)
        )
        return FlowQuestion(run: run, flow: flow, now: now, idempotencyKey: "run-1/route/1")
    }

    var handlers: RulesHandlers {
        RulesHandlers(directory: directory, localTime: localTime, remember: remember, log: .silent)
    }

    func answer() async throws(HandlerError) -> RoutingAnswer { try await handlers.route(question) }

    func routing() async throws -> Routing {
        guard case .ask(let routing) = try await answer() else { throw NotAsked() }
        return routing
    }

    func places() async throws -> [Routing.Place] { try await routing().stages.flatMap(\.places) }

    private struct NotAsked: Error {}
}

private let inOnCall = Rule.Condition.requester(.init(group: "S0ONCALL"))
private let approveOnCall = Rule(name: "on call", condition: inOnCall, outcome: .approve(reason: "On call"))
private let denyOnCall = Rule(name: "not on call", condition: inOnCall, outcome: .deny(reason: "You are on call"))

@Suite struct `What rules answer` {
    @Test func `flows of rules have no hooks`() {
        let asked = Asked()
        #expect(asked.handlers.hooks(of: asked.question.flow) == [])
    }

    @Test func `no matching rule means ask with the flow's defaults`() async throws {
        let asked = Asked(
            rules: [Rule(name: "other", condition: .target(["billing"]), outcome: .approve(reason: "x"))], quorum: 2)
        #expect(
            try await asked.answer()
                == .ask(
                    Routing(
                        mayDecide: DeciderRule(level: .member), quorum: 2,
                        stages: [.init(places: [.channel("#requests")])], rule: nil)))
        #expect(asked.directory.asked.isEmpty)
    }

    @Test func `a rule says who decides, who is told and how many must agree`() async throws {
        let ask = AskRule(
            mayDecide: DeciderRule(level: .admin, people: ["dana@acme.test"]), selfApproval: true, quorum: 3,
            notify: [StageRule([.channel("C0DB")], forwardAfterSeconds: 900), StageRule([.user("U0BOB")])])
        let asked = Asked(rules: [Rule(name: "database team", outcome: .ask(ask))], quorum: 1)
        #expect(
            try await asked.routing()
                == Routing(
                    mayDecide: ask.mayDecide, selfApproval: true, quorum: 3,
                    stages: [
                        .init(places: [.channel("C0DB")], forwardAfterSeconds: 900),
                        .init(places: [.people([account("U0BOB")])]),
                    ], rule: "database team"))
    }

    @Test func `members of a group are approved by the rule, and those who are asked by default see it`() async throws {
        let directory = FakeDirectory(groups: ["S0ONCALL": ["U0EVE"]])
        let routing = Routing(
            mayDecide: DeciderRule(), stages: [.init(places: [.channel("#requests")])], rule: "on call")
        #expect(
            try await Asked(rules: [approveOnCall], directory: directory).answer()
                == .approve(reason: "On call", rule: "on call", routing: routing))
        #expect(
            try await Asked(rules: [denyOnCall], directory: directory).answer()
                == .deny(
                    reason: "You are on call", rule: "not on call",
                    routing: .some(
                        {
                            var routing = routing
                            routing.rule = "not on call"
                            return routing
                        }())))
    }

    @Test func `without anybody to tell, a rule's decision stands alone`() async throws {
        let directory = FakeDirectory(groups: ["S0ONCALL": ["U0EVE"]])
        #expect(
            try await Asked(rules: [approveOnCall], notify: [], directory: directory).answer()
                == .approve(reason: "On call", rule: "on call", routing: nil))
    }

    @Test(arguments: [("T0ACME", ["U0BOB"]), ("T0ACME", []), ("T0OTHER", ["U0EVE"])])
    func `others are asked about: not in the group, or of that id in another workspace`(
        workspace: String, members: [String]
    ) async throws {
        let directory = FakeDirectory(groups: ["S0ONCALL": members])
        let asked = Asked(rules: [approveOnCall], workspace: workspace, directory: directory)
        #expect(try await asked.routing().rule == nil)
    }

    @Test func `each group is looked up once`() async throws {
        let directory = FakeDirectory(groups: ["S0ONCALL": [], "S0DB": ["U0EVE"]])
        let asked = Asked(
            rules: [
                approveOnCall, denyOnCall,
                Rule(name: "db", condition: .requester(.init(group: "S0DB")), outcome: .deny(reason: "no")),
            ], directory: directory)
        guard case .deny("no", "db", _) = try await asked.answer() else {
            Issue.record("the third rule should deny")
            return
        }
        #expect(directory.asked == ["S0ONCALL", "S0DB"])
    }

    @Test(arguments: [approveOnCall, denyOnCall])
    func `a failed look-up neither approves nor skips the rule`(rule: Rule) async throws {
        let later = Rule(name: "everybody", outcome: .approve(reason: "Anybody"))
        for error in [LookupError.notFound("no_such_subteam"), .refused("missing_scope")] {
            let asked = Asked(rules: [rule, later], directory: FakeDirectory(errors: ["S0ONCALL": error]))
            let thrown = await #expect(throws: HandlerError.self) { try await asked.answer() }
            guard case .failed(let reason)? = thrown else {
                Issue.record("asking again does not help")
                return
            }
            #expect(reason.contains("S0ONCALL") && reason.contains(error.reason))
        }
        let away = FakeDirectory(errors: ["S0ONCALL": .unavailable("no answer")])
        guard
            case .unavailable? = await #expect(
                throws: HandlerError.self,
                performing: {
                    try await Asked(rules: [rule, later], directory: away).answer()
                })
        else {
            Issue.record("asking again helps")
            return
        }
    }

    @Test func `a repetition hours later gives the same answer`() async throws {
        let firstHour = Rule(
            name: "early", condition: .time(.init(zone: "UTC", fromMinute: 0, toMinute: 60)),
            outcome: .approve(reason: "early"))
        let asked: (Duration) -> Asked = { later in
            Asked(
                rules: [firstHour], now: start + later,
                localTime: { time, _ in LocalTime(weekday: 1, minuteOfDay: Int((time - start).milliseconds / 60_000)) })
        }
        let first = try await asked(.zero).answer()
        #expect(try await asked(.hours(5)).answer() == first)
        guard case .approve = first else {
            Issue.record("the request was made early")
            return
        }
    }

    @Test func `a request that is asked anew is judged by that time`() async throws {
        var question = Asked(
            rules: [
                Rule(
                    name: "early", condition: .time(.init(zone: "UTC", fromMinute: 0, toMinute: 60)),
                    outcome: .approve(reason: "early"))
            ]
        ).question
        question.run.state = .submitted(answerBy: start + .hours(2) + .seconds(question.run.terms.answerBySeconds))
        let handlers = RulesHandlers(
            directory: FakeDirectory(),
            localTime: { time, _ in LocalTime(weekday: 1, minuteOfDay: Int((time - start).milliseconds / 60_000)) },
            remember: { _ in }, log: .silent)
        guard case .ask = try await handlers.route(question) else {
            Issue.record("it is no longer early")
            return
        }
    }
}

@Suite struct `Whom rules tell` {
    private func asked(
        _ destinations: StageRule.Destination..., directory: FakeDirectory = FakeDirectory(people: [dana, bob])
    ) -> Asked {
        Asked(
            rules: [Rule(name: "r", outcome: .ask(AskRule(notify: [StageRule(destinations)])))], directory: directory)
    }

    private func expectUnknown(_ name: String, _ places: [Routing.Place]) {
        guard places.count == 1, case .unknown(let unknown, let reason) = places[0] else {
            Issue.record("\(name) should be unknown, not \(places)")
            return
        }
        #expect(unknown == name)
        #expect(!reason.isEmpty)
    }

    @Test func `a person by e-mail address, who is remembered`() async throws {
        let remembered = Mutex<[PersonFacts]>([])
        var asked = asked(.user("dana@acme.test"))
        asked.remember = { facts in remembered.withLock { $0.append(facts) } }
        #expect(try await asked.places() == [.people([account("U0DANA")])])
        #expect(remembered.withLock { $0 } == [dana])
    }

    @Test func `also when remembering fails`() async throws {
        struct Full: Error {}
        var asked = asked(.user("dana@acme.test"))
        asked.remember = { _ in throw Full() }
        #expect(try await asked.places() == [.people([account("U0DANA")])])
    }

    @Test func `a person by id, without asking Slack`() async throws {
        let asked = asked(.user("U0ZOE"))
        #expect(try await asked.places() == [.people([account("U0ZOE")])])
        #expect(asked.directory.asked.isEmpty)
    }

    @Test func `nobody who left, is a bot, cannot be found or may not be looked up`() async throws {
        let directory = FakeDirectory(
            people: [facts("U0OLD", "old@acme.test", isDeleted: true), facts("U0BOT", "bot@acme.test", isBot: true)],
            errors: ["hidden@acme.test": .refused("missing_scope")])
        for name in ["old@acme.test", "bot@acme.test", "nobody@acme.test", "hidden@acme.test"] {
            let places = try await asked(.user(name), directory: directory).places()
            expectUnknown(name, places)
        }
    }

    @Test func `the members of a group one by one, in the order of their ids, at most twenty`() async throws {
        let members = (10..<40).map { "U\($0)" }
        let directory = FakeDirectory(groups: ["S0DB": members.reversed()])
        let places = try await asked(.group("S0DB"), directory: directory).places()
        #expect(places == members.prefix(20).map { .people([account($0)]) })
    }

    @Test(arguments: [["S0DB": []], [:]] as [[String: [String]]])
    func `nobody of a group that is empty or gone`(groups: [String: [String]]) async throws {
        let places = try await asked(.group("S0DB"), directory: FakeDirectory(groups: groups)).places()
        expectUnknown("S0DB", places)
    }

    @Test func `several people in one conversation, without those who cannot be found`() async throws {
        let places = try await asked(
            .users(["dana@acme.test", "gone@acme.test", "U0BOB", "bob@acme.test"])
        ).places()
        #expect(places.first == .people([account("U0DANA"), account("U0BOB")]))
        guard places.count == 2, case .unknown("gone@acme.test", _) = places[1] else {
            Issue.record("the one who is gone should be named: \(places)")
            return
        }
    }

    @Test func `at most eight people in one conversation`() async throws {
        let places = try await asked(.users((0..<12).map { "U\($0)" })).places()
        #expect(places == [.people((0..<8).map { account("U\($0)") })])
    }

    @Test func `the same place once`() async throws {
        let directory = FakeDirectory(people: [dana], groups: ["S0DB": ["U0DANA", "U0ZOE"]])
        let places = try await asked(
            .user("dana@acme.test"), .group("S0DB"), .channel("#a"), .channel("#a"), directory: directory
        ).places()
        #expect(places == [.people([account("U0DANA")]), .people([account("U0ZOE")]), .channel("#a")])
    }

    @Test(arguments: [StageRule.Destination.user("dana@acme.test"), .users(["dana@acme.test"]), .group("S0DB")])
    func `while Slack does not answer, a request is asked about later`(destination: StageRule.Destination) async {
        let away = LookupError.unavailable("no answer")
        let asked = asked(
            destination, directory: FakeDirectory(errors: ["dana@acme.test": away, "S0DB": away]))
        guard case .unavailable? = await #expect(throws: HandlerError.self, performing: { try await asked.answer() })
        else {
            Issue.record("asking again helps")
            return
        }
    }

    @Test func `a rule's decision does not wait for Slack`() async throws {
        let asked = Asked(
            rules: [Rule(name: "all", outcome: .deny(reason: "Never"))],
            notify: [StageRule([.user("dana@acme.test")])],
            directory: FakeDirectory(errors: ["dana@acme.test": .unavailable("no answer")]))
        #expect(try await asked.answer() == .deny(reason: "Never", rule: "all", routing: nil))
    }
}
