/// A configuration folder to begin with (interface.md 6): what `symflow init` and `symflow generate` write.
package struct SiteStarter: Sendable {
    package var organization: String
    package var admin: String
    package var workspace: String
    package var environment: String
    package var channel: String

    package init(organization: String, admin: String, workspace: String, environment: String, channel: String) {
        self.organization = organization
        self.admin = admin
        self.workspace = workspace
        self.environment = environment
        self.channel = channel
    }

    private var domain: String { admin.split(separator: "@").last.map(String.init) ?? "" }

    /// Whoever can open a mailbox there is not thereby one of us.
    private static let publicDomains: Set = [
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
        "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "aol.com", "mail.com",
    ]

    /// - Parameter flow: the name of the first flow.
    package func files(flow: String = "first-approval") -> [StarterFile] {
        [StarterFile("organization.json", organizationText), SiteFlow(self, name: flow).approvalOnly]
    }

    private var organizationText: String {
        let domains =
            Self.publicDomains.contains(domain)
            ? """
            // "\(domain)" belongs to everybody, so nobody is a member by their address there: list people under "users".
                "domains": [],
            """
            : """
            // Whoever has an address there, and is in our Slack, is a member without being listed.
                "domains": ["\(domain)"],
            """
        return """
            // Who is who, and where. Comments and trailing commas are welcome in these files; all of them together are one
            // configuration, so cut them up as you like. `symflow check` says what is wrong, SIGHUP loads them again.
            {
              "organization": {
                "slug": "\(organization)",
                \(domains)
                // Roles one by one. Admins may decide on everything, unless a flow says otherwise.
                "users": [
                  {"email": "\(admin)", "role": "admin"},
                ],
              },

              // The Slack workspace in which people ask and decide.
              "integrations": [
                {"type": "slack", "name": "\(environment)-slack", "external_id": "\(workspace)"},
              ],

              // Where failures are reported. Create the channel and invite the app.
              "error_loggers": [
                {"name": "errors", "integration": "\(environment)-slack", "destination": "#sym-errors"},
              ],

              "environments": [
                {"name": "\(environment)", "integrations": {"slack": "\(environment)-slack"}, "error_logger": "errors"},
              ],
            }
            """
    }
}

/// One more flow for a configuration folder.
package struct SiteFlow: Sendable {
    package var name: String
    package var environment: String
    package var channel: String

    package init(name: String, environment: String, channel: String) {
        self.name = name
        self.environment = environment
        self.channel = channel
    }

    init(_ starter: SiteStarter, name: String) {
        self.init(name: name, environment: starter.environment, channel: starter.channel)
    }

    private var path: String { "flow-\(name).json" }

    /// A question, a decision, and nothing switched on.
    package var approvalOnly: StarterFile {
        StarterFile(
            path,
            """
            // A flow for go-aheads: somebody asks, somebody else decides, and both are on record.
            {
              "flows": [
                {
                  "name": "\(name)", "label": "Ask for a go-ahead", "environment": "\(environment)",
                  "params": {
                    // The form, in this order. Fields are required unless they say "required": false.
                    "prompt_fields": [
                      {"name": "what", "type": "string", "label": "What do you want to do?"},
                      {"name": "urgency", "type": "string", "label": "How urgent?", "allowed_values": ["Normal", "Urgent"], "default": "Normal"},
                    ],
                    // Whoever decides may say why.
                    "include_decision_message": true,
                  },
                  // Nobody answered by then: the request expires.
                  "answer_by": "24h",
                  // The first rule whose "when" holds wins; one without "when" always holds.
                  "rules": [
                    {
                      "name": "ask the channel",
                      "then": {"ask": {
                        // Every member may decide, but nobody on their own request.
                        "may_decide": {"level": "member"}, "self_approval": false,
                        // Create the channel and invite the app.
                        "notify": [{"channel": "\(channel)"}],
                      }},
                    },
                  ],
                },
              ],
            }
            """
        )
    }

    /// Access for a time, switched on and off by a call of one's own system.
    package var http: StarterFile {
        let variable = "SYM_SIGNING_SECRET_" + name.uppercased().split(separator: "-").joined(separator: "_")
        return StarterFile(
            path,
            """
            // Access for a time. On approval, and when the time is over, symflow sends JSON to the target's "url"; what it
            // sends and what it wants back stands in the README under "Access over HTTP".
            {
              "flows": [
                {
                  "name": "\(name)", "label": "\(name)", "environment": "\(environment)",
                  "params": {
                    "strategy": "\(name)-http", "allow_revoke": true, "schedule_deescalation": true,
                    "prompt_fields": [
                      {"name": "reason", "type": "string", "label": "Why?"},
                      {"name": "duration", "type": "duration", "label": "How long?", "allowed_values": ["30m", "1h"], "default": "30m"},
                    ],
                  },
                  "answer_by": "24h",
                  "rules": [
                    {"name": "never from outside", "when": {"requester": {"role": "guest"}},
                     "then": {"deny": {"reason": "Guests cannot ask for this."}}},
                    {"name": "ask the channel",
                     "then": {"ask": {
                       "may_decide": {"level": "member"}, "self_approval": false, "notify": [{"channel": "\(channel)"}],
                     }}},
                  ],
                },
              ],

              // Never the secret itself: the name of the variable that `symflow serve` finds it in.
              "secrets": [{"name": "\(name)-signing", "path": "\(variable)"}],

              "strategies": [
                {"type": "http", "name": "\(name)-http", "label": "\(name)",
                 "settings": {"signing_secret": "\(name)-signing"}, "targets": ["\(name)-target"]},
              ],

              // Put your system's address here. What else stands in "settings" is sent along.
              "targets": [
                {"type": "http", "name": "\(name)-target", "label": "\(name)",
                 "settings": {"url": "https://access.example.com/grants"}},
              ],
            }
            """
        )
    }
}
