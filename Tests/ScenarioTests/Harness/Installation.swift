import FoundationEssentials
import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import Testing

/// One installation as it would stand at a customer's: the real program on SQLite, a Slack, and a target system.
final class Installation: Sendable {
    let slack: EmulatedSlack
    let target: TargetSystem
    let targetURL: String
    let folder: TestFolder
    /// Of the program and of `audit`.
    let environment: [String: String]
    private let serving: Task<Void, Never>
    private let running: Mutex<(child: Child, url: String)?>
    private let past: Mutex<[Child]>
    private let adminToken: Mutex<String?>

    static let targetSecret = "scenario-target-secret-71c2"
    /// The whole suite on two cores, compiled for debugging.
    static let startTime: Duration = .seconds(60)
    static let stopTime: Duration = .seconds(40)

    /// A private channel that the app was never invited to.
    private static let moreChannels = """
        "channels": [
            {"id": "C0VAULT", "name": "vault", "workspace": "acme", "private": true, "members": ["dana"]},
        """

    private init(_ site: Site, environment: [String: String]) async throws {
        folder = try TestFolder()
        let sample = try String(
            contentsOf: URL(filePath: Executable.checkout + "config/demo-workspace.json"), encoding: .utf8
        )
        slack = try await EmulatedSlack(workspace: sample.replacing("\"channels\": [", with: Self.moreChannels))
        let target = TargetSystem(secret: Self.targetSecret)
        self.target = target
        let server = MicroHTTPServer(settings: .forTests, handler: target, log: .silent)
        targetURL = "http://127.0.0.1:\(try server.start())"
        serving = Task { try? await server.run() }
        running = Mutex(nil)
        past = Mutex([])
        adminToken = Mutex(nil)
        self.environment = Self.environment(slack: slack.url, folder: folder)
            .merging(environment) { _, new in new }
        try configure(site)
    }

