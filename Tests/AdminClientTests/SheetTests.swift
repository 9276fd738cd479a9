import AdminClient
import Support
import TestSupport
import Testing

@Suite struct `The sheet of users` {
    private func desk(answers: [String] = []) -> TestDesk {
        let test = TestDesk(answers: answers)
        test.transport.expect("users", .json(Listed.users))
        test.transport.always("users", .json(["succeeded": 1]))
        test.transport.always("services", .json(Listed.services))
        test.transport.always("delete", .json(["succeeded": 1]))
        return test
    }

    private static let header = "sym:cloud,slack:T123,okta:x.okta.com,User ID"
    private static let ada = "ada@acme.test,U1,,\(Listed.id(1))"
    private static let bob = "bob@acme.test,U2,00u2,\(Listed.id(2))"
    private static let zoe = "zoë@acme.test,,,\(Listed.id(3))"

    private func text(_ lines: String...) -> String { lines.joined(separator: "\n") + "\n" }

    @Test func `is exported with a column for each service and the ids in the last`() async throws {
        let (csv, count) = try await Users(desk().desk).exportIdentities()
        #expect(csv == text(Self.header, Self.ada, Self.bob, Self.zoe))
        #expect(count == 3)
    }

    @Test func `as a table has no ids`() async throws {
        let test = desk()
        try await Users(test.desk).listIdentities()
        #expect(test.screen.printed.split(separator: "\n").first == "sym:cloud      slack:T123    okta:x.okta.com")
    }

    @Test func `unchanged changes nothing`() async throws {
        let test = desk()
        try await Users(test.desk).update(from: text(Self.header, Self.ada, Self.bob, Self.zoe))
        #expect(test.calls == ["GET users", "GET services"])
    }

    @Test func `changes what was changed: a new user, another identity, one less, another address`() async throws {
        let test = desk()
        try await Users(test.desk).update(
            from: text(
                Self.header, "ada@acme.test,U99,,\(Listed.id(1))", "bob@acme.test,U2,,\(Listed.id(2))",
                "zoe@acme.test,,,\(Listed.id(3))", "`new@acme.test`,`U5`,,"
            )
        )
        func entry(_ id: String, _ identities: String) -> String {
            #"{"id":"\#(id)","identities":[\#(identities)],"type":"normal"}"#
        }
        func identity(_ type: String, _ id: String, _ key: String, _ value: String) -> String {
            #"{"service_type":"\#(type)","external_id":"\#(id)","matcher":{"\#(key)":"\#(value)"},"profile":{}}"#
        }
        let entries = [
            entry(
                Listed.id(1),
                identity("sym", "cloud", "email", "ada@acme.test") + "," + identity("slack", "T123", "user_id", "U99")),
            entry(Listed.id(3), identity("sym", "cloud", "email", "zoe@acme.test")),
            entry(
                "00000000-0000-4000-8000-000000000011",
                identity("sym", "cloud", "email", "new@acme.test") + "," + identity("slack", "T123", "user_id", "U5")),
        ]
        #expect(
            Array(test.calls.dropFirst(2)) == [
                #"PATCH users {"users":[\#(entries.joined(separator: ","))]}"#,
                #"POST users/identities/delete {"identities":[{"user_id":"\#(Listed.id(2))","service_type":"okta","#
                    + #""external_id":"x.okta.com","matcher":{"user_id":"00u2"}}]}"#,
            ])
    }

    @Test func `deletes whose line is gone, after a yes`() async throws {
        let test = desk(answers: ["y"])
        try await Users(test.desk).update(from: text(Self.header, Self.ada, Self.bob))
        #expect(test.screen.questions.first?.contains("zoë@acme.test") == true)
        #expect(
            test.calls.last
                == #"POST users/delete {"users":[{"id":"\#(Listed.id(3))","identity":{"service_type":"sym","#
                + #""matcher":{"email":"zoë@acme.test"}}}]}"#
        )
    }

    @Test func `deletes nobody after a no, and does the rest`() async throws {
        let test = desk(answers: ["n"])
        try await Users(test.desk).update(from: text(Self.header, "ada@acme.test,U99,,\(Listed.id(1))", Self.bob))
        #expect(test.calls.count == 3)
        #expect(test.calls.last?.hasPrefix("PATCH users") == true)
    }

    /// Columns that a sheet does not have are not touched.
    @Test func `with fewer columns leaves the others alone`() async throws {
        let test = desk()
        try await Users(test.desk).update(
            from: text(
                "User ID,sym:cloud", "\(Listed.id(1)),ada@acme.test", "\(Listed.id(2)),bob@acme.test",
                "\(Listed.id(3)),zoë@acme.test"
            )
        )
        #expect(test.calls == ["GET users", "GET services"])
    }

    @Test(arguments: [
        ("", "empty"),
        ("sym:cloud,slack:T123\nada@acme.test,U1\n", "User ID"),
        ("slack:T123,User ID\nU1,\(Listed.id(1))\n", "sym:cloud"),
        ("sym:cloud,slack:T999,User ID\n", "slack:T999"),
        ("sym:cloud,sym:cloud,User ID\n", "sym:cloud"),
        ("sym:cloud,User ID\n,\(Listed.id(1))\n", "line 2: the e-mail address is missing"),
        ("sym:cloud,User ID\n`,\n", "line 2"),
        ("sym:cloud,User ID\nada@acme.test,\(Listed.id(1))\nada@acme.test,\(Listed.id(1))\n", "line 3"),
        ("sym:cloud,User ID\nada@acme.test,\n", "is a user already"),
        ("sym:cloud,User ID\nnew@acme.test,nonsense\n", "nonsense"),
        ("sym:cloud,User ID\nnew@acme.test,,,x\n", "line 2"),
    ])
    func `with a mistake changes nothing and says where it is`(_ csv: String, _ words: String) async throws {
        let test = desk(answers: ["y", "y", "y"])
        let error = await failure { () throws(ClientError) in try await Users(test.desk).update(from: csv) }
        #expect(error?.text.contains(words) == true, "\(error?.text ?? "no error")")
        #expect(test.calls == ["GET users", "GET services"])
    }
}
