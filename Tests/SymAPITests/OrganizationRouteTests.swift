import ApprovalCore
import ApprovalEngine
import AuditTrail
import HTTPModel
import Support
import SymAPI
import TestSupport
import Testing

@Suite struct `Services, tokens and the organisation over the API` {
    private func admin() async throws -> (APIFixture, String) {
        let here = try APIFixture()
        return (here, try await here.person("root@acme.test", .admin, number: 1))
    }

    @Test func `a bot's token is issued once, listed, and works`() async throws {
        let (here, admin) = try await admin()
        _ = try await here.bot("hal", .member, number: 2)
        let order: JSONValue = ["username": "hal", "expiry": 3600, "label": "nightly"]
        let issued = await here.call("POST", "tokens", order, as: admin)
        let token = try #require(issued.body["access_token"]?.text)
        #expect(await here.call("GET", "auth/login", as: token).body["username"] == "hal")
        let listed = await here.call("GET", "tokens", as: admin).body["tokens"]?.elements ?? []
        let nightly = try #require(listed.first { $0["label"] == "nightly" })
        #expect(nightly["user"] == ["id": .string(APIFixture.id(2)), "type": "bot"])
        #expect(nightly["created_by"] == ["id": .string(APIFixture.id(1)), "type": "normal"])
        #expect(nightly["expires_at"] == "2026-03-02T10:00:00" && nightly["updated_at"] == "2026-03-02T09:00:00")
        #expect(!listed.contains { $0.compact.contains(token) })
        for (wrong, status) in [
            (["username": "nobody", "expiry": 60], 404), (["username": "hal"], 400), (["expiry": 60], 400),
            (["username": "hal", "expiry": 0], 400), (["username": "hal", "expiry": "60"], 400),
            (["username": "hal", "expiry": 60, "label": 5], 400), (["username": "root@acme.test", "expiry": 60], 404),
        ] as [(JSONValue, Int)] {
            #expect(await here.call("POST", "tokens", wrong, as: admin).status == status, "\(wrong.compact)")
        }
    }

