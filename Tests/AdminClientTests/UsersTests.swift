import AdminClient
import Support
import TestSupport
import Testing

@Suite struct `The users of an organisation` {
    @Test func `are listed as Sym's CLI lists them`() async throws {
        let test = TestDesk()
        test.transport.always("users", .json(Listed.users))
        try await Users(test.desk).list()
        #expect(
            test.screen.printed == """
                Name          Email          Role    Created At
                ------------  -------------  ------  -----------------------
                Ada Lovelace  ada@acme.test  admin   2023-01-02 03:04:05 UTC
                Bob O'Neil    bob@acme.test  member  2024-05-06 07:08:09 UTC
                Zoë           zoë@acme.test  guest   2023-03-03 03:03:03 UTC
                """
        )
        #expect(test.calls == ["GET users"])
    }

    @Test func `are listed for programs as the API has them`() async throws {
        let test = TestDesk(json: true)
        test.transport.always("users", .json(Listed.users))
        try await Users(test.desk).list()
        #expect(try JSONValue(parsing: test.screen.printed) == Listed.users["users"])
    }

    @Test func `are created with an id of ours and the identities that were typed`() async throws {
        let test = TestDesk(answers: ["U7"])
        test.transport.always("services", .json(Listed.services))
        test.transport.expect("users", .json(["users": []]), .json(["succeeded": 1]))
        try await Users(test.desk).create(email: "new@acme.test", serviceTypes: ["slack"])
        #expect(test.screen.questions == ["Identity in Acme (slack:T123), or nothing: "])
        #expect(
            test.calls.last
                == #"PATCH users {"users":[{"id":"00000000-0000-4000-8000-000000000011","identities":["#
                + #"{"service_type":"sym","external_id":"cloud","matcher":{"email":"new@acme.test"},"profile":{}},"#
                + #"{"service_type":"slack","external_id":"T123","matcher":{"user_id":"U7"},"profile":{}}],"#
                + #""type":"normal"}]}"#
        )
    }

    @Test func `are not created twice, nor in services that are not there`() async throws {
        let test = TestDesk()
        test.transport.always("services", .json(Listed.services))
        test.transport.always("users", .json(["users": [Listed.ada]]))
        let twice = await failure { () throws(ClientError) in
            try await Users(test.desk).create(email: "ada@acme.test", serviceTypes: [])
        }
        #expect(twice?.code == .userExists)
        let nowhere = await failure { () throws(ClientError) in
            try await Users(test.desk).create(email: "new@acme.test", serviceTypes: ["slak"])
        }
        #expect(nowhere?.code == .invalidChoice)
        #expect(nowhere?.hint?.contains("\"slack\"") == true)
        test.transport.always("services", .json(["services": []]))
        let bare = await failure { () throws(ClientError) in
            try await Users(test.desk).create(email: "new@acme.test", serviceTypes: [])
        }
        #expect(bare?.code == .missingService)
        #expect(!test.calls.contains { $0.hasPrefix("PATCH") })
    }

    @Test(arguments: [(["y"], true), (["Yes"], true), (["n"], false), ([""], false), ([], false)])
    func `are deleted after a yes only`(_ answers: [String], _ isDeleted: Bool) async throws {
        let test = TestDesk(answers: answers)
        test.transport.always("delete", .json(["succeeded": 1]))
        let error = await failure { () throws(ClientError) in try await Users(test.desk).delete(email: "ada@acme.test")
        }
        #expect((error == nil) == isDeleted)
        let call =
            #"POST users/delete {"users":[{"identity":{"service_type":"sym","matcher":{"email":"ada@acme.test"}}}]}"#
        #expect(test.calls == (isDeleted ? [call] : []))
    }

    @Test func `get roles that there are`() async throws {
        let test = TestDesk()
        test.transport.always("users", .json(["users": [Listed.ada]]))
        test.transport.always("set-role", .status(204))
        try await Users(test.desk).setRole(email: "ada@acme.test", role: "guest")
        #expect(
            test.calls == [
                "GET users?email=ada%40acme.test", #"POST users/\#(Listed.id(1))/set-role {"role":"guest"}"#,
            ])
        let wrong = await failure { () throws(ClientError) in
            try await Users(test.desk).setRole(email: "ada@acme.test", role: "king")
        }
        #expect(wrong?.code == .invalidChoice)
        test.transport.always("users", .json(["users": []]))
        let unknown = await failure { () throws(ClientError) in
            try await Users(test.desk).setRole(email: "no@acme.test", role: "guest")
        }
        #expect(unknown?.code == .unknownUser)
    }

    @Test(arguments: [
        (["Neil", "Patrick", "Harris"], #"{"first_name":"Neil Patrick","last_name":"Harris"}"#),
        (["Beyoncé"], #"{"first_name":"Beyoncé","last_name":""}"#),
        (["Ada Augusta Lovelace"], #"{"first_name":"Ada Augusta","last_name":"Lovelace"}"#),
    ])
    func `have a last name where there are several words`(_ words: [String], _ profile: String) async throws {
        let test = TestDesk()
        test.transport.expect("users", .json(["users": [Listed.ada]]), .json(["succeeded": 1]))
        try await Users(test.desk).updateName(email: "ada@acme.test", words: words)
        #expect(test.calls.last?.contains("\"profile\":" + profile) == true)
        #expect(test.calls.last?.contains(#""service_type":"sym""#) == true)
    }
}

@Suite struct `The identities of one person` {
    @Test func `are set one at a time, and the name stays`() async throws {
        let test = TestDesk()
        test.transport.expect("users", .json(["users": [Listed.ada]]), .json(["succeeded": 1]))
        test.transport.always("services", .json(Listed.services))
        try await Identities(test.desk).update(
            of: .user(email: "ada@acme.test"), serviceType: "slack", externalID: nil, newValue: "U9"
        )
        #expect(
            test.calls.last
                == #"PATCH users {"users":[{"id":"\#(Listed.id(1))","identities":["#
                + #"{"service_type":"slack","external_id":"T123","matcher":{"user_id":"U9"},"profile":{}},"#
                + #"{"service_type":"sym","external_id":"cloud","matcher":{"email":"ada@acme.test"},"#
                + #""profile":{"first_name":"ada","last_name":"lovelace"}}],"type":"normal"}]}"#
        )
        #expect(test.screen.complaints == ["Taking T123, the only choice."])
    }

    @Test func `of a bot leave it a bot`() async throws {
        let test = TestDesk()
        test.transport.expect("users", .json(["users": [Listed.bot(8, "hal")]]), .json(["succeeded": 1]))
        test.transport.always("services", .json(Listed.services))
        try await Identities(test.desk).update(
            of: .bot(name: "hal"), serviceType: "slack", externalID: "T123", newValue: "UB"
        )
        #expect(test.calls.first == "GET users?type=bot")
        #expect(test.calls.last?.hasSuffix(#""type":"bot"}]}"#) == true)
    }

    @Test func `want a value, and a service that is there`() async throws {
        let test = TestDesk()
        test.transport.always("users", .json(["users": [Listed.ada]]))
        test.transport.always("services", .json(Listed.services))
        func update(_ type: String, _ id: String, _ value: String?) async -> ClientError? {
            await failure { () throws(ClientError) in
                try await Identities(test.desk).update(
                    of: .user(email: "ada@acme.test"), serviceType: type, externalID: id, newValue: value
                )
            }
        }
        #expect(await update("slack", "T123", " ")?.code == .missingIdentityValue)
        #expect(await update("slack", "T123", nil)?.code == .missingIdentityValue)
        #expect(await update("slack", "T999", "U1")?.code == .invalidChoice)
        #expect(await update("sym", "cloud", "x")?.code == .invalidChoice)
        #expect(await update("auth0", "a", "x")?.code == .invalidChoice)
    }

    @Test func `are deleted with what they were; none is none`() async throws {
        let test = TestDesk(force: true)
        test.transport.always("users", .json(["users": [Listed.ada]]))
        test.transport.always("services", .json(Listed.services))
        test.transport.always("delete", .json(["succeeded": 1]))
        let owner = Identities.Owner.user(email: "ada@acme.test")
        try await Identities(test.desk).delete(of: owner, serviceType: "okta", externalID: "x.okta.com")
        #expect(test.screen.printed.contains("has no identity"))
        #expect(!test.calls.contains { $0.hasPrefix("POST") })
        try await Identities(test.desk).delete(of: owner, serviceType: "slack", externalID: "T123")
        #expect(
            test.calls.last
                == #"POST users/identities/delete {"identities":[{"user_id":"\#(Listed.id(1))","#
                + #""service_type":"slack","external_id":"T123","matcher":{"user_id":"U1"}}]}"#
        )
    }
}
