import ApprovalCore
import ApprovalEngine
import Crypto
import HTTPModel
import Support
import SymAPI
import Synchronization
import TransportCurl

/// The Events API, as pipelines call it.
extension BenchRun {
    private static let connections = [1, 8, 32]
    private static let runsMax = 100_000
    private static let pageSize = 100
    private static let pages = 10
    private static let listings = 5
    private static let callTime: Duration = .seconds(30)
    private static let answerBytesMax = 16 << 20

    mutating func api() async throws {
        let count = min(settings.runsMax, Self.runsMax)
        report.begin("the Events API, with \(count) runs stored")
        let installation = try installation()
        defer { installation.remove() }
        let store = try installation.openStore()
        let runs = try PreparedRuns(store: store, configuration: configuration(of: installation))
        let stored = try await runs.add(count)
        let token = try await Self.token(store)
        store.close()
        let server = try installation.start()
        defer { server.stop() }
        let calls = APICalls(token: token)
        if let first = stored.first {
            for connections in Self.connections {
                let result = await LoadGenerator(ports: [server.port], connections: connections, pace: .closedLoop)
                    .run(for: settings.time) { calls.get("runs/\(first.run)") }
                report.add("GET runs/{id}, \(connections) connections", result.figures)
            }
        }
        for connections in Self.connections {
            let result = await LoadGenerator(ports: [server.port], connections: connections, pace: .closedLoop)
                .run(for: settings.time) { calls.request(of: BenchInstallation.approvalFlow) }
            report.add("POST events/request, \(connections) connections", result.figures)
        }
        if stored.count > Self.pageSize * Self.pages {
            try await list(port: server.port, token: token)
        }
    }

    private mutating func list(port: Int, token: String) async throws {
        let transport = CurlTransport()
        defer { transport.shutdown() }
        var latencies = Latencies()
        var whole: [Double] = []
        for _ in 0..<Self.listings {
            let begin = MonotonicInstant.now()
            var cursor = ""
            for _ in 0..<Self.pages {
                let asked = MonotonicInstant.now()
                let request = HTTPRequest(
                    target: "http://127.0.0.1:\(port)/api/v1/runs?limit=\(Self.pageSize)\(cursor)",
                    headers: ["Authorization": "Bearer " + token]
                )
                let answer = try await transport.send(
                    request, within: Self.callTime, bodyBytesMax: Self.answerBytesMax
                )
                let page = try JSONValue(parsing: answer.bytes)
                guard page["runs"]?.elements?.count == Self.pageSize, let next = page["next_cursor"]?.text else {
                    throw CommandError("A page of runs is not whole: status \(answer.status).")
                }
                cursor = "&cursor=" + next
                latencies.add((MonotonicInstant.now() - asked).nanosecondCount)
            }
            whole.append((MonotonicInstant.now() - begin) / .milliseconds(1))
        }
        latencies.sort()
        whole.sort()
        report.add(
            "GET runs, \(Self.pageSize * Self.pages) in pages of \(Self.pageSize)",
            [
                ("whole_ms", whole[whole.count / 2]), ("page_p50_ms", latencies.milliseconds(0.5)),
                ("page_max_ms", latencies.milliseconds(1)),
            ]
        )
    }

    /// The token of an administrator's bot, made as `symflow bootstrap` does.
    private static func token(_ store: any EngineStore) async throws -> String {
        guard let key = MasterKey(bytes: BenchInstallation.keyBytes) else {
            throw CommandError("The bench's own key is none.")
        }
        let now = WallClock.system.now()
        let first = Bootstrap(slug: "bench", adminEmail: "ada@\(BenchInstallation.mailDomain)", ids: .random, at: now)
        try await first.commit(to: store, at: now)
        let authority = TokenAuthority(
            store: store, masterKey: key, clock: .system, ids: .random, role: { user in user.role ?? .guest }
        )
        return try await authority.issue(
            TokenAuthority.Order(
                user: first.bot, purpose: .bot, createdBy: first.admin.id, lifetime: .hours(24), label: "bench",
                issuer: "http://localhost/", client: "bench", connection: "bot"
            )
        )
    }
}

extension Duration {
    fileprivate var nanosecondCount: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}

/// Calls of the API, ready to be sent.
private final class APICalls: Sendable {
    private let token: String
    private let count = Mutex(0)

    init(token: String) { self.token = token }

    func get(_ path: String) -> [UInt8] { call("GET", path, []) }

    /// Another one each time.
    func request(of flow: String) -> [UInt8] {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let body: JSONValue = [
            "flow_srn": .string("bench:flow:\(flow):latest"),
            "flow_inputs": ["what": .string("Deploy build \(number) to production")],
            "context": ["diff.txt": "+1\n-1\n", "build": .int(Int64(number))],
        ]
        return call("POST", "events/request", body.bytes)
    }

    private func call(_ method: String, _ path: String, _ body: [UInt8]) -> [UInt8] {
        let head =
            "\(method) /api/v1/\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: application/json\r\nAccept: */*\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }
}
