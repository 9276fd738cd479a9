import ApprovalCore
import ApprovalEngine
import HTTPModel
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Looking people and groups up in Slack` {
    private let slack = Outbound()
    private static let us = Outbound.workspace

    private func failure<R>(_ lookup: () async throws(LookupError) -> R) async -> LookupError? {
        do throws(LookupError) {
            _ = try await lookup()
            return nil
        } catch {
            return error
        }
    }

    private func user(_ more: JSONObject) -> ScriptedTransport.Reply {
        var user: JSONObject = ["id": "U1", "team_id": .string(Self.us), "name": "ada"]
        for (name, value) in more { user[name] = value }
        return .json(["ok": true, "user": .object(user)])
    }

    private func look(_ workspace: String = us, as more: JSONObject) async throws -> PersonFacts {
        slack.transport.expect("users.info", user(more))
        return try await slack.directory.look(up: Account(workspace: workspace, user: "U1"), from: Self.us)
    }

    // MARK: People

    @Test func `a person is described as Slack does`() async throws {
        slack.transport.expect("users.info", .response(HTTPResponse(status: 200, body: try Fixtures.userInfo)))
        let facts = try await slack.directory.look(
            up: Account(workspace: "T012AB3C4", user: "W012A3CDE"), from: Self.us
        )
        #expect(
            facts
                == PersonFacts(
                    account: Account(workspace: "T012AB3C4", user: "W012A3CDE"), name: "spengler",
                    email: "spengler@ghostbusters.example.com", isExternal: true, timeZone: "America/Los_Angeles"
                )
        )
        #expect(slack.transport.bodies(of: "users.info") == [["user": "W012A3CDE"]])
    }

    private static let origins: [(JSONObject, Bool)] = [
        ([:], false), (["team_id": "T0ELSE"], true), (["team_id": nil], true),
        (["team_id": "T0ELSE", "enterprise_user": ["id": "W1", "teams": ["T0ACME"]]], false),
        (["team_id": "T0ELSE", "enterprise_user": ["id": "W1", "teams": ["T0THIRD"]]], true),
        (["is_stranger": true], true), (["is_stranger": false, "team_id": "T0ELSE"], true),
    ]

    @Test(arguments: origins)
    func `who is of another workspace is told by Slack and not by the payload`(
        more: JSONObject, isExternal: Bool
    ) async throws {
        #expect(try await look(as: more).isExternal == isExternal)
    }

    private static let inTwo: JSONObject = [
        "team_id": "E0", "enterprise_user": ["id": "W1", "teams": ["T0ACME", "T0ELSE"]],
    ]
    private static let homes: [(String, JSONObject, String)] = [
        ("T0ELSE", ["team_id": "T0ELSE"], "T0ELSE"), ("T0ACME", ["team_id": "T0ELSE"], "T0ELSE"),
        ("T0ELSE", ["team_id": "T0ACME"], "T0ACME"), ("T0ELSE", ["team_id": nil], "T0ELSE"),
        ("T0ELSE", inTwo, "T0ELSE"), ("T0FAKE", inTwo, "T0ACME"),
    ]

    @Test(arguments: homes)
    func `an account keeps the workspace that it belongs to`(
        asked: String, more: JSONObject, workspace: String
    ) async throws {
        #expect(try await look(asked, as: more).account == Account(workspace: workspace, user: "U1"))
    }

    @Test(arguments: [
        ("deleted", true, false, false), ("is_bot", false, true, false), ("is_restricted", false, false, true),
        ("is_ultra_restricted", false, false, true), ("is_admin", false, false, false),
    ])
    func `guests, bots and former people are told apart`(
        flag: String, isDeleted: Bool, isBot: Bool, isRestricted: Bool
    ) async throws {
        let facts = try await look(as: [flag: true])
        #expect(facts.isDeleted == isDeleted)
        #expect(facts.isBot == isBot)
        #expect(facts.isRestricted == isRestricted)
    }

    @Test(arguments: [
        ("user_not_found", "not found"), ("user_not_visible", "not found"), ("missing_scope", "refused"),
        ("brand_new", "refused"), ("invalid_arguments", "refused"), ("token_revoked", "unavailable"),
        ("internal_error", "unavailable"), ("ratelimited", "unavailable"), ("org_login_required", "unavailable"),
    ])
    func `a failed look-up says whether asking again helps`(code: String, kind: String) async {
        slack.transport.expect("users.info", Outbound.error(code))
        let account = Account(workspace: Self.us, user: "U1")
        let error = await failure { () async throws(LookupError) in
            try await slack.directory.look(up: account, from: Self.us)
        }
        #expect(error?.kind == kind)
        #expect(slack.transport.sent.count == 1)
    }

    @Test func `without the app in the workspace nobody is asked`() async {
        let error = await failure { () async throws(LookupError) in
            try await slack.directory.look(up: Account(workspace: "T0ELSE", user: "U1"), from: "T0ELSE")
        }
        #expect(error?.kind == "refused")
        #expect(slack.transport.sent.isEmpty)
    }

    @Test func `a hundred who ask at once are one call`() async throws {
        slack.transport.close("users.info")
        slack.transport.expect("users.info", user([:]))
        let directory = slack.directory
        let found = await withTaskGroup(of: String?.self) { group in
            for _ in 1...100 {
                group.addTask {
                    try? await directory.look(up: Account(workspace: Self.us, user: "U1"), from: Self.us).name
                }
            }
            while directory.sharedLookups < 99 { await Task.yield() }
            slack.transport.open("users.info")
            var found: [String?] = []
            for await name in group { found.append(name) }
            return found
        }
        #expect(found == Array(repeating: "ada", count: 100))
        #expect(slack.transport.sent.count == 1)
    }

    @Test func `people are asked for again each time, for their facts must be fresh`() async throws {
        #expect(try await !look(as: [:]).isDeleted)
        #expect(try await look(as: ["deleted": true]).isDeleted)
    }

    // MARK: Addresses

    @Test func `an address finds its account`() async throws {
        slack.transport.expect("users.lookupByEmail", user(["profile": ["email": "Ada@acme.test"]]))
        let facts = try await slack.directory.account(email: "ada@acme.test", in: Self.us)
        #expect(facts?.account == Account(workspace: Self.us, user: "U1"))
        #expect(facts?.isExternal == false)
        #expect(slack.transport.bodies(of: "users.lookupByEmail") == [["email": "ada@acme.test"]])
    }

    @Test func `an address that nobody has is asked for once a minute`() async throws {
        slack.transport.always("users.lookupByEmail", Outbound.error("users_not_found"))
        for email in ["who@acme.test", "WHO@acme.test"] {
            #expect(try await slack.directory.account(email: email, in: Self.us) == nil)
        }
        #expect(slack.transport.sent.count == 1)
        slack.clock.advance(.seconds(60))
        #expect(try await slack.directory.account(email: "who@acme.test", in: Self.us) == nil)
        #expect(slack.transport.sent.count == 2)
    }

    @Test func `an address that could not be looked up is not taken for unknown`() async throws {
        slack.transport.expect("users.lookupByEmail", Outbound.error("internal_error"), user([:]))
        let error = await failure { () async throws(LookupError) in
            try await slack.directory.account(email: "ada@acme.test", in: Self.us)
        }
        #expect(error?.kind == "unavailable")
        #expect(try await slack.directory.account(email: "ada@acme.test", in: Self.us) != nil)
    }

    // MARK: Groups

    @Test func `members of a group are asked for once a minute`() async throws {
        slack.transport.expect(
            "usergroups.users.list", .json(["ok": true, "users": ["U1", "U2"]]), .json(["ok": true, "users": ["U2"]])
        )
        for _ in 1...3 {
            #expect(try await slack.directory.members(ofGroup: "S0", in: Self.us) == ["U1", "U2"])
        }
        slack.clock.advance(.milliseconds(59_999))
        #expect(try await slack.directory.members(ofGroup: "S0", in: Self.us) == ["U1", "U2"])
        slack.clock.advance(.milliseconds(1))
        #expect(try await slack.directory.members(ofGroup: "S0", in: Self.us) == ["U2"])
        #expect(
            slack.transport.bodies(of: "usergroups.users.list")
                == [["usergroup": "S0", "team_id": "T0ACME"], ["usergroup": "S0", "team_id": "T0ACME"]]
        )
    }

    @Test(arguments: [
        ("no_such_subteam", "not found"), ("plan_upgrade_required", "refused"), ("missing_scope", "refused"),
    ])
    func `a group that cannot be read is no empty group`(code: String, kind: String) async {
        slack.transport.always("usergroups.users.list", Outbound.error(code))
        for _ in 1...2 {
            let error = await failure { () async throws(LookupError) in
                try await slack.directory.members(ofGroup: "S0", in: Self.us)
            }
            #expect(error?.kind == kind)
        }
        #expect(slack.transport.sent.count == 2)
    }

    // MARK: Members of channels

    private func page(_ members: [String], next: String?) -> ScriptedTransport.Reply {
        .json([
            "ok": true, "members": .array(members.map { .string($0) }),
            "response_metadata": ["next_cursor": .string(next ?? "")],
        ])
    }

    private func isMember(_ user: String) async throws -> Bool {
        try await slack.directory.isMember(Account(workspace: Self.us, user: user), ofChannel: "C1", from: Self.us)
    }

    @Test func `a channel is read until the person is found`() async throws {
        slack.transport.expect(
            "conversations.members", page(["U1"], next: "a="), page([], next: "b="), page(["U2"], next: "c=")
        )
        #expect(try await isMember("U2"))
        #expect(
            slack.transport.bodies(of: "conversations.members") == [
                ["channel": "C1", "limit": "200"], ["channel": "C1", "cursor": "a=", "limit": "200"],
                ["channel": "C1", "cursor": "b=", "limit": "200"],
            ]
        )
        #expect(try await isMember("U1"))
        #expect(slack.transport.sent.count == 3)
    }

    @Test func `who was not found so far is looked for to the end`() async throws {
        slack.transport.expect(
            "conversations.members", page(["U1"], next: "a="), page(["U1"], next: "a="), page(["U2"], next: nil)
        )
        #expect(try await isMember("U1"))
        #expect(try await !isMember("U3"))
        // Now everyone is known, for a minute.
        #expect(try await !isMember("U4"))
        #expect(try await isMember("U2"))
        #expect(slack.transport.sent.count == 3)
        slack.clock.advance(.seconds(60))
        slack.transport.expect("conversations.members", page(["U4"], next: nil))
        #expect(try await isMember("U4"))
    }

    @Test func `a channel without end is given up, and that is no answer`() async throws {
        slack.transport.always("conversations.members", page(["U1"], next: "more"))
        let error = await failure { () async throws(LookupError) in
            try await slack.directory.isMember(Account(workspace: Self.us, user: "U9"), ofChannel: "C1", from: Self.us)
        }
        #expect(error?.kind == "refused")
        #expect(slack.transport.sent.count == SlackDirectory.memberPagesMax)
    }

    @Test func `a channel that the app cannot see has no members to tell`() async throws {
        slack.transport.expect("conversations.members", Outbound.error("channel_not_found"))
        let error = await failure { () async throws(LookupError) in
            try await slack.directory.isMember(Account(workspace: Self.us, user: "U9"), ofChannel: "C1", from: Self.us)
        }
        #expect(error?.kind == "not found")
    }
}

extension LookupError {
    fileprivate var kind: String {
        switch self {
        case .notFound: "not found"
        case .unavailable: "unavailable"
        case .refused: "refused"
        }
    }
}

@Suite struct `Asking once for everyone` {
    private struct Trouble: Error, Hashable {}
    private typealias Question = Coalescer<String, Int, Trouble>

    @Test func `different questions are asked each`() async throws {
        let question = Question()
        let one = try await question.value(for: "one") { () async throws(Trouble) in 1 }
        let two = try await question.value(for: "two") { () async throws(Trouble) in 2 }
        #expect([one, two] == [1, 2])
    }

    @Test func `a failure is everyone's, and the next question is a new one`() async throws {
        let question = Question()
        let gate = AsyncStream<Void>.makeStream()
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 1...10 {
                group.addTask {
                    do throws(Trouble) {
                        _ = try await question.value(for: "q") { () async throws(Trouble) in
                            for await _ in gate.stream {}
                            throw Trouble()
                        }
                        return false
                    } catch {
                        return true
                    }
                }
            }
            while question.waiting < 9 { await Task.yield() }
            gate.continuation.finish()
            var failures = 0
            for await failed in group where failed { failures += 1 }
            return failures
        }
        #expect(failures == 10)
        #expect(try await question.value(for: "q") { () async throws(Trouble) in 3 } == 3)
    }

    @Test func `when the one who asks is cancelled, another one asks`() async throws {
        let question = Question()
        let gate = AsyncStream<Void>.makeStream()
        let started = AsyncStream<Void>.makeStream()
        let first = Task {
            do throws(Trouble) {
                return try await question.value(for: "q") { () async throws(Trouble) in
                    started.continuation.finish()
                    // Ends when the task is cancelled.
                    for await _ in gate.stream {}
                    throw Trouble()
                }
            } catch {
                return -1
            }
        }
        for await _ in started.stream {}
        let second = Task { try await question.value(for: "q") { () async throws(Trouble) in 2 } }
        while question.waiting < 1 { await Task.yield() }
        first.cancel()
        #expect(await first.value == -1)
        #expect(try await second.value == 2)
    }
}
