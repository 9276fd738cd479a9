import Support

/// What lets an app open a modal for a person: once, within three seconds (slack.md 1.10).
struct Trigger: Sendable {
    static let life = Duration.seconds(3)
    /// Older ones are forgotten beyond this many.
    static let keptMax = 10_000

    var user: String
    /// The installation that the interaction belonged to.
    var installation: String
    /// The conversation in which it happened.
    var channel: String?
    /// The view in which it happened.
    var view: String?
    var issued: Timestamp
    var isUsed = false
}

/// What lets an app answer in a conversation without membership: five times within thirty minutes (slack.md 1.11).
struct ResponseURL: Sendable {
    static let usesMax = 5
    static let life = Duration.minutes(30)

    var user: String
    var installation: String
    var channel: String
    /// The message whose button was pressed; none for a command.
    var origin: String?
    var issued: Timestamp
    var uses = 0
}

extension World {
    mutating func newTrigger(user: String, installation: String, channel: String?, view: String?) -> String {
        if triggers.count > Trigger.keptMax { triggers = triggers.filter { now - $0.value.issued <= .minutes(1) } }
        let id = "\(now.milliseconds).\(triggers.count + 1).\(newSecret())"
        triggers[id] = Trigger(user: user, installation: installation, channel: channel, view: view, issued: now)
        return id
    }

    /// Uses a trigger up.
    mutating func redeem(_ id: String, installation: String) throws(SlackRefusal) -> Trigger {
        guard let trigger = triggers[id], trigger.installation == installation else {
            throw SlackRefusal("invalid_trigger_id")
        }
        if trigger.isUsed { throw SlackRefusal("exchanged_trigger_id") }
        if now - trigger.issued > Trigger.life { throw SlackRefusal("expired_trigger_id") }
        triggers[id]?.isUsed = true
        return trigger
    }

    /// A fresh response URL, whole.
    mutating func newResponseURL(user: String, installation: String, channel: String, origin: String?) -> String {
        if responseURLs.count > Trigger.keptMax {
            responseURLs = responseURLs.filter { now - $0.value.issued <= ResponseURL.life }
        }
        let id = newSecret()
        responseURLs[id] = ResponseURL(
            user: user, installation: installation, channel: channel, origin: origin, issued: now)
        return "\(settings.baseURL)/response/\(id)"
    }
}
