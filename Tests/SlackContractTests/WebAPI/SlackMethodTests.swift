import SlackContract
import Support
import TestSupport
import Testing

private func reply(_ file: String) throws -> SlackReply {
    try SlackReply(parsing: Fixtures.bytes("slack/webapi/webapi_\(file).json"))
}

private func answer<Method: SlackMethod>(_ method: Method.Type, _ file: String) throws -> Method.Reply {
    let reply = try reply(file)
    #expect(reply.isOK)
    #expect(reply.error == nil)
    #expect(reply.reaction(method: Method.name) == nil)
    return try Method.reply(from: reply.body)
}

@Suite struct `Answers of the Web API` {
    @Test func `every sample in the folder is read by a test`() throws {
        let read = [
            "auth_test", "chat_postMessage", "chat_update", "conversations_info", "conversations_members",
            "conversations_open", "missing_scope", "oauth_v2_access_rotation", "usergroups_users_list", "users_info",
            "users_lookupByEmail_not_found", "views_open", "views_open_error",
        ]
        #expect(try Fixtures.names(in: "slack/webapi") == read.map { "webapi_\($0).json" })
    }

    @Test func `the token tells who it is`() throws {
        let reply = try answer(AuthTest.self, "auth_test")
        #expect(reply.teamID == "T111" && reply.userID == "W11" && reply.botID == "B111")
        #expect(reply.enterpriseID == "E111" && !reply.isEnterpriseInstall)
    }

    @Test func `a message stands where the answer says`() throws {
        #expect(
            try answer(ChatPostMessage.self, "chat_postMessage")
                == MessagePlace(channel: "C1H9RESGL", ts: "1503435956.000247")
        )
        #expect(
            try answer(ChatUpdate.self, "chat_update") == MessagePlace(channel: "C024BE91L", ts: "1401383885.000061")
        )
    }

    @Test func `conversations and people are read`() throws {
        let channel = try answer(ConversationsInfo.self, "conversations_info")
        #expect(channel.id == "C012AB3CD" && channel.name == "general" && channel.isMember)
        #expect(!channel.isPrivate && !channel.isArchived && !channel.isExternallyShared)
        #expect(try answer(ConversationsOpen.self, "conversations_open") == "D069C7QFK")
        let members = try answer(ConversationsMembers.self, "conversations_members")
        #expect(members.items == ["U023BECGF", "U061F7AUR", "W012A3CDE"])
        #expect(members.nextCursor == "e3VzZXJfaWQ6IFcxMjM0NTY3fQ==")
        #expect(try answer(UsergroupsUsersList.self, "usergroups_users_list") == ["U060R4BJ4", "W123A4BC5"])
        let user = try answer(UsersInfo.self, "users_info")
        #expect(user.id == "W012A3CDE" && user.teamID == "T012AB3C4" && user.isAdmin)
        #expect(user.email == "spengler@ghostbusters.example.com")
        #expect(user.shownName == "spengler" && user.realName == "Egon Spengler")
        #expect(!user.isBot && !user.isRestricted && !user.isDeleted && user.enterpriseUser == nil)
    }

    @Test func `an opened view tells its id and hash`() throws {
        let view = try answer(ViewsOpen.self, "views_open")
        #expect(view.id == "VMHU10V25" && view.hash == "156772938.1827394")
    }

    @Test func `an installation with rotation tells its tokens, and does not print them`() throws {
        let reply = try answer(OAuthV2Access.self, "oauth_v2_access_rotation")
        #expect(reply.installation.place == .workspace("T111"))
        #expect(reply.accessToken == Secret("xoxe.xoxb-1-yyy"))
        #expect(reply.refreshToken == Secret("xoxe-1-yyy"))
        #expect(reply.expiresIn == .seconds(43_201))
        #expect(reply.scopes == ["app_mentions:read", "chat:write", "commands"])
        #expect(!"\(reply)".contains("xox"))
    }

    @Test func `errors have their code and what goes with it`() throws {
        let scope = try reply("missing_scope")
        #expect(scope.error == .known(.missingScope) && scope.needed == "admin.apps:read")
        #expect(scope.reaction(method: "users.info") == .configuration)
        #expect(
            try reply("users_lookupByEmail_not_found").reaction(method: "users.lookupByEmail") == .call(.unknownPerson))
    }

    @Test func `a spent trigger that is reported as a wrong argument is known by its details`() throws {
        let spent = try reply("views_open_error")
        #expect(spent.error == .known(.invalidArguments))
        #expect(spent.details == ["invalid `trigger_id`"])
        #expect(spent.reaction(method: "views.open") == .call(.askToTryAgain))
        #expect(spent.reaction(method: "chat.postMessage") == .ourBug)
    }

    @Test(arguments: ["", "<html>", "[]", "{}", "{\"ok\":\"true\"}", "{\"ok\":true"])
    func `what is no answer of Slack is a failure of the transport`(body: String) {
        #expect(throws: SlackDecodingError.self) { try SlackReply(parsing: Array(body.utf8)) }
    }

    @Test func `warnings, details and cursors are collected, empty ones are none`() throws {
        let reply = try SlackReply([
            "ok": false, "error": "cant_invite", "errors": [["user": "U1", "error": "cant_invite"], "text"],
            "warning": "missing_charset,no_op",
            "response_metadata": ["messages": ["[ERROR] x"], "warnings": ["superfluous_charset"], "next_cursor": ""],
        ])
        #expect(reply.error == .other("cant_invite"))
        #expect(reply.details == ["[ERROR] x", "{\"user\":\"U1\",\"error\":\"cant_invite\"}", "text"])
        #expect(reply.warnings == ["missing_charset", "no_op", "superfluous_charset"])
        #expect(reply.nextCursor == nil)
    }

    @Test func `an answer that lacks what its method promises is refused`() {
        #expect(throws: SlackDecodingError.self) { try ChatPostMessage.reply(from: ["ok": true, "channel": "C1"]) }
        #expect(throws: SlackDecodingError.self) { try UsersInfo.reply(from: ["ok": true, "user": [:]]) }
        #expect(throws: SlackDecodingError.self) { try ViewsOpen.reply(from: ["ok": true]) }
    }
}

