import ApprovalEngine
import HTTPModel
import Support
import SymAPI

/// Which part answers which path (interface.md 4).
struct ServerRouter: HTTPHandler {
    let slack: any HTTPHandler
    let api: any HTTPHandler
    let login: any HTTPHandler
    /// Lets what other replicas saved count here.
    let refresh: @Sendable () async -> Void
    let health: Health

    func answerDeadline(for request: HTTPRequest) -> Duration? {
        request.path.hasPrefix(SymAPI.prefix) ? api.answerDeadline(for: request) : nil
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch request.path {
        case "/slack/events", "/slack/commands", "/slack/interactions":
            await refresh()
            return await slack.respond(to: request)
        case "/healthz": return .text("ok\n")
        case "/readyz": return await health.readiness()
        case "/metrics": return await health.metrics()
        case "/slack/install", "/slack/oauth_redirect":
            return .text(
                "Installing from a web page is not available in this version; set SLACK_BOT_TOKEN.\n", status: 501
            )
        case let path where path == SymAPI.prefix || path.hasPrefix(SymAPI.prefix + "/"):
            await refresh()
            return await api.respond(to: request)
        case let path where LoginEndpoint.paths.contains(path): return await login.respond(to: request)
        default: return .text("There is nothing here.\n", status: 404)
        }
    }
}

/// `/readyz` and `/metrics`.
struct Health: Sendable {
    let engine: ApprovalEngine
    let installations: Installations
    /// Connections, requests and rejections of the HTTP server.
    let counters: @Sendable () -> [(name: String, help: String, value: Int)]

    /// Ready when the database answers. What is not known yet is said, and does not make us unready: Slack may be down
    /// while decisions and removals go on.
    func readiness() async -> HTTPResponse {
        do {
            _ = try await engine.store.nextWake(after: engine.clock.now())
        } catch {
            return .text("The database does not answer: \(error)\n", status: 503)
        }
        return .text(installations.problem.map { "ready; not known yet: \($0)\n" } ?? "ready\n")
    }

    /// Prometheus text format.
    func metrics() async -> HTTPResponse {
        var text = ""
        for (name, help, value) in counters() {
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
        }
        let now = engine.clock.now()
        if let backlog = try? await engine.store.backlog(at: now) {
            text += "# HELP symflow_outbox_entries Work that waits in a lane of the outbox.\n"
            text += "# TYPE symflow_outbox_entries gauge\n"
            for lane in Lane.allCases {
                text += "symflow_outbox_entries{lane=\"\(lane.rawValue)\"} \(backlog[lane]?.count ?? 0)\n"
            }
            text += "# HELP symflow_outbox_overdue_seconds How long the oldest entry of a lane is overdue.\n"
            text += "# TYPE symflow_outbox_overdue_seconds gauge\n"
            for lane in Lane.allCases {
                let overdue = backlog[lane]?.oldestDue.map { max(0, (now - $0).milliseconds / 1000) } ?? 0
                text += "symflow_outbox_overdue_seconds{lane=\"\(lane.rawValue)\"} \(overdue)\n"
            }
        }
        if let due = try? await engine.store.dueRuns(at: now, limit: 1000, accessOnly: false) {
            text += "# HELP symflow_deadlines_overdue Runs whose time has come and that were not looked at yet.\n"
            text += "# TYPE symflow_deadlines_overdue gauge\nsymflow_deadlines_overdue \(due.count)\n"
        }
        return HTTPResponse(
            status: 200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
            body: Array(text.utf8)
        )
    }
}
