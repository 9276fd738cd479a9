import HTTPModel
import Support

/// What people and administrators do to the workspace itself, and the events that the app hears of it (slack.md 1.6).
extension Emulator {
    /// Any event, as a test wants it.
    func event(_ request: ControlRequest) async throws -> JSONObject {
        let outgoing = try change { world in
            guard let event = request["event"]?.object, event["type"]?.text != nil else {
                throw ControlProblem(error: "missing_argument", message: "\"event\" is no object with a \"type\".")
            }
            let workspace = try world.installedWorkspace(request)
            return world.outgoing(
                event: event, workspace: workspace, source: request.text("source_team"),
                channel: request.text("channel"), eventID: request.text("event_id"))
        }
        let deliveries = await deliverEvent(outgoing, waits: request["await_retries"]?.flag ?? false)
        return eventResult(deliveries)
    }

    private func eventResult(_ deliveries: [Delivery]) -> JSONObject {
        [
            "ok": .bool(deliveries.allSatisfy { $0.kind != "event" } || deliveries.contains(where: \.isAccepted)),
            "deliveries": .array(deliveries.map { .object($0.document) }),
        ]
    }

    /// Delivers what the app is told, one after the other. An app without an events address hears nothing.
    private func announce(_ events: [Outgoing]) async -> JSONObject {
        var deliveries: [Delivery] = []
        for event in events where event.url != nil { deliveries += await deliverEvent(event, waits: false) }
        return ["ok": true, "deliveries": .array(deliveries.map { .object($0.document) })]
    }

    /// A person says something.
    func say(_ request: ControlRequest) async throws -> JSONObject {
        let (message, events) = try change { world in
            let person = try world.actor(request)
            let conversation = try world.conversationOrDirect(request, for: person)
            guard world.isReader(person, of: conversation) else {
                throw PersonRefusal("not_in_channel", "\(person.name) is not in this conversation.")
            }
            if conversation.isArchived { throw PersonRefusal("is_archived", "This conversation is archived.") }
            var message = Message(
                ts: world.newStamp(), channel: conversation.id, user: person.id, team: person.workspace,
                text: try request.required("text"))
            message.thread = request.text("thread_ts")
            world.add(message)
            return (message, world.events(about: message, in: conversation))
        }
        return (await announce(events)).merging(["channel": .string(message.channel), "ts": .string(message.ts)])
    }

    /// A person opens the app's home tab, or with `tab` its messages.
    func openHome(_ request: ControlRequest) async throws -> JSONObject {
        let (person, events) = try change { world in
            let person = try world.actor(request)
            guard let installation = world.directory.installation(in: person.workspace) else {
                throw PersonRefusal("app_not_found", "The app is not installed in this workspace.")
            }
            let direct = world.direct(among: [person.id, installation.botUser], workspace: person.workspace)
            var event: JSONObject = [
                "type": "app_home_opened", "user": .string(person.id), "channel": .string(direct.conversation.id),
                "tab": .string(request.text("tab") ?? "home"),
            ]
            if let view = world.home(of: person.id, installation: installation.workspace) {
                event["view"] = world.document(view)
            }
            return (person, [world.outgoing(event: event, workspace: person.workspace)])
        }
        var answer = await announce(events)
        answer["home"] = change { world in
            world.home(of: person.id, installation: person.workspace).map { world.shown($0) } ?? .null
        }
        return answer
    }

    func join(_ request: ControlRequest) async throws -> JSONObject {
        try await move(request, joins: true)
    }

    func leave(_ request: ControlRequest) async throws -> JSONObject {
        try await move(request, joins: false)
    }