    static func environment(slack: String, folder: TestFolder) -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no",
            "SYM_CONFIG": folder.file("site"), "SYM_DATABASE_URL": "sqlite:" + folder.file("symflow.db"),
            "SYM_LISTEN": "127.0.0.1:0", "SYM_SECRET_KEY": Data(Random.bytes(32)).base64EncodedString(),
            "SYM_LOG": "info", "SLACK_SIGNING_SECRET": EmulatedSlack.signingSecret,
            "SLACK_BOT_TOKEN": EmulatedSlack.botToken, "SLACK_APP_ID": EmulatedSlack.appID,
            "SLACK_API_URL": slack + "/api/", "SCENARIO_TARGET_SECRET": targetSecret,
            "SYM_DEMO_SIGNING_SECRET": targetSecret,
        ]
    }

    /// Runs `body` with an installation of its own. Everything is stopped afterwards, and where the test succeeded the
    /// program must end well, its audit trail must be intact and its log free of secrets.
    ///
    /// - Parameters:
    ///   - withAPI: bootstraps it first, so that `admin` can call the API.
    ///   - endsWell: false where the test has broken something itself: nothing is expected of the end then.
    static func run(
        _ site: Site, environment: [String: String] = [:], withAPI: Bool = false, endsWell: Bool = true,
        _ body: (Installation) async throws -> Void
    ) async throws {
        await Turnstile.enter()
        defer { Turnstile.leave() }
        let here = try await Installation(site, environment: environment)
        do {
            if withAPI { try await here.isBootstrapped() }
            try await here.start()
            try await body(here)
            if endsWell { try await here.endWell() }
        } catch {
            here.target.release()
            await here.tearDown()
            Issue.record("\(error)\n\(here.logTail)")
            return
        }
        await here.tearDown()
    }

    // MARK: The program

    /// Writes the configuration; a running program reads it on SIGHUP.
    func configure(_ site: Site) throws {
        for (name, text) in site.files {
            try folder.write(site.replacingTarget(in: text, by: targetURL), to: "site/" + name)
        }
        guard !site.flows.isEmpty else { return }
        try folder.write(site.text(targetURL: targetURL), to: "site/acme.json")
    }

    var url: String { running.withLock { $0?.url ?? "" } }

    /// - Parameter environment: another than the installation's.
    func start(with environment: [String: String]? = nil) async throws {
        let child = try Child(
            try Executable.path(), ["serve"], environment: environment ?? self.environment, folder: folder
        )
        past.withLock { $0.append(child) }
        guard let line = await child.errorLine(beginning: "listening on ", within: Self.startTime) else {
            throw HarnessError("serve does not start")
        }
        let url = String(line.dropFirst("listening on ".count))
        running.withLock { $0 = (child, url) }
        slack.deliver(to: url)
    }

    /// `kill -9`, in the midst of whatever it does.
    func isKilled() async throws {
        guard let child = running.withLock({ $0.take()?.child }) else { return }
        child.send(signal: 9)
        guard await child.end(within: Self.stopTime) != nil else { throw HarnessError("it survives SIGKILL") }
    }

    /// The last fact of each run that the newest program has logged: where in its life a kill has met it.
    func lastFacts() -> [String: String] {
        var facts: [String: String] = [:]
        for line in past.withLock({ $0.last })?.errorLines ?? [] where line.contains("\"fact\"") {
            // A kill may cut the last line short.
            guard let record = try? JSONValue(parsing: line), let run = record["request"]?.text else { continue }
            facts[run] = record["fact"]?.text
        }
        return facts
    }

    /// SIGTERM: drains, and returns how it ended.
    @discardableResult
    func stop() async throws -> Child.Ended {
        guard let child = running.withLock({ $0.take()?.child }) else { throw HarnessError("nothing runs") }
        child.send(signal: 15)
        guard let ended = await child.end(within: Self.stopTime) else { throw HarnessError("it does not drain") }
        return ended
    }

    /// How a program ended that was told to before.
    func hasEnded() async throws -> Child.Ended {
        guard let child = running.withLock({ $0.take()?.child }) else { throw HarnessError("nothing runs") }
        guard let ended = await child.end(within: Self.stopTime) else { throw HarnessError("it does not end") }
        return ended
    }

    /// - Returns: whether the running program has logged this, or does soon.
    func waits(forLog text: String) async -> Bool {
        guard let child = running.withLock({ $0?.child }) else { return false }
        return await child.hasErrorLines(with: text, count: 1, within: .seconds(20))
    }

    func send(signal: Int32) { running.withLock { $0?.child }?.send(signal: signal) }

    /// SIGHUP, until the program says that it has read the configuration again.
    func rereads(_ site: Site) async throws {
        try configure(site)
        guard let child = running.withLock({ $0?.child }) else { throw HarnessError("nothing runs") }
        let before = child.count(ofErrorLinesWith: "the configuration was")
        child.send(signal: 1)
        guard await child.hasErrorLines(with: "the configuration was", count: before + 1, within: .seconds(20)) else {
            throw HarnessError("the configuration is not read again")
        }
    }

    var log: [String] { past.withLock { $0 }.flatMap(\.errorLines) }
    private var logTail: String { log.suffix(40).joined(separator: "\n") }

    private func endWell() async throws {
        if running.withLock({ $0 != nil }) {
            let ended = try await stop()
            #expect(ended == Child.Ended(code: 0, signal: 0))
        }
        let verified = try await symflow("audit", "verify")
        #expect(verified.code == 0, "\(verified.text)")
        let token = adminToken.withLock { $0 }
        for secret in [Self.targetSecret, EmulatedSlack.signingSecret, EmulatedSlack.botToken, token ?? "no token"] {
            #expect(!log.contains { $0.contains(secret) }, "a secret stands in the log")
        }
    }

    private func tearDown() async {
        for child in past.withLock({ $0 }) {
            child.send(signal: 9)
            _ = await child.end(within: Self.stopTime)
        }
        target.release()
        serving.cancel()
        await serving.value
        await slack.stop()
    }

    // MARK: The API

    private func isBootstrapped() async throws {
        let done = try await symflow("bootstrap", "--org", "acme", "--admin", "ada@acme.test")
        guard done.code == 0, let token = done.output.first, done.output.count == 1 else {
            throw HarnessError("bootstrap: \(done.text)")
        }
        adminToken.withLock { $0 = token }
    }

    /// The API as the bot calls it that `symflow bootstrap` made.
    var admin: APIClient {
        get throws {
            guard let token = adminToken.withLock({ $0 }) else { throw HarnessError("run it with withAPI: true") }
            return APIClient(url: url, token: token)
        }
    }

    // MARK: Looking

    func person(_ name: String) -> Person { Person(name: name, slack: slack) }

    struct Finished: Sendable {
        var code: Int32?
        var output: [String]
        var errors: [String]
        var text: String { (output + errors).joined(separator: "\n") }
    }

    /// Runs a command of the program to its end, in the installation's environment.
    func symflow(_ words: String...) async throws -> Finished {
        try await Self.symflow(words, environment: environment, folder: folder)
    }

    static func symflow(
        _ words: [String], environment: [String: String], folder: TestFolder
    ) async throws -> Finished {
        let child = try Child(try Executable.path(), words, environment: environment, folder: folder)
        guard let ended = await child.end(within: .seconds(60)) else {
            child.send(signal: 9)
            throw HarnessError("symflow \(words.joined(separator: " ")) does not end")
        }
        return Finished(code: ended.code, output: child.outputLines, errors: child.errorLines)
    }

    /// Waits until the clock shows this.
    func waits(until time: Timestamp) async throws {
        let left = time - WallClock.system.now()
        if left > .zero { try await Task.sleep(for: left) }
    }

    /// The records of all runs, oldest first.
    func audit() async throws -> [JSONValue] {
        let exported = try await symflow("audit", "export")
        #expect(exported.code == 0, "\(exported.text)")
        return try exported.output.map { try JSONValue(parsing: $0) }
    }

    /// The id of the one run of this test.
    func runID() async throws -> String {
        let records = try await audit()
        guard let run = records.compactMap({ $0["aggregate"]?.text }).first(where: { $0.hasPrefix("run/") }) else {
            throw HarnessError("there is no run")
        }
        return String(run.dropFirst("run/".count))
    }

    /// What happened to the one run of this test, in order: without what depends on how soon cards arrive and people
    /// are looked up.
    func story() async throws -> [String] {
        let details: Set = [
            "delivered", "adopted", "receipt_opened", "receipt_settled", "person_known",
            "attempt_under_way",
        ]
        let records = try await audit().filter { $0["aggregate"]?.text?.hasPrefix("run/") == true }
        #expect(Set(records.compactMap { $0["aggregate"]?.text }).count == 1)
        return records.compactMap { $0["kind"]?.text }.filter { !details.contains($0) }
    }
}

extension Child {
    func count(ofErrorLinesWith text: String) -> Int { errorLines.count { $0.contains(text) } }
}

/// Lets so many installations run at once as the machine can bear.
enum Turnstile {
    private static let places = Watched(8)

    static func enter() async {
        while true {
            var isIn = false
            places.change { free in
                if free > 0 {
                    free -= 1
                    isIn = true
                }
            }
            if isIn { return }
            _ = await places.wait(upTo: .seconds(600)) { $0 > 0 ? true : nil }
        }
    }

    static func leave() { places.change { $0 += 1 } }
}
