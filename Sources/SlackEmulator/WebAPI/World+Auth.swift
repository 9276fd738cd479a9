import Support

extension World {
    func authTest(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        guard let workspace = directory.workspace(call.workspace) else { throw SlackRefusal("invalid_auth") }
        var answer: JSONObject = [
            "url": .string("https://\(workspace.domain).slack.com/"), "team": .string(workspace.name),
            "user": .string(directory.person(call.installation.botUser)?.name ?? ""),
            "team_id": .string(workspace.id), "user_id": .string(call.installation.botUser),
            "bot_id": .string(call.installation.botID), "is_enterprise_install": false,
        ]
        if let enterprise = workspace.enterprise { answer["enterprise_id"] = .string(enterprise.id) }
        return answer
    }

    mutating func authRevoke(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        if call.arguments.flag("test") { return ["revoked": false] }
        setToken(.revoked, in: call.workspace)
        return ["revoked": true]
    }

    mutating func setToken(_ state: Installation.TokenState, in workspace: String) {
        for index in directory.installations.indices where directory.installations[index].workspace == workspace {
            directory.installations[index].tokenState = state
        }
    }

    func teamInfo(_ call: WebCall) throws(SlackRefusal) -> JSONObject {
        let id = call.arguments.text("team") ?? call.workspace
        // Another workspace is visible while a channel is shared with it.
        guard let workspace = directory.workspace(id),
            id == call.workspace || directory.isConnected(call.workspace, to: id)
        else { throw SlackRefusal("team_not_found") }
        var team: JSONObject = [
            "id": .string(workspace.id), "name": .string(workspace.name), "domain": .string(workspace.domain),
            "email_domain": "", "icon": ["image_default": true],
        ]
        if let enterprise = workspace.enterprise {
            team["enterprise_id"] = .string(enterprise.id)
            team["enterprise_name"] = .string(enterprise.name)
        }
        return ["team": .object(team)]
    }
}