@Suite struct `Calls of the Web API` {
    @Test func `a posted message goes as JSON, with real arrays and no previews`() throws {
        let call = ChatPostMessage(
            channel: "C1", message: Message(text: "hi", blocks: [.divider]), threadTS: "1.2"
        )
        #expect(call.contentType == "application/json; charset=utf-8")
        #expect(
            try JSONValue(parsing: call.body) == [
                "channel": "C1", "text": "hi", "blocks": [["type": "divider"]], "thread_ts": "1.2",
                "unfurl_links": false, "unfurl_media": false,
            ])
        #expect(call.rateChannel == "C1")
    }

    @Test func `reading calls go as forms`() {
        #expect(String(decoding: UsersInfo(user: "U1").body, as: UTF8.self) == "user=U1")
        #expect(UsersInfo(user: "U1").contentType == "application/x-www-form-urlencoded")
        let page = ConversationsMembers(channel: "C1", cursor: "abc==", limit: 100)
        #expect(String(decoding: page.body, as: UTF8.self) == "channel=C1&cursor=abc%3D%3D&limit=100")
        let history = ConversationsHistory(channel: "C1", oldest: "1.2")
        #expect(
            String(decoding: history.body, as: UTF8.self)
                == "channel=C1&include_all_metadata=true&oldest=1.2&limit=200"
        )
        #expect(UsersInfo(user: "U1").rateChannel == nil)
    }

    @Test func `each method is encoded as slack_md 2_2 says`() {
        let json: [any SlackMethod.Type] = [
            AuthTest.self, ViewsOpen.self, ViewsPush.self, ViewsUpdate.self, ViewsPublish.self, ChatPostMessage.self,
            ChatUpdate.self, ChatPostEphemeral.self, ChatDelete.self, ConversationsOpen.self, ConversationsJoin.self,
        ]
        let form: [any SlackMethod.Type] = [
            ChatGetPermalink.self, ConversationsInfo.self, ConversationsList.self, ConversationsMembers.self,
            ConversationsHistory.self, UsersInfo.self, UsersLookupByEmail.self, UsersList.self, UsergroupsList.self,
            UsergroupsUsersList.self, TeamInfo.self, OAuthV2Access.self,
        ]
        for method in json { #expect(method.encoding == .json, "\(method.name)") }
        for method in form { #expect(method.encoding == .form, "\(method.name)") }
        #expect(Set((json + form).map { $0.name }).count == json.count + form.count)
    }

    @Test func `views carry their trigger or their id`() {
        let view = View.modal(title: "T", blocks: [.divider])
        #expect(ViewsOpen(view: view, triggerID: Secret("1.2.x")).arguments["trigger_id"] == "1.2.x")
        #expect(ViewsUpdate(view: view, viewID: "V1").arguments["hash"] == nil)
        #expect(ViewsUpdate(view: view, viewID: "V1", hash: "h").arguments["hash"] == "h")
        #expect(ViewsPublish(view: .home(blocks: []), user: "U1").arguments["view"]?["type"] == "home")
    }

    @Test func `client credentials go by HTTP Basic and not in the form`() {
        let client = BasicCredentials(user: "1.2", password: Secret("hush"))
        let call = OAuthV2Access(client: client, grant: .code(Secret("c0de"), redirectURI: "https://x.example/r"))
        #expect(String(decoding: call.body, as: UTF8.self) == "code=c0de&redirect_uri=https%3A%2F%2Fx.example%2Fr")
        #expect(call.basicCredentials == client)
        let refresh = OAuthV2Access(client: client, grant: .refresh(Secret("r")))
        #expect(String(decoding: refresh.body, as: UTF8.self) == "grant_type=refresh_token&refresh_token=r")
    }

    @Test func `an update keeps no metadata where none is given, an ephemeral message never has any`() {
        let message = Message(text: "x", metadata: Message.Metadata(eventType: "e", eventPayload: [:]))
        let place = MessagePlace(channel: "D1", ts: "1.2")
        #expect(ChatUpdate(place: place, message: Message(text: "x")).arguments["metadata"] == nil)
        #expect(ChatUpdate(place: place, message: message).arguments["metadata"] != nil)
        #expect(ChatPostEphemeral(channel: "C1", user: "U1", message: message).arguments["metadata"] == nil)
    }
}

@Suite struct `People of other workspaces` {
    private func user(_ members: JSONObject) throws -> SlackUser {
        var json: JSONObject = ["id": "U1"]
        for (name, value) in members { json[name] = value }
        return try #require(SlackUser(.object(json)))
    }

    @Test func `someone of another workspace is external, unknown counts as such`() throws {
        #expect(try !user(["team_id": "T1"]).isExternal(to: "T1"))
        #expect(try user(["team_id": "T2"]).isExternal(to: "T1"))
        #expect(try user([:]).isExternal(to: "T1"))
        #expect(try user(["team_id": "T1", "is_stranger": true]).isExternal(to: "T1"))
        #expect(try user(["team_id": "T2", "is_stranger": false]).isExternal(to: "T1"))
    }

    @Test func `someone of our organisation belongs to all its workspaces that they are in`() throws {
        let person = try user(["team_id": "T2", "enterprise_user": ["id": "W1", "teams": ["T1", "T2"]]])
        #expect(!person.isExternal(to: "T1"))
        #expect(person.isExternal(to: "T3"))
        #expect(person.enterpriseUser?.id == "W1")
    }

    @Test func `a guest of one channel is a guest, and Slackbot is a bot`() throws {
        #expect(try user(["is_ultra_restricted": true]).isRestricted)
        #expect(try user(["id": "USLACKBOT", "is_bot": false]).isBot)
        #expect(SlackUser(["name": "x"]) == nil)
    }
}
