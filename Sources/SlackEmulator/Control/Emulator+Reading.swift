import HTTPModel
import Support

/// What tests and the page look at.
extension Emulator {
    /// Workspaces, people and the app: what a page needs before it knows who it is.
    func world() -> JSONObject {
        change { world in
            let directory = world.directory
            return [
                "ok": true, "now": .string(world.now.description), "last": .int(world.journal.last),
                "switches": [
                    "rules": .array(world.faults.rules.map(\.document)), "strict": .bool(world.limits.isStrict),
                    "short_pages": .bool(world.limits.shortPages),
                    "retry_delay_factor": .double(world.settings.retryDelayFactor),
                    "clock_moves": .bool(advanceClock != nil),
                ],
                "app": [
                    "id": .string(directory.app.id), "name": .string(directory.app.name),
                    "request_urls": [
                        "commands": .optional(world.settings.commandsURL),
                        "interactivity": .optional(world.settings.interactivityURL),
                        "options": .optional(world.settings.optionsURL),
                        "events": .optional(world.settings.eventsURL),
                    ],
                ],
                "workspaces": .array(
                    directory.workspaces.map { workspace in
                        let installation = directory.installation(in: workspace.id)
                        return [
                            "id": .string(workspace.id), "name": .string(workspace.name),
                            "domain": .string(workspace.domain), "installed": .bool(installation != nil),
                            "bot_user": .optional(installation?.botUser),
                        ]
                    }),
                "users": .array(directory.people.map { world.shown($0) }),
                "usergroups": .array(
                    directory.groups.map { group in
                        [
                            "id": .string(group.id), "team": .string(group.workspace),
                            "handle": .string(group.handle), "name": .string(group.name),
                            "users": .strings(group.users),
                        ]
                    }),
                "channels": .array(
                    directory.conversations.map { conversation in
                        JSONValue.object(world.shown(conversation)).with(
                            "workspaces", .strings(conversation.workspaces))
                    }),
            ]
        }
    }

    /// What the program around the emulator says of itself.
    func about() -> JSONObject {
        // Outside the lock: where this comes from may be slow.
        let about = change { $0.settings.about }
        return JSONObject.ok.merging(about())
    }

    /// Everything that one person sees.
    func personState(_ request: ControlRequest) throws -> JSONObject {
        try change { world in
            let person = try world.person(request)
            let visible = world.directory.conversations.filter {
                world.isReader(person, of: $0)
                    || ($0.kind == .open && $0.workspaces.contains(person.workspace) && person.kind != .guest
                        && person.kind != .singleChannelGuest && !person.isDeactivated)
            }
            let hasApp = world.directory.installation(in: person.workspace) != nil
            let app = world.directory.app
            return [
                "ok": true, "now": .string(world.now.description), "last": .int(world.journal.last),
                "user": world.shown(person), "team": world.teamObject(person.workspace),
                "conversations": .array(
                    visible.map { conversation in
                        let isMember = world.isReader(person, of: conversation)
                        let messages = isMember ? world.visibleMessages(in: conversation, for: person) : []
                        return JSONValue.object(world.shown(conversation))
                            .with("is_member", .bool(isMember)).with("messages", .array(messages))
                    }),
                "views": .array(world.stack(of: person.id).map { world.shown($0) }),
                "home": world.home(of: person.id, installation: person.workspace).map { world.shown($0) } ?? .null,
                "commands": .array(
                    !hasApp
                        ? []
                        : app.commands.map { command in
                            [
                                "command": .string(command.command), "description": .string(command.summary),
                                "usage_hint": .string(command.usageHint),
                            ]
                        }),
                "shortcuts": .array(
                    !hasApp
                        ? []
                        : app.shortcuts.map { shortcut in
                            [
                                "callback_id": .string(shortcut.callbackID), "name": .string(shortcut.name),
                                "type": .string(shortcut.kind.rawValue),
                            ]
                        }),
            ]
        }
    }

    /// All messages of a conversation, or those that one person sees, with their metadata.
    func messages(_ request: ControlRequest) throws -> JSONObject {
        try change { world in
            if request["user"] != nil {
                let person = try world.person(request)
                let conversation = try world.conversation(request, for: person)
                guard world.isReader(person, of: conversation) else {
                    throw PersonRefusal("not_in_channel", "\(person.name) is not in this conversation.")
                }
                return ["ok": true, "messages": .array(world.visibleMessages(in: conversation, for: person))]
            }
            let conversation = try world.anyConversation(request)
            let messages = (world.messages[conversation.id] ?? []).map { world.shown($0) }
            return ["ok": true, "messages": .array(messages)]
        }
    }

