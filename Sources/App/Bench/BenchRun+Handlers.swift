import Support
import Synchronization

/// Flows in Python: what a call costs, and that slow ones hold nobody else up.
extension BenchRun {
    mutating func handlers() async throws {
        report.begin("handlers in Python")
        try await HandlerBench().measure(&report)
        let installation = try BenchInstallation(
            peersURL: peersURL, signingSecret: Secret(Self.signingSecret), server: settings.server, hasSlowFlow: true
        )
        defer { installation.remove() }
        try await measured(installation, stored: 0, clicks: Int(settings.rate * (Self.slowTimeMax / .seconds(1)))) {
            bench, server, clicks in
            try await bench.slowRequests(server, clicks, SignedRequests(secret: installation.signingSecret))
        }
    }

    private static let slowRequests = 1000
    private static let slowTimeMax: Duration = .seconds(60)

    /// Requests whose reducer is slow, all at once, and clicks on runs of another flow meanwhile.
    private mutating func slowRequests(
        _ server: ServerGroup, _ clicks: Clicks, _ requests: SignedRequests
    ) async throws {
        try await acknowledge("clicks on another flow, before", server, clicks)
        let start = MonotonicInstant.now()
        let sent = Mutex(0)
        let asked = await LoadGenerator(ports: server.ports, connections: Self.slowConnections, pace: .closedLoop)
            .run(for: Self.slowTimeMax) {
                let number = sent.withLock { sent in
                    defer { sent += 1 }
                    return sent
                }
                guard number < Self.slowRequests else { return nil }
                return requests.bytes(
                    SignedRequests.submission(
                        of: BenchInstallation.slowFlow, by: number % PreparedRuns.people,
                        view: "V\(2_000_000 + number)", what: "Look into order \(number)"
                    )
                )
            }
        guard asked.succeeded == Self.slowRequests else {
            throw CommandError("Of \(Self.slowRequests) requests \(asked.failed) were not taken.")
        }
        try await acknowledge("clicks on another flow, meanwhile", server, clicks)
        let early = server.factCount("routed", of: BenchInstallation.slowFlow)
        while server.factCount("routed", of: BenchInstallation.slowFlow) < Self.slowRequests {
            guard MonotonicInstant.now() - start < Self.slowTimeMax else {
                throw CommandError("\(Self.slowRequests) requests took longer than \(Self.slowTimeMax).")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        report.add(
            "\(Self.slowRequests) requests, reducers of \(Int(BenchInstallation.slowSeconds * 1000)) ms",
            [
                ("seconds", (MonotonicInstant.now() - start) / .seconds(1)),
                ("answered_while_clicks_went", Double(early)), ("pss_mb", Double(server.proportionalKiB) / 1024),
            ]
        )
    }

    private static let slowConnections = 32
}
