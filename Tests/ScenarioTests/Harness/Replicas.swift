import FoundationEssentials
import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization
import TestSupport
import Testing
import TransportCurl

/// Several of the real program on one PostgreSQL database, with something in front of them that spreads what Slack
/// sends, as a customer would have it who needs more than one machine.
final class Replicas: Sendable {
    let slack: EmulatedSlack
    let target: TargetSystem
    let folder: TestFolder
    let cluster: TestCluster
    /// Of the database.
    let database: String
    let environment: [String: String]
    private let targetURL: String
    private let front: Front
    private let serving: [Task<Void, Never>]
    private let running: Mutex<[Int: (child: Child, url: String)]>
    private let past: Mutex<[Child]>

    private init(
        _ site: Site, cluster: TestCluster, database: String?, environment: [String: String]
    ) async throws {
        self.cluster = cluster
        let database = try database ?? cluster.makeDatabase()
        self.database = database
        folder = try TestFolder()
        slack = try await EmulatedSlack(
            workspace: try String(
                contentsOf: URL(filePath: Executable.checkout + "config/demo-workspace.json"), encoding: .utf8
            )
        )
        target = TargetSystem(secret: Installation.targetSecret)
        front = Front()
        let targetServer = MicroHTTPServer(settings: .forTests, handler: target, log: .silent)
        let frontServer = MicroHTTPServer(settings: .forTests, handler: front, log: .silent)
        targetURL = "http://127.0.0.1:\(try targetServer.start())"
        let frontURL = "http://127.0.0.1:\(try frontServer.start())"
        serving = [targetServer, frontServer].map { server in Task { try? await server.run() } }
        running = Mutex([:])
        past = Mutex([])
        self.environment = Installation.environment(slack: slack.url, folder: folder)
            .merging(["SYM_DATABASE_URL": database]) { _, new in new }.merging(environment) { _, new in new }
        try folder.write(site.text(targetURL: targetURL), to: "site/acme.json")
        slack.deliver(to: frontURL)
    }

