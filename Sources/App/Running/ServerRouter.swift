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
    let metrics: ServerMetrics

    private static let slackPaths: Set = ["/slack/events", "/slack/commands", "/slack/interactions"]

    func answerDeadline(for request: HTTPRequest) -> Duration? {
        request.path.hasPrefix(SymAPI.prefix) ? api.answerDeadline(for: request) : nil
    }

    func beginsAtOnce(_ request: HTTPRequest) -> Bool {
        Self.slackPaths.contains(request.path) && slack.beginsAtOnce(request)
    }

    func answered(_ target: String, status: Int, after time: Duration) {
        if Self.slackPaths.contains(HTTPRequest(target: target).path) {
            metrics.slackAnswered(status: status, after: time)
        }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch request.path {
        case let path where Self.slackPaths.contains(path):
            await refresh()
            return await slack.respond(to: request)
        case "/healthz": return .text("ok\n")
        case "/readyz": return await health.readiness()
        case "/metrics": return await health.report()
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
