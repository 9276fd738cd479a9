import HTTPModel
import Support

/// An event whose first delivery failed.
struct EventRetry: Sendable {
    /// At once, after one minute, after five (slack.md 1.6).
    static let waits: [Duration] = [.zero, .minutes(1), .minutes(5)]

    var outgoing: Outgoing
    var reason: String
}

extension Emulator {
    /// Delivers an event, and retries what fails: here where `waits` is set, else in `run()`.
    func deliverEvent(_ outgoing: Outgoing, waits: Bool) async -> [Delivery] {
        let first = await deliver(outgoing)
        guard let reason = first.first.flatMap(Self.retryReason) else { return first }
        let retry = EventRetry(outgoing: outgoing, reason: reason)
        if waits { return first + (await perform(retry)) }
        enqueue(retry)
        return first
    }

    /// Up to three more tries.
    @discardableResult
    func perform(_ retry: EventRetry) async -> [Delivery] {
        var all: [Delivery] = []
        var reason = retry.reason
        for (index, wait) in EventRetry.waits.enumerated() {
            let factor = change { $0.settings.retryDelayFactor }
            try? await Task.sleep(for: .milliseconds(Int64(Double(wait.milliseconds) * factor)))
            if Task.isCancelled { return all }
            var outgoing = retry.outgoing
            outgoing.headers["X-Slack-Retry-Num"] = "\(index + 1)"
            outgoing.headers["X-Slack-Retry-Reason"] = reason
            let deliveries = await deliver(outgoing)
            all += deliveries
            guard let next = deliveries.first.flatMap(Self.retryReason) else { return all }
            reason = next
        }
        return all
    }

    /// Why a delivery is tried again; `nil` where it was accepted, or the app asked for no retry.
    private static func retryReason(_ delivery: Delivery) -> String? {
        switch delivery.outcome {
        case .answered(let response):
            if delivery.isAccepted || response.headers["X-Slack-No-Retry"] == "1" { return nil }
            return "http_error"
        case .failed(.timedOut): return "http_timeout"
        case .failed(.unreachable): return "connection_failed"
        case .failed: return "unknown_error"
        }
    }
}

extension World {
    /// Wraps an event for the installation of `workspace` (slack.md 1.6).
    ///
    /// - Parameter source: what the outer `team_id` says: in shared channels the author's workspace.
    mutating func outgoing(
        event: JSONObject, workspace: String, source: String? = nil, channel: String? = nil, eventID: String? = nil
    ) -> Outgoing {
        var event = event
        if event["event_ts"] == nil { event["event_ts"] = .string(newStamp()) }
        var body: JSONObject = [
            "token": .string(Self.verificationToken), "team_id": .string(source ?? workspace),
            "context_team_id": .string(workspace), "api_app_id": .string(directory.app.id),
            "event": .object(event), "type": "event_callback", "event_id": .string(eventID ?? newID("Ev")),
            "event_time": .int(now.seconds),
        ]
        let shared = channel.flatMap { directory.conversation($0) }?.isExternallyShared ?? false
        body["is_ext_shared_channel"] = .bool(shared)
        if let enterprise = directory.workspace(workspace)?.enterprise {
            body["enterprise_id"] = .string(enterprise.id)
        }
        if let installation = directory.installation(in: workspace) {
            body["authorizations"] = [
                [
                    "enterprise_id": .optional(directory.workspace(workspace)?.enterprise?.id),
                    "team_id": .string(workspace), "user_id": .string(installation.botUser), "is_bot": true,
                    "is_enterprise_install": false,
                ]
            ]
        }
        return Outgoing(kind: "event", url: settings.eventsURL, channel: channel, body: .json(body))
    }
}
