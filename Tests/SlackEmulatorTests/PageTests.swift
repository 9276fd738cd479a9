import HTTPModel
import SlackEmulator
import Support
import Synchronization
import Testing

@Suite struct `The page` {
    private let files = ["index.html": "<!doctype html>", "js/main.js": "1", "app.css": "a{}", "icon.svg": "<svg/>"]

    private func emulator(_ files: [String: String]) throws -> (Emulator, Asked) {
        let asked = Asked()
        let page = PageFiles { name in
            asked.names.withLock { $0.append(name) }
            return files[name].map { Array($0.utf8) }
        }
        let settings = EmulatorSettings(signingSecret: Secret("s"), baseURL: "http://slack.test")
        let emulator = Emulator(
            settings: settings, workspace: try WorkspaceFile(parsing: WorkspaceFile.sampleText),
            transport: FakeApp { _ in HTTPResponse(status: 200) }, page: page)
        return (emulator, asked)
    }

    private final class Asked: Sendable { let names = Mutex<[String]>([]) }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/?user=U1", "text/html; charset=utf-8"),
        ("/web/js/main.js", "text/javascript; charset=utf-8"), ("/web/app.css", "text/css; charset=utf-8"),
        ("/web/icon.svg", "image/svg+xml"),
    ])
    func `files come with their types, and may run nothing from elsewhere`(target: String, type: String) async throws {
        let (emulator, _) = try emulator(files)
        let response = await emulator.respond(to: HTTPRequest(target: target))
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == type)
        let policy = response.headers["Content-Security-Policy"] ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
        #expect(!policy.contains("unsafe"))
    }

    @Test func `a browser asks again each time, and is told when nothing has changed`() async throws {
        let (emulator, _) = try emulator(files)
        let first = await emulator.respond(to: HTTPRequest(target: "/web/app.css"))
        #expect(first.headers["Cache-Control"] == "no-cache")
        let tag = try #require(first.headers["ETag"])
        let again = await emulator.respond(to: HTTPRequest(target: "/web/app.css", headers: ["If-None-Match": tag]))
        #expect(again.status == 304 && again.bytes.isEmpty)
        let other = await emulator.respond(
            to: HTTPRequest(target: "/web/js/main.js", headers: ["If-None-Match": tag]))
        #expect(other.status == 200)
    }

    @Test(arguments: [
        "/web/../secret.html", "/web/%2e%2e/secret.html", "/web//etc/index.html", "/web/.hidden.js", "/web/js/",
        "/web/", "/web/notes.txt", "/web/js/.%2fx.js",
    ])
    func `nothing but the page's own files is even looked for`(target: String) async throws {
        let (emulator, asked) = try emulator(files)
        let response = await emulator.respond(to: HTTPRequest(target: target))
        #expect(response.status == 404)
        #expect(asked.names.withLock { $0 }.isEmpty)
    }

    @Test func `without its files the emulator says so and works on`() async throws {
        let (emulator, _) = try emulator([:])
        #expect(await emulator.respond(to: HTTPRequest(target: "/")).status == 404)
        #expect(await emulator.respond(to: HTTPRequest(target: "/emulator/world")).status == 200)
        #expect(await emulator.respond(to: HTTPRequest(method: "POST", target: "/web/app.css")).status == 405)
    }

    @Test(arguments: [
        ("http://slack.test", 200), ("https://slack.test", 200), ("http://evil.test", 403), ("null", 403),
    ])
    func `other sites in the same browser cannot act for people`(origin: String, status: Int) async throws {
        let slack = try Slack()
        let response = await slack.emulator.respond(
            to: HTTPRequest(
                method: "POST", target: "/emulator/limits", headers: ["Host": "slack.test", "Origin": origin],
                body: Array(#"{"strict": true}"#.utf8)))
        #expect(response.status == status)
        #expect(await slack.look("world")["switches"]?["strict"]?.flag == (status == 200))
    }

    @Test func `rules are replaced as a whole, or stay when one of the new ones is wrong`() async throws {
        let slack = try Slack()
        _ = await slack.act("faults", ["method": "*", "kind": "outage"])
        let bad = #"{"rules": [{"method": "*", "kind": "delay"}, {"kind": "no such kind"}]}"#
        #expect(await slack.send("PUT", "/emulator/faults", Array(bad.utf8)).status == 400)
        #expect(await slack.look("faults")["rules"]?[0]?["kind"] == "outage")
        let good = #"{"rules": [{"delivery": "*", "kind": "duplicate"}]}"#
        #expect(await slack.send("PUT", "/emulator/faults", Array(good.utf8)).status == 200)
        let rules = await slack.look("world")["switches"]?["rules"]?.elements
        #expect(rules?.count == 1 && rules?.first?["kind"] == "duplicate")
    }

    @Test func `what the program around it says is asked for anew each time`() async throws {
        let slack = try Slack()
        #expect(await slack.look("about") == ["ok": true])
        let count = Mutex(0)
        slack.emulator.configure { settings in
            settings.about = { ["title": .string("\(count.withLock { $0 += 1; return $0 })")] }
        }
        #expect(await slack.look("about")["title"] == "1")
        #expect(await slack.look("about")["title"] == "2")
    }

    @Test func `the newest calls, and who would have seen what was refused`() async throws {
        let slack = try Slack()
        for _ in 1...3 { _ = await slack.call("auth.test") }
        let refused = await slack.call("views.publish", ["user_id": "U0BOB", "view": ["type": "home", "blocks": 7]])
        #expect(refused["ok"] == false)
        let newest = await slack.look("calls?newest=2")["calls"]?.elements
        #expect(newest?.map { $0["method"]?.text } == ["auth.test", "views.publish"])
        #expect(newest?.last?["user"] == "U0BOB")
        #expect(await slack.look("calls")["calls"]?.elements?.count == 4)
    }
}
