import ApprovalCore
import ApprovalEngine
import CPosix
import FlowConfig
import Glibc
import SlackGateway
import Support
import Synchronization

/// Measures the server part by part (interface.md 8).
struct BenchRun {
    let settings: BenchSettings
    let peers: BenchPeers
    let peersURL: String
    var report = BenchReport()

    static let signingSecret = "bench-signing-secret"
    /// What a heading begins with.
    static let decidedClicks = "decided clicks, closed loop"
    private static let commandConnections = [1, 16, 128]
    /// Connections of the open loop: as many as are ever needed at once before the rate is out of reach.
    private static let openLoopConnections = 64
    private static let replicasMax = 3
    /// How fast decisions are expected at most, to prepare enough of them.
    private static let decisionsPerSecondMax = 8000
    /// How long a server is left alone before its idle memory is read.
    private static let settle: Duration = .seconds(2)
    /// Before latency is measured, so much of the same goes unmeasured.
    private static let warmUp: Duration = .seconds(1)

    mutating func run() async throws {
        for part in settings.parts {
            switch part {
            case .disk: try await disk()
            case .start: try await start()
            case .commands: try await commands()
            case .acknowledgements: try await acknowledgements(stored: 0)
            case .decisions: try await decisions()
            case .lives: try await lives()
            case .stored: try await stored()
            case .handlers: try await handlers()
            case .api: try await api()
            case .replicas: try await replicas()
            }
        }
    }

    // MARK: Parts

    private mutating func disk() async throws {
        report.begin("disk and bare commits")
        let installation = try installation()
        defer { installation.remove() }
        let (perSecond, latencies) = try Disk.syncs(in: installation.folder, for: settings.time)
        report.add(
            "4 KiB append and fdatasync", [("per_s", perSecond)] + latencies.figures.map { ($0.name, $0.milliseconds) })
        for callers in settings.callers {
            report.add(
                "1 KB rows, \(callers) callers",
                [("per_s", try await Disk.rows(in: installation.folder, callers: callers, for: settings.time))]
            )
        }
    }

    private mutating func start() async throws {
        report.begin("start and idle memory, nothing stored")
        let installation = try installation()
        defer { installation.remove() }
        for attempt in 1...3 { try await startOnce("start \(attempt)", installation) }
    }

    private mutating func startOnce(_ name: String, _ installation: BenchInstallation) async throws {
        let server = try installation.start()
        try await Task.sleep(for: Self.settle)
        report.add(
            name, [("start_ms", server.startUp / .milliseconds(1)), ("pss_mb", Double(server.proportionalKiB) / 1024)]
        )
        server.stop()
    }

    private mutating func commands() async throws {
        report.begin("signed slash commands")
        let installation = try installation()
        defer { installation.remove() }
        let server = try installation.start()
        defer { server.stop() }
        // The same for all: a signature is good for minutes.
        let request = SignedRequests(secret: installation.signingSecret).bytes(SignedRequests.command)
        for connections in Self.commandConnections {
            let ours = await command(
                "\(connections) connections", request, connections, port: server.port, pids: [server.pid]
            )
            for other in settings.against {
                let theirs = await command(
                    "\(connections) connections, \(other.name)", request, connections, port: other.port,
                    pids: Listeners.pids(of: other.port)
                )
                report.add(
                    "\(connections) connections, ratio to \(other.name)",
                    [
                        ("per_s", ours.load.perSecond / max(theirs.load.perSecond, 0.001)),
                        ("per_s_and_core", theirs.perRequest / max(ours.perRequest, 0.001)),
                        ("p50", theirs.load.latencies.milliseconds(0.5) / ours.load.latencies.milliseconds(0.5)),
                        ("p99", theirs.load.latencies.milliseconds(0.99) / ours.load.latencies.milliseconds(0.99)),
                    ]
                )
            }
        }
    }

    /// - Parameter pids: of the server's processes, to know what a request costs it.
    /// - Returns: also the processor time that a request took, in microseconds.
    private mutating func command(
        _ name: String, _ request: [UInt8], _ connections: Int, port: Int, pids: [pid_t]
    ) async -> (load: LoadResult, perRequest: Double) {
        let before = pids.map(ServerProcess.processorSeconds).reduce(0, +)
        let load = await LoadGenerator(ports: [port], connections: connections, pace: .closedLoop)
            .run(for: settings.time) { request }
        let processor = pids.map(ServerProcess.processorSeconds).reduce(0, +) - before
        let perRequest = processor * 1_000_000 / Double(max(load.succeeded, 1))
        report.add(
            name,
            load.figures + [
                ("cpu_us", perRequest), ("per_s_and_core", perRequest > 0 ? 1_000_000 / perRequest : 0),
                ("generator_us", load.processorMicroseconds),
                ("pss_mb", Double(pids.map(ServerProcess.proportionalKiB).reduce(0, +)) / 1024),
            ]
        )
        return (load, perRequest)
    }

