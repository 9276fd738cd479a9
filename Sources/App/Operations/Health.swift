import ApprovalEngine
import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization

/// `/readyz` and `/metrics` (interface.md 4).
final class Health: Sendable {
    private let engine: ApprovalEngine
    private let store: any OpenStore
    private let installations: Installations
    private let metrics: ServerMetrics
    private let pythonProblem: @Sendable () -> String?
    /// The server that these are answered through; it is made after what answers.
    let server = Mutex<MicroHTTPServer?>(nil)

    /// Work that is due and that nobody has taken in hand for so long is stuck.
    private static let stuckAfter: Duration = .seconds(60)

    init(
        engine: ApprovalEngine, store: any OpenStore, installations: Installations, metrics: ServerMetrics,
        pythonProblem: @escaping @Sendable () -> String?
    ) {
        self.engine = engine
        self.store = store
        self.installations = installations
        self.metrics = metrics
        self.pythonProblem = pythonProblem
    }

    // MARK: Ready

    /// Ready when the database is reached, is as this release needs it and takes writes, and the server is not
    /// draining.
    ///
    /// What else is wrong is said, and does not make us unready: Slack and Python may be down while decisions and
    /// removals go on, and all replicas would be unready at once.
    func readiness() async -> HTTPResponse {
        if server.withLock({ $0 })?.isDraining == true { return Self.unready("the server stops") }
        let lanes: [String]
        do {
            if let problem = try await store.schemaProblem() { return Self.unready(problem) }
            try await store.checkWrites()
            lanes = try await stuckLanes()
        } catch {
            return Self.unready("the database does not answer: \(error)")
        }
        var lines = ["ready"]
        if let problem = installations.problem { lines.append("not known yet: \(problem)") }
        if let problem = pythonProblem() { lines.append("flows in Python fail: \(problem)") }
        if !lanes.isEmpty { lines.append("work that is due is not taken in hand: \(lanes.joined(separator: ", "))") }
        return .text(lines.joined(separator: "\n") + "\n")
    }

    private static func unready(_ reason: String) -> HTTPResponse { .text("not ready: \(reason)\n", status: 503) }

    private func stuckLanes() async throws(StoreError) -> [String] {
        let now = engine.clock.now()
        var stuck: [String] = []
        for lane in Lane.allCases {
            if let due = try await store.nextDue(lane), now - due > Self.stuckAfter { stuck.append(lane.rawValue) }
        }
        return stuck
    }

    // MARK: Metrics

    /// What the process has counted, and what the database knows at this moment. Without the database the former is all
    /// there is.
    func report() async -> HTTPResponse {
        var text = PrometheusText()
        metrics.add(to: &text)
        addServer(to: &text)
        let now = engine.clock.now()
        do {
            let figures = try await store.figures(at: now)
            let backlog = try await store.backlog(at: now)
            text.gauge("symflow_database_up", "Whether the database answered just now.", 1)
            Self.add(figures, to: &text, at: now)
            Self.add(backlog, to: &text, at: now)
        } catch {
            engine.log.warning("the database does not tell its figures", ["error": "\(error)"])
            text.gauge("symflow_database_up", "Whether the database answered just now.", 0)
        }
        return HTTPResponse(
            status: 200, headers: ["Content-Type": PrometheusText.contentType], body: Array(text.text.utf8)
        )
    }

    private func addServer(to text: inout PrometheusText) {
        guard let counters = server.withLock({ $0 })?.counters else { return }
        text.gauge("symflow_http_connections", "Connections that are open.", Double(counters.connectionsOpen))
        text.gauge("symflow_http_requests_open", "Requests that wait for their answer.", Double(counters.requestsOpen))
        text.counter("symflow_http_requests_total", "Requests that arrived whole.", Int64(counters.requests))
        text.counter(
            "symflow_http_requests_rejected_total", "Requests that were malformed, too large, or one too many.",
            Int64(counters.requestsRejected)
        )
        text.counter(
            "symflow_http_answers_late_total", "Requests that got 503 because their answer took too long.",
            Int64(counters.answersLate)
        )
        text.counter(
            "symflow_http_connections_cut_total", "Connections that were cut because their client was too slow.",
            Int64(counters.connectionsCut)
        )
        text.counter(
            "symflow_http_connections_refused_total", "Connections that were one too many, of one address or of all.",
            Int64(counters.connectionsRefused + counters.connectionsEvicted)
        )
    }

    private static func add(_ figures: StoredFigures, to text: inout PrometheusText, at now: Timestamp) {
        text.gauge("symflow_requests_open", "Requests that are not over.", Double(figures.openRuns))
        text.gauge("symflow_grants_live", "Requests that may hold access.", Double(figures.liveGrants))
        text.gauge(
            "symflow_deadline_overdue_seconds", "How long the oldest deadline has been waiting to be looked at.",
            age(figures.nextDeadline, now)
        )
        text.gauge(
            "symflow_removals_late",
            "Access that is on \(StoredFigures.lateAfter.milliseconds / 1000) seconds or more after its end.",
            Double(figures.lateRemovals)
        )
        text.gauge(
            "symflow_removal_late_seconds",
            "How long after its end access is on that should have been taken back first.",
            age(figures.lateSince, now)
        )
        text.gauge(
            "symflow_audit_seal", "Number of the newest seal of the audit chain.", Double(figures.seal?.number ?? 0))
        text.gauge("symflow_audit_seal_age_seconds", "Age of the newest seal.", age(figures.seal?.at, now))
        text.gauge(
            "symflow_audit_unsealed_seconds", "How long the oldest audit record has been waiting for a seal.",
            age(figures.unsealedSince, now)
        )
        text.gauge("symflow_replicas", "Servers that work on the database.", Double(figures.replicas))
    }

    private static func add(_ backlog: [Lane: Backlog], to text: inout PrometheusText, at now: Timestamp) {
        func each(_ name: String, _ help: String, _ value: (Backlog?) -> Double) {
            text.gauges(name, help, Lane.allCases.map { (["lane": $0.rawValue], value(backlog[$0])) })
        }
        each("symflow_outbox_entries", "Work that is not done, by lane.") { Double($0?.count ?? 0) }
        each("symflow_outbox_age_seconds", "How long the oldest of it has been waiting or failing.") {
            age($0?.oldestAsked, now)
        }
        each("symflow_outbox_overdue_seconds", "How long the oldest that is due has not been taken in hand.") {
            age($0?.oldestDue, now)
        }
    }

    /// A moment that is yet to come is no age.
    private static func age(_ since: Timestamp?, _ now: Timestamp) -> Double {
        since.map { max(now - $0, .zero).inSeconds } ?? 0
    }
}
