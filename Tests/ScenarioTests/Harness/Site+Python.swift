import FoundationEssentials

extension Site {
    /// A flow that a file of `Fixtures/python` decides. Names of channels are those of the emulated workspace.
    ///
    /// - Parameters:
    ///   - more: members of the flow itself, each with a comma in front.
    ///   - fields: more fields of the form, each with a comma in front.
    static func python(_ name: String, more: String = "", fields: String = "") throws -> Site {
        let url = URL(filePath: Executable.checkout + "Fixtures/python/\(name).py")
        return python(source: try String(contentsOf: url, encoding: .utf8), more: more, fields: fields)
    }

    static func python(
        source: String, strategy: String = "http", more: String = "", fields: String = "", durations: String = "\"1h\"",
        environment: String = "main"
    ) -> Site {
        var site = Site(
            """
            {
              "name": "prod_db", "label": "Production database", "environment": "\(environment)",
              "implementation": "impl.py",
              "params": {
                "strategy": "\(strategy)",
                "prompt_fields": [
                  {"name": "reason", "type": "string", "label": "Why?"},
                  {"name": "duration", "type": "duration", "label": "How long?", "allowed_values": [\(durations)],
                   "default": \(durations.split(separator: ",")[0])}\(fields)
                ]
              }\(more)
            }
            """
        )
        site.files["impl.py"] =
            source.replacing("#approvals", with: "#db-access").replacing("#security", with: "#sym-errors")
        return site
    }

    /// What a flow in Python may begin with.
    static let imports = """
        from sym.sdk.annotations import hook, reducer
        from sym.sdk.integrations import slack, store
        from sym.sdk.notifications import Notification
        from sym.sdk.request_permission import PermissionLevel, RequestPermission
        from sym.sdk.templates import ApprovalTemplate, get_step_output
        from sym.sdk.utils import persist_user_identity

        @reducer
        def get_permissions(event):
            return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)

        """

    /// Asks in #db-access, after what `imports` says.
    static let asksTeam =
        imports + """
            @reducer
            def get_request_notifications(event):
                return [Notification(destinations=[slack.channel("#db-access")])]

            """
}
