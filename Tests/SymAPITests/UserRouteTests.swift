import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support
import SymAPI
import TestSupport
import Testing

@Suite struct `Users over the API` {
    private static func identity(_ type: String, _ externalID: String, _ matcher: JSONValue, _ profile: JSONValue = [:])
        -> JSONValue
    {
        [
            "service_type": .string(type), "external_id": .string(externalID), "matcher": matcher, "profile": profile,
        ]
    }

    private static func sym(_ email: String, _ profile: JSONValue = [:]) -> JSONValue {
        identity("sym", "cloud", ["email": .string(email)], profile)
    }

    private static func patch(_ number: Int, _ type: String, _ identities: JSONValue...) -> JSONValue {
        [
            "users": [
                ["id": .string(APIFixture.id(number)), "identities": .array(identities), "type": .string(type)]
            ]
        ]
    }

    private func admin() async throws -> (APIFixture, String) {
        let here = try APIFixture()
        return (here, try await here.person("root@acme.test", .admin, number: 1))
    }

    @Test func `people are listed without bots, bots without people, and anybody by id`() async throws {
        let (here, admin) = try await admin()
        _ = try await here.bot("hal", nil, number: 2)
        let people = await here.call("GET", "users", as: admin).body["users"]?.elements ?? []
        #expect(people.map { $0["id"]?.text } == [APIFixture.id(1)])
        let root = try #require(people.first)
        #expect(root["type"] == "normal" && root["role"] == "admin")
        #expect(root["created_at"] == "2026-03-02T09:00:00")
        #expect(root["identities"]?[0]?["service"] == ["slug": "sym", "external_id": "cloud"])
        #expect(root["identities"]?[0]?["matcher"] == ["email": "root@acme.test"])
        let bots = await here.call("GET", "users?type=bot", as: admin).body["users"]?.elements ?? []
        #expect(bots.map { $0["identities"]?[0]?["matcher"] } == [["username": "hal"]])
        let byEmail = await here.call("GET", "users?email=ROOT@acme.test", as: admin).body
        #expect(byEmail["users"]?.elements?.count == 1)
        #expect(await here.call("GET", "users?email=nobody@acme.test", as: admin).body == ["users": []])
        for number in [1, 2] {
            let found = await here.call("GET", "users?id=\(APIFixture.id(number))", as: admin).body
            #expect(found["users"]?[0]?["id"]?.text == APIFixture.id(number))
        }
        #expect(await here.call("GET", "users?type=alien", as: admin).status == 400)
    }

    @Test func `an unknown id creates a user, who is a member wherever their address is`() async throws {
        let (here, admin) = try await admin()
        let body = Self.patch(5, "normal", Self.sym("Zoe@Else.Example", ["first_name": "zoe", "last_name": ""]))
        #expect(await here.call("PATCH", "users", body, as: admin).body == ["succeeded": 1])
        let user = await here.call("GET", "users?email=zoe@else.example", as: admin).body["users"]?[0]
        #expect(user?["role"] == "member" && user?["id"]?.text == APIFixture.id(5))
        #expect(user?["identities"]?[0]?["profile"] == ["first_name": "zoe", "last_name": ""])
        #expect(here.recorded("user/" + APIFixture.id(5)) == ["userCreated"])
    }

    @Test func `an update keeps what it does not name, and an empty profile erases no name`() async throws {
        let (here, admin) = try await admin()
        let okta = Self.identity("okta", "acme.okta.com", ["user_id": "00u1"])
        let github = Self.identity("github", "acme", ["user_id": "zoe"])
        let named = Self.sym("zoe@acme.test", ["first_name": "Zoe", "last_name": "Zimt"])
        _ = await here.call("PATCH", "users", Self.patch(5, "normal", named, okta, github), as: admin)
        let changed = Self.identity("okta", "acme.okta.com", ["user_id": "00u2"])
        let update = Self.patch(5, "normal", Self.sym("zoe@acme.test"), changed)
        #expect(await here.call("PATCH", "users", update, as: admin).body == ["succeeded": 1])
        let user = try #require(try await here.engine.user(PersonID(APIFixture.id(5))))
        #expect(user.fullName == "Zoe Zimt")
        #expect(user.identities.map(\.key) == ["zoe@acme.test", "00u2", "zoe"])
    }