    private func move(_ request: ControlRequest, joins: Bool) async throws -> JSONObject {
        let events = try change { world -> [Outgoing] in
            let person = try world.person(request)
            let conversation = try world.conversation(request, for: person)
            guard conversation.workspaces.contains(person.workspace) else {
                throw PersonRefusal("not_in_workspace", "\(person.name)'s workspace does not see this conversation.")
            }
            if conversation.isArchived { throw PersonRefusal("is_archived", "This conversation is archived.") }
            guard conversation.members.contains(person.id) != joins else { return [] }
            world.changeConversation(conversation.id, joins ? "joined" : "left") { conversation in
                if joins {
                    conversation.members.append(person.id)
                } else {
                    conversation.members.removeAll { $0 == person.id }
                }
            }
            let event: JSONObject = [
                "type": joins ? "member_joined_channel" : "member_left_channel", "user": .string(person.id),
                "channel": .string(conversation.id), "channel_type": conversation.kind == .open ? "C" : "G",
                "team": .string(person.workspace),
            ]
            return world.events(event, about: conversation)
        }
        return await announce(events)
    }

    func archive(_ request: ControlRequest) async throws -> JSONObject {
        let archived = request["archived"]?.flag ?? true
        let events = try change { world -> [Outgoing] in
            let conversation = try world.anyConversation(request)
            guard conversation.isArchived != archived else { return [] }
            world.changeConversation(conversation.id, archived ? "archived" : "unarchived") {
                $0.isArchived = archived
            }
            let prefix = conversation.kind == .open ? "channel" : "group"
            let event: JSONObject = [
                "type": .string("\(prefix)_\(archived ? "archive" : "unarchive")"),
                "channel": .string(conversation.id), "user": .optional(request.text("user")),
            ]
            return world.events(event, about: conversation)
        }
        return await announce(events)
    }

    /// Ends the sharing of a channel with one workspace; `connected` true restores it.
    func disconnect(_ request: ControlRequest) async throws -> JSONObject {
        let connects = request["connected"]?.flag ?? false
        let events = try change { world -> [Outgoing] in
            let conversation = try world.anyConversation(request)
            let text = try request.required("team")
            guard let team = world.directory.workspaces.first(where: { $0.id == text || $0.domain == text })?.id,
                conversation.sharedWith.contains(team)
            else { throw ControlProblem(error: "unknown_team", message: "The channel is not shared with \"\(text)\".") }
            guard conversation.severed.contains(team) == connects else { return [] }
            world.changeConversation(conversation.id, connects ? "shared" : "unshared") { conversation in
                if connects { conversation.severed.removeAll { $0 == team } } else { conversation.severed.append(team) }
            }
            let event: JSONObject = [
                "type": connects ? "channel_shared" : "channel_unshared", "connected_team_id": .string(team),
                "channel": .string(conversation.id),
            ]
            return world.events(event, about: conversation)
        }
        return await announce(events)
    }

    func deactivate(_ request: ControlRequest) async throws -> JSONObject {
        let deactivated = request["deactivated"]?.flag ?? true
        return try await changeUser(
            ControlRequest(body: request.body.merging(["deactivated": .bool(deactivated)])))
    }

    /// Changes what somebody is: `kind`, `deactivated`, `email`, `real_name`.
    func changeUser(_ request: ControlRequest) async throws -> JSONObject {
        let events = try change { world -> [Outgoing] in
            let person = try world.person(request)
            guard let index = world.directory.people.firstIndex(where: { $0.id == person.id }) else { return [] }
            if let text = request.text("kind") {
                guard let kind = Person.Kind(rawValue: text) else {
                    throw ControlProblem(error: "invalid_kind", message: "\"\(text)\" is no kind of user.")
                }
                world.directory.people[index].kind = kind
            }
            if let flag = request["deactivated"]?.flag { world.directory.people[index].isDeactivated = flag }
            if let email = request.text("email") { world.directory.people[index].email = email }
            if let name = request.text("real_name") { world.directory.people[index].realName = name }
            world.directory.people[index].updated = world.now.seconds
            let changed = world.directory.people[index]
            if changed.isDeactivated { world.closeAll(of: changed.id) }
            world.journal.record("user", ["user": .string(changed.id), "change": "changed"])
            return world.directory.installations.filter { world.directory.knows($0.workspace, changed) }
                .map { installation in
                    let call = WebCall(
                        method: "", arguments: Arguments(values: [:], isJSON: true), installation: installation)
                    return world.outgoing(
                        event: ["type": "user_change", "user": world.document(changed, for: call)],
                        workspace: installation.workspace)
                }
        }
        return await announce(events)
    }

