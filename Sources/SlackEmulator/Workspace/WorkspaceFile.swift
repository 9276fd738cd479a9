import Support

/// A workspace file: who and what an emulated Slack holds at its start.
///
/// JSON with comments and trailing commas:
///
///     {
///       "app": {"id": "A0SYM", "name": "Sym", "messages_tab": true, "home_tab": true,
///               "commands": [{"command": "/sym", "description": "…", "usage_hint": "…", "should_escape": false}],
///               "shortcuts": [{"callback_id": "sym_request", "name": "Request access", "type": "global"}]},
///       "workspaces": [{"id": "T0ACME", "name": "Acme", "domain": "acme", "enterprise": {"id": "E1", "name": "…"}}],
///       "installations": [{"workspace": "acme", "token": "xoxb-…", "scopes": ["chat:write"], "bot_user": "U0SYM",
///                          "bot_id": "B0SYM", "bot_name": "sym"}],
///       "users": [{"id": "U0ADA", "workspace": "acme", "name": "ada", "real_name": "Ada", "email": "ada@acme.test",
///                  "kind": "owner|admin|member|guest|single_channel_guest|bot", "deactivated": false,
///                  "invited": false, "tz": "Europe/Paris", "tz_offset": 3600, "locale": "en-US"}],
///       "channels": [{"id": "C0OPS", "name": "ops", "workspace": "acme", "shared_with": ["globex"], "private": false,
///                     "archived": false, "general": false, "members": ["ada", "U0BOB", "sym"]}],
///       "usergroups": [{"id": "S0ONCALL", "workspace": "acme", "handle": "oncall", "name": "On call",
///                       "users": ["ada"], "disabled": false}]
///     }
///
/// A workspace is named by its id or domain, a person by id or by a name that only one of them has. Ids, tokens and
/// scopes that are missing are made, the same ones each time.
package struct WorkspaceFile: Sendable {
    let directory: Directory

    init(directory: Directory) { self.directory = directory }

    package init(parsing text: String) throws(WorkspaceFileError) {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: text, allowing: [.comments, .trailingCommas])
        } catch {
            throw WorkspaceFileError(problems: [.init(path: "", message: error.description)])
        }
        var reader = WorkspaceReader()
        let directory = reader.directory(document)
        guard reader.problems.isEmpty else { throw WorkspaceFileError(problems: reader.problems) }
        self.directory = directory
    }
}

/// Everything that is wrong with a workspace file, each with its JSON path: `users[3].kind`.
package struct WorkspaceFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package struct Problem: Hashable, Sendable {
        package var path: String
        package var message: String

        package init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    package var problems: [Problem]

    package init(problems: [Problem]) { self.problems = problems }

    package var description: String {
        problems.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }.joined(separator: "\n")
    }
}