    @Test func `a bot stays one, whatever type an update says`() async throws {
        let (here, admin) = try await admin()
        _ = try await here.bot("hal", nil, number: 2)
        let slack = Self.identity("slack", "T0HOME", ["user_id": "U0HAL"])
        #expect(await here.call("PATCH", "users", Self.patch(2, "normal", slack), as: admin).status == 200)
        let user = try #require(try await here.engine.bot(named: "hal"))
        #expect(user.kind == .bot && user.identities.count == 2)
    }

    @Test func `an address that is none is named as such`() async throws {
        let (here, admin) = try await admin()
        let body: JSONValue = [
            "users": [
                [
                    "id": "00000000-0000-4000-8000-000000000009",
                    "identities": [
                        ["service_type": "sym", "external_id": "cloud", "matcher": ["email": "zoe at acme.test"]]
                    ],
                ]
            ]
        ]
        let answer = await here.call("PATCH", "users", body, as: admin)
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.text?.contains("\"zoe at acme.test\" is not an e-mail address") == true)
    }

    @Test(arguments: [
        ("{}", "users"), (#"{"users": [{"id": "x", "identities": [], "type": "normal"}]}"#, "users[0].id"),
        (#"{"users": [{"id": "00000000-0000-4000-8000-000000000009", "identities": []}]}"#, ""),
        (
            #"{"users": [{"id": "00000000-0000-4000-8000-000000000009", "type": "dog", "identities": []}]}"#,
            "users[0].type"
        ),
        (
            #"{"users": [{"id": "00000000-0000-4000-8000-000000000009", "identities": [{"service_type": "okta", "#
                + #""external_id": "a", "matcher": {"login": "x"}}]}]}"#, "users[0].identities[0].matcher"
        ),
        (
            #"{"users": [{"id": "00000000-0000-4000-8000-000000000009", "identities": [{"service_type": "sym", "#
                + #""external_id": "cloud", "matcher": {"email": "no address"}}]}]}"#, ""
        ),
    ])
    func `what is no user is refused by name, and nothing is changed`(_ body: String, _ field: String) async throws {
        let (here, admin) = try await admin()
        let answer = await here.call("PATCH", "users", try JSONValue(parsing: body), as: admin)
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.body["errors"]?[0]?["field"]?.text == field)
        #expect(try await here.engine.users(.normal).count == 1)
    }

    @Test func `an address, a name and a Slack account belong to one user; of several changes all are made or none`()
        async throws
    {
        let (here, admin) = try await admin()
        let slack = Self.identity("slack", "T0HOME", ["user_id": "U0ZOE"])
        _ = await here.call("PATCH", "users", Self.patch(5, "normal", Self.sym("zoe@acme.test"), slack), as: admin)
        let same = await here.call("PATCH", "users", Self.patch(6, "normal", Self.sym("zoe@acme.test")), as: admin)
        #expect(same.status == 409 && same.body["message"]?.text?.contains("zoe@acme.test") == true)
        let both: JSONValue = [
            "users": .array(
                [
                    Self.patch(7, "normal", Self.sym("new@acme.test")),
                    Self.patch(8, "normal", Self.sym("b@acme.test"), slack),
                ]
                .compactMap { $0["users"]?[0] })
        ]
        #expect(await here.call("PATCH", "users", both, as: admin).status == 409)
        #expect(try await here.engine.user(email: "new@acme.test") == nil)
    }

    @Test func `deleting takes the e-mail address, an id or a bot's name, and says when there is nobody`() async throws
    {
        let (here, admin) = try await admin()
        _ = try await here.bot("hal", nil, number: 2)
        try await here.person("zoe@acme.test", .member, number: 3)
        func delete(_ user: JSONValue) async -> Int {
            await here.call("POST", "users/delete", ["users": [user]], as: admin).status
        }
        let byName: JSONValue = ["identity": ["service_type": "sym", "matcher": ["username": "hal"]]]
        #expect(await delete(byName) == 200)
        #expect(await delete(byName) == 404)
        #expect(await delete(["id": .string(APIFixture.id(3))]) == 200)
        #expect(await delete(["id": .string(APIFixture.id(3))]) == 404)
        #expect(try await here.engine.store.tokens(of: PersonID(APIFixture.id(2))).isEmpty)
        // Who was deleted is still found by id, and their address is free again.
        #expect(await here.call("GET", "users?id=\(APIFixture.id(3))", as: admin).body["users"]?.elements?.count == 1)
        let again = Self.patch(4, "normal", Self.sym("zoe@acme.test"))
        #expect(await here.call("PATCH", "users", again, as: admin).status == 200)
        #expect(
            await here.call("PATCH", "users", Self.patch(3, "normal", Self.sym("x@acme.test")), as: admin).status == 409
        )
    }

    @Test func `the last administrator can neither be deleted nor demoted, bots notwithstanding`() async throws {
        let (here, admin) = try await admin()
        let bot = try await here.bot("hal", .admin, number: 2)
        // Ada of the folder is an administrator as well, as soon as the folder's users are there.
        func leaves() async -> [Int] {
            let user: JSONValue = ["identity": ["service_type": "sym", "matcher": ["email": "root@acme.test"]]]
            let demoted = await here.call("POST", "users/\(APIFixture.id(1))/set-role", ["role": "member"], as: bot)
            let deleted = await here.call("POST", "users/delete", ["users": [user]], as: admin)
            return [demoted.status, deleted.status]
        }
        #expect(await leaves() == [409, 409])
        #expect(await here.call("GET", "users", as: admin).status == 200)
        try await here.engine.welcomeConfiguredUsers()
        #expect(
            await here.call("POST", "users/\(APIFixture.id(1))/set-role", ["role": "member"], as: bot).status == 200)
    }

    @Test func `the folder's users are the folder's`() async throws {
        let (here, admin) = try await admin()
        try await here.engine.welcomeConfiguredUsers()
        try await here.engine.welcomeConfiguredUsers()
        let ada = try #require(try await here.engine.user(email: "ada@acme.test"))
        #expect(try await here.engine.role(of: ada) == .admin)
        let user: JSONValue = ["id": .string(ada.id.text)]
        let role = await here.call("POST", "users/\(ada.id)/set-role", ["role": "guest"], as: admin)
        let deleted = await here.call(
            "POST", "users/delete", ["users": [["identity": ["matcher": ["email": "ada@acme.test"]]]]], as: admin)
        #expect(role.status == 409 && role.body["message"]?.text?.contains("configuration folder") == true)
        #expect(deleted.status == 409)
        #expect(user["id"] != nil)
    }

    @Test func `identities go one by one, but for the one that makes a user`() async throws {
        let (here, admin) = try await admin()
        let okta = Self.identity("okta", "acme.okta.com", ["user_id": "00u1"])
        _ = await here.call("PATCH", "users", Self.patch(5, "normal", Self.sym("zoe@acme.test"), okta), as: admin)
        func forget(_ type: String, _ externalID: String, _ matcher: JSONValue) async -> APIFixture.Answer {
            await here.call(
                "POST", "users/identities/delete",
                [
                    "identities": [
                        [
                            "user_id": .string(APIFixture.id(5)), "service_type": .string(type),
                            "external_id": .string(externalID), "matcher": matcher,
                        ]
                    ]
                ], as: admin
            )
        }
        #expect(await forget("okta", "acme.okta.com", ["user_id": "other"]).body == ["succeeded": 0])
        #expect(await forget("okta", "acme.okta.com", ["user_id": "00u1"]).body == ["succeeded": 1])
        #expect(await forget("sym", "cloud", ["email": "zoe@acme.test"]).status == 400)
        #expect(try await here.engine.user(PersonID(APIFixture.id(5)))?.identities.count == 1)
    }

    @Test(arguments: [
        ("GET", "users"), ("PATCH", "users"), ("POST", "users/x/set-role"), ("POST", "users/delete"),
        ("POST", "users/identities/delete"), ("GET", "tokens"), ("POST", "tokens"), ("POST", "tokens/delete"),
        ("GET", "services"), ("PATCH", "services"), ("POST", "services/delete"), ("GET", "service/x/references"),
        ("GET", "services/slack/link"), ("GET", "services/slack/uninstall"), ("POST", "organizations/x/add-domain"),
        ("POST", "organizations/x/remove-domain"), ("POST", "organizations/configure-mfa"),
    ])
    func `only administrators administer`(_ method: String, _ path: String) async throws {
        let (here, _) = try await admin()
        let member = try await here.person("zoe@acme.test", .member, number: 3)
        let guest = try await here.bot("gus", .guest, number: 4)
        #expect(await here.call(method, path, as: member).status == 403)
        #expect(await here.call(method, path, as: guest).status == 403)
        #expect(await here.call(method, path, as: nil).status == 401)
    }
}
