import ApprovalCore
import ApprovalEngine
import Crypto
import FoundationEssentials
import HTTPModel
import Support
import SymAPI
import TestSupport
import Testing

@Suite struct `Tokens` {
    private func claims(_ token: String) throws -> JSONObject {
        let payload = try #require(Base64URL.bytes(token.split(separator: ".")[1]))
        return try #require(try JSONValue(parsing: payload).object)
    }

    @Test func `say all that Sym's clients read`() async throws {
        let here = try APIFixture()
        let token = try await here.person("zoe@acme.test", .member, number: 1)
        let claims = try claims(token)
        for name in ["connection_strategy", "connection_name", "email", "name"] {
            #expect(claims["https://api.symops.com/" + name]?.text?.isEmpty == false, "\(name)")
        }
        #expect(claims["aud"] == "https://api.symops.com" && claims["iss"] == "http://localhost/")
        #expect(claims["sub"]?.text == APIFixture.id(1) && claims["azp"] == "test")
        #expect(claims["exp"]?.integer == here.clock.now.seconds + 365 * 86400)
        let jwks = try await here.authority.keys.jwks()
        let header = try JSONValue(parsing: try #require(Base64URL.bytes(token.split(separator: ".")[0])))
        #expect(header["alg"] == "RS256" && header["kid"] == jwks["keys"]?[0]?["kid"])
        #expect(jwks["keys"]?[0]?["d"] == nil && jwks["keys"]?[0]?["e"] == "AQAB")
    }

    @Test func `count as whom they were made for`() async throws {
        let here = try APIFixture()
        let member = try await here.person("zoe@acme.test", .member, number: 1)
        let bot = try await here.bot("hal", nil, number: 2)
        let guest = try await here.bot("gus", .guest, number: 3)
        #expect(try await here.authority.caller(member)?.role == .member)
        // Terraform and the command line are run by bots.
        #expect(try await here.authority.caller(bot)?.role == .admin)
        #expect(try await here.authority.caller(guest)?.role == .guest)
    }

    @Test func `do not count when anything about them is not ours`() async throws {
        let here = try APIFixture()
        let token = try await here.person("zoe@acme.test", .admin, number: 1)
        let parts = token.split(separator: ".").map(String.init)
        var payload = try claims(token)
        payload["sub"] = .string(APIFixture.id(9))
        let forged = Base64URL.text(JSONValue.object(payload).bytes)
        let none = Base64URL.text(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
        let key = RSAKey.generate()
        let header = try #require(Base64URL.bytes(parts[0]))
        let signed = Base64URL.text(key.signature(of: Array((parts[0] + "." + forged).utf8)))
        let kid = try #require(try JSONValue(parsing: header)["kid"]?.text)
        let symmetric = Base64URL.text(Array(#"{"alg":"HS256","typ":"JWT","kid":"\#(kid)"}"#.utf8))
        let code = Base64URL.text(HMACSHA256.code(for: Array((symmetric + "." + parts[1]).utf8), key: key.publicDER))
        for text in [
            "", ".", "..", "x", "a.b.c", parts[0] + "." + parts[1] + ".", parts[0] + "." + forged + "." + parts[2],
            none + "." + parts[1] + ".", none + "." + parts[1] + "." + parts[2], parts[0] + "." + forged + "." + signed,
            symmetric + "." + parts[1] + "." + code, token + "A", token + "." + parts[2],
            String(repeating: "A", count: 100_000),
        ] {
            #expect(try await here.authority.caller(text) == nil, "\(text.prefix(40))")
        }
        #expect(try await here.authority.caller(token) != nil)
    }

    @Test func `end when they expire, are revoked, or their user goes or falls`() async throws {
        let here = try APIFixture()
        let admin = try await here.person("root@acme.test", .admin, number: 1)
        let short = try await here.token(
            of: try #require(try await here.engine.user(PersonID(APIFixture.id(1)))), lifetime: .seconds(60))
        here.clock.advance(.seconds(59))
        #expect(try await here.authority.caller(short) != nil)
        here.clock.advance(.seconds(1))
        #expect(try await here.authority.caller(short) == nil)

        let bot = try await here.bot("hal", .admin, number: 2)
        let jti = try #require(try claims(bot)["jti"]?.text)
        #expect(await here.call("POST", "tokens/delete", ["identifier": .string(jti)], as: admin).status == 200)
        #expect(try await here.authority.caller(bot) == nil)
        #expect(await here.call("POST", "tokens/delete", ["identifier": .string(jti)], as: admin).status == 404)

        let zoe = try await here.person("zoe@acme.test", .admin, number: 3)
        #expect(await here.call("GET", "users", as: zoe).status == 200)
        let demoted = await here.call("POST", "users/\(APIFixture.id(3))/set-role", ["role": "member"], as: admin)
        #expect(demoted.status == 200)
        #expect(await here.call("GET", "users", as: zoe).status == 403)
        let user: JSONValue = ["identity": ["service_type": "sym", "matcher": ["email": "zoe@acme.test"]]]
        #expect(await here.call("POST", "users/delete", ["users": [user]], as: admin).body["succeeded"] == 1)
        #expect(await here.call("GET", "auth/login", as: zoe).status == 401)
    }

    @Test func `end while Slack says that their user is deactivated everywhere`() async throws {
        let here = try APIFixture()
        let token = try await here.person("dana@acme.test", .admin, number: 1)
        let dana = try await here.engine.person(Sample.dana.account, from: Sample.workspace)
        #expect(dana.id.text == APIFixture.id(1))
        #expect(await here.call("GET", "users", as: token).status == 200)
        var facts = Sample.dana.facts
        facts.isDeleted = true
        _ = try await here.engine.remember(facts)
        #expect(await here.call("GET", "auth/login", as: token).status == 401)
        facts.isDeleted = false
        _ = try await here.engine.remember(facts)
        #expect(await here.call("GET", "users", as: token).status == 200)
    }

    @Test func `are written down as used at most once a minute`() async throws {
        let here = try APIFixture()
        let admin = try await here.person("root@acme.test", .admin, number: 1)
        func used() async throws -> Timestamp? { try await here.engine.store.tokens(.bot).first?.lastUsedAt }
        let first = here.clock.now
        _ = await here.call("GET", "auth/login", as: admin)
        #expect(try await used() == first)
        here.clock.advance(.seconds(59))
        _ = await here.call("GET", "auth/login", as: admin)
        #expect(try await used() == first)
        here.clock.advance(.seconds(1))
        _ = await here.call("GET", "auth/login", as: admin)
        #expect(try await used() == here.clock.now)
    }

    @Test func `keep counting when the key that signed them is replaced, and when the master key is`() async throws {
        let here = try APIFixture()
        let old = try await here.person("zoe@acme.test", .member, number: 1)
        here.clock.advance(.hours(24 * 91))
        let new = try await here.bot("hal", nil, number: 2)
        #expect(old.split(separator: ".")[0] != new.split(separator: ".")[0])
        #expect(try await here.authority.keys.jwks()["keys"]?.elements?.count == 2)
        let other = TokenAuthority(
            store: here.engine.store, masterKey: .random(), clock: here.engine.clock, ids: .random,
            role: { _ in .guest }
        )
        #expect(try await other.caller(old) != nil)
        #expect(try await other.caller(new) != nil)
        // What another master key sealed cannot sign.
        #expect(try await other.keys.jwks()["keys"]?.elements?.count == 3)
        for key in try await here.engine.store.documents(DocumentKind("signing_key"), key: nil) {
            let sealed = try #require(key.body["private"]?.text.flatMap { Data(base64Encoded: $0) })
            #expect(RSAKey(privateDER: Array(sealed)) == nil)
        }
    }
}
