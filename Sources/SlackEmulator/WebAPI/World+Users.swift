import Support

extension World {
    /// A `user` object as an installation sees it.
    func document(_ person: Person, for call: WebCall) -> JSONValue {
        let isForeign = person.workspace != call.workspace
        var profile: JSONObject = [
            "real_name": .string(person.realName), "display_name": .string(person.name), "status_text": "",
            "status_emoji": "", "team": .string(person.workspace),
        ]
        // Foreign people's addresses stay with them, and a bot has none.
        if let email = person.email, !isForeign, call.installation.scopes.contains("users:read.email") {
            profile["email"] = .string(email)
        }
        if let botID = person.botID {
            profile["bot_id"] = .string(botID)
            profile["api_app_id"] = .string(botID == call.installation.botID ? directory.app.id : "")
        }
        var user: JSONObject = [
            "id": .string(person.id), "team_id": .string(person.workspace), "name": .string(person.name),
            "deleted": .bool(person.isDeactivated), "real_name": .string(person.realName),
            "profile": .object(profile), "is_bot": .bool(person.kind == .bot), "is_app_user": false,
            "updated": .int(person.updated),
        ]
        if isForeign { user["is_stranger"] = .bool(!directory.knows(call.workspace, person)) }
        // Deactivated people lack much of the rest.
        if person.isDeactivated { return .object(user) }
        user["tz"] = .string(person.timeZone)
        user["tz_offset"] = .int(person.timeZoneOffset)
        user["is_admin"] = .bool(person.kind == .admin || person.kind == .owner)
        user["is_owner"] = .bool(person.kind == .owner)
        user["is_primary_owner"] = false
        user["is_restricted"] = .bool(person.kind == .guest || person.kind == .singleChannelGuest)
        user["is_ultra_restricted"] = .bool(person.kind == .singleChannelGuest)
        if person.isInvited { user["is_invited_user"] = true }
        if call.arguments.flag("include_locale") { user["locale"] = .string(person.locale) }
        if !isForeign, let enterprise = directory.workspace(person.workspace)?.enterprise {
            user["enterprise_user"] = [
                "id": .string(person.id), "enterprise_id": .string(enterprise.id),
                "enterprise_name": .string(enterprise.name), "is_admin": false, "is_owner": false,
                "teams": [.string(person.workspace)],
            ]
        }
        return .object(user)
    }

    /// Somebody that this installation can know of: a colleague, or anybody of a workspace that shares a channel.
    func visiblePerson(_ id: String, to call: WebCall) throws(SlackRefusal) -> Person {
        guard let person = directory.person(id) else { throw SlackRefusal("user_not_found") }
        guard person.workspace == call.workspace || directory.isConnected(call.workspace, to: person.workspace) else {
            throw SlackRefusal("user_not_found")
        }
        return person
    }

    func userInfo(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        ["user": document(try visiblePerson(call.arguments.text("user") ?? "", to: call), for: call)]
    }

    /// Foreign people are left out (slack.md 1.7).
    func listUsers(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let people = directory.people.filter { $0.workspace == call.workspace }.map { document($0, for: call) }
        var answer = try page(people, of: call, named: "members", usual: 100)
        answer["cache_ts"] = .int(now.seconds)
        return answer
    }

    /// Never finds the deactivated, bots, or people of another workspace.
    func lookupByEmail(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let email = (call.arguments.text("email") ?? "").lowercased()
        let found = directory.people.first {
            $0.workspace == call.workspace && !$0.isDeactivated && $0.kind != .bot && $0.email?.lowercased() == email
        }
        guard let found else { throw SlackRefusal("users_not_found") }
        return ["user": document(found, for: call)]
    }

    func userProfile(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let person = try visiblePerson(call.arguments.text("user") ?? call.installation.botUser, to: call)
        return ["profile": (document(person, for: call)["profile"] ?? [:]).with("fields", [:])]
    }

    func listGroups(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let groups = directory.groups.filter {
            $0.workspace == call.workspace && (!$0.isDisabled || call.arguments.flag("include_disabled"))
        }
        return [
            "usergroups": .array(
                groups.map { group in
                    var object: JSONObject = [
                        "id": .string(group.id), "team_id": .string(group.workspace), "is_usergroup": true,
                        "name": .string(group.name), "handle": .string(group.handle), "description": "",
                        "date_delete": .int(group.isDisabled ? 1 : 0),
                    ]
                    if call.arguments.flag("include_users") { object["users"] = .strings(group.users) }
                    // A string, as some workspaces send it.
                    if call.arguments.flag("include_count") { object["user_count"] = .string("\(group.users.count)") }
                    return .object(object)
                })
        ]
    }

    func groupUsers(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let id = call.arguments.text("usergroup")
        guard let group = directory.groups.first(where: { $0.id == id && $0.workspace == call.workspace }),
            !group.isDisabled || call.arguments.flag("include_disabled")
        else { throw SlackRefusal("no_such_subteam") }
        return ["users": .strings(group.users)]
    }
}
