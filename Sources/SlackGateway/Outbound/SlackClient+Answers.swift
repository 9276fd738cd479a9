import HTTPModel
import SlackContract
import Support

/// What an answer of Slack's means (slack.md 2.1, 2.3).
extension SlackClient {
    /// The longest explanation of Slack's that is kept.
    private static let detailMax = 500

    func interpret<M: SlackMethod>(
        _ response: HTTPResponse, of method: M.Type, _ workspace: String, _ channel: String?
    ) throws(SlackCallError) -> M.Reply {
        let reply = try reply(in: response, name: M.name, workspace, channel)
        let reaction = reply.reaction(method: M.name)
        let code = reply.error ?? .other("")
        let detail = reply.detail(max: Self.detailMax)
        let fields: KeyValuePairs = [
            "method": M.name, "workspace": workspace, "error": "\(code)", "detail": detail,
        ]
        switch reaction {
        case nil, .call(.treatAsDone):
            do throws(SlackDecodingError) {
                return try M.reply(from: reply.body)
            } catch {
                if reaction != nil { throw .refused(code, detail: detail) }
                // Slack did it, and we cannot read what came of it.
                log.error("an answer of Slack lacks something", ["method": M.name, "error": "\(error)"])
                throw .ambiguous("\(M.name): \(error)")
            }
        case .rate: throw held(response, M.name, workspace, channel)
        case .transient:
            log.warning("Slack failed", fields)
            throw .ambiguous("\(M.name): \(code)")
        case .migration:
            log.warning("Slack is moving the workspace or channel", fields)
            let ofChannel = code == .known(.externalChannelMigrating) ? channel : nil
            throw .heldUntil(
                pacer.hold(
                    method: ofChannel == nil ? nil : M.name, workspace: workspace, channel: ofChannel,
                    for: Self.migrationTime
                )
            )
        case .ourBug: log.error("Slack finds a mistake in what we sent", fields)
        case .configuration: log.warning("Slack refuses until somebody changes something", fields)
        case .credentials, .tokenRefresh, .call, .permanent: log.debug("Slack refused", fields)
        }
        throw .refused(code, detail: detail)
    }

    private func reply(
        in response: HTTPResponse, name: String, _ workspace: String, _ channel: String?
    ) throws(SlackCallError) -> SlackReply {
        switch SlackReaction.reaction(toStatus: response.status) {
        case .rate: throw held(response, name, workspace, channel)
        case .some:
            log.warning("Slack failed", ["method": name, "workspace": workspace, "status": "\(response.status)"])
            throw .ambiguous("\(name): HTTP \(response.status)")
        case nil: break
        }
        do throws(SlackDecodingError) {
            let reply = try SlackReply(parsing: response.bytes)
            if !reply.isOK || (200..<300).contains(response.status) { return reply }
        } catch {
            log.warning(
                "the answer is not one of Slack's",
                ["method": name, "workspace": workspace, "status": "\(response.status)", "error": "\(error)"]
            )
        }
        let reason = "\(name): HTTP \(response.status) without an answer of Slack's"
        // A redirect or a refusal by whatever stands in between: Slack did not see it. A time-out there says nothing.
        throw (300..<500).contains(response.status) && response.status != 408 ? .notSent(reason) : .ambiguous(reason)
    }

    private func held(
        _ response: HTTPResponse, _ name: String, _ workspace: String, _ channel: String?
    ) -> SlackCallError {
        onRateLimit(name)
        let until = pacer.hold(
            method: name, workspace: workspace, channel: channel, for: Self.retryAfter(response.headers)
        )
        log.warning("Slack asks to wait", ["method": name, "workspace": workspace, "until": "\(until)"])
        return .heldUntil(until)
    }

    static func retryAfter(_ headers: HTTPHeaders) -> Duration {
        guard let seconds = headers["Retry-After"].flatMap({ Int64($0.trimmed) }), seconds >= 0 else {
            return SlackReaction.retryAfterDefault
        }
        return .seconds(min(seconds, SlackPacer.holdMax.components.seconds))
    }
}

extension SlackReply {
    fileprivate func detail(max: Int) -> String {
        var parts = details
        if let needed { parts.append("needed: \(needed)") }
        if let provided { parts.append("provided: \(provided)") }
        return String(Redaction.redacted(parts.joined(separator: "; ")).prefix(max))
    }
}
