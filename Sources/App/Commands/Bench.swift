import ServerMicroHTTPD
import Support

extension Command {
    static let bench = Command(
        name: "bench", summary: "Measure the server on this machine.",
        options: [
            Option("--rate", "N", "clicks per second in the open loop (default 100)"),
            Option("--seconds", "N", "how long each measurement lasts (default 5)"),
            Option("--runs", "N", "the largest number of stored runs to measure with (default 1000000)"),
            Option("--connections", "N,...", "callers at once, for commits and clicks (default 1,8,32,128)"),
            Option("--quick", "a first impression: 2 seconds each, 10000 stored runs at most"),
            Option("--only", "PART,...", "parts: \(BenchPart.names) (default: all)"),
            Option("--database", "URL", "measure on a PostgreSQL server, in databases that the bench makes and drops"),
            Option(
                "--against", "[NAME=]URL,...", "measure other servers with the same signed slash commands, alternating"),
            Option("--json", "FILE", "write the results as JSON"),
            Option("--chart", "FILE", "draw decided clicks per second as SVG"),
        ],
        details: """
            Runs the real server (symflow serve) as a child process over loopback, with durable commits in a temporary
            folder (TMPDIR). Slack and the target system are stand-ins in the bench that answer at once. A server
            under --against gets POST /slack/events on its host and port, signed with "\(BenchRun.signingSecret)".
            """
    ) { options in
        let settings = try BenchSettings(options)
        let peers = BenchPeers()
        let server = MicroHTTPServer(
            settings: ServerSettings(host: "127.0.0.1", port: 0), handler: peers, log: Log(threshold: .error)
        )
        let port: Int
        do { port = try server.start() } catch { throw CommandError("The bench cannot listen: \(error)") }
        let serving = Task { try await server.run() }
        defer { serving.cancel() }
        var bench = BenchRun(settings: settings, peers: peers, peersURL: "http://127.0.0.1:\(port)")
        try await bench.run()
        if let path = options["--json"] { try bench.report.write(to: path) }
        if let path = options["--chart"] { try BenchChart(of: bench.report).write(to: path) }
        return 0
    }
}

/// What can be measured by itself.
enum BenchPart: String, CaseIterable {
    case disk, start, commands, acknowledgements, decisions, lives, stored, handlers, api
    /// On PostgreSQL only.
    case replicas

    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

struct BenchSettings {
    var rate = 100.0
    var time: Duration = .seconds(5)
    var runsMax = 1_000_000
    /// Callers at once, for commits and for clicks alike.
    var callers = [1, 8, 32, 128]
    var parts = BenchPart.allCases
    /// Other servers on this machine.
    var against: [(name: String, port: Int)] = []
    /// The URL of any database on a PostgreSQL server.
    var server: String?

    init(_ options: Arguments) throws {
        if options.has("--quick") {
            time = .seconds(2)
            runsMax = 10_000
        }
        if let number = try Self.number("--rate", options, 1...100_000) { rate = Double(number) }
        if let number = try Self.number("--seconds", options, 1...3600) { time = .seconds(number) }
        if let number = try Self.number("--runs", options, 0...10_000_000) { runsMax = number }
        if let text = options["--connections"] {
            callers = try text.split(separator: ",").map { number in
                guard let count = Int(number), (1...Self.callersMax).contains(count) else {
                    throw UsageError("--connections wants whole numbers from 1 to \(Self.callersMax).")
                }
                return count
            }
        }
        if let text = options["--only"] {
            parts = try text.split(separator: ",").map { name in
                guard let part = BenchPart(rawValue: String(name)) else {
                    throw UsageError("\"\(name)\" is none of \(BenchPart.names).")
                }
                return part
            }
        }
        if let text = options["--database"] {
            guard case .postgres(let url) = DatabaseURL(text) else {
                throw UsageError("--database wants postgresql://USER@HOST/DATABASE.")
            }
            server = url
        }
        for text in options["--against"]?.split(separator: ",") ?? [] { against.append(try Self.peer(String(text))) }
    }

    private static let callersMax = 1000

    private static func peer(_ text: String) throws -> (name: String, port: Int) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let url = parts.last ?? ""
        guard url.hasPrefix("http://"),
            let address = ListenAddress(String(url.dropFirst("http://".count).prefix { $0 != "/" })),
            ["127.0.0.1", "localhost"].contains(address.host)
        else { throw UsageError("--against wants http://127.0.0.1:PORT, or NAME=http://127.0.0.1:PORT.") }
        return (parts.count == 2 ? parts[0] : "the other", address.port)
    }

    private static func number(_ name: String, _ options: Arguments, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = options[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(name) wants a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