    func views(_ request: ControlRequest) throws -> JSONObject {
        try change { world in
            let person = try world.person(request)
            return [
                "ok": true, "views": .array(world.stack(of: person.id).map { world.shown($0) }),
                "home": world.home(of: person.id, installation: person.workspace).map { world.shown($0) } ?? .null,
            ]
        }
    }

    /// The log of calls and deliveries, oldest first: `since` an id, of one `method`, `kind` or `channel`, and with
    /// `newest` at most so many.
    func calls(_ request: ControlRequest) -> JSONObject {
        change { world in
            let found = world.journal.calls.filter { call in
                call.id > request.integer("since") ?? 0 && call.record.matches(request)
            }
            let shown = found.suffix(request.integer("newest").map { max(0, Int($0)) } ?? found.count)
            return [
                "ok": true, "calls": .array(shown.map { .object($0.record) }),
                "last": .int(world.journal.calls.last?.id ?? 0),
            ]
        }
    }
}

extension JSONObject {
    /// Whether a logged call is one that a request asks for.
    fileprivate func matches(_ request: ControlRequest) -> Bool {
        ["method", "kind", "channel", "error"].allSatisfy { name in
            request.text(name).map { $0 == self[name]?.text } ?? true
        }
    }

    func matchesCall(_ wanted: JSONObject) -> Bool {
        matches(ControlRequest(body: wanted)) && (wanted["ok"]?.flag.map { $0 == self["ok"]?.flag } ?? true)
    }
}

extension World {
    func shown(_ person: Person) -> JSONValue {
        [
            "id": .string(person.id), "team": .string(person.workspace), "name": .string(person.name),
            "real_name": .string(person.realName), "email": .optional(person.email),
            "kind": .string(person.kind.rawValue), "deactivated": .bool(person.isDeactivated),
            "tz": .string(person.timeZone),
        ]
    }

    func shown(_ conversation: Conversation) -> JSONObject {
        let kind =
            switch conversation.kind {
            case .open: "public"
            case .closed: "private"
            case .direct: "im"
            case .group: "mpim"
            }
        return [
            "id": .string(conversation.id), "name": .string(conversation.name), "kind": .string(kind),
            "is_archived": .bool(conversation.isArchived),
            "is_ext_shared": .bool(!conversation.isDirect && conversation.isExternallyShared),
            "members": .strings(conversation.members), "topic": .string(conversation.topic),
        ]
    }

    /// A message for tests and the page: as Slack shows it, with its conversation and its only reader.
    func shown(_ message: Message, for person: Person? = nil) -> JSONValue {
        var document = message.document(app: directory.app.id, withMetadata: true)
        document["channel"] = .string(message.channel)
        document["ephemeral"] = .bool(message.isEphemeral)
        if let reader = message.onlyFor { document["only_for"] = .string(reader) }
        if let person, let inputs = message.inputs[person.id] {
            document["state"] = ["values": ElementState.values(of: message.blocks, inputs: inputs)]
        }
        return .object(document)
    }

    func visibleMessages(in conversation: Conversation, for person: Person) -> [JSONValue] {
        guard isReader(person, of: conversation) else { return [] }
        return (messages[conversation.id] ?? []).filter { $0.onlyFor == nil || $0.onlyFor == person.id }
            .map { shown($0, for: person) }
    }

    /// The messages that were posted or changed after `start` and that this person sees, oldest first.
    func changed(since start: Int64, for person: Person) -> [JSONValue] {
        var places: [(channel: String, ts: String)] = []
        for change in journal.changes where change.id > start && change.kind == "message" {
            guard let channel = change.body["channel"]?.text, let ts = change.body["ts"]?.text,
                !places.contains(where: { $0.channel == channel && $0.ts == ts })
            else { continue }
            places.append((channel, ts))
        }
        return places.compactMap { place in
            guard let conversation = directory.conversation(place.channel), isReader(person, of: conversation),
                let message = message(place.ts, in: place.channel),
                message.onlyFor == nil || message.onlyFor == person.id
            else { return nil }
            return shown(message, for: person)
        }
    }
}
