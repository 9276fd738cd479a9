import Support

extension World {
    /// A `channel` object as an installation sees it.
    func document(_ conversation: Conversation, for call: WebCall, counted: Bool = false) -> JSONValue {
        let isMember = conversation.members.contains(call.installation.botUser)
        var channel: JSONObject = [
            "id": .string(conversation.id), "created": .int(conversation.created),
            "is_archived": .bool(conversation.isArchived), "is_im": .bool(conversation.kind == .direct),
            "is_mpim": .bool(conversation.kind == .group), "is_org_shared": false,
            "context_team_id": .string(call.workspace),
        ]
        if conversation.kind == .direct {
            let partner = conversation.members.first { $0 != call.installation.botUser }
            channel["user"] = .optional(partner)
            channel["is_user_deleted"] = .bool(partner.flatMap { directory.person($0) }?.isDeactivated ?? false)
            return .object(channel)
        }
        channel["name"] = .string(conversation.kind == .group ? "mpdm-\(conversation.id)" : conversation.name)
        channel["is_channel"] = .bool(conversation.kind == .open || conversation.kind == .closed)
        channel["is_group"] = .bool(conversation.kind == .closed)
        channel["is_private"] = .bool(conversation.kind != .open)
        channel["is_member"] = .bool(isMember)
        channel["is_general"] = .bool(conversation.isGeneral)
        channel["is_shared"] = .bool(conversation.isExternallyShared)
        channel["is_ext_shared"] = .bool(conversation.isExternallyShared)
        channel["is_pending_ext_shared"] = false
        channel["pending_shared"] = []
        channel["topic"] = ["value": .string(conversation.topic), "creator": "", "last_set": 0]
        channel["purpose"] = ["value": .string(conversation.purpose), "creator": "", "last_set": 0]
        if conversation.isExternallyShared {
            channel["conversation_host_id"] = .string(conversation.workspace)
            channel["shared_team_ids"] = .strings(conversation.workspaces)
            channel["internal_team_ids"] = []
            channel["connected_team_ids"] = .strings(conversation.workspaces.filter { $0 != call.workspace })
        }
        if !conversation.severed.isEmpty { channel["frozen_reason"] = "connection_severed" }
        if counted { channel["num_members"] = .int(Int64(conversation.members.count)) }
        return .object(channel)
    }

    /// A conversation that this installation can know of.
    func visibleConversation(_ id: String, to call: WebCall) throws(SlackRefusal) -> Conversation {
        guard let conversation = directory.conversation(id), conversation.workspaces.contains(call.workspace),
            conversation.kind == .open || conversation.members.contains(call.installation.botUser)
        else { throw SlackRefusal("channel_not_found") }
        return conversation
    }

    private func scope(_ conversation: Conversation, _ verb: String) -> String {
        switch conversation.kind {
        case .open: "channels:\(verb)"
        case .closed: "groups:\(verb)"
        case .direct: "im:\(verb)"
        case .group: "mpim:\(verb)"
        }
    }

    func checkDirect(with people: [Person], _ call: WebCall, unseen: String) throws(SlackRefusal) {
        for person in people {
            guard directory.knows(call.workspace, person) else { throw SlackRefusal(unseen) }
            if person.kind == .bot { throw SlackRefusal("cannot_dm_bot") }
            if person.isDeactivated { throw SlackRefusal("user_disabled") }
        }
    }

    mutating func openConversation(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let full = call.arguments.flag("return_im")
        if let id = call.arguments.text("channel") {
            let conversation = try visibleConversation(id, to: call)
            try call.require(scope: scope(conversation, "write"))
            return [
                "no_op": true, "already_open": true,
                "channel": full ? document(conversation, for: call) : ["id": .string(id)],
            ]
        }
        var users: [String] = []
        for user in call.arguments.list("users") where !users.contains(user) { users.append(user) }
        if users.isEmpty { throw SlackRefusal("users_list_not_supplied") }
        // Eight people and the app.
        if users.count > 8 { throw SlackRefusal("too_many_users") }
        try call.require(scope: users.count == 1 ? "im:write" : "mpim:write")
        var people: [Person] = []
        for user in users {
            guard let person = directory.person(user) else { throw SlackRefusal("user_not_found") }
            people.append(person)
        }
        try checkDirect(with: people, call, unseen: "user_not_found")
        let (conversation, isNew) = direct(
            among: people.map(\.id) + [call.installation.botUser], workspace: call.workspace)
        var answer: JSONObject = [
            "channel": full ? document(conversation, for: call) : ["id": .string(conversation.id)]
        ]
        if !isNew {
            answer["no_op"] = true
            answer["already_open"] = true
        }
        return answer
    }

