import Support

/// One text frame of Socket Mode (slack.md 4).
package enum SocketFrame: Hashable, Sendable {
    /// The connection is ready from here on.
    case hello(app: String?)
    /// Slack is about to close the connection: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`.
    case disconnect(reason: String)
    case envelope(id: String, content: SlackInbound, acceptsAnswer: Bool)
    case unknown(kind: String)

    package static func decode(_ text: String) throws(SlackDecodingError) -> SocketFrame {
        let frame: JSONValue
        do { frame = try JSONValue(parsing: text) } catch { throw .malformedJSON(error) }
        let kind = try frame.required("type", of: "frame")
        switch kind {
        case "hello": return .hello(app: frame["connection_info"]?.string("app_id"))
        case "disconnect": return .disconnect(reason: frame.string("reason") ?? "")
        case "events_api", "interactive", "slash_commands":
            let payload = try frame.requiredObject("payload", of: "frame")
            let content =
                switch kind {
                case "events_api": try SlackInbound.event(payload)
                case "interactive": try SlackInbound.interactive(payload)
                default: try SlackInbound.command(payload)
                }
            return .envelope(
                id: try frame.required("envelope_id", of: "frame"), content: content,
                acceptsAnswer: frame.boolean("accepts_response_payload")
            )
        default: return .unknown(kind: kind)
        }
    }
}
