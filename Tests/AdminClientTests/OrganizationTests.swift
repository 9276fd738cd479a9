import AdminClient
import Support
import TestSupport
import Testing

@Suite struct `Services, domains and resources` {
    @Test func `services are listed, also those of types that we do not know`() async throws {
        let test = TestDesk()
        test.transport.always(
            "services",
            .json(["services": [Listed.service("1", "slack", "T1", "Acme"), Listed.service("2", "odd", "o")]])
        )
        try await Services(test.desk).list()
        #expect(
            test.screen.printed == """
                Service Type    External ID    Label
                --------------  -------------  -------
                slack           T1             Acme
                odd             o
                """
        )
    }

    @Test func `a service is renamed`() async throws {
        let test = TestDesk()
        test.transport.always("services", .json(Listed.services))
        try await Services(test.desk).update("slack", "T123", label: "New")
        #expect(
            test.calls == [
                "GET services", #"PATCH services {"service_type":"slack","external_id":"T123","label":"New"}"#,
            ])
    }

    @Test func `a service in use stays, and says by what`() async throws {
        let test = TestDesk(force: true)
        test.transport.always("services", .json(Listed.services))
        test.transport.always("references", .json(["references": ["Identities": ["a", "b"], "Integrations": []]]))
        let error = await failure { () throws(ClientError) in try await Services(test.desk).delete("slack", "T123") }
        #expect(error?.code == .referenced)
        #expect(error?.message.contains("2 Identities (a, b)") == true)
        #expect(test.calls == ["GET services", "GET service/s2/references"])
    }

    @Test func `a Slack workspace is uninstalled before its service goes`() async throws {
        let test = TestDesk(answers: ["y"])
        test.transport.always("services", .json(Listed.services))
        test.transport.always("references", .json(["references": [:]]))
        test.transport.always("uninstall", .status(200))
        test.transport.always("delete", .json([:]))
        try await Services(test.desk).delete("slack", "T123")
        #expect(
            Array(test.calls.dropFirst(2)) == [
                "GET services/slack/uninstall?token=s2",
                #"POST services/delete {"service_type":"slack","external_id":"T123"}"#,
            ])
    }

    @Test func `what is not given is asked for, by number or name`() async throws {
        let test = TestDesk(answers: ["2", "T123"])
        test.transport.always("services", .json(Listed.services))
        try await Services(test.desk).update(nil, nil, label: "x")
        #expect(test.calls.last?.contains(#""service_type":"slack""#) == true)
        let silent = TestDesk()
        silent.transport.always("services", .json(Listed.services))
        let error = await failure { () throws(ClientError) in
            try await Services(silent.desk).update(nil, nil, label: "x")
        }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("--service-type") == true)
    }

    @Test func `domains are listed, added and removed under the organisation's id`() async throws {
        let test = TestDesk()
        test.transport.always("organizations", .json([["id": "o1", "slug": "acme", "domains": ["acme.test"]]]))
        test.transport.always("add-domain", .status(204))
        test.transport.always("remove-domain", .status(204))
        let organization = Organization(test.desk)
        try await organization.listDomains()
        #expect(test.screen.printed == "- acme.test")
        try await organization.addDomain("b.test")
        try await organization.removeDomain("b.test")
        #expect(
            test.calls == [
                "GET organizations", "GET organizations", #"POST organizations/o1/add-domain {"domain":"b.test"}"#,
                "GET organizations", #"POST organizations/o1/remove-domain {"domain":"b.test"}"#,
            ])
    }

    @Test func `a second factor is demanded after a yes`() async throws {
        let test = TestDesk(answers: ["y", "n"])
        test.transport.always("configure-mfa", .status(204))
        try await Organization(test.desk).configureMFA(true)
        #expect(test.calls == [#"POST organizations/configure-mfa {"mfa_required":true}"#])
        let error = await failure { () throws(ClientError) in try await Organization(test.desk).configureMFA(false) }
        #expect(error?.code == .failed)
        #expect(test.calls.count == 1)
        #expect(try Organization.flag("Yes") && !Organization.flag("off"))
        #expect(throws: ClientError.self) { try Organization.flag("maybe") }
    }

    @Test(arguments: Resources.kinds.map(\.name))
    func `resources are listed by their names in Terraform`(kind: String) async throws {
        let test = TestDesk()
        let path = try #require(Resources.kinds.first { $0.name == kind }?.path)
        test.transport.always(
            path,
            .json([
                ["id": "1", "slug": "one", "srn": "acme:x:one:1.0.0", "type": "okta_group"],
                ["slug": "two", "srn": "s"],
            ])
        )
        try await Resources(test.desk).list(kind: kind)
        #expect(test.calls == ["GET entities/\(path)"])
        #expect(
            test.screen.printed == """
                SRN               Slug    Type
                ----------------  ------  ----------
                acme:x:one:1.0.0  one     okta_group
                s                 two
                """
        )
    }

    @Test func `no resources are said to be none, and a wrong kind gets the nearest`() async throws {
        let test = TestDesk()
        test.transport.always("flows", .json([]))
        try await Resources(test.desk).list(kind: "sym_flow")
        #expect(test.screen.printed == "There is no sym_flow.")
        let error = await failure { () throws(ClientError) in try await Resources(test.desk).list(kind: "sym_flows") }
        #expect(error?.code == .invalidChoice)
        #expect(error?.hint?.hasPrefix("Did you mean \"sym_flow\"?") == true)
    }
}
