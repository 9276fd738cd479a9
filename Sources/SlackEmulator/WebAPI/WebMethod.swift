import Support

/// One call that has passed the door: whose it is, and with what.
struct WebCall: Sendable {
    var method: String
    var arguments: Arguments
    var installation: Installation

    var workspace: String { installation.workspace }

    func require(scope: String) throws(SlackRefusal) {
        guard installation.scopes.contains(scope) else {
            throw SlackRefusal(
                "missing_scope",
                extra: [
                    "needed": .string(scope), "provided": .string(installation.scopes.joined(separator: ",")),
                ])
        }
    }
}

/// One method of the Web API: how it may be called, and what it does (slack.md 2.2).
struct WebMethod: Sendable {
    typealias Body = @Sendable (inout World, WebCall) throws(SlackRefusal) -> JSONObject

    /// How often, by minute, workspace and app (slack.md 2.1).
    enum Tier: Int, Sendable {
        case one = 1
        case two = 20
        case three = 50
        case four = 100
        /// "Several hundred".
        case special = 300
    }

    enum Encoding: Sendable {
        /// POST with JSON or a form.
        case json
        /// POST with a form, or GET.
        case form
    }

    var encoding: Encoding
    var tier: Tier
    var scopes: [String]
    /// Arguments without which nothing happens.
    var required: [String]
    var body: Body

    init(
        _ encoding: Encoding, _ tier: Tier, scopes: [String] = [], required: [String] = [], _ body: @escaping Body
    ) {
        self.encoding = encoding
        self.tier = tier
        self.scopes = scopes
        self.required = required
        self.body = body
    }

    static let all: [String: WebMethod] = [
        "api.test": WebMethod(.json, .special) { (_, _) throws(SlackRefusal) in [:] },
        "auth.test": WebMethod(.json, .special) { (world, call) throws(SlackRefusal) in try world.authTest(call) },
        "auth.revoke": WebMethod(.form, .three) { (world, call) throws(SlackRefusal) in try world.authRevoke(call) },
        "chat.postMessage": WebMethod(.json, .special, scopes: ["chat:write"], required: ["channel"]) {
            (world, call) throws(SlackRefusal) in try world.postMessage(call)
        },
        "chat.postEphemeral": WebMethod(.json, .four, scopes: ["chat:write"], required: ["channel", "user"]) {
            (world, call) throws(SlackRefusal) in try world.postEphemeral(call)
        },
        "chat.update": WebMethod(.json, .three, scopes: ["chat:write"], required: ["channel", "ts"]) {
            (world, call) throws(SlackRefusal) in try world.updateMessage(call)
        },
        "chat.delete": WebMethod(.json, .three, scopes: ["chat:write"], required: ["channel", "ts"]) {
            (world, call) throws(SlackRefusal) in try world.deleteMessage(call)
        },
        "chat.getPermalink": WebMethod(.form, .special, required: ["channel", "message_ts"]) {
            (world, call) throws(SlackRefusal) in try world.permalink(call)
        },
        "conversations.open": WebMethod(.json, .three) {
            (world, call) throws(SlackRefusal) in try world.openConversation(call)
        },
        "conversations.info": WebMethod(.form, .three, required: ["channel"]) {
            (world, call) throws(SlackRefusal) in try world.conversationInfo(call)
        },
        "conversations.list": WebMethod(.form, .two) {
            (world, call) throws(SlackRefusal) in try world.listConversations(call)
        },
        "conversations.members": WebMethod(.form, .four, required: ["channel"]) {
            (world, call) throws(SlackRefusal) in try world.conversationMembers(call)
        },
        "conversations.history": WebMethod(.form, .three, required: ["channel"]) {
            (world, call) throws(SlackRefusal) in try world.history(call)
        },
        "conversations.replies": WebMethod(.form, .three, required: ["channel", "ts"]) {
            (world, call) throws(SlackRefusal) in try world.replies(call)
        },
        "conversations.join": WebMethod(.json, .three, scopes: ["channels:join"], required: ["channel"]) {
            (world, call) throws(SlackRefusal) in try world.joinConversation(call)
        },
        "conversations.invite": WebMethod(.json, .three, required: ["channel", "users"]) {
            (world, call) throws(SlackRefusal) in try world.inviteToConversation(call)
        },
        "users.conversations": WebMethod(.form, .three) {
            (world, call) throws(SlackRefusal) in try world.conversationsOfUser(call)
        },
        "users.info": WebMethod(.form, .four, scopes: ["users:read"], required: ["user"]) {
            (world, call) throws(SlackRefusal) in try world.userInfo(call)
        },
        "users.list": WebMethod(.form, .two, scopes: ["users:read"]) {
            (world, call) throws(SlackRefusal) in try world.listUsers(call)
        },
        "users.lookupByEmail": WebMethod(.form, .three, scopes: ["users:read.email"], required: ["email"]) {
            (world, call) throws(SlackRefusal) in try world.lookupByEmail(call)
        },
        "users.profile.get": WebMethod(.form, .four, scopes: ["users.profile:read"]) {
            (world, call) throws(SlackRefusal) in try world.userProfile(call)
        },
        "usergroups.list": WebMethod(.form, .two, scopes: ["usergroups:read"]) {
            (world, call) throws(SlackRefusal) in try world.listGroups(call)
        },
        "usergroups.users.list": WebMethod(.form, .two, scopes: ["usergroups:read"], required: ["usergroup"]) {
            (world, call) throws(SlackRefusal) in try world.groupUsers(call)
        },
        "team.info": WebMethod(.form, .three, scopes: ["team:read"]) {
            (world, call) throws(SlackRefusal) in try world.teamInfo(call)
        },
        "views.open": WebMethod(.json, .four, required: ["view"]) {
            (world, call) throws(SlackRefusal) in try world.openView(call)
        },
        "views.push": WebMethod(.json, .four, required: ["view"]) {
            (world, call) throws(SlackRefusal) in try world.pushView(call)
        },
        "views.update": WebMethod(.json, .four, required: ["view"]) {
            (world, call) throws(SlackRefusal) in try world.updateView(call)
        },
        "views.publish": WebMethod(.json, .four, required: ["user_id", "view"]) {
            (world, call) throws(SlackRefusal) in try world.publishView(call)
        },
    ]
}
