package import Support

/// A modal or Home tab as Slack sends it. Nothing of it is sent back: what the server assigned must not be
/// (slack.md 3.2).
package struct InboundView: Hashable, Sendable {
    package var id: String
    /// `modal` or `home`.
    package var type: String
    /// Names this version of the view; makes a stale `views.update` fail.
    package var hash: String?
    package var callbackID: String
    /// What we put in when opening it. People cannot edit it.
    package var privateMetadata: String
    /// The first view of its stack; names a whole conversation with one person.
    package var rootViewID: String
    package var previousViewID: String?
    /// The workspace in which the person works; an outsider's is not ours.
    package var teamID: String?
    /// Ours: the workspace (or organisation) that installed the app.
    package var appInstalledTeamID: String?
    package var externalID: String?
    package var state: FormState
    /// As received; texts in it are encoded once more than we wrote them.
    package var blocks: JSONValue

    init(_ json: JSONValue) throws(SlackDecodingError) {
        id = try json.required("id", of: "view")
        type = json.string("type") ?? "modal"
        hash = json.string("hash")
        callbackID = json.string("callback_id") ?? ""
        privateMetadata = json.string("private_metadata") ?? ""
        rootViewID = json.string("root_view_id") ?? id
        previousViewID = json.string("previous_view_id")
        teamID = json.string("team_id")
        appInstalledTeamID = json.string("app_installed_team_id")
        externalID = json.string("external_id")
        state = FormState(of: json)
        blocks = json["blocks"] ?? []
    }

    init?(optional json: JSONValue?) throws(SlackDecodingError) {
        guard let json, !json.isNull else { return nil }
        self = try InboundView(json)
    }
}
