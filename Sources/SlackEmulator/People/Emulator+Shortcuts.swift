import HTTPModel
import Support

extension Emulator {
    /// A person chooses a shortcut, a global one or one of a message.
    func shortcut(_ request: ControlRequest) async throws -> JSONObject {
        let start = change { $0.journal.last }
        let (outgoing, person) = try change { world in try world.shortcut(request) }
        let deliveries = await deliver(outgoing)
        return result(
            deliveries, error: deliveries[0].error, message: "This didn't work. Try again.", person: person,
            since: start)
    }
}

extension World {
    fileprivate mutating func shortcut(_ request: ControlRequest) throws -> (Outgoing, Person) {
        let person = try actor(request)
        let callback = try request.required("callback_id")
        // Outsiders have no shortcuts of an app that their own workspace has not installed (slack.md 1.7).
        guard let shortcut = directory.app.shortcuts.first(where: { $0.callbackID == callback }),
            let installation = directory.installation(in: person.workspace)
        else { throw PersonRefusal("invalid_shortcut", "\(person.name) has no shortcut \(callback).") }
        var payload: JSONObject
        var place: String?
        switch shortcut.kind {
        case .global: payload = envelope("shortcut", of: person, team: person.workspace)
        case .message:
            let (conversation, message) = try readable(request, by: person)
            if message.isEphemeral {
                throw PersonRefusal("message_not_found", "An ephemeral message has no shortcuts.")
            }
            place = conversation.id
            payload = envelope("message_action", of: person, team: person.workspace)
            payload["channel"] = channelObject(conversation)
            payload["message"] = Echo.echoed(.object(message.document(app: directory.app.id, withMetadata: false)))
            payload["message_ts"] = .string(message.ts)
            payload["response_url"] = .string(
                newResponseURL(
                    user: person.id, installation: installation.workspace, channel: conversation.id, origin: nil))
        }
        payload["callback_id"] = .string(callback)
        payload["action_ts"] = .string(newStamp())
        payload["trigger_id"] = .string(
            newTrigger(user: person.id, installation: installation.workspace, channel: place, view: nil))
        let kind = shortcut.kind == .global ? "shortcut" : "message_action"
        return (Outgoing(kind: kind, url: settings.interactivityURL, channel: place, body: .payload(payload)), person)
    }
}
