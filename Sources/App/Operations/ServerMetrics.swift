import ApprovalEngine
import HTTPModel
import Support

/// What this process counts while it runs, for `/metrics`.
final class ServerMetrics: Sendable {
    /// Slack gives up after three seconds; five and fifteen milliseconds are what this server is measured by.
    let acknowledgements = Histogram(
        upTo: [1, 2.5, 5, 10, 15, 25, 50, 100, 250, 500, 1000, 3000, 10_000].map { .seconds($0 / 1000) }
    )
    /// By the first digit of the status.
    let slackAnswers = NamedCounts([["2xx"], ["4xx"], ["5xx"]])
    /// By what was asked, and how it failed.
    let handlerFailures = NamedCounts([["on_request", "failed"], ["on_request", "unavailable"]])
    /// By method.
    let rateLimited = NamedCounts([["chat.postMessage"], ["chat.update"]])
    /// By type of strategy and step.
    let strategyFailures: NamedCounts
    let removalLateness = Histogram(upTo: [0.25, 0.5, 1, 5, 15, 60, 300, 3600].map { .seconds($0) })

    /// - Parameter strategies: their types.
    init(strategies: [String]) {
        strategyFailures = NamedCounts(strategies.flatMap { [[$0, "escalate"], [$0, "deescalate"]] })
    }

    func slackAnswered(status: Int, after time: Duration) {
        slackAnswers.count("\(status / 100)xx")
        // Whoever is turned away is not Slack.
        if !(400..<500).contains(status) { acknowledgements.observe(time) }
    }

    func add(to text: inout PrometheusText) {
        text.histogram(
            "symflow_slack_acknowledge_seconds",
            "From a request of Slack's until its answer; those that were turned away (4xx) are left out.",
            acknowledgements
        )
        text.counters(
            "symflow_slack_requests_total", "Requests to /slack/..., by the class of the answer's status.",
            slackAnswers.reading.map { (["status": $0.name[0]], $0.count) }
        )
        text.counters(
            "symflow_slack_rate_limited_total", "Calls that Slack refused because there were too many (429).",
            rateLimited.reading.map { (["method": $0.name[0]], $0.count) }
        )
        text.counters(
            "symflow_handler_failures_total",
            "Questions to a flow's rules or Python without an answer that counts: failed, or not to be had.",
            handlerFailures.reading.map { (["handler": $0.name[0], "kind": $0.name[1]], $0.count) }
        )
        text.counters(
            "symflow_strategy_failures_total", "Calls to switch access on or off that did not succeed.",
            strategyFailures.reading.map { (["strategy": $0.name[0], "step": $0.name[1]], $0.count) }
        )
        text.histogram(
            "symflow_removal_lateness_seconds", "How much longer than it should access was on, when it was taken back.",
            removalLateness
        )
    }
}