    private mutating func acknowledgements(stored: Int) async throws {
        let installation = try installation()
        defer { installation.remove() }
        report.begin("durable clicks acknowledged, \(Int(settings.rate)) per second")
        try await measured(installation, stored: stored, clicks: Int(settings.rate * (time + 2)) + 1) {
            bench, server, clicks in
            try await bench.acknowledge("open loop", server, clicks)
        }
    }

    /// Clicks at a fixed rate, measured from when they were due.
    @discardableResult
    mutating func acknowledge(
        _ name: String, _ server: ServerGroup, _ clicks: Clicks
    ) async throws -> LoadResult {
        let generator = LoadGenerator(
            ports: server.ports, connections: Self.openLoopConnections, pace: .perSecond(settings.rate)
        )
        clicks.sign(Int(settings.rate * (time + 2)) + 1)
        _ = await generator.run(for: Self.warmUp) { clicks.next() }
        let result = await generator.run(for: settings.time) { clicks.next() }
        report.add(name, result.figures + [("pss_mb", Double(server.proportionalKiB) / 1024)])
        return result
    }

    private mutating func decisions() async throws {
        report.begin(
            Self.decidedClicks + (settings.server == nil ? ", beside bare rows of 1 KB" : ", on PostgreSQL")
        )
        for connections in settings.callers {
            let installation = try installation()
            defer { installation.remove() }
            // What a bare commit costs is known for SQLite.
            let rows =
                settings.server == nil
                ? try await Disk.rows(in: installation.folder, callers: connections, for: settings.time) : nil
            try await measured(installation, stored: 0, clicks: expectedDecisions(connections)) {
                bench, server, clicks in
                try await bench.decide("\(connections) connections", server, clicks, connections, bareRows: rows)
            }
        }
    }

    /// The same load on one, two and three servers that share a database.
    private mutating func replicas() async throws {
        guard settings.server != nil else { return }
        report.begin("decided clicks, closed loop, on PostgreSQL by number of replicas")
        for replicas in 1...Self.replicasMax {
            for connections in settings.callers.suffix(2) {
                let installation = try installation()
                defer { installation.remove() }
                try await measured(
                    installation, stored: 0, clicks: expectedDecisions(connections), replicas: replicas
                ) { bench, server, clicks in
                    try await bench.decide(
                        "\(replicas) replicas, \(connections) connections", server, clicks, connections, bareRows: nil
                    )
                }
            }
        }
    }

    @discardableResult
    private mutating func decide(
        _ name: String, _ server: ServerGroup, _ clicks: Clicks, _ connections: Int, bareRows: Double?
    ) async throws -> LoadResult {
        clicks.sign(expectedDecisions(connections))
        let before = server.processorSeconds
        let benchBefore = cposix_process_nanoseconds()
        let callsBefore = peers.slackCalls
        let result = await LoadGenerator(ports: server.ports, connections: connections, pace: .closedLoop)
            .run(for: settings.time) { clicks.next() }
        let processor = server.processorSeconds - before
        let bench = Double(cposix_process_nanoseconds() - benchBefore) / 1_000_000_000
        var figures = result.figures
        if let bareRows { figures += [("bare_rows_per_s", bareRows), ("ratio", result.perSecond / bareRows)] }
        figures += [
            ("cpu_us", processor * 1_000_000 / Double(max(result.succeeded, 1))),
            ("generator_us", result.processorMicroseconds),
            // With what the stand-ins for Slack take, which are told of every decision.
            ("bench_us", bench * 1_000_000 / Double(max(result.succeeded, 1))),
            ("cores", (processor + bench) / (result.elapsed / .seconds(1))),
            // Two for each click in the end: Slack takes fifty edits a minute in a channel, and the others wait for it.
            ("slack_calls_per_click", Double(peers.slackCalls - callsBefore) / Double(max(result.succeeded, 1))),
            ("pss_mb", Double(server.proportionalKiB) / 1024),
        ]
        report.add(name, figures)
        return result
    }

    private mutating func lives() async throws {
        report.begin("whole lives: asked, approved, switched on, taken back, every card shown")
        let installation = try installation()
        defer { installation.remove() }
        let store = try installation.openStore()
        let runs = try PreparedRuns(store: store, configuration: configuration(of: installation))
        try await runs.meetEverybody()
        store.close()
        let server = try installation.start()
        defer { server.stop() }
        let lives = Lives(server: server, peers: peers, requests: SignedRequests(secret: installation.signingSecret))
        report.add("access for \(BenchInstallation.accessSeconds) s", try await lives.run(for: settings.time))
    }

