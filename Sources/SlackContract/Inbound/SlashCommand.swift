package import Support

/// Someone typed a command such as `/sym req` (slack.md 1.3). Slack does not repeat commands.
package struct SlashCommand: Hashable, Sendable {
    package var installation: InstallationKey
    package var actor: SlackActor
    package var apiAppID: String?
    /// With its slash.
    package var command: String
    /// Everything behind the command; may be empty.
    package var text: String
    package var channel: String
    /// `directmessage` in a direct message, `privategroup` in a private channel. To show only.
    package var channelName: String?
    package var triggerID: Secret?
    package var responseURL: ResponseURL?

    /// - Parameter fields: of the form, or of the object that Socket Mode sends instead.
    init(_ fields: JSONValue) throws(SlackDecodingError) {
        let team = fields.string("team_id")
        let enterprise = fields.string("enterprise_id")
        let user = try fields.required("user_id", of: "command")
        guard let home = team ?? enterprise else {
            throw .unexpected(path: "command.team_id", expected: "text", found: "nothing")
        }
        installation = InstallationKey(
            team: team, enterprise: enterprise, isEnterpriseInstall: fields.boolean("is_enterprise_install")
        )
        // Only members of the workspace can type commands: where it was typed is where the person belongs.
        actor = SlackActor(
            account: SlackAccount(team: home, user: user), isTeamStated: team != nil,
            displayName: fields.string("user_name")
        )
        apiAppID = fields.string("api_app_id")
        command = try fields.required("command", of: "command")
        text = (fields["text"]?.text ?? "").trimmed
        channel = try fields.required("channel_id", of: "command")
        channelName = fields.string("channel_name")
        triggerID = fields.triggerID
        responseURL = fields.string("response_url").map(ResponseURL.init)
    }
}
