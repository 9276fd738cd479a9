import AdminClient
import Support
import TestSupport
import Testing

@Suite struct `Bots and tokens` {
    private static let tokens: JSONValue = [
        "tokens": [
            [
                "identifier": "j1", "user": ["id": .string(Listed.id(8)), "type": "bot"],
                "created_by": ["id": .string(Listed.id(1)), "type": "normal"], "expires_at": "2027-01-02T03:04:05",
                "updated_at": "2026-01-02T03:04:05", "label": "ci",
            ],
            [
                "identifier": "j2", "user": ["id": .string(Listed.id(8)), "type": "bot"],
                "created_by": ["id": .string(Listed.id(7)), "type": "normal"], "expires_at": "2027-01-02T03:04:05",
                "updated_at": "2026-01-02T03:04:05", "label": nil,
            ],
        ]
    ]

    @Test func `bots are listed with their tokens and identities`() async throws {
        let test = TestDesk()
        let robby = Listed.bot(9, "robby", more: [Listed.identity("slack", "T123", ["user_id": "UB"])])
        test.transport.always("users", .json(["users": [Listed.bot(8, "hal"), robby]]))
        test.transport.always("tokens", .json(Self.tokens))
        try await Bots(test.desk).list()
        #expect(
            test.screen.printed == """
                Username      Token Count  Created At               slack:T123
                ----------  -------------  -----------------------  ------------
                hal                     2  2023-01-02 03:04:05 UTC
                robby                   0  2023-01-02 03:04:05 UTC  UB
                """
        )
        #expect(test.calls == ["GET users?type=bot", "GET tokens"])
    }

    @Test func `a bot is created once, and deleted when there is one`() async throws {
        let test = TestDesk(force: true)
        test.transport.expect("users", .json(["users": []]), .json(["succeeded": 1]))
        try await Bots(test.desk).create(name: "hal")
        #expect(
            test.calls.last
                == #"PATCH users {"users":[{"id":"00000000-0000-4000-8000-000000000011","identities":[{"#
                + #""service_type":"sym","external_id":"cloud","matcher":{"username":"hal"},"profile":{}}],"type":"bot"}]}"#
        )
        test.transport.always("users", .json(["users": [Listed.bot(8, "hal")]]))
        let twice = await failure { () throws(ClientError) in try await Bots(test.desk).create(name: "hal") }
        #expect(twice?.code == .botExists)
        test.transport.expect("delete", .json(["message": "no"], status: 404), .json(["message": "why"], status: 409))
        let unknown = await failure { () throws(ClientError) in try await Bots(test.desk).delete(name: "ghost") }
        #expect(unknown?.code == .unknownBot)
        // Sym's CLI called this a success.
        let refused = await failure { () throws(ClientError) in try await Bots(test.desk).delete(name: "hal") }
        #expect(refused?.code == .refused)
    }

    @Test(arguments: [
        ("1s", 1), ("90m", 5400), ("30d", 2_592_000), ("2mo", 5_184_000),
    ])
    func `a token lasts as long as it says`(_ text: String, _ seconds: Int64) throws {
        #expect(try Tokens.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "d", "0d", "03d", "3w", "3", "-3d", "3 d", "3D", "99999999999999999999d", "9223372036854775807d", "٣d",
    ])
    func `how long it lasts is written one way`(text: String) {
        #expect(throws: ClientError.self) { try Tokens.seconds(text) }
    }

    @Test func `a token is issued with its label, where it has one`() async throws {
        let test = TestDesk()
        test.transport.always("tokens", .json(["access_token": "eyJ"]))
        let token = try await Tokens(test.desk).issue(username: "hal", expiry: "30d", label: "ci")
        #expect(token.reveal { $0 } == "eyJ")
        _ = try await Tokens(test.desk).issue(username: "hal", expiry: "30d", label: nil)
        #expect(
            test.calls == [
                #"POST tokens {"username":"hal","expiry":2592000,"label":"ci"}"#,
                #"POST tokens {"username":"hal","expiry":2592000}"#,
            ])
        let wrong = await failure { () throws(ClientError) in
            _ = try await Tokens(test.desk).issue(username: "hal", expiry: "3w", label: nil)
        }
        #expect(wrong?.code == .invalidExpiry)
    }

    @Test func `tokens are listed with names, each looked up once, and the id of whoever is gone`() async throws {
        let test = TestDesk()
        test.transport.always("tokens", .json(Self.tokens))
        test.transport.expect(
            "users", .json(["users": [Listed.bot(8, "hal")]]), .json(["users": [Listed.ada]]), .json(["users": []])
        )
        try await Tokens(test.desk).list()
        let lines = test.screen.printed.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "Token ID    User    Created By                            Expires At               Last Used                Label"
        )
        #expect(
            lines[2]
                == "j1          hal     ada@acme.test                         2027-01-02 03:04:05 UTC  2026-01-02 03:04:05 UTC  ci"
        )
        #expect(lines[3].contains(Listed.id(7)))
        #expect(test.calls.count == 4)
    }

    @Test func `a token is revoked by its id`() async throws {
        let test = TestDesk()
        test.transport.always("delete", .json([:]))
        try await Tokens(test.desk).revoke(identifier: "j1")
        #expect(test.calls == [#"POST tokens/delete {"identifier":"j1"}"#])
    }
}