    private mutating func stored() async throws {
        report.begin("with runs stored that wait for an answer")
        let installation = try installation()
        defer { installation.remove() }
        var stored = 0
        var smallest: (open: LoadResult, closed: LoadResult)?
        for size in [10_000, 100_000, 1_000_000, 10_000_000] where size <= settings.runsMax {
            let clicks = Int(settings.rate * (time + 2)) + 2 + expectedDecisions(Self.storedConnections)
            try await measured(installation, stored: size - stored, clicks: clicks) { bench, server, clicks in
                try await bench.startUp("\(size) runs: start", server, clicks)
                let open = try await bench.acknowledge(
                    "\(size) runs: \(Int(bench.settings.rate)) per second", server, clicks
                )
                let closed = try await bench.decide(
                    "\(size) runs: \(Self.storedConnections) connections", server, clicks, Self.storedConnections,
                    bareRows: nil
                )
                if let smallest { bench.compare("\(size) runs: ratio to the fewest", (open, closed), smallest) }
                smallest = smallest ?? (open, closed)
                server.crash()
                let again = try installation.start(replicas: 1)
                defer { again.stop() }
                try await bench.startUp("\(size) runs: start after SIGKILL", again, clicks)
            }
            stored = size
        }
    }

    private static let storedConnections = 32

    /// From the start of the process to the first click that is acknowledged.
    private mutating func startUp(_ name: String, _ server: ServerGroup, _ clicks: Clicks) async throws {
        clicks.sign(1)
        let begin = MonotonicInstant.now()
        let first = Mutex(true)
        let result = await LoadGenerator(ports: server.ports, connections: 1, pace: .closedLoop).run(for: Self.startMax)
        {
            first.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            } ? clicks.next() : nil
        }
        let click = MonotonicInstant.now() - begin
        guard result.succeeded == 1 else { throw CommandError("The first click was not acknowledged.") }
        try await Task.sleep(for: Self.settle)
        report.add(
            name,
            [
                ("start_ms", server.startUp / .milliseconds(1)),
                ("first_click_ms", (server.startUp + click) / .milliseconds(1)),
                ("pss_mb", Double(server.proportionalKiB) / 1024),
            ]
        )
    }

    private static let startMax: Duration = .seconds(30)

    private mutating func compare(
        _ name: String, _ now: (open: LoadResult, closed: LoadResult), _ then: (open: LoadResult, closed: LoadResult)
    ) {
        func ratio(_ share: Double, _ pair: (LoadResult, LoadResult)) -> Double {
            pair.0.latencies.milliseconds(share) / max(pair.1.latencies.milliseconds(share), 0.001)
        }
        report.add(
            name,
            [
                ("open_p50", ratio(0.5, (now.open, then.open))), ("open_p99", ratio(0.99, (now.open, then.open))),
                ("closed_p50", ratio(0.5, (now.closed, then.closed))),
                ("closed_p99", ratio(0.99, (now.closed, then.closed))),
                ("per_s", now.closed.perSecond / max(then.closed.perSecond, 0.001)),
            ]
        )
    }

    // MARK: What the parts share

    private var time: Double { settings.time / .seconds(1) }

    private func expectedDecisions(_ connections: Int) -> Int {
        let share = connections == 1 ? 0.3 : connections <= 8 ? 0.6 : 1
        return Int(Double(Self.decisionsPerSecondMax) * share * time)
    }

    func installation() throws -> BenchInstallation {
        try BenchInstallation(peersURL: peersURL, signingSecret: Secret(Self.signingSecret), server: settings.server)
    }

    func configuration(of installation: BenchInstallation) throws -> Configuration {
        switch try installation.configurationFolder().load(zones: TimeZones()).configuration {
        case .success(let configuration): return configuration
        case .failure(let error): throw CommandError("The bench's own configuration is wrong: \(error)")
        }
    }

    /// Stores runs, starts the server, measures, stops it, and checks that what was acknowledged was done.
    mutating func measured(
        _ installation: BenchInstallation, stored: Int, clicks count: Int, replicas: Int = 1,
        _ body: (inout BenchRun, ServerGroup, Clicks) async throws -> Void
    ) async throws {
        let configuration = try configuration(of: installation)
        var store = try installation.openStore()
        let runs = try PreparedRuns(store: store, configuration: configuration)
        _ = try await runs.add(stored)
        let clicks = try await Clicks(
            runs.add(count), of: runs, requests: SignedRequests(secret: installation.signingSecret)
        )
        try await runs.meetEverybody()
        try await runs.seal()
        store.close()
        let server = try installation.start(replicas: replicas)
        do { try await body(&self, server, clicks) } catch {
            server.stop()
            throw error
        }
        server.stop()
        store = try installation.openStore()
        defer { store.close() }
        for run in clicks.sent {
            guard let verdict = try await store.load(run)?.run.verdict, verdict.outcome == .approved else {
                throw CommandError("A click on the run \(run) was sent, and the run is not approved.")
            }
        }
    }
}