    func conversationInfo(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        try call.require(scope: scope(conversation, "read"))
        return ["channel": document(conversation, for: call, counted: call.arguments.flag("include_num_members"))]
    }

    func listConversations(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        try conversationsPage(call) { conversation in
            conversation.kind == .open || conversation.members.contains(call.installation.botUser)
        }
    }

    func conversationsOfUser(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let user = call.arguments.text("user") ?? call.installation.botUser
        _ = try visiblePerson(user, to: call)
        return try conversationsPage(call) { conversation in
            conversation.members.contains(user)
                && (conversation.kind == .open || conversation.members.contains(call.installation.botUser))
        }
    }

    private func conversationsPage(
        _ call: WebCall, where belongs: (Conversation) -> Bool
    ) throws(SlackRefusal) -> JSONObject {
        let names = call.arguments.list("types")
        var kinds: [Conversation.Kind] = []
        for name in names.isEmpty ? ["public_channel"] : names {
            switch name {
            case "public_channel":
                try call.require(scope: "channels:read")
                kinds.append(.open)
            case "private_channel":
                try call.require(scope: "groups:read")
                kinds.append(.closed)
            case "im":
                try call.require(scope: "im:read")
                kinds.append(.direct)
            case "mpim":
                try call.require(scope: "mpim:read")
                kinds.append(.group)
            default: throw SlackRefusal("invalid_types")
            }
        }
        let withoutArchived = call.arguments.flag("exclude_archived")
        let found = directory.conversations.filter {
            kinds.contains($0.kind) && $0.workspaces.contains(call.workspace) && !(withoutArchived && $0.isArchived)
                && belongs($0)
        }
        return try page(
            found.map { document($0, for: call, counted: true) }, of: call, named: "channels", usual: 100)
    }

    func conversationMembers(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        try call.require(scope: scope(conversation, "read"))
        let members = conversation.members.filter { id in
            directory.person(id).map { !$0.isDeactivated && conversation.workspaces.contains($0.workspace) } ?? false
        }
        return try page(members.map(JSONValue.string), of: call, named: "members", usual: 100)
    }

    /// Messages with the newest first; threads' answers and ephemeral messages are not among them.
    func history(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        try messagesPage(call, newestFirst: true) { $0.thread == nil || $0.thread == $0.ts || $0.isBroadcast }
    }

    func replies(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let ts = call.arguments.text("ts") ?? ""
        let answer = try messagesPage(call, newestFirst: false) { $0.ts == ts || $0.thread == ts }
        if answer["messages"]?.elements?.isEmpty == true, call.arguments.text("cursor") == nil {
            throw SlackRefusal("thread_not_found")
        }
        return answer
    }

