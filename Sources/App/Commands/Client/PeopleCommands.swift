import AdminClient
import Support

extension Command {
    static let users = group(
        "users", "The organisation's people, their roles and identities.",
        [
            client("list", "All users.") { client, _ in try await Users(client.desk).list() },
            client(
                "create", takes: ["EMAIL"], "Create a user.",
                [Option("--service-type", also: ["-s"], "TYPE", "ask for an identity in this; several times")]
            ) { client, words in
                try await Users(client.desk).create(
                    email: try words.operand("EMAIL"), serviceTypes: words.all("--service-type")
                )
            },
            client("delete", takes: ["EMAIL"], "Delete a user.", [ClientOptions.force]) { client, words in
                try await Users(client.desk).delete(email: try words.operand("EMAIL"))
            },
            client(
                "set-role", takes: ["EMAIL"], "Give a user another role.",
                [Option("--role", "ROLE", "admin, member or guest")],
                details: """
                    A guest decides where a flow lets guests, and never asks. A member asks and decides. An admin also
                    manages users, bots and flows.
                    """
            ) { client, words in
                try await Users(client.desk).setRole(email: try words.operand("EMAIL"), role: words["--role"])
            },
            client("update-name", takes: ["EMAIL", "FULL_NAME..."], "Change what a user is called.") { client, words in
                let email = try words.operand("EMAIL")
                _ = try words.operand("FULL_NAME...")
                try await Users(client.desk).updateName(email: email, words: Array(words.operands.dropFirst()))
            },
            client(
                "list-identities", "All users with their identities in services.",
                [Option("--output-file", also: ["-o"], "FILE", "write CSV to this file, for symflow users update")]
            ) { client, words in
                guard let path = words["--output-file"] else {
                    return try await Users(client.desk).listIdentities()
                }
                let (csv, count) = try await Users(client.desk).exportIdentities()
                try Files.write(csv, to: path)
                Terminal.complain("\(count) user\(count == 1 ? " is" : "s are") in \(path).")
            },
            client(
                "update", "Change users and identities in a sheet.",
                [
                    Option("--input-file", also: ["-i"], "FILE", "the sheet; without it, an editor opens one"),
                    ClientOptions.force,
                ],
                details: """
                    The sheet is what symflow users list-identities -o FILE writes: CSV, with back-ticks around values
                    that hold commas. A line without a User ID creates a user, a changed cell changes an identity, an
                    emptied one deletes it, and a line that is gone deletes the user, after a question.
                    """
            ) { client, words in
                let users = Users(client.desk)
                if let path = words["--input-file"] {
                    guard let text = Files.read(path).flatMap({ String(validating: $0, as: UTF8.self) }) else {
                        throw UsageError("the file \(path) cannot be read as UTF-8 text.")
                    }
                    return try await users.update(from: text)
                }
                let sheet = try await users.exportIdentities().csv
                try await users.update(from: try Editor.edit(sheet))
            },
            updateIdentity("EMAIL", "a user") { .user(email: $0) },
            deleteIdentity("EMAIL", "a user") { .user(email: $0) },
        ]
    )

    static let bots = group(
        "bots", "Users that are programs.",
        [
            client("list", "All bots, with how many tokens they hold.") { client, _ in
                try await Bots(client.desk).list()
            },
            client("create", takes: ["USERNAME"], "Create a bot.") { client, words in
                try await Bots(client.desk).create(name: try words.operand("USERNAME"))
            },
            client("delete", takes: ["USERNAME"], "Delete a bot and revoke its tokens.", [ClientOptions.force]) {
                client, words in
                try await Bots(client.desk).delete(name: try words.operand("USERNAME"))
            },
            updateIdentity("USERNAME", "a bot") { .bot(name: $0) },
            deleteIdentity("USERNAME", "a bot") { .bot(name: $0) },
        ]
    )

    private static func updateIdentity(
        _ operand: String, _ whose: String, owner: @escaping @Sendable (String) -> Identities.Owner
    ) -> Command {
        client(
            "update-identity", takes: [operand], "Set one identity of \(whose), in a service such as Slack.",
            [
                Option("--new-value", "VALUE", "what \(whose) is called there"), ClientOptions.serviceType,
                ClientOptions.externalID,
            ]
        ) { client, words in
            try await Identities(client.desk).update(
                of: owner(try words.operand(operand)), serviceType: words["--service-type"],
                externalID: words["--external-id"], newValue: words["--new-value"]
            )
        }
    }

    private static func deleteIdentity(
        _ operand: String, _ whose: String, owner: @escaping @Sendable (String) -> Identities.Owner
    ) -> Command {
        client(
            "delete-identity", takes: [operand], "Delete one identity of \(whose).",
            [ClientOptions.serviceType, ClientOptions.externalID, ClientOptions.force]
        ) { client, words in
            try await Identities(client.desk).delete(
                of: owner(try words.operand(operand)), serviceType: words["--service-type"],
                externalID: words["--external-id"]
            )
        }
    }

    static let tokens = group(
        "tokens", "What bots authenticate with.",
        [
            client(
                "issue", "Make a token for a bot; it is shown only once.",
                [
                    Option("--username", also: ["-u"], "NAME", "which bot"),
                    Option("--expiry", also: ["-e"], "TIME", "how long it lasts: a number and s, m, d or mo (30 days)"),
                    Option("--label", also: ["-l"], "TEXT", "what it is for"),
                    Option("--no-newline", also: ["-n"], "print no line end behind the token"),
                ]
            ) { client, words in
                guard let name = words["--username"] else { throw UsageError("--username is missing.") }
                guard let expiry = words["--expiry"] ?? client.desk.screen.ask("How long does it last, such as 30d? ")
                else { throw UsageError("--expiry is missing.") }
                let token = try await Tokens(client.desk).issue(
                    username: name, expiry: expiry.trimmed, label: words["--label"]
                )
                token.reveal { token in
                    let text = words.has("--json") ? JSONValue.object(["access_token": .string(token)]).compact : token
                    if words.has("--no-newline") { Terminal.printWithoutLineEnd(text) } else { Terminal.print(text) }
                }
            },
            client("list", "All tokens of bots.") { client, _ in try await Tokens(client.desk).list() },
            client("revoke", takes: ["JTI"], "End a token at once; tokens list says its id.") { client, words in
                try await Tokens(client.desk).revoke(identifier: try words.operand("JTI"))
            },
        ]
    )
}
