extension WorkspaceFile {
    /// A home workspace with people of every kind, and a customer's workspace that shares one channel with it: what
    /// `symflow emulate` shows without a file of one's own.
    package static let sampleText = """
        {
          "app": {
            "id": "A0SYM", "name": "Sym",
            "commands": [{"command": "/sym", "description": "Request access", "usage_hint": "req | list | whoami | help"}],
            "shortcuts": [
              {"callback_id": "sym_request", "name": "Request access", "type": "global"},
              {"callback_id": "sym_explain", "name": "Explain this request", "type": "message"}
            ]
          },
          "workspaces": [
            {"id": "T0ACME", "name": "Acme", "domain": "acme"},
            {"id": "T0GLOBEX", "name": "Globex", "domain": "globex"}
          ],
          "users": [
            {"id": "U0ADA", "workspace": "acme", "name": "ada", "real_name": "Ada Admin", "email": "ada@acme.test", "kind": "admin"},
            {"id": "U0BOB", "workspace": "acme", "name": "bob", "real_name": "Bob Builder", "email": "bob@acme.test"},
            {"id": "U0DANA", "workspace": "acme", "name": "dana", "real_name": "Dana Database", "email": "dana@acme.test"},
            {"id": "U0ERIN", "workspace": "acme", "name": "erin", "real_name": "Erin On-call", "email": "erin@acme.test"},
            {"id": "U0GUS", "workspace": "acme", "name": "gus", "real_name": "Gus Guest", "email": "gus@contractor.test", "kind": "guest"},
            {"id": "U0UMA", "workspace": "acme", "name": "uma", "real_name": "Uma Ultra", "email": "uma@contractor.test", "kind": "single_channel_guest"},
            {"id": "U0LEFT", "workspace": "acme", "name": "lena", "real_name": "Lena Left", "email": "lena@acme.test", "deactivated": true},
            {"id": "U0CARL", "workspace": "globex", "name": "carl", "real_name": "Carl Customer", "email": "carl@globex.test"},
            {"id": "U0CORA", "workspace": "globex", "name": "cora", "real_name": "Cora Customer", "email": "cora@globex.test"}
          ],
          "installations": [
            {"workspace": "acme", "token": "xoxb-emulator-acme", "bot_user": "U0SYM", "bot_id": "B0SYM", "bot_name": "sym"}
          ],
          "channels": [
            {"id": "C0GENERAL", "name": "general", "workspace": "acme", "general": true, "members": ["ada", "bob", "dana", "erin", "gus"]},
            {"id": "C0DB", "name": "db-access", "workspace": "acme", "members": ["ada", "bob", "dana", "sym"]},
            {"id": "C0ONCALL", "name": "oncall", "workspace": "acme", "members": ["ada", "erin", "sym"]},
            {"id": "C0SECRET", "name": "security", "workspace": "acme", "private": true, "members": ["ada", "dana"]},
            {"id": "C0VAULT", "name": "vault", "workspace": "acme", "private": true, "members": ["ada", "dana", "sym"]},
            {"id": "C0OLD", "name": "old-project", "workspace": "acme", "archived": true, "members": ["ada", "sym"]},
            {"id": "C0SHARED", "name": "acme-globex", "workspace": "acme", "shared_with": ["globex"], "members": ["ada", "bob", "dana", "carl", "sym"]},
            {"id": "C0GLOBEX", "name": "globex-lobby", "workspace": "globex", "members": ["carl", "cora"]}
          ],
          "usergroups": [
            {"id": "S0ONCALL", "workspace": "acme", "handle": "oncall", "name": "On call", "users": ["erin"]},
            {"id": "S0DBA", "workspace": "acme", "handle": "dba", "name": "Database team", "users": ["dana"]}
          ]
        }
        """
}
