import ApprovalCore
import FlowConfig
import SlackEmulator
import Support

/// The Slack workspace that tests of a configuration take place in.
enum TestWorkspace {
    /// - Parameter path: a workspace file; without one, everybody and every channel that the configuration and its
    ///   Python files name are in it.
    static func file(
        _ path: String?, for configuration: Configuration, sources: [PythonSource]
    ) throws -> WorkspaceFile {
        if let path { return try EmulatedWorkspace.read(path) }
        let text = document(for: configuration, sources: sources).compact
        do { return try WorkspaceFile(parsing: text) } catch {
            throw CommandError("No workspace can be made of the configuration; name one with --workspace.\n\(error)")
        }
    }

    private static let scopes = [
        "commands", "chat:write", "im:write", "mpim:write", "users:read", "users:read.email", "usergroups:read",
        "channels:read", "groups:read", "im:read", "mpim:read", "channels:join", "team:read", "channels:history",
        "groups:history", "im:history", "mpim:history",
    ]

    private static func document(for configuration: Configuration, sources: [PythonSource]) -> JSONValue {
        let workspaces = configuration.workspaces.keys.sorted()
        let home = configuration.workspaces.filter(\.value).keys.sorted().first ?? workspaces.first ?? "T0TEST"
        let users: [JSONValue] = configuration.organization.users.filter { $0.role != .guest }.map { user in
            [
                "workspace": .string(home), "name": .string(handle(user.email)),
                "real_name": .string(user.name ?? handle(user.email)), "email": .string(user.email),
                "kind": user.role == .admin ? "admin" : "member",
            ]
        }
        let everybody: [JSONValue] = users.compactMap { $0["name"] } + ["sym"]
        let channels = channelNames(configuration, sources).map { name -> JSONValue in
            [
                "name": .string(name), "workspace": .string(home), "general": .bool(name == "general"),
                "members": .array(everybody),
            ]
        }
        return [
            "app": [
                "id": .string(TestSite.appID), "name": "Sym", "messages_tab": true,
                "commands": [["command": "/sym", "description": "Request access", "usage_hint": "req"]],
                "shortcuts": [["callback_id": "sym_request", "name": "Request access", "type": "global"]],
            ],
            "workspaces": .array(
                (workspaces.isEmpty ? [home] : workspaces).map {
                    ["id": .string($0), "name": .string($0), "domain": .string($0.lowercased())]
                }),
            "installations": [
                [
                    "workspace": .string(home), "token": .string(TestSite.botToken), "bot_user": "U0SYM",
                    "bot_id": "B0SYM", "bot_name": "sym", "scopes": .array(scopes.map { .string($0) }),
                ]
            ],
            "users": .array(users), "channels": .array(channels),
        ]
    }

    private static func handle(_ email: String) -> String { String(email.prefix { $0 != "@" }) }

    private static func channelNames(_ configuration: Configuration, _ sources: [PythonSource]) -> [String] {
        var names: Set = ["general"]
        for channel in configuration.errorChannels { note(channel.channel, in: &names) }
        for flow in configuration.flows {
            for stage in flow.notify + flow.rules.flatMap(\.stages) {
                for case .channel(let channel) in stage.destinations { note(channel, in: &names) }
            }
            for text in flow.vars.values { note(text, in: &names) }
        }
        for source in sources {
            for quote in ["\"", "'"] {
                for text in source.text.split(separator: Character(quote)) { note(String(text), in: &names) }
            }
        }
        return names.sorted()
    }

    private static func note(_ text: String, in names: inout Set<String>) {
        let name = text.dropFirst()
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if text.hasPrefix("#"), isName, (1...80).contains(name.utf8.count) { names.insert(String(name)) }
    }
}

extension Rule {
    fileprivate var stages: [StageRule] {
        if case .ask(let ask) = outcome { ask.notify } else { [] }
    }
}
