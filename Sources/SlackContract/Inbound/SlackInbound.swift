package import Support

/// Everything that Slack sends to our one endpoint (slack.md 1.2).
package enum SlackInbound: Hashable, Sendable {
    case command(SlashCommand)
    case blockActions(BlockActions)
    case viewSubmission(ViewSubmission)
    case viewClosed(ViewClosed)
    case blockSuggestion(BlockSuggestion)
    case shortcut(GlobalShortcut)
    case messageAction(MessageAction)
    case event(EventCallback)
    /// Answered with the challenge as text.
    case urlVerification(challenge: String)
    case appRateLimited(team: String?)
    /// Answered 200 with nothing, whatever else the body holds.
    case sslCheck
    /// A kind that Slack has given up: answered 200 and ignored.
    case retired(kind: String)
    /// A kind that this version does not know: logged and answered 200.
    case unknown(kind: String)

    /// A view may be 250 KB of JSON, and percent-encoding up to triples it.
    package static let bodyBytesMax = 2 * 1024 * 1024

    private static let retiredKinds: Set<String> = [
        "interactive_message", "dialog_submission", "dialog_cancellation", "dialog_suggestion", "workflow_step_edit",
    ]
}

// MARK: Decoding

extension SlackInbound {
    /// Reads a body whose signature has been verified.
    package static func decode(contentType: String?, body: [UInt8]) throws(SlackDecodingError) -> SlackInbound {
        switch mediaType(contentType) {
        case "application/json": return try event(json(body))
        case formType:
            guard let form = FormURLEncoded.decode(body) else { throw .malformedForm }
            // The first value of a name counts, wherever a name stands twice.
            let fields = JSONObject(form.reversed().map { ($0.name, JSONValue.string($0.value)) })
            if fields["ssl_check"] == "1" { return .sslCheck }
            if let payload = fields["payload"]?.text { return try interactive(self.payload(payload)) }
            if fields["command"] != nil { return try command(.object(fields)) }
            throw .unrecognisedForm
        default: throw .unsupportedMediaType
        }
    }

    /// Whether a body is a bare `ssl_check`, which needs no signature: a form with that field and `token`, and nothing
    /// else that a forger could slip past the check (slack.md 1.8).
    package static func isBareSSLCheck(contentType: String?, body: [UInt8]) -> Bool {
        guard body.count <= bareSSLCheckBytesMax, mediaType(contentType) == formType,
            let form = FormURLEncoded.decode(body, fieldsMax: bareSSLCheckFieldsMax)
        else { return false }
        return form.contains { $0 == ("ssl_check", "1") }
            && form.allSatisfy { $0.name == "ssl_check" || $0.name == "token" }
    }

    /// Longer than any token: what is read before a signature is checked stays small.
    private static let bareSSLCheckBytesMax = 1024
    /// One of each: whatever has more is known not to be one before the rest is read.
    private static let bareSSLCheckFieldsMax = 2

    /// Whether a body that nobody has verified or read yet is neither an interaction nor an event: a guess, for choosing
    /// where to read it.
    package static func looksLikeCommand(_ body: [UInt8]) -> Bool {
        body.first != UInt8(ascii: "{") && !body.starts(with: interactionPrefix)
    }

    private static let interactionPrefix = Array("payload=".utf8)

    /// Reads the form fields of a command, or the object that Socket Mode sends instead.
    package static func command(_ fields: JSONValue) throws(SlackDecodingError) -> SlackInbound {
        .command(try SlashCommand(fields))
    }

    /// Reads the value of the form field `payload`.
    package static func interactive(_ payload: JSONValue) throws(SlackDecodingError) -> SlackInbound {
        let kind = try payload.required("type", of: "payload")
        switch kind {
        case "block_actions": return .blockActions(try BlockActions(payload))
        case "view_submission": return .viewSubmission(try ViewSubmission(payload))
        case "view_closed": return .viewClosed(try ViewClosed(payload))
        case "block_suggestion": return .blockSuggestion(try BlockSuggestion(payload))
        case "shortcut": return .shortcut(try GlobalShortcut(payload))
        case "message_action": return .messageAction(try MessageAction(payload))
        default: return retiredKinds.contains(kind) ? .retired(kind: kind) : .unknown(kind: kind)
        }
    }

    /// Reads a body of the Events API.
    package static func event(_ body: JSONValue) throws(SlackDecodingError) -> SlackInbound {
        let kind = try body.required("type", of: "event")
        switch kind {
        case "event_callback": return .event(try EventCallback(body))
        case "url_verification":
            return .urlVerification(challenge: try body.required("challenge", of: "url_verification"))
        case "app_rate_limited": return .appRateLimited(team: body.string("team_id"))
        default: return .unknown(kind: kind)
        }
    }

    private static func json(_ bytes: [UInt8]) throws(SlackDecodingError) -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch { throw .malformedJSON(error) }
    }

    /// The payload of an interaction. Of the message that was clicked on Slack sends every block along; we posted it.
    private static func payload(_ text: String) throws(SlackDecodingError) -> JSONValue {
        do { return try JSONValue(parsing: Array(text.utf8), leavingOut: messageBlocks) } catch {
            throw .malformedJSON(error)
        }
    }

    private static let messageBlocks = JSONValue.OmittedPart("blocks", of: "message")
    private static let formType = "application/x-www-form-urlencoded"

    /// Parameters and case do not count.
    private static func mediaType(_ contentType: String?) -> String {
        // As Slack sends it.
        if contentType == formType { return formType }
        return String(contentType?.prefix { $0 != ";" } ?? "").trimmed.lowercased()
    }
}

// MARK: What all kinds have

extension SlackInbound {
    /// `nil` for what belongs to no installation, such as a URL verification.
    package var installation: InstallationKey? {
        switch self {
        case .command(let payload): payload.installation
        case .blockActions(let payload): payload.installation
        case .viewSubmission(let payload): payload.installation
        case .viewClosed(let payload): payload.installation
        case .blockSuggestion(let payload): payload.installation
        case .shortcut(let payload): payload.installation
        case .messageAction(let payload): payload.installation
        case .event(let payload): payload.installation
        case .urlVerification, .appRateLimited, .sslCheck, .retired, .unknown: nil
        }
    }

    /// `nil` where no person is behind it, or the event does not say who.
    package var actor: SlackActor? {
        switch self {
        case .command(let payload): payload.actor
        case .blockActions(let payload): payload.actor
        case .viewSubmission(let payload): payload.actor
        case .viewClosed(let payload): payload.actor
        case .blockSuggestion(let payload): payload.actor
        case .shortcut(let payload): payload.actor
        case .messageAction(let payload): payload.actor
        case .event(let payload): payload.actor
        case .urlVerification, .appRateLimited, .sslCheck, .retired, .unknown: nil
        }
    }

    /// The app that the payload is for, where it says so.
    package var apiAppID: String? {
        switch self {
        case .command(let payload): payload.apiAppID
        case .blockActions(let payload): payload.apiAppID
        case .viewSubmission(let payload): payload.apiAppID
        case .viewClosed(let payload): payload.apiAppID
        case .blockSuggestion(let payload): payload.apiAppID
        case .shortcut(let payload): payload.apiAppID
        case .messageAction(let payload): payload.apiAppID
        case .event(let payload): payload.apiAppID
        case .urlVerification, .appRateLimited, .sslCheck, .retired, .unknown: nil
        }
    }
}