    /// Makes the app's token of a workspace `valid`, `revoked` or `account_inactive`.
    func setToken(_ request: ControlRequest) throws -> JSONObject {
        try change { world in
            let workspace = try world.installedWorkspace(request)
            switch request.text("state") ?? "" {
            case "valid": world.setToken(.valid, in: workspace)
            case "revoked": world.setToken(.revoked, in: workspace)
            case "account_inactive": world.setToken(.accountInactive, in: workspace)
            case let other:
                throw ControlProblem(error: "invalid_state", message: "\"\(other)\" is no state of a token.")
            }
            return ["ok": true]
        }
    }
}

extension World {
    /// The workspace whose installation a request means: the one named, else the only or first one.
    fileprivate func installedWorkspace(_ request: ControlRequest) throws -> String {
        let text = request.text("team")
        let found =
            text.map { text in
                directory.workspaces.first { $0.id == text || $0.domain == text }?.id ?? text
            } ?? directory.installations.first?.workspace
        guard let found, directory.installation(in: found) != nil else {
            throw ControlProblem(error: "unknown_team", message: "The app is not installed in \"\(text ?? "")\".")
        }
        return found
    }

    func anyConversation(_ request: ControlRequest) throws -> Conversation {
        let text = try request.required("channel")
        let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
        guard let found = directory.conversation(text) ?? directory.conversations.first(where: { $0.name == name })
        else {
            throw ControlProblem(error: "unknown_channel", message: "There is no conversation \"\(text)\".")
        }
        return found
    }

    /// Like `conversation`, and makes the DM with the app where there is none yet.
    mutating func conversationOrDirect(
        _ request: ControlRequest, for person: Person
    ) throws -> Conversation {
        guard request.text("channel") == "@app", conversation(named: "@app", for: person) == nil,
            let installation = directory.installation(in: person.workspace)
        else { return try conversation(request, for: person) }
        return direct(among: [person.id, installation.botUser], workspace: person.workspace).conversation
    }

    /// An event about a conversation goes once to an installation whose bot is in it or, for public channels, sees it.
    fileprivate mutating func events(_ event: JSONObject, about conversation: Conversation) -> [Outgoing] {
        let hearing = directory.installations.first { installation in
            conversation.workspaces.contains(installation.workspace)
                && (conversation.kind == .open || conversation.members.contains(installation.botUser)
                    || event["user"]?.text == installation.botUser)
        }
        guard let hearing else { return [] }
        let source = event["user"]?.text.flatMap { directory.person($0)?.workspace }
        return [outgoing(event: event, workspace: hearing.workspace, source: source, channel: conversation.id)]
    }

    /// `message.im` and its like, where the app is in the conversation and may read it.
    fileprivate mutating func events(about message: Message, in conversation: Conversation) -> [Outgoing] {
        let (scope, type) =
            switch conversation.kind {
            case .open: ("channels:history", "channel")
            case .closed: ("groups:history", "group")
            case .direct: ("im:history", "im")
            case .group: ("mpim:history", "mpim")
            }
        let hears = directory.installations.contains {
            conversation.members.contains($0.botUser) && $0.scopes.contains(scope)
        }
        guard hears else { return [] }
        var event = message.document(app: directory.app.id, withMetadata: false)
        event["channel"] = .string(conversation.id)
        event["channel_type"] = .string(type)
        return events(event, about: conversation)
    }
}
