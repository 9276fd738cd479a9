import HTTPModel
import Support
import Testing

/// Users and domains as administrators change them, and what Slack's people may do a moment later.
@Suite struct `People and the API` {
    /// Anybody who is a member may decide.
    private static let anyMember = Site.ask("\"level\": \"member\"", Site.channel("#db-access"))

    private func user(_ email: String, _ api: APIClient) async throws -> JSONValue {
        guard let user = try await api.get("users?email=\(email)")["users"]?[0] else {
            throw HarnessError("\(email) is no user")
        }
        return user
    }

    @Test func `Bootstrapping makes one token that works, and happens once`() async throws {
        try await Installation.run(Site(Site.access()), withAPI: true) { here in
            let login = try await here.admin.get("auth/login")
            #expect(login["organization"] == "acme" && login["role"] == "admin")
            #expect(try await here.admin.get("users")["users"]?.elements?.count == 1)
            #expect(try await here.admin.call("GET", "users?x").headers["X-Request-Id"]?.isEmpty == false)
            try await here.stop()
            let again = try await here.symflow("bootstrap", "--org", "acme", "--admin", "eve@acme.test")
            #expect(again.code == 1 && again.output.isEmpty && again.text.contains("not empty"))
            for words in [
                ["--org", "acme"], ["--org", "a b", "--admin", "x@y.test"], ["--org", "a", "--admin", "x"],
            ] {
                let wrong = try await Installation.symflow(
                    ["bootstrap"] + words, environment: here.environment, folder: here.folder
                )
                #expect(wrong.code == 2, "\(words)")
            }
            let secret = try await Installation.symflow(
                [
                    "bootstrap", "--org", "acme", "--admin", "x@y.test", "--database",
                    "postgresql://ada:s3?cr3t@127.0.0.1:1/db",
                ], environment: here.environment, folder: here.folder
            )
            #expect(secret.code == 1 && secret.text.contains("postgresql://…"), "\(secret.text)")
            #expect(!secret.text.contains("s3") && !secret.text.contains("cr3t"), "\(secret.text)")
            // The token outlives the program that it was made beside.
            try await here.start()
            #expect(try await here.admin.get("auth/login")["username"] == "bootstrap")
        }
    }

    @Test func `A role that is set counts for the next click; who is deleted decides no more`() async throws {
        try await Installation.run(Site(Site.access(Self.anyMember)), withAPI: true) { here in
            let admin = try here.admin
            let dana = here.person("dana")
            try await here.person("bob").asks()
            let card = try await dana.sees("asks for", in: "#db-access")
            // Who acts becomes a user.
            try await dana.types("/sym whoami")
            try await dana.isTold("member", in: "#general")
            let id = try await user("dana@acme.test", admin)["id"]?.text ?? ""
            #expect(try await user("dana@acme.test", admin)["identities"]?[1]?["matcher"] == ["user_id": "U0DANA"])
            #expect(try await user("bob@acme.test", admin)["role"] == "member")

            try await admin.post("users/\(id)/set-role", ["role": "guest"])
            _ = try await dana.presses(.approve, on: card)
            try await dana.isTold("takes no decisions from people", in: "#db-access")
            try await admin.post("users/\(id)/set-role", ["role": "member"])
            try await admin.post(
                "users/delete",
                ["users": [["identity": ["service_type": "sym", "matcher": ["email": "dana@acme.test"]]]]]
            )
            _ = try await dana.presses(.approve, on: card)
            try await dana.types("/sym req prod_db orders-db")
            #expect(try await !here.story().contains("approved"))

            let omar = here.person("omar")
            try await omar.clicks(.approve, on: card)
            try await omar.sees("*Access is on*", on: card)
            let actors = Set(try await here.audit().filter { $0["kind"] == "roleSet" }.compactMap { $0["actor"]?.text })
            #expect(actors.count == 1 && actors != [""])
        }
    }

    @Test func `Members and guests do not administer, and that they tried is on record`() async throws {
        try await Installation.run(Site(Site.access()), withAPI: true) { here in
            let member = try await here.admin.bot("mia", role: "member")
            let guest = try await here.admin.bot("gus", role: "guest")
            for client in [member, guest] {
                #expect(try await client.get("auth/login")["organization"] == "acme")
                #expect(try await client.call("GET", "users").status == 403)
            }
            let nobody = APIClient(url: here.url, token: nil)
            #expect(try await nobody.call("GET", "users").status == 401)
            #expect(try await nobody.call("GET", "nothing").status == 401)
            let refused = try await here.audit().filter { $0["kind"] == "callRefused" }
            #expect(refused.count == 4)
        }
    }

    @Test func `Logging in through Slack makes a user, with the role they have there`() async throws {
        try await Installation.run(Site(Site.access()), withAPI: true) { here in
            let bob = try await here.logsIn("bob")
            #expect(
                try await bob.get("auth/login")
                    == ["organization": "acme", "username": "bob@acme.test", "role": "member"])
            #expect(try await bob.call("GET", "users").status == 403)
            let ada = try await here.logsIn("ada")
            #expect(try await ada.get("users")["users"]?.elements?.count == 2)
            // Neither the code nor the token is anywhere but where it belongs.
            let code = try await here.person("bob").sees("Your code for", in: "@app").text
            let digits = code.split(separator: "*").map { $0.filter(\.isNumber) }.first { $0.count == 8 } ?? "none"
            #expect(!here.log.contains { $0.contains(digits) || $0.contains(bob.token ?? "") })
        }
    }
}