    /// Runs `body` with so many replicas. Everything is stopped afterwards, and where the test succeeded the programs
    /// that run must end well, and the audit trail must be intact.
    ///
    /// - Parameter endsWell: false where the test has broken something itself: nothing is expected of the end then.
    static func run(
        _ count: Int = 3, _ site: Site, cluster: TestCluster? = nil, database: String? = nil,
        environment: [String: String] = [:], endsWell: Bool = true, _ body: (Replicas) async throws -> Void
    ) async throws {
        await Turnstile.enter()
        defer { Turnstile.leave() }
        let here = try await Replicas(
            site, cluster: try cluster ?? .shared, database: database, environment: environment
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count { group.addTask { try await here.start(number) } }
                try await group.waitForAll()
            }
            try await body(here)
            if endsWell { try await here.endWell() }
        } catch {
            here.target.release()
            await here.tearDown()
            Issue.record("\(error)\n\(here.log.suffix(40).joined(separator: "\n"))")
            return
        }
        await here.tearDown()
    }

    // MARK: The programs

    func start(_ number: Int) async throws {
        let child = try Child(try Executable.path(), ["serve"], environment: environment, folder: folder)
        past.withLock { $0.append(child) }
        guard let line = await child.errorLine(beginning: "listening on ", within: Installation.startTime) else {
            throw HarnessError("replica \(number) does not start")
        }
        running.withLock { $0[number] = (child, String(line.dropFirst("listening on ".count))) }
        front.spread(over: urls)
    }

    /// `kill -9`, in the midst of whatever it does. What comes meanwhile goes to the others.
    func isKilled(_ number: Int) async throws {
        guard let child = running.withLock({ $0.removeValue(forKey: number)?.child }) else { return }
        child.send(signal: 9)
        guard await child.end(within: Installation.stopTime) != nil else { throw HarnessError("it survives SIGKILL") }
        front.spread(over: urls)
    }

    /// Which replica has the process number.
    func number(of process: Int32) -> Int? { running.withLock { $0.first { $0.value.child.id == process }?.key } }

    private var urls: [String] { running.withLock { $0.sorted { $0.key < $1.key }.map(\.value.url) } }

    var log: [String] { past.withLock { $0 }.flatMap(\.errorLines) }

    private func endWell() async throws {
        let children = running.withLock { running in
            defer { running = [:] }
            return running.values.map(\.child)
        }
        for child in children { child.send(signal: 15) }
        for child in children {
            let ended = await child.end(within: Installation.stopTime)
            #expect(ended == Child.Ended(code: 0, signal: 0))
        }
        let verified = try await symflow("audit", "verify")
        #expect(verified.code == 0, "\(verified.text)")
        #expect(!log.contains { $0.contains(Installation.targetSecret) || $0.contains(EmulatedSlack.botToken) })
    }

    private func tearDown() async {
        for child in past.withLock({ $0 }) {
            child.send(signal: 9)
            _ = await child.end(within: Installation.stopTime)
        }
        target.release()
        for task in serving { task.cancel() }
        for task in serving { await task.value }
        await slack.stop()
        front.close()
    }

    // MARK: Looking and acting

    func person(_ name: String) -> Person { Person(name: name, slack: slack) }

    func symflow(_ words: String...) async throws -> Installation.Finished {
        try await Installation.symflow(words, environment: environment, folder: folder)
    }

    func query(_ text: String) throws -> String { try cluster.query(text, url: database) }

    /// Ends every connection of the replicas to the database.
    func cutConnections() throws {
        _ = try query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    }

    /// Sends something to one replica, signed as Slack does.
    @discardableResult
    func receives(_ delivery: Delivery, at number: Int) async throws -> HTTPResponse {
        guard let url = running.withLock({ $0[number]?.url }) else { throw HarnessError("no replica \(number)") }
        return try await delivery.send(to: url)
    }

    func call(_ path: String, at number: Int) async throws -> HTTPResponse {
        guard let url = running.withLock({ $0[number]?.url }) else { throw HarnessError("no replica \(number)") }
        let transport = CurlTransport()
        defer { transport.shutdown() }
        return try await transport.send(
            HTTPRequest(target: url + path), within: .seconds(30), bodyBytesMax: 1 << 20
        )
    }

    /// Waits until a replica says so of itself.
    func waits(for number: Int, ready: Bool) async throws {
        for _ in 0..<1200 {
            if let answer = try? await call("/readyz", at: number), (answer.status == 200) == ready { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw HarnessError("replica \(number) does not become \(ready ? "ready" : "unready")")
    }

    func audit() async throws -> [JSONValue] {
        let exported = try await symflow("audit", "export")
        #expect(exported.code == 0, "\(exported.text)")
        return try exported.output.map { try JSONValue(parsing: $0) }
    }
}

/// Hands each request to the next replica, and to another one where that does not answer.
private final class Front: HTTPHandler {
    private let state = Mutex<(urls: [String], next: Int)>(([], 0))
    private let transport = CurlTransport()

    func spread(over urls: [String]) { state.withLock { $0.urls = urls } }

    func close() { transport.shutdown() }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let urls = state.withLock { state in
            guard !state.urls.isEmpty else { return [String]() }
            state.next = (state.next + 1) % state.urls.count
            return Array(state.urls[state.next...] + state.urls[..<state.next])
        }
        var headers = HTTPHeaders()
        for name in ["Content-Type", "X-Slack-Signature", "X-Slack-Request-Timestamp", "X-Slack-Retry-Num"] {
            if let value = request.headers[name] { headers[name] = value }
        }
        for url in urls {
            let forwarded = HTTPRequest(
                method: request.method, target: url + request.target, headers: headers, body: request.body
            )
            do throws(TransportError) {
                let answer = try await transport.send(forwarded, within: .seconds(10), bodyBytesMax: 1 << 20)
                var response = HTTPResponse(status: answer.status, body: answer.bytes)
                if let type = answer.headers["Content-Type"] { response.headers["Content-Type"] = type }
                return response
            } catch {
                // What may have arrived is not sent twice: Slack does that itself.
                if error.mayHaveArrived { return .text("no answer\n", status: 502) }
            }
        }
        return .text("nobody is there\n", status: 503)
    }
}
