import HTTPModel
import Support
import Testing
import TransportCurl

@Suite struct `The command line` {
    private static let bare = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]

    private func run(_ words: String...) async throws -> Installation.Finished {
        try await Installation.symflow(words, environment: Self.bare, folder: try TestFolder())
    }

    @Test func `Help and version are printed`() async throws {
        let help = try await run("--help")
        #expect(help.code == 0)
        for command in ["serve", "demo", "emulate", "check", "audit"] {
            #expect(help.output.contains { $0.contains(command) }, "\(command)")
        }
        let serve = try await run("serve", "--help")
        #expect(serve.code == 0)
        for option in ["--config", "--listen", "--database"] {
            #expect(serve.output.contains { $0.contains(option) }, "\(option)")
        }
        let version = try await run("--version")
        #expect(version.code == 0 && version.output.count == 1)
    }

    @Test func `A wrong word gets the nearest right one, and exit code 2`() async throws {
        let command = try await run("sevre")
        #expect(command.code == 2)
        #expect(command.text.contains("\"serve\""))
        let option = try await run("serve", "--databse", "x")
        #expect(option.code == 2)
        #expect(option.text.contains("--database"))
        let inner = try await run("users", "lst")
        #expect(inner.code == 2)
        #expect(inner.text.contains("\"list\""))
        let front = try await run("--api-ulr", "http://127.0.0.1:1", "users", "list")
        #expect(front.code == 2)
        #expect(front.text.contains("--api-url"))
    }

    @Test func `A group of commands lists them, and each has help of its own`() async throws {
        let group = try await run("users")
        #expect(group.code == 2)
        #expect(group.text.contains("set-role"))
        let help = try await run("tokens", "issue", "--help")
        #expect(help.code == 0)
        for option in ["-u, --username", "-e, --expiry", "--json", "--api-url"] {
            #expect(help.output.contains { $0.contains(option) }, "\(option)")
        }
    }

    @Test func `The administrator's client says where it looked, and what to do`() async throws {
        let folder = try TestFolder()
        let home = Self.bare.merging(["HOME": folder.file("home")]) { _, new in new }
        func run(_ words: String...) async throws -> Installation.Finished {
            try await Installation.symflow(words, environment: home, folder: folder)
        }
        let nobody = try await run("users", "list")
        #expect(nobody.code == 13)
        #expect(nobody.text.contains("symflow login"))
        let address = try await run("--api-url", "nonsense", "users", "list")
        #expect(address.code == 2)
        let unset = try await run("config", "get", "org")
        #expect(unset.code == 1)
        let set = try await run("config", "set", "org", "acme")
        #expect(set.code == 0)
        #expect(try await run("config", "get", "org").output == ["acme"])
        let status = try await run("status")
        #expect(status.code == 1)
    }

    @Test func `The first configuration is written once, and has no problems`() async throws {
        let folder = try TestFolder()
        let site = folder.file("site")
        let words = [
            "init", "--directory", site, "--org", "acme", "--admin", "ada@acme.test", "--slack-workspace-id", "T0ACME",
            "--environment", "main", "--channel", "approvals",
        ]
        let first = try await Installation.symflow(
            words, environment: Self.bare.merging(["HOME": site]) { $1 }, folder: folder)
        #expect(first.code == 0, "\(first.text)")
        let again = try await Installation.symflow(
            words, environment: Self.bare.merging(["HOME": site]) { $1 }, folder: folder)
        #expect(again.code == 1)
        let check = try await run("check", site)
        #expect(check.code == 0, "\(check.text)")
        #expect(check.output.contains { $0.contains("1 flow (first-approval)") })
    }

    @Test func `The sample organisation has no problems, and a folder that is not there is one`() async throws {
        let good = try await run("check", Executable.checkout + "config/demo")
        #expect(good.code == 0, "\(good.text)")
        let missing = try await run("check", "/nowhere/at/all")
        #expect(missing.code == 1)
        #expect(missing.text.contains("/nowhere/at/all"))
    }

    @Test func `The demo brings a Slack and a target system along`() async throws {
        await Turnstile.enter()
        defer { Turnstile.leave() }
        let folder = try TestFolder()
        let words = [
            "demo", "--listen", "127.0.0.1:0", "--config", Executable.checkout + "config/demo", "--workspace",
            Executable.checkout + "config/demo-workspace.json", "--database", "sqlite:" + folder.file("demo.db"),
        ]
        let child = try Child(try Executable.path(), words, environment: Self.bare, folder: folder)
        do {
            func address(behind words: String) async throws -> String {
                guard let line = await child.errorLine(beginning: words, within: Installation.startTime) else {
                    throw HarnessError("the demo does not say \"\(words)\": \(child.errorLines)")
                }
                return String(line.dropFirst(words.count).prefix { $0 != " " })
            }
            let server = try await address(behind: "listening on ")
            let slack = try await address(behind: "slack emulator on ")
            let target = try await address(behind: "target system on ")
            let transport = CurlTransport()
            defer { transport.shutdown() }
            func call(_ url: String, _ body: JSONValue? = nil) async throws -> HTTPResponse {
                try await transport.send(
                    HTTPRequest(
                        method: body == nil ? "GET" : "POST", target: url,
                        headers: ["Content-Type": "application/json"], body: body?.bytes ?? []
                    ), within: .seconds(30), bodyBytesMax: 1 << 20
                )
            }
            let health = try await call(server + "/healthz")
            #expect(health.status == 200)
            // Break glass: approved by a rule, at once.
            func act(_ path: String, _ body: JSONValue) async throws -> JSONValue {
                let answer = try JSONValue(parsing: try await call(slack + "/emulator/" + path, body).bytes)
                guard answer["ok"]?.flag == true else { throw HarnessError("\(path): \(answer.compact)") }
                return answer
            }
            _ = try await act(
                "command", ["user": "bob", "channel": "general", "text": "/sym req break_glass orders-db"])
            _ = try await act("wait", ["until": ["view": ["user": "bob", "callback_id": "sym_form"]]])
            _ = try await act("view/submit", ["user": "bob", "values": ["What is on fire?": "The orders"]])
            _ = try await act(
                "wait",
                ["until": ["message": ["user": "ada", "channel": "#security", "contains": "Access is on"]]]
            )
            let grants = try JSONValue(parsing: try await call(target + "/grants").bytes)
            #expect(grants["grants"]?[0]?["identity"]?.text == "bob@acme.test")
            child.send(signal: 15)
            let ended = await child.end(within: Installation.stopTime)
            #expect(ended == Child.Ended(code: 0, signal: 0))
        } catch {
            child.send(signal: 9)
            _ = await child.end(within: Installation.stopTime)
            throw error
        }
    }
}
