package import ApprovalCore
package import Support

/// The way from a request to its answer.
package struct Gate: Sendable {
    private let client: GateClient
    private let now: @Sendable () -> MonotonicInstant
    /// Called with each state that is news.
    private let progress: @Sendable (GateRun) -> Void

    /// How long one call waits for a change; the server takes no more than a minute.
    private static let pollSeconds: Int64 = 30
    /// Between two polls that were answered at once, by a server that has no seat for another that waits.
    private static let pollPause: Duration = .seconds(1)
    /// How long the end of a command may wait for a server that is away.
    private static let reportPatience: Duration = .seconds(60)

    private let pause: @Sendable (Duration) async throws -> Void

    package init(
        client: GateClient, now: @escaping @Sendable () -> MonotonicInstant,
        pause: @escaping @Sendable (Duration) async throws -> Void,
        progress: @escaping @Sendable (GateRun) -> Void
    ) {
        self.client = client
        self.now = now
        self.pause = pause
        self.progress = progress
    }

    /// Makes the request.
    ///
    /// - Parameter key: the same for every repetition.
    /// - Returns: the names of the run and of the event.
    package func ask(_ request: GateRequest, key: String) async throws -> (run: String, event: String) {
        let answer = try await client.call("POST", "events/request", request.body, key: key)
        guard let run = answer["run_id"]?.text, let event = answer["event_id"]?.text else {
            throw GateError("The server's answer lacks run_id or event_id.")
        }
        return (run, event)
    }

    package func look(at run: String) async throws -> GateRun { GateRun(try await client.call("GET", path(run))) }

    /// Waits until the run is answered.
    ///
    /// - Parameters:
    ///   - event: of the request, where it is known: an error of the flow's own code ends the waiting.
    ///   - limit: how long.
    /// - Throws: `GateError` when the time is over or the flow's code failed.
    package func answer(to run: String, event: String?, within limit: Duration?) async throws -> GateRun {
        let begin = now()
        var known: GateRun?
        while true {
            let asked = now()
            let left = limit.map { ($0 - (asked - begin)).components.seconds } ?? Self.pollSeconds
            let seconds = max(1, min(left, Self.pollSeconds))
            let query = known?.version.map { "?wait=\(seconds)&version=\($0)" } ?? ""
            let seen = GateRun(try await client.call("GET", path(run) + query, polling: .seconds(seconds)))
            let isNews = seen.version != known?.version
            if isNews { progress(seen) }
            if seen.answer != .waiting { return seen }
            if isNews, let event, seen.error != nil { try await throwIfFailed(event) }
            if let limit, now() - begin >= limit {
                throw GateError("No answer came in time. The request goes on: symflow request --run \(run) --wait")
            }
            if !isNews, now() - asked < Self.pollPause { try await pause(Self.pollPause) }
            known = seen
        }
    }

    private func throwIfFailed(_ event: String) async throws {
        let event = try await client.call("GET", "events/" + event)
        guard event["status"]?.text == "error" else { return }
        let error = event["error"]?.text.map(Printable.line) ?? "it does not say how"
        throw GateError("The flow's own code failed: \(error)")
    }

    // MARK: Commands

    /// Says that the command begins. The server takes it once, and only as it was approved.
    package func begin(_ command: GateCommand, of run: String, attempt: String) async throws {
        _ = try await client.call(
            "POST", path(run) + "/execution",
            ["state": "started", "attempt": .string(attempt), "command": command.json]
        )
    }

    package func end(_ end: CommandEnd, of run: String) async throws {
        var body: JSONObject = ["state": "ended"]
        switch end {
        case .exited(let status): body["exit_code"] = .int(Int64(status))
        case .killed(let signal): body["signal"] = .int(Int64(signal))
        case .notRun(let reason): body["not_run"] = .string(reason)
        }
        _ = try await client.call("POST", path(run) + "/execution", body, patience: Self.reportPatience)
    }

    private func path(_ run: String) -> String { "runs/" + FormURLEncoded.percentEncoded(run) }
}

extension GateCommand {
    /// In what this is no longer the command that was asked for; empty where it still is.
    package func differences(from asked: GateCommand) -> [String] {
        var differences: [String] = []
        if arguments != asked.arguments { differences.append("the command itself") }
        if directory != asked.directory { differences.append("the folder") }
        if host != asked.host { differences.append("the machine") }
        if commit != asked.commit { differences.append("the commit that is checked out") }
        if changes != asked.changes { differences.append("the files of the working tree") }
        return differences
    }
}