    private func messagesPage(
        _ call: WebCall, newestFirst: Bool, where belongs: (Message) -> Bool
    ) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        try call.require(scope: scope(conversation, "history"))
        guard conversation.members.contains(call.installation.botUser) else { throw SlackRefusal("not_in_channel") }
        let arguments = call.arguments
        let inclusive = arguments.flag("inclusive")
        var bounds: [(text: String, stamp: MessageStamp, isOldest: Bool)] = []
        for name in ["oldest", "latest"] {
            guard let text = arguments.text(name) else { continue }
            guard let stamp = MessageStamp(text) else { throw SlackRefusal("invalid_ts_\(name)") }
            bounds.append((text, stamp, name == "oldest"))
        }
        var found = (messages[conversation.id] ?? []).filter { message in
            guard !message.isEphemeral, belongs(message), let stamp = MessageStamp(message.ts) else { return false }
            return bounds.allSatisfy { bound in
                if stamp == bound.stamp { return inclusive }
                return bound.isOldest ? bound.stamp < stamp : stamp < bound.stamp
            }
        }
        if newestFirst { found.reverse() }
        let withMetadata = arguments.flag("include_all_metadata")
        let documents = found.map { JSONValue.object($0.document(app: directory.app.id, withMetadata: withMetadata)) }
        var answer = try page(documents, of: call, named: "messages", usual: 100)
        answer["has_more"] = .bool(answer["response_metadata"]?["next_cursor"]?.text?.isEmpty == false)
        return answer
    }

    mutating func joinConversation(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        guard conversation.kind == .open else { throw SlackRefusal("method_not_supported_for_channel_type") }
        if conversation.isArchived { throw SlackRefusal("is_archived") }
        let user = call.installation.botUser
        if conversation.members.contains(user) {
            return [
                "channel": document(conversation, for: call), "warning": "already_in_channel",
                "response_metadata": ["warnings": ["already_in_channel"]],
            ]
        }
        changeConversation(conversation.id, "joined") { $0.members.append(user) }
        return ["channel": document(try visibleConversation(conversation.id, to: call), for: call)]
    }

    mutating func inviteToConversation(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let conversation = try visibleConversation(call.arguments.text("channel") ?? "", to: call)
        let isOpen = conversation.kind == .open
        let accepted =
            isOpen ? ["channels:manage", "channels:write.invites"] : ["groups:write", "groups:write.invites"]
        if !accepted.contains(where: call.installation.scopes.contains) { try call.require(scope: accepted[0]) }
        if conversation.isDirect { throw SlackRefusal("method_not_supported_for_channel_type") }
        guard conversation.members.contains(call.installation.botUser) else { throw SlackRefusal("not_in_channel") }
        if conversation.isArchived { throw SlackRefusal("is_archived") }
        let users = call.arguments.list("users")
        if users.isEmpty { throw SlackRefusal("no_user") }
        if users.count > 100 { throw SlackRefusal("too_many_users") }
        var failures: [JSONValue] = []
        var welcome: [String] = []
        for user in users {
            if let error = inviteError(user, conversation, call) {
                failures.append(["user": .string(user), "ok": false, "error": .string(error)])
            } else {
                welcome.append(user)
            }
        }
        // All or nobody, unless `force` asks for those who can be invited.
        if !failures.isEmpty, !call.arguments.flag("force") || welcome.isEmpty {
            throw SlackRefusal(failures[0]["error"]?.text ?? "cant_invite", extra: ["errors": .array(failures)])
        }
        changeConversation(conversation.id, "joined") { $0.members += welcome }
        var answer: JSONObject = ["channel": document(try visibleConversation(conversation.id, to: call), for: call)]
        if !failures.isEmpty { answer["errors"] = .array(failures) }
        return answer
    }

    private func inviteError(_ user: String, _ conversation: Conversation, _ call: WebCall) -> String? {
        guard let person = directory.person(user) else { return "user_not_found" }
        if user == call.installation.botUser { return "cant_invite_self" }
        guard conversation.workspaces.contains(person.workspace) else { return "no_external_invite_permission" }
        if conversation.members.contains(user) { return "already_in_channel" }
        if person.isDeactivated { return "cant_invite" }
        let joined = directory.conversations.contains { !$0.isDirect && $0.members.contains(user) }
        if person.kind == .singleChannelGuest, joined { return "ura_max_channels" }
        return nil
    }
}

/// A message timestamp for comparing: whole seconds and microseconds, never a floating-point number.
struct MessageStamp: Comparable {
    static let zero = MessageStamp(seconds: 0, microseconds: 0)

    private var seconds: Int64
    private var microseconds: Int64

    private init(seconds: Int64, microseconds: Int64) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let seconds = Int64(parts[0]), seconds >= 0 else { return nil }
        let fraction = parts.count == 2 ? String(parts[1].prefix(6)) : ""
        let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
        guard let microseconds = Int64(padded), microseconds >= 0 else { return nil }
        self.seconds = seconds
        self.microseconds = microseconds
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.microseconds) < (right.seconds, right.microseconds)
    }
}