    @Test func `services are what people have identities in, and go when nobody has`() async throws {
        let (here, admin) = try await admin()
        func services() async -> [String] {
            (await here.call("GET", "services", as: admin).body["services"]?.elements ?? []).map {
                "\($0["slug"]?.text ?? "") \($0["external_id"]?.text ?? "") \($0["label"]?.text ?? "")"
            }
        }
        #expect(await services() == ["slack T0GUEST T0GUEST", "slack T0HOME T0HOME", "sym cloud Sym"])
        let okta: JSONValue = ["service_type": "okta", "external_id": "acme.okta.com", "label": "Acme"]
        #expect(await here.call("PATCH", "services", okta, as: admin).body == [:])
        #expect(await services().contains("okta acme.okta.com Acme"))
        _ = await here.call(
            "PATCH", "services", ["service_type": "okta", "external_id": "acme.okta.com", "label": nil], as: admin)
        #expect(await services().contains("okta acme.okta.com acme.okta.com"))
        let found = await here.call("GET", "services?service_type=okta&external_id=acme.okta.com", as: admin)
        let id = try #require(found.body["services"]?[0]?["id"]?.text)
        try await here.engine.change(user: PersonID(APIFixture.id(1)), "identityKept", by: "test") { user in
            var user = user
            user?.keep(
                ServiceIdentity(
                    service: ServiceKey(type: "okta", externalID: "acme.okta.com"), matcher: ["user_id": "00u1"]
                )
            )
            return user
        }
        let references = await here.call("GET", "service/\(id)/references", as: admin).body["references"]
        #expect(references == ["Identities": ["root@acme.test"], "Integrations": []])
        let refused = await here.call("POST", "services/delete", okta, as: admin)
        #expect(refused.status == 409 && refused.body["message"]?.text?.contains("root@acme.test") == true)
        for (service, status) in [
            (["service_type": "sym", "external_id": "cloud"], 409), (["service_type": "x", "external_id": "y"], 404),
            (["service_type": "slack", "external_id": "T0HOME"], 409),
        ] as [(JSONValue, Int)] {
            #expect(await here.call("POST", "services/delete", service, as: admin).status == status)
        }
        #expect(
            await here.call("PATCH", "services", ["service_type": "x", "external_id": "y"], as: admin).status == 400)
        #expect(await here.call("GET", "service/\(APIFixture.id(1))/references", as: admin).status == 404)
        // Not every database keeps a NUL, and a record that cannot be kept as it was hashed looks forged for ever.
        let odd: JSONValue = ["service_type": "okta", "external_id": "a\u{0}b"]
        let refusal = await here.call("PATCH", "services", odd, as: admin)
        #expect(refusal.status == 400 && refusal.body["errors"]?[0]?["field"] == "external_id")
        #expect(!here.recorded("service/okta:a\u{0}b").contains("serviceKept"))
    }

    @Test func `the organisation is the folder's, with the domains of both`() async throws {
        let (here, admin) = try await admin()
        func organization() async -> JSONValue { await here.call("GET", "organizations", as: admin).body }
        let id = try #require(await organization()[0]?["id"]?.text)
        #expect(await organization()[0]?["domains"] == ["acme.test"])
        func change(_ verb: String, _ domain: JSONValue) async -> Int {
            await here.call("POST", "organizations/\(id)/\(verb)-domain", ["domain": domain], as: admin).status
        }
        #expect(await change("add", "New.Example") == 200)
        #expect(await change("add", "new.example") == 200)
        #expect(await organization()[0]?["domains"] == ["acme.test", "new.example"])
        #expect(await change("remove", "new.example") == 200)
        #expect(await change("remove", "new.example") == 404)
        #expect(await change("remove", "acme.test") == 409)
        for wrong in ["", "nodot", "a b.c", "@acme.test", "-a.test"] as [JSONValue] {
            #expect(await change("add", wrong) == 400, "\(wrong.compact)")
        }
        #expect(
            await here.call("POST", "organizations/other/add-domain", ["domain": "a.test"], as: admin).status == 404)
        #expect(await here.call("POST", "organizations/configure-mfa", ["mfa_required": true], as: admin).status == 200)
        #expect(
            await here.call("POST", "organizations/configure-mfa", ["mfa_required": "yes"], as: admin).status == 400)
        #expect(here.recorded("organization") == ["domainAdded", "domainRemoved", "mfaConfigured"])
    }

    @Test func `who has no token learns the client of the organisation they name, and nothing else`() async throws {
        let (here, admin) = try await admin()
        let known = await here.call("GET", "auth/org/ACME", as: nil)
        #expect(known.status == 200 && known.body["slug"] == "acme" && known.body["client_id"]?.text?.isEmpty == false)
        #expect(await here.call("GET", "auth/org/other", as: nil).status == 404)
        #expect(await here.call("POST", "track/symflow", ["status": "invoked"], as: nil).body == [:])
        #expect(await here.call("GET", "auth/login", as: nil).body["code"] == "Authentication:INVALID_JWT")
        let right = await here.call("GET", "auth/login?email=root%40acme.test&segment_track=True", as: admin)
        #expect(right.body == ["organization": "acme", "username": "root@acme.test", "role": "admin"])
        #expect(await here.call("GET", "auth/login?email=zoe%40acme.test", as: admin).status == 401)
    }

    @Test func `a token that calls too often waits, others do not`() async throws {
        let here = try APIFixture(limits: APIGate.Limits(tokenBurst: 3, tokenPerSecond: 0.5))
        let eager = try await here.bot("eager", .member, number: 1)
        let calm = try await here.bot("calm", .member, number: 2)
        for _ in 0..<3 { #expect(await here.call("GET", "auth/login", as: eager).status == 200) }
        let refused = await here.call("GET", "auth/login", as: eager)
        #expect(refused.status == 429 && refused.headers["Retry-After"] == "2")
        #expect(await here.call("GET", "auth/login", as: calm).status == 200)
        here.clock.advance(.seconds(2))
        #expect(await here.call("GET", "auth/login", as: eager).status == 200)
    }

    @Test func `strangers are counted by address`() async throws {
        let (here, admin) = try await admin()
        var statuses: Set<Int> = []
        for _ in 0..<301 { statuses.insert(await here.call("GET", "users", as: "guess", from: "192.0.2.1").status) }
        #expect(statuses == [401, 429])
        #expect(await here.call("GET", "users", as: "guess", from: "192.0.2.2").status == 401)
        #expect(await here.call("GET", "users", as: admin, from: "192.0.2.1").status == 200)
    }

    @Test func `refused calls are on record, each with who made it, and only so many`() async throws {
        let (here, _) = try await admin()
        let member = try await here.person("zoe@acme.test", .member, number: 3)
        _ = await here.call("GET", "users", as: member)
        let record = try #require(here.fixture.memory.records.last { $0.aggregate == "api" })
        #expect(record.actor == APIFixture.id(3) && record.details["call"] == "GET /api/v1/users")
        for _ in 0..<100 { _ = await here.call("GET", "users", as: nil) }
        #expect(here.recorded("api").count == 30)
        here.clock.advance(.seconds(61))
        _ = await here.call("GET", "users", as: nil)
        let next = try #require(here.fixture.memory.records.last { $0.aggregate == "api" })
        #expect(here.recorded("api").count == 31 && next.details["refused_before_unrecorded"] == 71)
        try await here.fixture.verify()
    }

    @Test func `a body beyond the limit is refused`() async throws {
        let (here, admin) = try await admin()
        let long = JSONValue.string(String(repeating: "x", count: SymAPI.bodyBytesMax))
        #expect(await here.call("PATCH", "users", long, as: admin).status == 413)
    }
}
